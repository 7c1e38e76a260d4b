import type { Grid } from './cell-grid.ts';
import type { Style } from './style.ts';
import { isWidthAgreed } from './width.ts';

/** Turns style changes and clusters into what one terminal understands. */
export interface Pen {
  /** The shortest escape sequence from one style to another; from `undefined` when the terminal's style is not known. */
  readonly change: (from: Style | undefined, to: Style) => string;
  /** A cluster as this terminal can show it, as wide as before. */
  readonly cluster: (cluster: string) => string;
}

/** Where the terminal's cursor is and in which style it writes; undefined where that is not known. */
export interface Cursor {
  x: number | undefined;
  y: number | undefined;
  style: Style | undefined;
}

/** A cursor nothing is known of: after start, resize, or another program's turn. */
export const unknownCursor = (): Cursor => ({ x: undefined, y: undefined, style: undefined });

/** Blank cells at the end of a row worth one `EL` (3 bytes) instead of spaces. */
const ERASE_WORTH = 4;

/**
 * The bytes that turn what a terminal shows into what it should show; `shown` and `cursor` are brought up to date. Both grids must have the same size.
 * The terminal must not wrap at the right edge (DECAWM off), so the last cell of the last row scrolls nothing.
 */
export function encodeDiff(shown: Grid, wanted: Grid, cursor: Cursor, pen: Pen): string {
  let bytes = '';
  for (let y = 0; y < wanted.height; y++) bytes += encodeRow(shown, wanted, y, cursor, pen);
  return bytes;
}

function encodeRow(shown: Grid, wanted: Grid, y: number, cursor: Cursor, pen: Pen): string {
  const row = y * wanted.width;
  const blankFrom = blankTail(wanted, row);
  let bytes = '';
  let isForced = false;
  for (let x = 0; x < wanted.width; x++) {
    const at = row + x;
    const text = wanted.text[at] ?? ' ';
    const style = wanted.style[at] ?? 0;
    const isSame = text === shown.text[at] && style === shown.style[at];
    if (text === '' || (isSame && !isForced)) continue;
    if (x >= blankFrom && wanted.width - x >= ERASE_WORTH) {
      bytes += `${moveTo(cursor, x, y, wanted, pen)}${setStyle(cursor, 0, pen)}\x1b[K`;
      accept(shown, wanted, at, row + wanted.width);
      return bytes;
    }
    const width = wanted.text[at + 1] === '' && x + 1 < wanted.width ? 2 : 1;
    bytes +=
      moveTo(cursor, x, y, wanted, pen) +
      setStyle(cursor, style, pen) +
      emit(cursor, x, text, width, wanted.width, pen);
    // A terminal may think the cluster wider or narrower than we do: its neighbour is written again, at a place given outright.
    isForced = !isWidthAgreed(text);
    accept(shown, wanted, at, at + width);
  }
  return bytes;
}

/** The first column from which a row is blank and plain to its end. */
function blankTail(wanted: Grid, row: number): number {
  let x = wanted.width;
  while (x > 0 && wanted.text[row + x - 1] === ' ' && wanted.style[row + x - 1] === 0) x--;
  return x;
}

function accept(shown: Grid, wanted: Grid, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    shown.text[at] = wanted.text[at] ?? ' ';
    shown.style[at] = wanted.style[at] ?? 0;
  }
}

function emit(cursor: Cursor, x: number, text: string, width: 1 | 2, gridWidth: number, pen: Pen): string {
  const after = x + width;
  if (isWidthAgreed(text)) {
    cursor.x = after < gridWidth ? after : undefined;
    return pen.cluster(text);
  }
  cursor.x = undefined;
  // Where a terminal thinks it one cell wide, the other cell must not keep what was there.
  return width === 2 ? `  \b\b${pen.cluster(text)}` : pen.cluster(text);
}

function setStyle(cursor: Cursor, style: Style, pen: Pen): string {
  if (cursor.style === style) return '';
  const bytes = pen.change(cursor.style, style);
  cursor.style = style;
  return bytes;
}

function moveTo(cursor: Cursor, x: number, y: number, wanted: Grid, pen: Pen): string {
  if (cursor.x === x && cursor.y === y) return '';
  let best = x === 0 && y === 0 ? '\x1b[H' : x === 0 ? `\x1b[${y + 1}H` : `\x1b[${y + 1};${x + 1}H`;
  const offer = (candidate: string): void => {
    if (candidate.length < best.length) best = candidate;
  };
  if (cursor.y === y) {
    offer(x === 0 ? '\r' : `\x1b[${x + 1}G`);
    if (cursor.x !== undefined && cursor.x < x) {
      offer(x - cursor.x === 1 ? '\x1b[C' : `\x1b[${x - cursor.x}C`);
      const between = retype(cursor, x, y, wanted, pen);
      if (between !== undefined) offer(between);
    } else if (cursor.x !== undefined) {
      offer(cursor.x - x <= 3 ? '\b'.repeat(cursor.x - x) : `\x1b[${cursor.x - x}D`);
    }
  } else if (cursor.y !== undefined && y === cursor.y + 1 && x === 0) {
    offer('\r\n');
  }
  cursor.x = x;
  cursor.y = y;
  return best;
}

/** Writing a few unchanged cells once more is shorter than jumping over them. */
function retype(cursor: Cursor, x: number, y: number, wanted: Grid, pen: Pen): string | undefined {
  const from = cursor.x ?? x;
  if (x - from > 4) return undefined;
  let bytes = '';
  for (let at = y * wanted.width + from; at < y * wanted.width + x; at++) {
    const text = wanted.text[at] ?? ' ';
    if (text.length !== 1 || text < ' ' || text > '~' || wanted.style[at] !== cursor.style) return undefined;
    bytes += pen.cluster(text);
  }
  return bytes;
}
