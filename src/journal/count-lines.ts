/** Four newlines side by side, and the other seven bits of each byte. */
const NEWLINES = 0x0a0a0a0a;
const SEVEN_BITS = 0x7f7f7f7f;

/** Words after which the four counts in one number are full. */
const FULL = 255;

/**
 * Newlines among the first `length` bytes of a buffer, four bytes at a time: 200 MB take 0.1 s whatever the lines are like. `indexOf` needs
 * half of that for lines of 120 bytes and 4 s for lines of one.
 */
export function countNewlines(bytes: Buffer<ArrayBuffer>, length: number): number {
  // A view of words must begin at a multiple of four.
  const start = (4 - (bytes.byteOffset % 4)) % 4;
  if (length < start) return countBytes(bytes, 0, length);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, (length - start) >> 2);
  const end = start + words.length * 4;
  return countBytes(bytes, 0, start) + countWords(words) + countBytes(bytes, end, length);
}

function countWords(words: Int32Array): number {
  let count = 0;
  for (let at = 0; at < words.length; ) {
    const until = Math.min(words.length, at + FULL);
    let four = 0;
    for (; at < until; at += 1) {
      const unlike = (words[at] ?? 0) ^ NEWLINES;
      // The high bit of a byte stays clear only where all eight were.
      const found = ~(((unlike & SEVEN_BITS) + SEVEN_BITS) | unlike | SEVEN_BITS);
      four = (four + (found >>> 7)) | 0;
    }
    count += (four & 255) + ((four >>> 8) & 255) + ((four >>> 16) & 255) + (four >>> 24);
  }
  return count;
}

function countBytes(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 1) if (bytes[at] === 0x0a) count += 1;
  return count;
}
