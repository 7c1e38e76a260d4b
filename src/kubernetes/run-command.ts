import type { Clock, Session, Transport } from '../engine/ports.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { END } from './program.ts';

/** Bytes of one line: a page of 500 pods has four million. */
const LINE_BYTES = 64 * 1024 * 1024;
/** Characters kept of what a command says on standard error. */
const WORDS_KEPT = 4_000;
/** A failed command's words go another way than its end: until the connection closes, at most this long, they may still come. */
const LATE_WORDS_MS = 200;

/** How a command ended. */
export type Ended =
  /** `exitCode` as the shell has it; 127: there is no such command. */
  | { readonly kind: 'exit'; readonly exitCode: number; readonly words: string }
  | { readonly kind: 'lost'; readonly because: string };

/** One command on its way. */
export interface Running {
  readonly stop: () => void;
}

/** Where commands of a cluster run. */
export interface Place {
  readonly transport: Pick<Transport, 'open'>;
  readonly clock: Clock;
  readonly endpoint: Endpoint;
}

/** What is wished of one command, and who is told. */
export interface RunOptions {
  /** Silence for longer than this ends it. */
  readonly silentMs: number;
  /** Empty lines count, too: a file's line numbers do. */
  readonly keepsBlank?: boolean;
  /** More than this and it is given up. */
  readonly mostBytes?: number;
  readonly line: (text: string) => void;
  readonly ended: (how: Ended) => void;
}

/** Runs a program of `program.ts` and tells its lines and its end, each at most once and nothing after `stop`. */
export function runCommand(
  { transport, clock, endpoint }: Place,
  program: string,
  { silentMs, line, ended, keepsBlank = false, mostBytes = Number.POSITIVE_INFINITY }: RunOptions,
): Running {
  let isOver = false;
  let words = '';
  let bytes = 0;
  let failedWith: number | undefined;
  let session: Session | undefined;
  let cancel = () => {};
  const finish = (how: Ended | undefined): void => {
    if (isOver) return;
    isOver = true;
    cancel();
    session?.close();
    if (how !== undefined) ended(how);
  };
  const heard = (): void => {
    cancel();
    const because = `no answer for ${Math.round(silentMs / 1_000)} s`;
    cancel = clock.after(silentMs, () => finish({ kind: 'lost', because }));
  };
  const take = (text: string): void => {
    if (isOver || failedWith !== undefined || (text === '' && !keepsBlank)) return;
    if (!text.startsWith(END)) {
      line(text);
      return;
    }
    const exitCode = Number(text.slice(END.length)) || 0;
    if (exitCode === 0) finish({ kind: 'exit', exitCode, words });
    else {
      failedWith = exitCode;
      cancel();
      cancel = clock.after(LATE_WORDS_MS, () => finish({ kind: 'exit', exitCode, words }));
    }
  };
  const split = lineSplitter(take, () => finish({ kind: 'lost', because: 'a line of more than 64 MiB came' }));
  heard();
  session = transport.open(endpoint, program, {
    onOpen: () => {},
    onStdout: (chunk) => {
      if (isOver || failedWith !== undefined) return;
      heard();
      bytes += chunk.length;
      if (bytes > mostBytes) finish({ kind: 'lost', because: `more than ${mostBytes >> 20} MiB came` });
      else split(chunk);
    },
    onStderr: (chunk) => {
      words = (words + chunk.toString('utf8')).slice(-WORDS_KEPT);
    },
    onClose: (why) => {
      const because = 'because' in why ? why.because : 'the connection was closed';
      finish(failedWith === undefined ? { kind: 'lost', because } : { kind: 'exit', exitCode: failedWith, words });
    },
  });
  if (isOver) session.close();
  return { stop: () => finish(undefined) };
}

/** Whole lines out of chunks; a line is put together once, however many chunks it came in. */
function lineSplitter(take: (line: string) => void, tooLong: () => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      const line = parts.length === 1 ? (parts[0] ?? chunk) : Buffer.concat(parts);
      parts = [];
      size = 0;
      take(line.toString('utf8'));
      from = end + 1;
    }
    if (from === chunk.length) return;
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > LINE_BYTES) tooLong();
  };
}
