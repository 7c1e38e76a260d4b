import { crc32 } from 'node:zlib';
import { chance } from './chance.ts';

/** Longest piece of a line, at up to three bytes a character: a write of more than 4,096 bytes would not be atomic on a pipe. */
const PIECE_CHARS = 1_166;

/** Checksum of an answer. The console only compares it, so any will do; this one costs next to nothing. */
export function sumOf(exitCode: number, text: string): string {
  return `${exitCode}.${crc32(text)}`;
}

/** First line on stdout, after an empty one that ends whatever a login shell printed: version of the protocol and the program's process id. */
export function helloFrame(pid: number): string {
  return `\n# muster 1 ${pid}\n`;
}

/** An answer from the main loop, counted in bytes. */
export function inlineFrame(id: string, exitCode: number, text: string, sum: string): string {
  return `= ${id} ${exitCode} ${Buffer.byteLength(text)} ${sum}\n${text}\n`;
}

/** What a child says in one piece; a longer answer could be split by another's. */
const WHOLE_BYTES = 3_500;

/** An answer from a child: in one piece, as dash writes it, or line by line; long lines in pieces. */
export function childFrames(id: string, exitCode: number, text: string, sum: string): string {
  if (text.length <= WHOLE_BYTES && Buffer.byteLength(text) <= WHOLE_BYTES) return inlineFrame(id, exitCode, text, sum);
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  const body = text === '' ? '' : lines.map((line) => lineFrames(id, line)).join('');
  return `${body}E ${id} ${exitCode} ${sum}\n`;
}

/** What a broken node sends in place of a frame: noise, half a frame, or one whose length is a lie. */
export function garble(frame: string, seed: number, step: number): Buffer {
  const bytes = Buffer.from(frame);
  const kind = Math.floor(chance(seed, step) * 4);
  if (kind === 0)
    return Buffer.from(Array.from({ length: 64 + (step % 200) }, (_, at) => chance(seed + step, at) * 256));
  if (kind === 1) return bytes.subarray(0, Math.floor(bytes.length / 2));
  if (kind === 2) return Buffer.from(frame.replace(/^([=E] \d+) \d+ ?\d*/, '$1 0 99999999999'));
  return Buffer.from(bytes.map((byte, at) => (chance(seed + step, at) < 0.1 ? byte ^ 0x55 : byte)));
}

function lineFrames(id: string, line: string): string {
  if (line.length <= PIECE_CHARS) return `L ${id} ${line}\n`;
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > PIECE_CHARS) {
    // A pair of surrogates is one character: it is not cut in two.
    const end = /[\ud800-\udbff]/.test(rest.charAt(PIECE_CHARS - 1)) ? PIECE_CHARS - 1 : PIECE_CHARS;
    pieces.push(`l ${id} ${rest.slice(0, end)}\n`);
    rest = rest.slice(end);
  }
  return `${pieces.join('')}L ${id} ${rest}\n`;
}
