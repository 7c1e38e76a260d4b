import type { State } from '../store/state.ts';
import { type PlacedColumn, placeColumns } from './columns.ts';
import { blankGrid, type Grid, putText, type Rect } from './terminal/cell-grid.ts';
import { STYLE, type Style, styleOf } from './terminal/style.ts';
import { paintCell } from './terminal/surface.ts';
import type { CellContext, Column } from './view.ts';

/** Columns kept left of the rows for the mark and the cursor. */
export const GUTTER = 2;

/** What a list shows in one frame. */
export interface ListFrame<Row extends { readonly id: string }> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Index of the first row shown and of the row under the cursor; -1 for none. */
  readonly top: number;
  readonly cursor: number;
  readonly marks: ReadonlySet<string>;
  readonly sort: { readonly header: string; readonly descending: boolean };
  readonly state: State;
  readonly nowMs: number;
  readonly ascii: boolean;
}

/** A list's painter; it remembers painted rows by id, and paints one again only when its row object, look or width changed. */
export interface ListSurface<Row extends { readonly id: string }> {
  /** Paints header and rows; says whether anything shown depends on the time. */
  readonly paint: (grid: Grid, rect: Rect, frame: ListFrame<Row>) => boolean;
}

interface PaintedRow {
  readonly row: unknown;
  readonly style: Style;
  readonly isMarked: boolean;
  /** Set when a cell read the time or the state. */
  readonly nowMs: number | undefined;
  readonly state: State | undefined;
  readonly cells: Grid;
}

/** Rows kept painted beyond those on screen, so that scrolling back is cheap. */
const KEPT_ROWS = 512;

/** A list surface with an empty cache. */
export function createListSurface<Row extends { readonly id: string }>(): ListSurface<Row> {
  let cache = new Map<string, PaintedRow>();
  let placed: readonly PlacedColumn<Row>[] = [];
  let placedFor:
    | { readonly columns: readonly Column<Row>[]; readonly width: number; readonly ascii: boolean }
    | undefined;

  return {
    paint: (grid, rect, frame) => {
      if (placedFor?.columns !== frame.columns || placedFor.width !== rect.width || placedFor.ascii !== frame.ascii) {
        placed = placeColumns(frame.columns, rect.width - GUTTER);
        placedFor = { columns: frame.columns, width: rect.width, ascii: frame.ascii };
        cache = new Map();
      }
      if (cache.size > KEPT_ROWS) cache = new Map();
      paintHeader(grid, rect, placed, frame);
      let readsTime = false;
      for (let line = 1; line < rect.height; line++) {
        const index = frame.top + line - 1;
        const row = frame.rows[index];
        if (row === undefined) break;
        const painted = paintedRow(cache, row, index === frame.cursor, rect.width, placed, frame);
        readsTime ||= painted.nowMs !== undefined;
        blit(painted.cells, grid, rect.x, rect.y + line);
      }
      return readsTime;
    },
  };
}

function paintHeader<Row extends { readonly id: string }>(
  grid: Grid,
  rect: Rect,
  placed: readonly PlacedColumn<Row>[],
  frame: ListFrame<Row>,
): void {
  for (const { column, x, width } of placed) {
    const isSorted = column.header === frame.sort.header;
    const arrow = isSorted ? (frame.sort.descending ? '↓' : '↑') : '';
    const text = `${column.header.slice(0, width - arrow.length)}${arrow}`;
    paintCell(
      grid,
      rect.x + GUTTER + x,
      rect.y,
      width,
      [{ text, role: isSorted ? 'accent' : 'heading' }],
      0,
      column.align,
    );
  }
}

function paintedRow<Row extends { readonly id: string }>(
  cache: Map<string, PaintedRow>,
  row: Row,
  isCursor: boolean,
  width: number,
  placed: readonly PlacedColumn<Row>[],
  frame: ListFrame<Row>,
): PaintedRow {
  const style = isCursor ? STYLE.selected : 0;
  const isMarked = frame.marks.has(row.id);
  const known = cache.get(row.id);
  const isFresh =
    known !== undefined &&
    known.row === row &&
    known.style === style &&
    known.isMarked === isMarked &&
    (known.nowMs === undefined || known.nowMs === frame.nowMs) &&
    (known.state === undefined || known.state === frame.state);
  if (isFresh) return known;
  const reads = { time: false, state: false };
  const cells = blankGrid(width, 1);
  cells.style.fill(style);
  const gutter = `${isMarked ? '*' : ' '}${isCursor ? '>' : ' '}`;
  putText(cells, 0, 0, gutter, styleOf(isMarked ? 'accent' : 'plain') | style);
  for (const { column, x, width: own } of placed) {
    paintCell(cells, GUTTER + x, 0, own, column.cell(row, watchedContext(frame, own, reads)), style, column.align);
  }
  const painted = {
    row,
    style,
    isMarked,
    nowMs: reads.time ? frame.nowMs : undefined,
    state: reads.state ? frame.state : undefined,
    cells,
  };
  cache.set(row.id, painted);
  return painted;
}

/** A context that remembers what was read, so that a row which shows no age is not painted again when time passes. */
function watchedContext(
  frame: { readonly nowMs: number; readonly ascii: boolean; readonly state: State },
  width: number,
  reads: { time: boolean; state: boolean },
): CellContext {
  return {
    width,
    ascii: frame.ascii,
    get nowMs() {
      reads.time = true;
      return frame.nowMs;
    },
    get state() {
      reads.state = true;
      return frame.state;
    },
  };
}

function blit(cells: Grid, grid: Grid, x: number, y: number): void {
  for (let at = 0; at < cells.width; at++) {
    grid.text[y * grid.width + x + at] = cells.text[at] ?? ' ';
    grid.style[y * grid.width + x + at] = cells.style[at] ?? 0;
  }
}
