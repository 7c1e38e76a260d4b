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

/** A list's painter; it remembers painted rows by id, and paints one again only when its row object, look or width changed, and a cell that reads time or state when they did. */
export interface ListSurface<Row extends { readonly id: string }> {
  /** Paints header and rows; says whether anything shown depends on the time. */
  readonly paint: (grid: Grid, rect: Rect, frame: ListFrame<Row>) => boolean;
}

interface PaintedRow {
  readonly row: unknown;
  readonly style: Style;
  readonly isMarked: boolean;
  /** What the row was painted at. */
  nowMs: number;
  state: State;
  /** By column: what its cell read beyond the row, so that an age is painted again and what stands beside it is not. */
  readonly reads: Reads[];
  readsTime: boolean;
  readonly cells: Grid;
}

interface Reads {
  readonly time: boolean;
  readonly state: boolean;
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
        readsTime ||= painted.readsTime;
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
  if (known !== undefined && known.row === row && known.style === style && known.isMarked === isMarked) {
    repaintOlder(known, row, placed, frame);
    return known;
  }
  // Its old cells are on nobody's screen any more.
  const cells = known?.cells.width === width ? known.cells : blankGrid(width, 1);
  cells.text.fill(' ');
  cells.style.fill(style);
  const gutter = `${isMarked ? '*' : ' '}${isCursor ? '>' : ' '}`;
  putText(cells, 0, 0, gutter, styleOf(isMarked ? 'accent' : 'plain') | style);
  const reads = placed.map((column) => paintColumn(cells, style, row, column, frame));
  const { nowMs, state } = frame;
  const painted = { row, style, isMarked, nowMs, state, reads, readsTime: reads.some(({ time }) => time), cells };
  cache.set(row.id, painted);
  return painted;
}

/** The cells of a known row that read what is another now. */
function repaintOlder<Row extends { readonly id: string }>(
  known: PaintedRow,
  row: Row,
  placed: readonly PlacedColumn<Row>[],
  frame: ListFrame<Row>,
): void {
  const isLater = known.nowMs !== frame.nowMs;
  const isOther = known.state !== frame.state;
  if (!isLater && !isOther) return;
  known.nowMs = frame.nowMs;
  known.state = frame.state;
  for (const [index, column] of placed.entries()) {
    const reads = known.reads[index];
    if (reads === undefined || !((reads.time && isLater) || (reads.state && isOther))) continue;
    known.reads[index] = paintColumn(known.cells, known.style, row, column, frame);
  }
  known.readsTime = known.reads.some(({ time }) => time);
}

function paintColumn<Row extends { readonly id: string }>(
  cells: Grid,
  style: Style,
  row: Row,
  { column, x, width }: PlacedColumn<Row>,
  frame: ListFrame<Row>,
): Reads {
  const reads = { time: false, state: false };
  paintCell(cells, GUTTER + x, 0, width, column.cell(row, watchedContext(frame, width, reads)), style, column.align);
  return reads.time ? (reads.state ? READS.both : READS.time) : reads.state ? READS.state : READS.nothing;
}

/** One object for each answer: a thousand rows remember it. */
const READS = {
  nothing: { time: false, state: false },
  time: { time: true, state: false },
  state: { time: false, state: true },
  both: { time: true, state: true },
} as const satisfies { readonly [what: string]: Reads };

/** A context that remembers what was read, so that a cell which shows no age is not painted again when time passes. */
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
