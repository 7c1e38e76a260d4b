// Real nodes for the built program: sshd processes of a test's own on loopback, and a home that knows nothing yet.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Sshd } from '../transport/sshd.ts';
import { folder } from '../transport/support.ts';
import { type Console, projectRoot, type StartOptions, start } from './driver.ts';

/** A home folder of one test, with room for temporary files that can be looked at afterwards. */
export interface Home {
  readonly path: string;
  readonly knownHosts: string;
  readonly temporary: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes an inventory of nodes that are all reached with these defaults; returns its path. */
  readonly inventory: (nodes: Readonly<Record<string, object>>, more?: object) => string;
  readonly open: (options?: StartOptions) => Console;
}

/** A home whose console is closed after the test. */
export function newHome(): Home {
  const path = folder();
  const temporary = join(path, 'tmp');
  const knownHosts = join(path, '.ssh', 'known_hosts');
  mkdirSync(temporary);
  const env = { HOME: path, TMPDIR: temporary };
  return {
    path,
    knownHosts,
    temporary,
    env,
    inventory: (nodes, more = {}) => {
      const file = join(path, 'qa.yaml');
      writeFileSync(file, JSON.stringify({ name: 'qa', ...more, nodes }));
      return file;
    },
    open: (options = {}) => {
      const console = start({ columns: 120, rows: 40, ...options, env: { ...env, ...options.env } });
      onTestFinished(() => console.close());
      return console;
    },
  };
}

/** An sshd as a node of an inventory. */
export function nodeAt({ port, user, key }: Sshd, more: object = {}): object {
  return { address: '127.0.0.1', port, user, identityFiles: [key], ...more };
}

/** The line of known_hosts that an sshd's key makes. */
export function knownLine({ folder: at, port }: Sshd): string {
  const [type, blob] = readFileSync(join(at, 'host_ed25519.pub'), 'utf8').split(' ');
  return `[127.0.0.1]:${port} ${type} ${blob}`;
}

/** Trusts these keys before anything starts. */
export function trust(home: Home, ...lines: readonly string[]): void {
  mkdirSync(join(home.path, '.ssh'), { recursive: true, mode: 0o700 });
  writeFileSync(home.knownHosts, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}

/** A key's fingerprint as ssh-keygen prints it. */
export function fingerprintOf(publicKeyFile: string): string {
  return execFileSync('ssh-keygen', ['-lf', publicKeyFile], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

/** All processes under the sshd, nearest first. */
export function processesOf(sshd: Sshd): readonly number[] {
  return childrenOf(Number(readFileSync(join(sshd.folder, 'pid'), 'utf8')));
}

function childrenOf(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').flatMap((child) => [Number(child), ...childrenOf(Number(child))]);
  } catch {
    return []; // It ended meanwhile.
  }
}

/** Sends a signal to every session of an sshd, and all they run. */
export function signalSessions(sshd: Sshd, signal: NodeJS.Signals): void {
  for (const pid of processesOf(sshd)) kill(pid, signal);
}

/** Kills an sshd with everything under it, as a node without power. */
export async function crash(sshd: Sshd): Promise<void> {
  const sessions = processesOf(sshd);
  await sshd.stop();
  for (const pid of sessions) kill(pid, 'SIGKILL');
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended with the one above it.
  }
}

/** Starts the same sshd again, on the same port with the same keys. */
export function startAgain({ folder: at }: Sshd): void {
  const child = spawn('/usr/sbin/sshd', ['-D', '-f', join(at, 'sshd_config')], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
}

/** Processes of this machine that live in a test's home: the console, and what it started here. */
export function processesIn({ path }: Home): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${path}\0`);
      } catch {
        return false;
      }
    });
}

/** A TCP port that does what it is told with whoever connects. */
export function listener(act: (socket: Socket) => void): Promise<number> {
  return new Promise((resolve) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      act(socket);
    }).listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
  });
}

/** Presses keys again and again until the screen answers: boxes that ask are deaf for a moment after they open. */
export async function pressUntil(console: Console, keys: readonly string[], wanted: string | RegExp): Promise<string> {
  for (let tries = 0; tries < 40; tries += 1) {
    console.press(...keys);
    const seen = await console.see(wanted, 400).catch(() => undefined);
    if (seen !== undefined) return seen;
  }
  return console.see(wanted, 0);
}

/** Runs the built program without a screen, through a shell, so that it can be piped; this process goes on meanwhile. */
export async function muster(home: Home, args: readonly string[], after = '') {
  const words = [process.execPath, join(projectRoot, 'bin', 'muster'), ...args].map((word) => `'${word}'`);
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', ...home.env };
  const child = spawn('sh', ['-c', `${words.join(' ')} ${after}`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString('utf8')));
  const [status] = await once(child, 'close');
  return { status, ...said };
}
