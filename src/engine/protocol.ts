import { NOISE_CHARACTERS } from './limits.ts';

/**
 * What a node's program says. On stdout, from its main loop: `# muster 1 PID` once, `= ID EXIT LENGTH SUM` and LENGTH bytes, `~ ID`
 * (as before), `! ID REASON`. On stderr, from children, in atomic writes: short answers in one piece, `= ID EXIT LENGTH SUM` and LENGTH
 * bytes, or from bash `e ID EXIT SUM TEXT` with a record separator for each newline; longer ones as lines `L ID TEXT`, `l ID PIECE` (no
 * newline after it), `N ID TEXT` (the last words on the question's own stderr), then `E ID EXIT SUM`; or else `S ID` or `! ID REASON`.
 *
 * The console asks with `A ID QUESTION SUM TARGET`: SUM is that of the answer it holds, `+` for one that came without (so that the next
 * one comes with it), `-` for none. `K ID` kills, `V root|sudo|none` tells what `$sudo` is, `Q` ends.
 */
export type Frame =
  | { readonly kind: 'hello' }
  | AnswerFrame
  | { readonly kind: 'same'; readonly id: number }
  | { readonly kind: 'unusable'; readonly id: number; readonly because: string }
  /** A line that is no frame: a banner, a warning of the shell. */
  | { readonly kind: 'noise'; readonly text: string }
  /** The stream cannot be trusted any more; nothing is decoded after it. */
  | { readonly kind: 'malformed'; readonly because: string };

/** One whole answer. `sum` is the program's own checksum of it, opaque here; `noise` the last line of the question's stderr. */
export interface AnswerFrame {
  readonly kind: 'answer';
  readonly id: number;
  readonly exitCode: number;
  readonly sum: string;
  readonly stdout: string;
  readonly noise: string;
}

/** Where a decoder hands its frames, and how it learns which asks are outstanding: a line about any other is not believed. */
export interface FrameSink {
  readonly isOpen: (id: number) => boolean;
  readonly frame: (frame: Frame) => void;
}

/** Ends every frame's line. */
export const NEWLINE = 10;

/**
 * The checksum at the end of a line, as a text of its own: it is kept until the next answer, and a part of the line would keep all of it. One
 * byte is one character here.
 */
export const ownSum = (line: Buffer, characters: number): string => line.toString('latin1', line.length - characters);

const UNUSABLE = /^! (\d{1,15}) (.{1,100})$/;

/** The frame that ends a session whose stream cannot be trusted. */
export const malformed = (because: string): Frame => ({ kind: 'malformed', because });

/** A line that is no frame, capped. */
export const noise = (text: string): Frame => ({ kind: 'noise', text: text.slice(0, NOISE_CHARACTERS) });

/** `~ ID` or `S ID` (the pattern given), or `! ID REASON`, of an outstanding ask. */
export function shortFrame(text: string, isOpen: (id: number) => boolean, same: RegExp) {
  const [, sameId = ''] = same.exec(text) ?? [];
  if (sameId !== '' && isOpen(Number(sameId))) return { kind: 'same', id: Number(sameId) } as const;
  const [, id = '', because = ''] = UNUSABLE.exec(text) ?? [];
  if (id !== '' && isOpen(Number(id))) return { kind: 'unusable', id: Number(id), because } as const;
  return undefined;
}

/** Why a node cannot answer, in words. */
export const UNUSABLE_WORDS: { readonly [because: string]: string } = {
  'too-long': 'the answer is longer than 1 MiB',
  unknown: 'the program on the node does not know this question',
};
