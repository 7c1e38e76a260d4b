import { clustersOf } from './terminal/width.ts';

/** A line being typed: its clusters and how many stand before the caret. */
export interface LineEdit {
  readonly text: string;
  /** Offset in the text, in UTF-16 units. */
  readonly caret: number;
}

/** Longest line a prompt takes. */
const LIMIT = 4_096;

/** A line with the caret at its end. */
export function lineOf(text: string): LineEdit {
  return { text, caret: text.length };
}

/** Puts text at the caret; line breaks and other controls of a paste become blanks. */
export function insert({ text, caret }: LineEdit, added: string): LineEdit {
  const clean = added.replace(/\p{Cc}+/gu, ' ').slice(0, Math.max(0, LIMIT - text.length));
  return { text: text.slice(0, caret) + clean + text.slice(caret), caret: caret + clean.length };
}

/** What a key does to a line; undefined for a key that is none of the line's business. */
export function edit(line: LineEdit, key: string, typed: string | undefined): LineEdit | undefined {
  const { text, caret } = line;
  const before = text.slice(0, caret);
  const after = text.slice(caret);
  switch (key) {
    case 'backspace':
      return { text: withoutLast(before) + after, caret: withoutLast(before).length };
    case 'delete':
    case 'ctrl-d':
      return { text: before + clustersOf(after).slice(1).join(''), caret };
    case 'left':
    case 'ctrl-b':
      return { text, caret: withoutLast(before).length };
    case 'right':
    case 'ctrl-f':
      return { text, caret: caret + (clustersOf(after)[0]?.length ?? 0) };
    case 'home':
    case 'ctrl-a':
      return { text, caret: 0 };
    case 'end':
    case 'ctrl-e':
      return lineOf(text);
    case 'ctrl-u':
      return { text: after, caret: 0 };
    case 'ctrl-k':
      return lineOf(before);
    case 'ctrl-w': {
      const kept = before.replace(/\S*\s*$/, '');
      return { text: kept + after, caret: kept.length };
    }
    default:
      return typed === undefined ? undefined : insert(line, typed);
  }
}

function withoutLast(text: string): string {
  return clustersOf(text).slice(0, -1).join('');
}
