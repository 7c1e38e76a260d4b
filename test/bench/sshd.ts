import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { BareTask } from './bare.ts';
import { sshConfig } from './demo-fleet.ts';

const SSHD = '/usr/sbin/sshd';
/** Ansible sends its modules with it. */
const SFTP = ['/usr/lib/openssh/sftp-server'];

/** Whether there is an OpenSSH server to measure against. */
export const hasSshd = existsSync(SSHD);

/** One sshd of our own that answers on every 127.x.y.z address, as so many nodes. */
export interface BenchSshd {
  readonly addresses: readonly string[];
  readonly inventoryFile: string;
  readonly sshConfigFile: string;
  /** For a client of ssh2 alone. */
  readonly bare: BareTask;
  readonly folder: string;
  readonly pid: number;
  /** Stands in the environment of all that its sessions start. */
  readonly mark: string;
  readonly close: () => Promise<void>;
}

/** Starts it for this user, with keys of its own; nothing of the machine's own sshd is touched. */
export async function startBenchSshd(nodes: number, { ownRun = false } = {}): Promise<BenchSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-sshd-'));
  const key = join(folder, 'id_ed25519');
  for (const file of [key, join(folder, 'host')])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  copyFileSync(`${key}.pub`, join(folder, 'authorized_keys'));
  const port = await freePort();
  const user = userInfo().username;
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const config = join(folder, 'sshd_config');
  const separate = ownRun ? [`ForceCommand ${separation(folder)}`] : [];
  writeFileSync(config, [...separate, sshdConfig(folder, port)].join('\n'));
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(child);
  const addresses = spread(nodes);
  const sshConfigFile = join(folder, 'ssh_config');
  writeFileSync(sshConfigFile, sshConfig({ port, user, key }));
  const hostKey = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')], { encoding: 'utf8' }).split(
    ' ',
  )[1];
  const inventoryFile = join(folder, 'muster.yaml');
  const nodeLines = addresses.map(
    (address, index) => `  n${String(index + 1).padStart(4, '0')}: { address: ${address} }\n`,
  );
  const all = `  n[0001-${String(nodes).padStart(4, '0')}]: { port: ${port}, user: ${user}, identityFiles: ${key}, hostKeys: "${hostKey}", transport: ssh2 }\n`;
  writeFileSync(inventoryFile, `nodes:\n${all}${nodeLines.join('')}`);
  return {
    addresses,
    inventoryFile,
    sshConfigFile,
    bare: { addresses, port, user, key },
    folder,
    pid: child.pid ?? 0,
    mark: markOf(folder),
    close: async () => {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether sessions can be given a /run of their own: that takes root, and a kernel that lets it. */
export const canSeparate = (): boolean =>
  process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true'], { stdio: 'ignore' }).status === 0;

/**
 * A program that gives a session the /run of the address it came to, so that the lock and the spool of a node are its own although all nodes
 * are one machine. Every client pays for it alike.
 */
function separation(folder: string): string {
  const file = join(folder, 'session');
  const run = join(folder, 'run');
  const inside = `mkdir -p "$1" && mount --bind "$1" /run && exec sh -c "$2"`;
  const lines = [
    '#!/bin/sh',
    'set -- $SSH_CONNECTION',
    `exec unshare -m sh -c '${inside}' sh "${run}/$3" "$SSH_ORIGINAL_COMMAND"`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o755 });
  return file;
}

/** No more than 200 addresses in each last byte, so that neither 0 nor 255 comes up. */
function spread(nodes: number): readonly string[] {
  return Array.from({ length: nodes }, (_, index) => `127.1.${Math.floor(index / 200)}.${(index % 200) + 1}`);
}

const markOf = (folder: string): string => `MUSTER_BENCH=${folder}`;

/** SHLVL keeps bash from reading the dotfiles of whoever runs the benchmark, for every client alike. */
function sshdConfig(folder: string, port: number): string {
  return [
    `ListenAddress 0.0.0.0:${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PrintMotd no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 4096',
    `SetEnv SHLVL=1 ${markOf(folder)}`,
    ...SFTP.filter((path) => existsSync(path)).map((path) => `Subsystem sftp ${path}`),
    'LogLevel ERROR',
    '',
  ].join('\n');
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('sshd ended')));
    child.stderr?.resume();
    setTimeout(resolve, 500);
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      server.close(() => resolve(bound !== null && typeof bound === 'object' ? bound.port : 0));
    });
  });
}
