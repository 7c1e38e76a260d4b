import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { enterScreen, leaveScreen } from './screen.ts';

/** After this without being stopped, a suspension was refused: nothing in the shell could bring us back. */
const STOP_GRACE_MS = 200;

/** What taking a terminal needs. */
export interface TerminalParts {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly mouse: boolean;
  /** Writes in order with the frames. */
  readonly send: (bytes: string) => void;
  readonly onKeys: (chunk: Uint8Array) => void;
  readonly onResize: (columns: number, rows: number) => void;
  /** The screen was entered again: everything has to be drawn. */
  readonly onResume: () => void;
  readonly onEnd: (because: string) => void;
  readonly onFault: (error: unknown) => void;
  readonly after: (delayMs: number, call: () => void) => () => void;
}

/** The terminal while it is ours. */
export interface Terminal {
  /** Job control: leaves the screen, stops, and comes back with `fg`. */
  readonly suspend: () => void;
  /** Leaves the screen to another program whose keys and bytes still pass through here. */
  readonly lend: (greeting: string) => void;
  readonly writeRaw: (data: Uint8Array) => void;
  readonly takeBack: () => void;
  /** As it was found. Safe to call twice, and called at exit in any case. */
  readonly giveBack: () => void;
}

/** Takes a terminal: raw keys, alternate screen, signals. Whatever ends the program, the terminal is given back. */
export function takeTerminal(parts: TerminalParts): Terminal {
  const { stdin, stdout } = parts;
  let isOurs = true;
  let isLent = false;
  let isOver = false;
  let cancelGrace: (() => void) | undefined;
  const enter = (): string => enterScreen({ mouse: parts.mouse });
  const restore = (): void => {
    if (!isOurs) return;
    isOurs = false;
    setRaw(stdin, false);
    writeNow(stdout, leaveScreen());
  };
  const continued = (): void => {
    cancelGrace?.();
    cancelGrace = undefined;
    if (isOver) return;
    isOurs = true;
    // The shell we came from may have set the terminal as it likes; Node believes it is raw still, and would do nothing.
    setRaw(stdin, false);
    setRaw(stdin, true);
    // The window may have changed meanwhile; the signal for it may come after the one that woke us, and a frame of the old size would scroll.
    process.emit('SIGWINCH', 'SIGWINCH');
    if (isLent) return;
    writeNow(stdout, enter());
    parts.onResume();
  };
  const unlisten = listen(parts, restore, continued);
  setRaw(stdin, true);
  stdin.resume();
  parts.send(enter());
  return {
    suspend: () => {
      restore();
      process.kill(0, 'SIGTSTP');
      // An orphaned process group is not stopped; then nobody will send SIGCONT either.
      cancelGrace = parts.after(STOP_GRACE_MS, () => {
        if (!isOurs) continued();
      });
    },
    lend: (greeting) => {
      isLent = true;
      writeNow(stdout, leaveScreen() + greeting);
    },
    writeRaw: (data) => void stdout.write(data),
    takeBack: () => {
      isLent = false;
      writeNow(stdout, enter());
    },
    giveBack: () => {
      isOver = true;
      cancelGrace?.();
      unlisten();
      restore();
      stdin.pause();
    },
  };
}

function listen(parts: TerminalParts, restore: () => void, continued: () => void): () => void {
  const { stdin, stdout } = parts;
  const resized = (): void => parts.onResize(stdout.columns || 80, stdout.rows || 24);
  const ended = (): void => parts.onEnd('the terminal is gone');
  const terminated = (signal: NodeJS.Signals): void => parts.onEnd(`${signal} came`);
  const fault = (error: unknown): void => {
    restore();
    parts.onFault(error);
  };
  stdin.on('data', parts.onKeys).on('end', ended).on('error', ended);
  stdout.on('resize', resized).on('error', ended);
  process.on('SIGTERM', terminated).on('SIGHUP', terminated).on('SIGINT', terminated).on('SIGCONT', continued);
  process.on('uncaughtException', fault).on('unhandledRejection', fault).on('exit', restore);
  return () => {
    stdin.off('data', parts.onKeys).off('end', ended).off('error', ended);
    stdout.off('resize', resized).off('error', ended);
    process.off('SIGTERM', terminated).off('SIGHUP', terminated).off('SIGINT', terminated).off('SIGCONT', continued);
    process.off('uncaughtException', fault).off('unhandledRejection', fault).off('exit', restore);
  };
}

function setRaw(stdin: ReadStream, isRaw: boolean): void {
  try {
    if (stdin.isTTY) stdin.setRawMode(isRaw);
  } catch {
    // The terminal is gone; there is no mode left to set.
  }
}

/** At once and past every queue: the program may be about to stop. */
function writeNow(stdout: WriteStream, bytes: string): void {
  try {
    if ('fd' in stdout && typeof stdout.fd === 'number') writeSync(stdout.fd, bytes);
    else stdout.write(bytes);
  } catch {
    // The terminal is gone or full, and nobody is left to tell.
  }
}
