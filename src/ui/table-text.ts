import type { State } from '../store/state.ts';
import { plainText } from './terminal/surface.ts';
import type { AnyRow, Column } from './view.ts';

/** Wide enough that no cell shortens what it says. */
const UNCUT_WIDTH = 200;

/** One cell as plain text: neutralised, so that what a node sent can neither start an escape sequence nor a new column or line. */
export function cellText(
  row: AnyRow,
  column: Column<AnyRow>,
  moment: { readonly state: State; readonly nowMs: number },
): string {
  const width = Math.max(UNCUT_WIDTH, column.width.max ?? 0);
  return plainText(
    column.cell(row, { state: moment.state, nowMs: moment.nowMs, width, ascii: true, isText: true }),
  ).trim();
}

/** Rows as tab-separated text with a header line; ends with a line break. */
export function tableText(
  rows: readonly AnyRow[],
  columns: readonly Column<AnyRow>[],
  moment: { readonly state: State; readonly nowMs: number },
): string {
  const lines = [
    columns.map(({ header }) => header),
    ...rows.map((row) => columns.map((column) => cellText(row, column, moment))),
  ];
  return `${lines.map((cells) => cells.join('\t')).join('\n')}\n`;
}
