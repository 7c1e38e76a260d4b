import { closeSync, openSync, readSync } from 'node:fs';
import { FOLLOW_BYTES } from './limits.ts';
import { watchFile } from './watch-file.ts';

/** Hands over a file's bytes from `fromByte` on, and what is appended later, until the returned function is called. */
export function followFile(path: string, fromByte: number, onBytes: (bytes: Buffer) => void): () => void {
  let at = fromByte;
  let isOver = false;
  const end = watchFile(path, () => {
    try {
      at = readOn(path, at, onBytes, () => isOver);
    } catch {
      // It is not there yet, or its folder went; the next look tells.
    }
  });
  return () => {
    isOver = true;
    end();
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
