const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const ASCII_LEVELS = ['_', '.', ':', '-', '=', '+', '*', '#'] as const;

const clamp = (ratio: number): number => (Number.isFinite(ratio) ? Math.min(1, Math.max(0, ratio)) : 0);

/** A bar of exactly `width` columns, filled to `ratio` (0 to 1) in eighths of a column; in ASCII `####....`. Anything above zero shows. */
export function bar(ratio: number, width: number, ascii: boolean): string {
  const share = clamp(ratio);
  if (ascii) {
    const filled = share === 0 ? 0 : Math.max(1, Math.floor(share * width));
    return '#'.repeat(filled) + '.'.repeat(width - filled);
  }
  const eighths = share === 0 ? 0 : Math.max(1, Math.floor(share * width * 8));
  const text = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return text.padEnd(width, ' ');
}

/**
 * The last `width` values (0 to 1) as one line of columns, oldest first; a gap (undefined or not a number) is a blank, a zero the lowest block.
 * Shorter histories are padded on the left, so that now is always at the right edge.
 */
export function sparkline(values: readonly (number | undefined)[], width: number, ascii: boolean): string {
  const shown = values.slice(-width).map((value) => (isGap(value) ? ' ' : levelGlyph(value, ascii)));
  return shown.join('').padStart(width, ' ');
}

const isGap = (value: number | undefined): value is undefined => value === undefined || Number.isNaN(value);

/** One column for a share of one, from the lowest block (zero) to the full one. */
export function levelGlyph(ratio: number, ascii: boolean): string {
  const level = Math.min(7, Math.floor(clamp(ratio) * 8));
  return (ascii ? ASCII_LEVELS : LEVELS)[level] ?? ' ';
}

/** Two values a column, twice as many in the same width: braille dots of four levels each. Falls back to `sparkline` in ASCII. */
export function denseSparkline(values: readonly (number | undefined)[], width: number, ascii: boolean): string {
  if (ascii) return sparkline(everySecond(values), width, true);
  const recent = values.slice(-width * 2);
  const padded = [...Array<undefined>(Math.max(0, width * 2 - recent.length)).fill(undefined), ...recent];
  let text = '';
  for (let index = 0; index < padded.length; index += 2) {
    text += String.fromCodePoint(0x2800 + dots(padded[index], LEFT_DOTS) + dots(padded[index + 1], RIGHT_DOTS));
  }
  return text.replaceAll('\u2800', ' ');
}

// Bits of the braille pattern from the lowest dot up, Unicode chapter 21.
const LEFT_DOTS = [0x40, 0x04, 0x02, 0x01] as const;
const RIGHT_DOTS = [0x80, 0x20, 0x10, 0x08] as const;

function dots(value: number | undefined, column: readonly number[]): number {
  if (isGap(value)) return 0;
  const height = Math.max(1, Math.ceil(clamp(value) * column.length));
  return column.slice(0, height).reduce((sum, dot) => sum + dot, 0);
}

const everySecond = (values: readonly (number | undefined)[]): readonly (number | undefined)[] =>
  values.filter((_, index) => (values.length - 1 - index) % 2 === 0);
