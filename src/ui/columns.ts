import { textWidth } from './terminal/width.ts';
import type { Column } from './view.ts';

/** Blanks between two columns. */
export const COLUMN_GAP = 2;

/** A column with the place it got. */
export interface PlacedColumn<Row> {
  readonly column: Column<Row>;
  readonly x: number;
  readonly width: number;
}

/** The columns to show: those not optional, or as chosen (`hidden` and `shown` are headers). */
export function chosenColumns<Row>(
  columns: readonly Column<Row>[],
  hidden: readonly string[],
  shown: readonly string[],
): readonly Column<Row>[] {
  return columns.filter(({ header, isOptional }) =>
    isOptional === true ? shown.includes(header) : !hidden.includes(header),
  );
}

/**
 * Places columns in a width. The first ones matter most: what does not fit with its least width is dropped from the right, and what is left
 * over goes to columns that grow, by their shares, up to their greatest width.
 */
export function placeColumns<Row>(columns: readonly Column<Row>[], width: number): readonly PlacedColumn<Row>[] {
  const kept: { column: Column<Row>; width: number }[] = [];
  let left = width;
  for (const column of columns) {
    const least = Math.max(column.width.min, textWidth(column.header));
    const needed = least + (kept.length > 0 ? COLUMN_GAP : 0);
    if (needed > left && kept.length > 0) break;
    kept.push({ column, width: Math.min(least, left) });
    left -= Math.min(needed, left);
  }
  shareOut(kept, left);
  const placed: PlacedColumn<Row>[] = [];
  let x = 0;
  for (const { column, width: own } of kept) {
    placed.push({ column, x, width: own });
    x += own + COLUMN_GAP;
  }
  return placed;
}

function shareOut<Row>(kept: { column: Column<Row>; width: number }[], leftOver: number): void {
  let left = leftOver;
  while (left > 0) {
    const growing = kept.filter(
      ({ column, width }) => (column.width.grow ?? 0) > 0 && width < (column.width.max ?? Number.POSITIVE_INFINITY),
    );
    const shares = growing.reduce((sum, { column }) => sum + (column.width.grow ?? 0), 0);
    if (shares === 0) return;
    const pot = left;
    for (const place of growing) {
      const most = (place.column.width.max ?? Number.POSITIVE_INFINITY) - place.width;
      const share = Math.min(left, most, Math.max(1, Math.floor((pot * (place.column.width.grow ?? 0)) / shares)));
      place.width += share;
      left -= share;
    }
  }
}
