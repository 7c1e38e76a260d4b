import { type ChildProcess, fork } from 'node:child_process';
import type { Endpoint } from '../model/endpoint.ts';
import { UsageError } from '../model/errors.ts';
import type { Inventory } from '../model/inventory.ts';
import type { FromDemo, ToDemo } from './messages.ts';

/** What to simulate, and the built `main.ts` of this folder that does it. */
export interface DemoProcessOptions {
  readonly nodes?: number;
  readonly seed?: number;
  /** As `NAME` or `NAME@NODE`. */
  readonly faults?: readonly string[];
  readonly entry: URL;
}

/** A demo fleet in a process of its own. */
export interface DemoProcess {
  readonly inventory: Inventory;
  readonly endpoints: readonly Endpoint[];
  readonly demo: {
    readonly faults: readonly { readonly name: string; readonly title: string }[];
    /** Asks for a fault, `NAME` or `NAME@NODE`; one that is not possible is told to `onRefused`. */
    readonly inject: (fault: string) => void;
    readonly heal: (fault: string) => void;
    /** Calls with each fault that could not be, and the reason with what is possible instead. */
    readonly onRefused: (listener: (fault: string, because: string) => void) => void;
  };
  /** Ends the process; resolves when it has. */
  readonly end: () => Promise<void>;
}

/** A process that was asked to end and has not after this long is killed. */
const END_MS = 2_000;
/** Characters kept of what a process that cannot start has to say. */
const WORDS = 2_000;

/** Starts the fleet. Throws `UsageError` for a fault or a number of nodes that is not possible, and an `Error` when it cannot start. */
export async function startDemoProcess({ entry, ...options }: DemoProcessOptions): Promise<DemoProcess> {
  const child = fork(entry, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const tell = (message: ToDemo) => {
    if (child.connected) child.send(message, () => {});
  };
  tell({ kind: 'start', ...options });
  const { inventory, endpoints, faults } = await readiness(child).catch((error: unknown) => {
    child.kill();
    throw error;
  });
  // The fleet lives as long as the console: it must not be what keeps the console alive.
  child.unref();
  child.channel?.unref();
  child.stderr?.destroy();
  return {
    inventory,
    endpoints,
    demo: {
      faults,
      inject: (fault) => tell({ kind: 'inject', fault }),
      heal: (fault) => tell({ kind: 'heal', fault }),
      onRefused: (listener) => {
        child.on('message', (message: FromDemo) => {
          if (message.kind === 'failed' && message.fault !== undefined) listener(message.fault, message.message);
        });
      },
    },
    end: () => ended(child, () => tell({ kind: 'close' })),
  };
}

type Ready = Extract<FromDemo, { kind: 'ready' }>;

function readiness(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      words = `${words}${chunk}`.slice(-WORDS);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the demo fleet did not start (exit ${code}): ${words.trim()}`)));
    child.once('message', (message: FromDemo) => {
      if (message.kind === 'ready') resolve(message);
      else reject(message.isUsage ? new UsageError(message.message) : new Error(message.message));
    });
  });
}

function ended(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.ref();
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    ask();
  });
}
