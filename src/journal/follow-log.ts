import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatBytes } from '../model/units.ts';
import { countNewlines } from './count-lines.ts';
import {
  LOG_COUNT_BYTES,
  LOG_JUMP_BYTES,
  LOG_LINE_CHARACTERS,
  LOG_LINES_KEPT,
  LOG_SLICE_BYTES,
  LOG_TAIL_BYTES,
  LOG_TELL_MS,
  LOG_TURN_BYTES,
} from './limits.ts';
import { readNewest } from './newest-file.ts';
import { watchFile } from './watch-file.ts';

/** The last lines of a log, and the number of the first of them. */
export interface LogTail {
  readonly firstNumber: number;
  /** Not all before it is counted yet, so the number is a guess. */
  readonly isGuess?: true;
  readonly lines: readonly string[];
}

/** How far a log was read. */
interface Reader {
  readonly path: string;
  readonly isOver: () => boolean;
  /** All but the longest reads go into it, ten times a second and more: new ones would have to be collected. */
  readonly slice: Buffer<ArrayBuffer>;
  /** Where the lines made so far end. */
  at: number;
  /** So many bytes were looked through for newlines, and so many were there. */
  countedBytes: number;
  newlines: number;
  /** In the last bytes of which lines were made. */
  bytesPerLine: number;
  /** Whole lines, the last ones. */
  lines: string[];
  rest: string;
  decoder: StringDecoder;
  /** What is written in place of the line in which reading began. */
  gap: string | undefined;
  /** What the step says now, far behind the end of the log. */
  newest: string | undefined;
  /** Less is kept than there could be, because it grew too fast. */
  isShort: boolean;
}

/**
 * Follows a node's log as lines, at most ten times a second, until the returned function is called. Of a line that a progress bar wrote over
 * and over only the last writing is kept; longer lines than `LOG_LINE_CHARACTERS` are cut. Of a log that grows fast, lines are made of the
 * end alone and the others are counted, a slice at a time, so that numbers stay right and whoever shares the thread is heard; when it has
 * come to rest, as much as is kept of any log is read. The file keeps everything.
 */
export function followLog(path: string, onChange: (tail: LogTail) => void): () => void {
  let isOver = false;
  let isStale = false;
  let timer: NodeJS.Timeout | undefined;
  const reader: Reader = {
    path,
    isOver: () => isOver,
    slice: Buffer.allocUnsafeSlow(LOG_SLICE_BYTES),
    at: 0,
    countedBytes: 0,
    newlines: 0,
    bytesPerLine: 1,
    lines: [],
    rest: '',
    decoder: new StringDecoder('utf8'),
    gap: undefined,
    newest: undefined,
    isShort: false,
  };
  const wake = (delayMs: number): void => {
    isStale = true;
    timer ??= setTimeout(() => void turn(), delayMs);
  };
  const turn = async (): Promise<void> => {
    isStale = false;
    const isNew = await readOn(reader, (bytes) =>
      onChange({ firstNumber: 1, lines: [`… counting the lines of ${formatBytes(bytes)}B`] }),
    );
    timer = undefined;
    if (isOver) return;
    const newest = readNewest(path);
    if (isNew || newest !== reader.newest) {
      reader.newest = newest;
      onChange(tailOf(reader));
    }
    if (isStale || reader.isShort || reader.countedBytes < reader.at) wake(LOG_TELL_MS);
  };
  const end = watchFile(path, () => wake(LOG_TELL_MS));
  return () => {
    isOver = true;
    end();
    clearTimeout(timer);
  };
}

/** Stands between the beginning of a step and its newest lines. */
const GAP = '… what the step says here is only counted; its newest lines:';

function tailOf({ at, countedBytes, newlines, bytesPerLine, lines, rest, newest }: Reader): LogTail {
  const isGuess = countedBytes < at || newest !== undefined;
  const guessed = isGuess
    ? Math.max(lines.length, newlines + Math.round((at - countedBytes) / bytesPerLine))
    : newlines;
  return {
    firstNumber: guessed - lines.length + 1,
    ...(isGuess ? { isGuess } : {}),
    lines: [
      ...lines,
      ...(rest === '' ? [] : [shown(rest)]),
      ...(newest === undefined ? [] : [GAP, ...newest.trimEnd().split('\n').slice(-LOG_LINES_KEPT).map(shown)]),
    ],
  };
}

/** Reads to where the file ends now; whether there is anything new to show. The first look at a long one may take a second from a disk. */
async function readOn(reader: Reader, takesTime: (bytes: number) => void): Promise<boolean> {
  let file: number;
  try {
    file = openSync(reader.path, 'r');
  } catch {
    return false; // It is not there yet, or its folder went; the next look tells.
  }
  try {
    const end = fstatSync(file).size;
    const isNew = end > reader.at || reader.isShort || reader.countedBytes < reader.at;
    if (end > reader.at + LOG_TURN_BYTES) await jump(reader, file, end, takesTime);
    else if (end > reader.at) await append(reader, file, end);
    else await rest(reader, file);
    return isNew;
  } catch {
    return false;
  } finally {
    closeSync(file);
  }
}

/** To the end of what is long, or grew fast. */
async function jump(reader: Reader, file: number, end: number, takesTime: (bytes: number) => void): Promise<void> {
  const isFirst = reader.at === 0;
  if (isFirst) takesTime(end);
  await countTo(reader, file, isFirst ? end : Math.min(end, reader.countedBytes + LOG_COUNT_BYTES));
  if (reader.isOver()) return;
  reader.at = end;
  begin(reader, file, isFirst ? LOG_TAIL_BYTES : LOG_JUMP_BYTES);
  reader.isShort = !isFirst;
}

async function append(reader: Reader, file: number, end: number): Promise<void> {
  const bytes = read(reader, file, reader.at, end - reader.at);
  if (reader.countedBytes === reader.at) {
    reader.newlines += countNewlines(bytes, bytes.length);
    reader.countedBytes += bytes.length;
  }
  reader.at += bytes.length;
  toLines(reader, bytes);
  await countTo(reader, file, Math.min(reader.at, reader.countedBytes + LOG_COUNT_BYTES));
}

/** Makes good what was left out while it grew. */
async function rest(reader: Reader, file: number): Promise<void> {
  await countTo(reader, file, reader.at);
  if (reader.isOver() || !reader.isShort) return;
  begin(reader, file, LOG_TAIL_BYTES);
  reader.isShort = false;
}

/** Counts the lines up to there; between slices whatever else waits for this thread has its turn. */
async function countTo(reader: Reader, file: number, end: number): Promise<void> {
  const { slice } = reader;
  while (reader.countedBytes < end && !reader.isOver()) {
    const wanted = Math.min(slice.length, end - reader.countedBytes);
    const length = readSync(file, slice, 0, wanted, reader.countedBytes);
    if (length === 0) return;
    reader.newlines += countNewlines(slice, length);
    reader.countedBytes += length;
    await nextTurn();
  }
}

/** Makes lines of the last bytes before `at` and forgets those it had. */
function begin(reader: Reader, file: number, tailBytes: number): void {
  const fromByte = Math.max(0, reader.at - tailBytes);
  const bytes = read(reader, file, fromByte, reader.at - fromByte);
  reader.lines = [];
  reader.rest = '';
  reader.decoder = new StringDecoder('utf8');
  // The line in which reading begins is not whole.
  reader.gap = fromByte === 0 ? undefined : `the ${fromByte} bytes before this are only in ${reader.path}`;
  toLines(reader, bytes);
}

function toLines(reader: Reader, bytes: Buffer): void {
  const parts = (reader.rest + reader.decoder.write(bytes)).split('\n');
  reader.bytesPerLine = Math.max(1, bytes.length / Math.max(1, parts.length - 1));
  reader.rest = (parts.pop() ?? '').slice(-LOG_LINE_CHARACTERS);
  const kept = parts.slice(-LOG_LINES_KEPT);
  if (reader.gap !== undefined && parts.length > 0) {
    if (kept.length === parts.length) kept[0] = `… ${reader.gap}`;
    reader.gap = undefined;
  }
  reader.lines = [...reader.lines, ...kept.map(shown)].slice(-LOG_LINES_KEPT);
}

/** Good until the next read. */
function read({ slice }: Reader, file: number, fromByte: number, length: number): Buffer<ArrayBuffer> {
  const bytes = length <= slice.length ? slice : Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, fromByte));
}

function shown(line: string): string {
  const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
  const last = whole.slice(whole.lastIndexOf('\r') + 1);
  return last.length > LOG_LINE_CHARACTERS ? `${last.slice(0, LOG_LINE_CHARACTERS)}…` : last;
}
