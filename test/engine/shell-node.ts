// A node without ssh: the real program in a shell of this machine, spoken to through the real decoder.
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { createDecoder } from '../../src/engine/decoder.ts';
import { composeProgram } from '../../src/engine/program.ts';
import type { Frame } from '../../src/engine/protocol.ts';
import { encodeTarget } from '../../src/engine/target.ts';
import type { ProbeSet } from '../../src/model/probe.ts';

/** A shell the program must run under, and how it is called. */
export const SHELLS: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'dash', command: ['dash'] },
  { name: 'bash', command: ['bash'] },
  { name: 'bash as sh', command: ['bash', '--posix'] },
  { name: 'busybox', command: ['busybox', 'sh'] },
];

export const hasShell = ([command]: readonly [string, ...string[]]): boolean =>
  spawnSync(command, command === 'busybox' ? ['true'] : ['-c', ':']).status === 0;

export type Ended = Extract<Frame, { readonly id: number }>;

export interface ShellNode {
  readonly pid: number;
  /** Stands in the environment of everything the program starts. */
  readonly marker: string;
  readonly hello: Promise<void>;
  /** Asks and resolves with the frame that ends the ask. */
  readonly ask: (name: string, options?: { readonly sum?: string; readonly target?: string }) => Promise<Ended>;
  /** The id the next ask will have. */
  readonly nextId: () => number;
  readonly write: (text: string) => void;
  readonly noise: readonly string[];
  /** Ends the input; resolves when the program and everything that holds its streams is gone. */
  readonly end: () => Promise<void>;
}

export function startShellNode(
  [command, ...before]: readonly [string, ...string[]],
  probes: ProbeSet,
  env: Record<string, string | undefined> = {},
): ShellNode {
  const program = composeProgram(probes);
  const marker = `muster-test-${randomUUID()}`;
  const count = Buffer.byteLength(program);
  const child = spawn(command, [...before, '-c', `eval "$(head -c ${count})"`, 'muster'], {
    detached: true,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env, MARKER: marker },
    stdio: 'pipe',
  });
  const { promise: hello, resolve: greeted, reject } = Promise.withResolvers<void>();
  const { promise: closed, resolve: hasClosed } = Promise.withResolvers<void>();
  const open = new Map<number, (frame: Ended) => void>();
  const noise: string[] = [];
  let lastId = 0;
  const decoder = createDecoder({
    isOpen: (id) => open.has(id),
    frame: (frame) => {
      if (frame.kind === 'hello') greeted();
      else if (frame.kind === 'noise') noise.push(frame.text);
      else if (frame.kind === 'malformed') reject(new Error(frame.because));
      else {
        const resolve = open.get(frame.id);
        open.delete(frame.id);
        resolve?.(frame);
      }
    },
  });
  child.stdout.on('data', decoder.stdout);
  child.stderr.on('data', decoder.stderr);
  child.stdin.on('error', () => {});
  child.on('close', () => hasClosed());
  child.stdin.write(program);
  return {
    pid: child.pid ?? 0,
    marker,
    hello,
    noise,
    nextId: () => lastId + 1,
    write: (text) => child.stdin.write(text),
    ask: (name, { sum = '-', target } = {}) => {
      lastId += 1;
      const id = lastId;
      const about = target === undefined ? '' : ` ${encodeTarget(target)}`;
      return new Promise((resolve) => {
        open.set(id, resolve);
        child.stdin.write(`A ${id} ${name} ${sum}${about}\n`);
      });
    },
    end: () => {
      child.stdin.end();
      return closed;
    },
  };
}

/** Processes with this word in their environment; the dead have none. */
export function processesWith(marker: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(marker);
    } catch {
      return false;
    }
  });
}

/** Children of a process, zombies too. */
export function childrenOf(pid: number): readonly string[] {
  return readdirSync('/proc').filter((each) => {
    if (!/^\d+$/.test(each)) return false;
    try {
      const stat = readFileSync(`/proc/${each}/stat`, 'latin1');
      return stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[1] === String(pid);
    } catch {
      return false;
    }
  });
}

/** Names of all processes the program has started, itself among them. */
export const commandsOf = (node: ShellNode): readonly string[] =>
  processesWith(node.marker).map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      return '';
    }
  });

/** Waits by asking `kernelLog`: each round is an answer of the program, not a length of time. */
export async function until(node: ShellNode, isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 20_000 && !isSo(); round++) await node.ask('kernelLog');
  if (!isSo()) throw new Error('it never came to be');
}

/** What was killed needs a processor once more to die; it gets one while this looks again and again. */
export async function gone(marker: string): Promise<void> {
  for (let round = 0; round < 5_000 && processesWith(marker).length > 0; round++) await setImmediate();
}

/** Page faults of children that were waited for, of proc_pid_stat(5): the same number means that there were none. */
export function childFaults(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[8];
}
