import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { CloseReason, Session, SessionEvents } from '../engine/ports.ts';
import { bootstrap } from './bootstrap.ts';
import { lost } from './failure.ts';

/** A child that does not end by itself when its input ends is killed after this long, with all it started. */
const GOODBYE_MS = 500;

/** A child process that carries a program: how it is started, and what its end means. */
export interface Carriage {
  readonly transport: 'openssh' | 'local';
  readonly start: (bootstrapCommand: string) => ChildProcessWithoutNullStreams;
  /** Looks at what the child says on standard error until the program speaks. */
  readonly explain: (exitCode: number | null, stderrTail: string) => CloseReason;
  /** Starts in its own process group, to be ended as one. */
  readonly isGroup: boolean;
  /** Where children on their way out are kept. */
  readonly ending: Set<Promise<unknown>>;
}

/** Runs a program through a child process; the contract is `Transport.open` in src/engine/ports.ts. */
export function openThroughChild(carriage: Carriage, program: string, events: SessionEvents): Session {
  let isClosed = false;
  let isOpen = false;
  let stderrTail = '';
  const finish = (why: CloseReason): void => {
    if (isClosed) return;
    isClosed = true;
    endChild(child, carriage.isGroup, carriage.ending);
    queueMicrotask(() => events.onClose(why));
  };
  const child = carriage.start(bootstrap(program));
  const opened = (): void => {
    if (isOpen || isClosed) return;
    isOpen = true;
    events.onOpen({ transport: carriage.transport });
  };
  child.on('error', (error) => finish(lost(`cannot start ${child.spawnfile}: ${error.message}`)));
  child.stdin.on('error', () => {}); // The child is gone; its `close` says so.
  child.stdout.on('data', (chunk: Buffer) => {
    opened();
    if (!isClosed) events.onStdout(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderrTail = (stderrTail + chunk.toString('utf8')).slice(-2_000);
    if (!isClosed) events.onStderr(chunk);
  });
  child.on('close', (exitCode) => finish(carriage.explain(exitCode, stderrTail)));
  if (carriage.transport === 'local') child.once('spawn', opened);
  child.stdin.write(program);
  return {
    write: (text) => {
      if (!isClosed && child.stdin.writable) child.stdin.write(text);
    },
    hold: (isHeld) => {
      if (isHeld) child.stdout.pause();
      else child.stdout.resume();
    },
    close: () => finish({ kind: 'closed' }),
  };
}

/** Ends a child kindly by the end of its input, then by force; as a whole group where it has its own. `ending` holds it until it is gone. */
export function endChild(child: ChildProcessWithoutNullStreams, isGroup: boolean, ending: Set<Promise<unknown>>): void {
  child.stdin.end();
  const { promise, resolve } = Promise.withResolvers<void>();
  ending.add(promise);
  const timer = setTimeout(() => kill(child, isGroup, 'SIGKILL'), GOODBYE_MS);
  const done = (): void => {
    clearTimeout(timer);
    // What the child started may still stand in its group.
    if (isGroup) kill(child, isGroup, 'SIGKILL');
    ending.delete(promise);
    resolve();
  };
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) done();
  else {
    child.once('exit', done);
    kill(child, isGroup, 'SIGTERM');
  }
}

function kill(child: ChildProcessWithoutNullStreams, isGroup: boolean, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(isGroup ? -child.pid : child.pid, signal);
  } catch {
    // Nobody is left to be told.
  }
}
