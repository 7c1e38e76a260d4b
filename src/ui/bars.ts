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
