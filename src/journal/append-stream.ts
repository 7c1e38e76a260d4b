import { closeSync, writev, writevSync } from 'node:fs';
import { promisify } from 'node:util';
import { LOG_GATHER_BYTES, LOG_GATHER_MS, LOG_SLOW_MS, LOG_WAITING_BYTES } from './limits.ts';

/**
 * A stream on its way into a file. As long as the disk takes it at once, it is written where it is read: a thread beside has to fetch from
 * memory what was just deciphered, and 200 MB took 0.13 s of CPU more. After a write that was slow, the next ones are made beside this thread.
 */
export interface AppendStream {
  /** A promise is returned when nothing more should come before it settles. */
  readonly append: (bytes: Buffer) => void | Promise<void>;
  /** Resolves when all that was appended stands in the file, but for what found no room. */
  readonly flush: () => Promise<void>;
  /** Closes the file when all of it stands there. */
  readonly close: () => void;
}

interface Stream {
  readonly file: number;
  readonly lost: (bytes: number) => void;
  readonly nowMs: () => number;
  waiting: Buffer[];
  waitingBytes: number;
  timer: NodeJS.Timeout | undefined;
  /** So many more bytes are written beside this thread, because the disk was slow. */
  besideBytes: number;
  writing: Promise<void> | undefined;
  /** Settles when there is room for more to wait. */
  room: PromiseWithResolvers<void> | undefined;
}

/** Appends to an open file for its one writer; `lost` is told how many bytes found no room. A full disk must not stop what runs on the nodes. */
export function appendStream(
  file: number,
  lost: (bytes: number) => void,
  nowMs = () => performance.now(),
): AppendStream {
  const stream: Stream = {
    ...{ file, lost, nowMs },
    ...{ waiting: [], waitingBytes: 0, timer: undefined, besideBytes: 0, writing: undefined, room: undefined },
  };
  return {
    append: (bytes) => {
      stream.waiting.push(bytes);
      stream.waitingBytes += bytes.length;
      if (stream.writing !== undefined) {
        if (stream.waitingBytes >= LOG_WAITING_BYTES) stream.room ??= Promise.withResolvers();
        return stream.room?.promise;
      }
      if (stream.waitingBytes >= LOG_GATHER_BYTES) write(stream);
      else stream.timer ??= setTimeout(() => write(stream), LOG_GATHER_MS);
      return undefined;
    },
    flush: async () => {
      if (stream.writing === undefined) write(stream);
      await stream.writing;
    },
    close: () => {
      if (stream.writing === undefined) write(stream);
      if (stream.writing === undefined) closeSync(file);
      else void stream.writing.then(() => closeSync(file));
    },
  };
}

/** All that waits, now or beside this thread. */
function write(stream: Stream): void {
  clearTimeout(stream.timer);
  stream.timer = undefined;
  if (stream.besideBytes <= 0) writeHere(stream);
  else stream.writing = writeBeside(stream);
}

function writeHere(stream: Stream): void {
  const { file, waiting, waitingBytes, nowMs } = stream;
  if (waitingBytes === 0) return;
  stream.waiting = [];
  stream.waitingBytes = 0;
  const fromMs = nowMs();
  stream.lost(waitingBytes - written(file, waiting));
  if (nowMs() - fromMs >= LOG_SLOW_MS) stream.besideBytes = LOG_WAITING_BYTES;
}

/** What comes during one write goes with the next; never rejects. */
async function writeBeside(stream: Stream): Promise<void> {
  while (stream.waitingBytes > 0) {
    const { file, waiting, waitingBytes } = stream;
    stream.waiting = [];
    stream.besideBytes -= waitingBytes;
    stream.lost(waitingBytes - (await writtenBeside(file, waiting)));
    stream.waitingBytes -= waitingBytes;
    // Half empty, so that a link is not held and let go for every piece.
    if (stream.waitingBytes <= LOG_WAITING_BYTES / 2) {
      stream.room?.resolve();
      stream.room = undefined;
    }
  }
  stream.writing = undefined;
}

/** How many bytes found room. */
function written(file: number, parts: readonly Buffer[]): number {
  let bytes = 0;
  try {
    for (let left = parts; left.length > 0; left = after(parts, bytes)) bytes += writevSync(file, left);
  } catch {
    return bytes;
  }
  return bytes;
}

const writevBeside = promisify(writev);

async function writtenBeside(file: number, parts: readonly Buffer[]): Promise<number> {
  let bytes = 0;
  try {
    for (let left = parts; left.length > 0; left = after(parts, bytes))
      bytes += (await writevBeside(file, left)).bytesWritten;
  } catch {
    return bytes;
  }
  return bytes;
}

/** What is left of parts when so many bytes of them are gone. */
function after(parts: readonly Buffer[], bytes: number): readonly Buffer[] {
  let gone = bytes;
  const left: Buffer[] = [];
  for (const part of parts) {
    if (part.length > gone) left.push(part.subarray(gone));
    gone = Math.max(0, gone - part.length);
  }
  return left;
}
