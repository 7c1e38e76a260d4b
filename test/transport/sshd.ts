import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { endpoint, folder, freePort } from './support.ts';

const SSHD = '/usr/sbin/sshd';

/** Whether this machine has OpenSSH's server, client and key tools; tests against it run only then, and their titles say so. */
export const hasOpenSsh = existsSync(SSHD) && existsSync('/usr/bin/ssh') && existsSync('/usr/bin/ssh-keygen');

/** A real sshd on loopback with its own keys, and a user key it accepts. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  readonly folder: string;
  readonly key: string;
  readonly knownHosts: string;
  /** Stops it, connections and all. */
  readonly stop: () => Promise<void>;
}

/** Makes a key pair; returns the private file. */
export function keygen(path: string, ...options: string[]): string {
  execFileSync('ssh-keygen', [
    '-q',
    '-f',
    path,
    ...(options.includes('-N') ? [] : ['-N', '']),
    ...(options.includes('-t') ? [] : ['-t', 'ed25519']),
    ...options,
  ]);
  return path;
}

/** Starts an sshd of this test's own; `more` gives further lines of sshd_config(5) once the keys lie in its folder. */
export async function startSshd(more: (home: string) => readonly string[] = () => []): Promise<Sshd> {
  const home = folder();
  const port = await freePort();
  const hostKey = keygen(join(home, 'host_ed25519'));
  const key = keygen(join(home, 'id_ed25519'));
  copyFileSync(`${key}.pub`, join(home, 'authorized_keys'));
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(home, 'authorized_keys')}`,
    `PidFile ${join(home, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PrintMotd no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    ...more(home),
  ];
  const config = join(home, 'sshd_config');
  writeFileSync(config, `${lines.join('\n')}\n`);
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => end(child));
  await listening(child);
  const knownHosts = join(home, 'known_hosts');
  const [type = '', blob = ''] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${type} ${blob.trim()}\n`);
  return { port, user: userInfo().username, folder: home, key, knownHosts, stop: () => end(child) };
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('Server listening')) resolve();
    });
    child.once('exit', () => reject(new Error(`sshd ended: ${said}`)));
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/** An agent of this test's own, holding these keys, each with the certificate that lies beside it. */
export async function startAgent(sshd: Sshd, ...keys: readonly string[]): Promise<string> {
  const socket = join(sshd.folder, 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill());
  await once(child.stdout, 'data');
  for (const key of keys) execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return socket;
}

/** Whether something accepts connections there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.end();
  });
}

/** An endpoint that trusts what the sshd's own folder says. */
export function to(sshd: Sshd, more: Partial<Endpoint> = {}): Endpoint {
  const { user, key, knownHosts, port } = sshd;
  return endpoint(port, { user, identityFiles: [key], knownHostsFiles: [knownHosts], hostKeyPolicy: 'ask', ...more });
}

/** How the system ssh reaches an sshd of a test without the user's own configuration. */
export function systemSsh(sshd: Sshd, ...more: readonly string[]): Partial<Endpoint> {
  const lines = [
    `Host gpu01\n HostName 127.0.0.1\n Port ${sshd.port}\n User ${sshd.user}`,
    ` UserKnownHostsFile ${sshd.knownHosts}\n GlobalKnownHostsFile none\n IdentitiesOnly yes`,
    ...more.map((line) => ` ${line}`),
  ];
  const config = join(sshd.folder, 'ssh_config');
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { via: 'openssh', sshArguments: ['-F', config] };
}
