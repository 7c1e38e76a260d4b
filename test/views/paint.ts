// Paints a view as plain text, the way the screen would: chosen columns in a width, rows sorted by the view's own column.
import type { State } from '../../src/store/state.ts';
import { chosenColumns, placeColumns } from '../../src/ui/columns.ts';
import { fitted, plainText, spansOf } from '../../src/ui/terminal/surface.ts';
import type { AnyRow, CanvasView, Cell, ListView, Section } from '../../src/ui/view.ts';
import { sorted } from '../../src/ui/visible-rows.ts';
import { NOW_MS } from './fleet.ts';

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.map(({ text }) => text).join(''));

export function paintList<Row extends AnyRow>(view: ListView<Row>, state: State, width: number, ascii = false): string {
  const placed = placeColumns(chosenColumns(view.columns, [], []), width);
  const moment = { nowMs: NOW_MS, state };
  const header = view.columns.find((column) => column.header === view.sortedBy.replace(/^-/, ''));
  const rows = sorted(view.rows(state), header, view.sortedBy.startsWith('-'), moment);
  const line = (cellOf: (index: number) => Cell): string =>
    placed
      .map(({ column, width: own }, index) => {
        const text = plainText(fitted(spansOf(cellOf(index)), own));
        return column.align === 'right' ? text.padStart(own) : text.padEnd(own);
      })
      .join('  ')
      .trimEnd();
  const lines = rows.map((row) =>
    line((index) => {
      const place = placed[index];
      return place === undefined ? '' : place.column.cell(row, { ...moment, width: place.width, ascii });
    }),
  );
  return [
    line((index) => placed[index]?.column.header ?? ''),
    ...(lines.length > 0 ? lines : [view.empty(state)]),
  ].join('\n');
}

export function paintCanvas<Row extends AnyRow>(
  view: CanvasView<Row>,
  state: State,
  width: number,
  height: number,
  ascii = false,
): string {
  const picture = view.paint(view.rows(state), { nowMs: NOW_MS, state, width, height, ascii });
  return picture.lines.map((line) => textOf(line).trimEnd()).join('\n');
}

export const textOfSections = (sections: readonly Section[]): string =>
  sections
    .map(({ title, lines }) => [`[${title}]`, ...lines.map((line) => textOf(line).trimEnd())].join('\n'))
    .join('\n');
