import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import type { NodeName } from '../model/ids.ts';
import { NODE_LOG_BYTES } from './limits.ts';

/** The log files of a rollout, one a node: the bytes a node's steps said, as they came. */
export interface NodeLogs {
  /** Where the next byte of the node goes. */
  readonly at: (node: NodeName) => number;
  /** Bytes that found no room; 0 when all were kept. Written before it returns, so that a step's end never stands before its words. */
  readonly write: (node: NodeName, bytes: Buffer) => number;
  readonly close: () => void;
}

/** Opens the logs of a rollout for its one writer. */
export function openLogs(path: (node: NodeName) => string, limitBytes = NODE_LOG_BYTES): NodeLogs {
  const open = new Map<NodeName, { readonly file: number; at: number }>();
  const of = (node: NodeName) => {
    const known = open.get(node);
    if (known !== undefined) return known;
    const file = openSync(path(node), 'a', 0o600);
    const log = { file, at: fstatSync(file).size };
    open.set(node, log);
    return log;
  };
  return {
    at: (node) => of(node).at,
    write: (node, bytes) => {
      const log = of(node);
      const kept = writeAll(log.file, bytes.subarray(0, Math.max(0, limitBytes - log.at)));
      log.at += kept;
      return bytes.length - kept;
    },
    close: () => {
      for (const { file } of open.values()) closeSync(file);
      open.clear();
    },
  };
}

/** How many bytes found room; a full disk must not stop what runs on the nodes. */
function writeAll(file: number, bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(file, bytes, written);
  } catch {
    return written;
  }
  return written;
}
