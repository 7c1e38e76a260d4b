import { statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { followFile } from './follow-file.ts';
import { LOG_LINE_CHARACTERS, LOG_LINES_KEPT, LOG_TAIL_BYTES, LOG_TELL_MS } from './limits.ts';

/** The last lines of a log, and the number of the first of them. */
export interface LogTail {
  readonly firstNumber: number;
  readonly lines: readonly string[];
}

/**
 * Follows a node's log as lines, at most ten times a second, until the returned function is called. Of a line that a progress bar wrote over
 * and over only the last writing is kept; longer lines than `LOG_LINE_CHARACTERS` are cut. The file keeps everything.
 */
export function followLog(path: string, onChange: (tail: LogTail) => void): () => void {
  const decoder = new StringDecoder('utf8');
  let lines: string[] = [];
  let firstNumber = 1;
  let rest = '';
  const fromByte = Math.max(0, sizeOf(path) - LOG_TAIL_BYTES);
  // The line in which reading begins is not whole.
  let isWhole = fromByte === 0;
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    timer = undefined;
    onChange({ firstNumber, lines: rest === '' ? [...lines] : [...lines, shown(rest)] });
  };
  const end = followFile(path, fromByte, (bytes) => {
    const parts = (rest + decoder.write(bytes)).split('\n');
    rest = (parts.pop() ?? '').slice(-LOG_LINE_CHARACTERS);
    if (!isWhole && parts.length > 0) {
      parts[0] = `… the ${fromByte} bytes before this are only in ${path}`;
      isWhole = true;
    }
    for (const part of parts) lines.push(shown(part));
    if (lines.length > LOG_LINES_KEPT) {
      firstNumber += lines.length - LOG_LINES_KEPT;
      lines = lines.slice(-LOG_LINES_KEPT);
    }
    timer ??= setTimeout(tell, LOG_TELL_MS);
  });
  return () => {
    end();
    clearTimeout(timer);
  };
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
