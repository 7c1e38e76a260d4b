import { statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { followFile } from './follow-file.ts';
import { LOG_LINE_CHARACTERS, LOG_LINES_KEPT, LOG_TAIL_BYTES, LOG_TELL_MS, LOG_TURN_BYTES } from './limits.ts';

/** The last lines of a log, and the number of the first of them. */
export interface LogTail {
  readonly firstNumber: number;
  readonly lines: readonly string[];
}

const NEWLINE = 0x0a;

/**
 * Follows a node's log as lines, at most ten times a second, until the returned function is called. Of a line that a progress bar wrote over
 * and over only the last writing is kept; longer lines than `LOG_LINE_CHARACTERS` are cut. A log that grows faster than can be read here is
 * jumped through: lines left out are counted, so that numbers stay right. The file keeps everything.
 */
export function followLog(path: string, onChange: (tail: LogTail) => void): () => void {
  const fromByte = Math.max(0, sizeOf(path) - LOG_TAIL_BYTES);
  // The line in which reading begins is not whole.
  let gap = fromByte === 0 ? undefined : `the ${fromByte} bytes before this are only in ${path}`;
  let decoder = new StringDecoder('utf8');
  let lines: string[] = [];
  let firstNumber = 1;
  let rest = '';
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const jump = (): void => {
    const left = waiting.shift() ?? Buffer.alloc(0);
    waitingBytes -= left.length;
    firstNumber += lines.length + countOf(left);
    lines = [];
    rest = '';
    decoder = new StringDecoder('utf8');
    gap = `the lines before this are only in ${path}`;
  };
  const tell = (): void => {
    timer = undefined;
    const parts = (rest + decoder.write(Buffer.concat(waiting))).split('\n');
    waiting = [];
    waitingBytes = 0;
    rest = (parts.pop() ?? '').slice(-LOG_LINE_CHARACTERS);
    if (gap !== undefined && parts.length > 0) {
      parts[0] = `… ${gap}`;
      gap = undefined;
    }
    for (const part of parts) lines.push(shown(part));
    if (lines.length > LOG_LINES_KEPT) {
      firstNumber += lines.length - LOG_LINES_KEPT;
      lines = lines.slice(-LOG_LINES_KEPT);
    }
    onChange({ firstNumber, lines: rest === '' ? [...lines] : [...lines, shown(rest)] });
  };
  const end = followFile(path, fromByte, (bytes) => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    while (waiting.length > 1 && waitingBytes > LOG_TURN_BYTES) jump();
    timer ??= setTimeout(tell, LOG_TELL_MS);
  });
  return () => {
    end();
    clearTimeout(timer);
  };
}

function countOf(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

function shown(line: string): string {
  const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
  const last = whole.slice(whole.lastIndexOf('\r') + 1);
  return last.length > LOG_LINE_CHARACTERS ? `${last.slice(0, LOG_LINE_CHARACTERS)}…` : last;
}
