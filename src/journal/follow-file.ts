import { closeSync, type FSWatcher, openSync, readSync, watch } from 'node:fs';
import { FOLLOW_BYTES, FOLLOW_MS } from './limits.ts';

/**
 * Hands over a file's bytes from `fromByte` on, and what is appended later, until the returned function is called. A file that is not
 * there yet is waited for. Notifications make it quick, looking again makes it sure.
 */
export function followFile(path: string, fromByte: number, onBytes: (bytes: Buffer) => void): () => void {
  let at = fromByte;
  let watcher: FSWatcher | undefined;
  let isOver = false;
  const look = () => {
    if (isOver) return;
    try {
      at = readOn(path, at, onBytes, () => isOver);
      watcher ??= watched(path, look);
    } catch {
      // It is not there yet, or its folder went; the next look tells.
    }
  };
  const timer = setInterval(look, FOLLOW_MS);
  look();
  return () => {
    isOver = true;
    clearInterval(timer);
    watcher?.close();
  };
}

function readOn(path: string, from: number, onBytes: (bytes: Buffer) => void, isOver: () => boolean): number {
  const file = openSync(path, 'r');
  try {
    for (let at = from; ; ) {
      const bytes = Buffer.allocUnsafe(FOLLOW_BYTES);
      const length = readSync(file, bytes, 0, FOLLOW_BYTES, at);
      if (length === 0 || isOver()) return at;
      at += length;
      onBytes(bytes.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

function watched(path: string, look: () => void): FSWatcher {
  const watcher = watch(path, { persistent: false }, look);
  watcher.on('error', () => watcher.close());
  return watcher;
}
