import { mask } from '../model/command.ts';
import { TAIL_BYTES, WORDS_CHARACTERS } from './limits.ts';

/** What a step says, on its way to the log: secrets masked, the last words kept. */
export interface StepOutput {
  /** From a node; the bytes to be kept. */
  readonly take: (bytes: Buffer) => Buffer;
  /** What was held back until it was sure to be no secret. */
  readonly end: () => Buffer;
  readonly lastWords: () => string;
}

const MASK = Buffer.from('******');

/** A secret may come in two pieces, so as many bytes as the longest has wait for the next piece. */
export function stepOutput(secrets: readonly string[] = []): StepOutput {
  // The longest first: one that begins another would leave the rest of it to be read.
  const hidden = secrets
    .filter((secret) => secret !== '')
    .map((secret) => Buffer.from(secret))
    .sort((a, b) => b.length - a.length);
  const held = Math.max(0, ...hidden.map(({ length }) => length - 1));
  let rest = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  const pass = (bytes: Buffer): Buffer => {
    // A long stream comes in pieces that are longer than its tail.
    tail = bytes.length >= TAIL_BYTES ? bytes.subarray(-TAIL_BYTES) : joined(tail, bytes);
    return bytes;
  };
  return {
    take: (bytes) => {
      if (hidden.length === 0) return pass(bytes);
      const masked = hidden.reduce(masking, Buffer.concat([rest, bytes]));
      const cut = Math.max(0, masked.length - held);
      rest = masked.subarray(cut);
      return pass(masked.subarray(0, cut));
    },
    end: () => {
      const last = rest;
      rest = Buffer.alloc(0);
      return pass(last);
    },
    lastWords: () => wordsOf(tail.toString('utf8')),
  };
}

/**
 * Whole lines of a piece of output that begins and ends anywhere, secrets masked. One that goes over lines may be cut by it, and a piece of it
 * could not be masked: then there is nothing.
 */
export function pieceShown(text: string, secrets: readonly string[] = []): string {
  if (secrets.some((secret) => secret.includes('\n'))) return '';
  return mask(text.slice(text.indexOf('\n') + 1, text.lastIndexOf('\n') + 1), secrets);
}

const joined = (tail: Buffer, bytes: Buffer): Buffer<ArrayBuffer> => Buffer.concat([tail, bytes]).subarray(-TAIL_BYTES);

function masking(bytes: Buffer, secret: Buffer): Buffer<ArrayBuffer> {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(secret); at !== -1; at = bytes.indexOf(secret, from)) {
    parts.push(bytes.subarray(from, at), MASK);
    from = at + secret.length;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

/** The last line that says something; tools put their reason there. */
function wordsOf(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return (lines.findLast((line) => line !== '') ?? '').slice(0, WORDS_CHARACTERS);
}
