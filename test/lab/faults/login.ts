import { LabError } from '../run.ts';
import type { Fault } from './fault.ts';

/** Every session ends with its server: sshd's own processes by their unit, never the lab's door. */
const END_SESSIONS = 'systemctl kill --kill-whom=all --signal=KILL ssh.service';

/** The port is refused and every session is cut, until healed. */
export const killSshd = {
  does: 'kills the SSH server with all its sessions and keeps it from coming back',
  inject: async ({ tells }) => {
    await tells(
      `systemctl mask --runtime --quiet ssh.service; ${END_SESSIONS}; systemctl stop ssh.service; ! ss -Hltn 'sport = :22' | grep -q .`,
    );
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells(
      'systemctl unmask --runtime --quiet ssh.service; systemctl daemon-reload; systemctl reset-failed ssh.service; systemctl start ssh.service',
    );
  },
} satisfies Fault;

/** As with a directory service that takes its time; seconds, 8 unless said otherwise. */
export const slowLogin = {
  does: 'makes every login take some seconds more (argument, else 8)',
  argument: 'seconds',
  inject: async ({ tells }, argument) => {
    const seconds = Number(argument ?? '8');
    if (!(seconds > 0 && seconds <= 120)) throw new LabError(`1 to 120 seconds are needed, not "${argument}"`);
    await tells(`cp -n /etc/pam.d/sshd /etc/lab/pam-sshd
sed '1i account optional pam_exec.so quiet /usr/bin/sleep ${seconds}' /etc/lab/pam-sshd > /etc/pam.d/sshd`);
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells('cp /etc/lab/pam-sshd /etc/pam.d/sshd');
  },
} satisfies Fault;

/** As a node that was set up anew: sessions end, and the next handshake shows another key. */
export const newHostKey = {
  does: 'gives the node another SSH host key and ends its sessions',
  inject: async ({ tells }) => {
    await tells(`mkdir -p /etc/lab/keys; cp -n /etc/ssh/ssh_host_ed25519_key* /etc/lab/keys/
rm -f /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
${END_SESSIONS}; systemctl restart ssh.service`);
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells(`cp /etc/lab/keys/* /etc/ssh/; ${END_SESSIONS}; systemctl restart ssh.service`);
  },
} satisfies Fault;

/** sudo asks for a password nobody has. */
export const sudoDenied = {
  does: 'takes away the right to use sudo without a password',
  inject: async ({ tells }) => {
    await tells('mv /etc/sudoers.d/lab /etc/lab/sudoers');
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells('mv /etc/lab/sudoers /etc/sudoers.d/lab');
  },
} satisfies Fault;

/** The node's clock runs ahead, as with a dead time server; seconds, 300 unless said otherwise. */
export const clockSkew = {
  does: 'sets the node’s clock ahead by some seconds (argument, else 300)',
  argument: 'seconds',
  inject: async ({ tells }, argument) => {
    const seconds = Number(argument ?? '300');
    if (!Number.isInteger(seconds) || seconds === 0) throw new LabError(`whole seconds are needed, not "${argument}"`);
    await tells(`date -s "@$(( $(date +%s) + ${seconds} ))"`);
    return undefined;
  },
  heal: async ({ tells }) => {
    await tells(`date -s "@${(Date.now() / 1_000).toFixed(3)}"`);
  },
} satisfies Fault;
