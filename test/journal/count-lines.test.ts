import { expect, test } from 'vitest';
import { countNewlines } from '../../src/journal/count-lines.ts';

/** The same bytes for the same seed: mulberry32, with every fourth byte one of those that look much like a newline. */
function someBytes(length: number, seed: number): Buffer<ArrayBuffer> {
  const alike = [0x0a, 0x0a, 0x0b, 0x8a, 0x00, 0xff, 0x7f, 0x80];
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    const byte = (mixed ^ (mixed >>> 14)) & 0xff;
    bytes[at] = byte < 128 ? (alike[byte & 7] ?? 0) : byte;
  }
  return bytes;
}

const counted = (bytes: Buffer): number => bytes.filter((byte) => byte === 0x0a).length;

test('newlines are counted wherever a buffer begins and however long it is', () => {
  const all = someBytes(4_200, 7);
  for (let from = 0; from < 9; from += 1) {
    for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 1_019, 1_020, 1_021, 4_096]) {
      const bytes = all.subarray(from);
      expect([from, length, countNewlines(bytes, length)]).toEqual([from, length, counted(bytes.subarray(0, length))]);
    }
  }
});

test('newlines alone are all counted', () => {
  expect(countNewlines(Buffer.alloc(10_001, '\n'), 10_001)).toBe(10_001);
});
