import { fstatSync, openSync, writeSync } from 'node:fs';
import type { NodeName } from '../model/ids.ts';
import { type AppendStream, appendStream } from './append-stream.ts';
import { LOG_JUMP_BYTES, LOG_NEWEST_MS, NODE_LOG_BYTES, STEP_ENDS_BYTES } from './limits.ts';
import { removeNewest, writeNewest } from './newest-file.ts';
import { createTail, type Tail } from './tail.ts';

/** The log files of a rollout, one a node: the bytes a node's steps said, as they came. */
export interface NodeLogs {
  /** Where the next byte of the node goes. */
  readonly at: (node: NodeName) => number;
  /** Bytes that found no room; 0 when all were kept. Written before it returns, so that a step's end never stands before its words. */
  readonly write: (node: NodeName, bytes: Buffer) => number;
  /**
   * Takes bytes of a stream, to be written soon: a disk that is slow does not keep this process from other nodes. A promise is returned when
   * nothing more should come before it settles.
   */
  readonly pour: (node: NodeName, bytes: Buffer) => void | Promise<void>;
  /**
   * A step has ended: resolves when all that was poured stands in the file, with how many bytes found no room since it was last asked. Where
   * there was none for the middle of it, the end follows its beginning now, with a line between that counts what is missing.
   */
  readonly settle: (node: NodeName) => Promise<number>;
  /** The newest output of a step of which no more is poured before it ends; kept beside the log until then. */
  readonly newest: (node: NodeName, text: string) => void;
  readonly close: () => void;
}

interface Log {
  readonly file: number;
  /** As if all that waits had found room. */
  at: number;
  unkept: number;
  /** Where the present step began. */
  stepAt: number;
  /** The end of a step whose beginning filled the room. */
  readonly tail: Tail;
  readonly stream: AppendStream;
  /** The newest of what finds no room is told when it ends. */
  telling: NodeJS.Timeout | undefined;
}

/** How much is kept: of a node, and of the beginning and the end of each of its steps in any case. */
export interface LogRoom {
  readonly nodeBytes: number;
  readonly endsBytes: number;
}

const ROOM: LogRoom = { nodeBytes: NODE_LOG_BYTES, endsBytes: STEP_ENDS_BYTES };

/** Opens the logs of a rollout for its one writer; `nowMs` tells how long writes take. */
export function openLogs(
  path: (node: NodeName) => string,
  { nodeBytes, endsBytes } = ROOM,
  nowMs?: () => number,
): NodeLogs {
  const open = new Map<NodeName, Log>();
  const of = (node: NodeName): Log => {
    const known = open.get(node);
    if (known !== undefined) return known;
    const file = openSync(path(node), 'a', 0o600);
    const at = fstatSync(file).size;
    const lost = (bytes: number): void => {
      log.at -= bytes;
      log.unkept += bytes;
    };
    const stream = appendStream(file, lost, nowMs);
    const log: Log = { file, at, unkept: 0, stepAt: at, tail: createTail(endsBytes), stream, telling: undefined };
    open.set(node, log);
    return log;
  };
  const withinLimit = (log: Log, bytes: Buffer): Buffer => {
    const most = Math.max(nodeBytes, log.stepAt + endsBytes);
    return bytes.subarray(0, Math.max(0, most - log.at));
  };
  return {
    at: (node) => of(node).at,
    write: (node, bytes) => {
      const log = of(node);
      const kept = writeAll(log.file, withinLimit(log, bytes));
      log.at += kept;
      return bytes.length - kept;
    },
    pour: (node, bytes) => {
      const log = of(node);
      // Once something is missing nothing follows it but the end.
      const kept = log.tail.isEmpty() ? withinLimit(log, bytes) : bytes.subarray(0, 0);
      if (kept.length < bytes.length) {
        log.tail.take(bytes.subarray(kept.length));
        tellNewest(log, path(node));
      }
      log.at += kept.length;
      return kept.length > 0 ? log.stream.append(kept) : undefined;
    },
    settle: async (node) => {
      const log = of(node);
      await log.stream.flush();
      removeNewest(path(node));
      return endOf(log);
    },
    newest: (node, text) => writeNewest(path(node), text),
    close: () => {
      for (const { stream, telling } of open.values()) {
        clearTimeout(telling);
        stream.close();
      }
      open.clear();
    },
  };
}

/** What finds no room is shown beside the log until the step has ended. */
function tellNewest(log: Log, path: string): void {
  log.telling ??= setTimeout(() => {
    log.telling = undefined;
    writeNewest(path, log.tail.newest(LOG_JUMP_BYTES));
  }, LOG_NEWEST_MS);
}

/** Ends a step in its log, and makes it ready for the next; how many bytes found no room. */
function endOf(log: Log): number {
  clearTimeout(log.telling);
  log.telling = undefined;
  appendEnd(log);
  const { unkept } = log;
  log.unkept = 0;
  log.stepAt = log.at;
  return unkept;
}

/** The end of a step that found no room, below a line that says how much stands nowhere. */
function appendEnd(log: Log): void {
  if (log.tail.isEmpty()) return;
  const { bytes, missingBytes } = log.tail.end();
  log.unkept += missingBytes;
  const mark = Buffer.from(
    `\n... here ${log.unkept} bytes were left out: there was room for the beginning and the end ...\n`,
  );
  const all = missingBytes === 0 ? bytes : Buffer.concat([mark, bytes]);
  const written = writeAll(log.file, all);
  log.at += written;
  log.unkept += Math.min(bytes.length, all.length - written);
}

function writeAll(file: number, bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(file, bytes, written);
  } catch {
    return written;
  }
  return written;
}
