/** A column of a plain table, as wide as what stands in it. */
export interface PlainColumn<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** May be cut with `…` where the line would not fit; the first that may is cut first. */
  readonly atLeast?: number;
}

const GAP = '  ';

/**
 * Rows under titles without borders, cut to `width` where one is given: a terminal's. In a pipe nothing is cut. Columns without `atLeast` are
 * never cut: an id must be whole to be of use.
 */
export function plainTable<Row>(
  columns: readonly PlainColumn<Row>[],
  rows: readonly Row[],
  width?: number,
): readonly string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ text }) => oneLine(text(row)))),
  ];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => [...(line[column] ?? '')].length)));
  let over = width === undefined ? 0 : widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - width;
  for (const [column, { atLeast }] of columns.entries()) {
    const is = widths[column] ?? 0;
    const cut = atLeast === undefined ? 0 : Math.max(0, Math.min(over, is - atLeast));
    widths[column] = is - cut;
    over -= cut;
  }
  return cells.map((line) =>
    line
      .map((cell, column) => cutTo(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** A text that takes no more than `width` places; `…` says that it was longer. */
export function cutTo(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
