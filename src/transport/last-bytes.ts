/** The last bytes of a stream, in memory that is used again: what answers come on all the time leaves nothing behind. */
export interface LastBytes {
  readonly push: (chunk: Buffer) => void;
  readonly text: () => string;
}

/** Keeps at most so many bytes. */
export function lastBytes(limit: number): LastBytes {
  let kept: Buffer | undefined;
  let length = 0;
  return {
    push: (chunk) => {
      kept ??= Buffer.allocUnsafeSlow(limit);
      const staying = Math.max(0, Math.min(length, limit - chunk.length));
      if (staying > 0) kept.copyWithin(0, length - staying, length);
      length = staying + chunk.copy(kept, staying, Math.max(0, chunk.length - limit));
    },
    text: () => kept?.toString('utf8', 0, length) ?? '',
  };
}
