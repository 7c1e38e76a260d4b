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
 * Places columns in a width, in their order. What does not fit with its least width falls away, the lowest priority first and of equal ones
 * the rightmost; what is left over goes to what columns want, then to those that grow, by their shares, up to their greatest width.
 */
export function placeColumns<Row>(columns: readonly Column<Row>[], width: number): readonly PlacedColumn<Row>[] {
  const widths = new Map<Column<Row>, number>();
  let left = width;
  let wanted = 0;
  for (const column of columns.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))) {
    const least = Math.max(column.width.min, textWidth(column.header));
    const needed = least + (widths.size > 0 ? COLUMN_GAP : 0);
    if (needed + (column.priority === undefined ? wanted : 0) > left && widths.size > 0) break;
    widths.set(column, Math.min(least, left));
    wanted += Math.max(0, (column.width.want ?? least) - least);
    left -= Math.min(needed, left);
  }
  const kept = columns.flatMap((column) => {
    const own = widths.get(column);
    return own === undefined ? [] : [{ column, width: own }];
  });
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
  for (const place of kept) {
    const share = Math.min(left, Math.max(0, (place.column.width.want ?? 0) - place.width));
    place.width += share;
    left -= share;
  }
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
