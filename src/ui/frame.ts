import { paintPicture } from './canvas-surface.ts';
import { type Chrome, type ChromeBox, crumbsLine, type HeaderParts, headerLine, hintsLine } from './chrome.ts';
import { cursorIndex, topOf } from './cursor.ts';
import type { DialogLook } from './dialogs/dialog.ts';
import { boxRect, type Layout, LEAST, layoutOf } from './layout.ts';
import type { ListSurface } from './list-surface.ts';
import { dialogLook } from './press.ts';
import { markedIds, rowUnderCursor, type Scene } from './scene.ts';
import type { ChromePainter } from './shell.tsx';
import { statusLines } from './status.ts';
import { copyRect, type Grid, type Rect } from './terminal/cell-grid.ts';
import { paintCell, wrap } from './terminal/surface.ts';
import { placeOf, type UiState } from './ui-state.ts';
import type { AnyRow, Line } from './view.ts';

/** What paints a frame. */
export interface FramePainters {
  readonly chrome: ChromePainter;
  readonly list: ListSurface<AnyRow>;
  readonly header: HeaderParts;
  /** The chrome's own grid, of the frame's size, for what stands in front of the view. */
  readonly backdrop: Grid;
}

/** Paints a whole frame; says whether anything in it depends on the second. */
export function paintFrame(grid: Grid, ui: UiState, scene: Scene, painters: FramePainters): boolean {
  if (grid.width < LEAST.width || grid.height < LEAST.height) {
    paintTooSmall(grid);
    return false;
  }
  const layout = layoutOf(grid.width, grid.height, ui.isDescribing);
  const look = dialogLook(ui, scene, { width: layout.body.width - 2, height: layout.body.height - 2 });
  const chrome = chromeOf(ui, scene, painters.header, layout, look);
  painters.chrome.paint(grid, chrome);
  const fronts = [...statusFront(chrome), ...(chrome.box === undefined ? [] : [chrome.box])];
  for (const front of fronts) copyRect(grid, painters.backdrop, front);
  let readsTime = paintView(grid, ui, scene, layout.view, painters);
  if (layout.describe !== undefined) {
    paintDescription(grid, ui, scene, layout.describe, painters.header.ascii);
    readsTime = true;
  }
  for (const front of fronts) copyRect(painters.backdrop, grid, front);
  return readsTime || ui.dialog?.kind === 'secret';
}

/** Where a status of several lines stands in front of the view. */
function statusFront({ status, width, height }: Chrome): readonly Rect[] {
  const over = status.length - 1;
  return over > 0 ? [{ x: 0, y: height - 2 - over, width, height: over }] : [];
}

function paintTooSmall(grid: Grid): void {
  const text = `muster needs at least ${LEAST.width} x ${LEAST.height} characters; this terminal has ${grid.width} x ${grid.height}. Make it larger, or press q to quit.`;
  wrap([{ text }], grid.width).forEach((line, y) => {
    if (y < grid.height) paintCell(grid, 0, y, grid.width, line);
  });
}

function chromeOf(
  ui: UiState,
  scene: Scene,
  header: HeaderParts,
  { body }: Layout,
  look: DialogLook | undefined,
): Chrome {
  const isPrompt = look?.form === 'prompt';
  return {
    width: scene.width,
    height: scene.height,
    header: headerLine(scene, header),
    crumbs: crumbsLine(ui, scene),
    status: isPrompt ? look.lines.slice(0, 1) : statusLines(ui, scene),
    hints: isPrompt ? (look.lines[1] ?? []) : hintsLine(ui, scene),
    box: look?.form === 'box' ? boxOf(look, body) : undefined,
    ascii: header.ascii,
  };
}

function boxOf(look: DialogLook, body: Rect): ChromeBox {
  const lines = look.lines.flatMap((line) =>
    look.title.startsWith('Help') || line.length > 1 ? [line] : wrapped(line, look.width - 4),
  );
  const height = lines.length + 3 + (look.hint === '' ? 0 : 1);
  return {
    ...boxRect(body, look.width, height),
    title: look.title,
    lines: lines.slice(0, body.height - 4),
    hint: look.hint,
  };
}

function wrapped(line: Line, width: number): readonly Line[] {
  return line.length === 0 ? [line] : wrap(line, width);
}

function paintView(grid: Grid, ui: UiState, scene: Scene, rect: Rect, { list, header }: FramePainters): boolean {
  const { visible } = scene;
  const { looking } = placeOf(ui);
  const marks = markedIds(ui, scene);
  if (visible.rows.length === 0) {
    wrap([{ text: emptyText(ui, scene), role: 'dim' }], rect.width - 4).forEach((line, index) => {
      if (index + 1 < rect.height) paintCell(grid, rect.x + 2, rect.y + 1 + index, rect.width - 4, line);
    });
    return true;
  }
  const index = cursorIndex(looking, visible.ids);
  if (scene.picture !== undefined) {
    paintPicture(grid, rect, scene.picture, visible.ids[index], marks);
    return false;
  }
  return list.paint(grid, rect, {
    rows: visible.rows,
    columns: visible.columns,
    top: topOf(looking, visible.ids, scene.page),
    cursor: index,
    marks,
    sort: visible.sort,
    state: scene.state,
    nowMs: scene.nowMs,
    ascii: header.ascii,
  });
}

function emptyText(ui: UiState, { visible, view, state }: Scene): string {
  const { filter, faultsOnly } = placeOf(ui);
  if (visible.total === 0) return view.empty(state);
  if (filter !== '')
    return `None of ${visible.total} rows meets the filter "${filter}"${faultsOnly ? ' and is at fault' : ''}. / changes it, Esc leaves it.`;
  return `None of ${visible.total} rows is at fault. ! shows them all.`;
}

function paintDescription(
  grid: Grid,
  ui: UiState,
  scene: Scene,
  { side, rect }: NonNullable<Layout['describe']>,
  ascii: boolean,
): void {
  if (side === 'right')
    for (let y = 0; y < rect.height; y++)
      paintCell(grid, rect.x - 2, rect.y + y, 1, [{ text: ascii ? '|' : '│', role: 'dim' }]);
  else paintCell(grid, rect.x, rect.y - 1, rect.width, [{ text: (ascii ? '-' : '─').repeat(rect.width), role: 'dim' }]);
  const lines = descriptionLines(ui, scene, rect.width, ascii);
  const top = Math.max(0, Math.min(ui.describeTop, lines.length - rect.height));
  lines.slice(top, top + rect.height).forEach((line, y) => {
    paintCell(grid, rect.x, rect.y + y, rect.width, line);
  });
  const below = lines.length - top - rect.height;
  if (below > 0) {
    const more = ` ${below + 1} more lines: } `;
    paintCell(grid, rect.x + rect.width - more.length, rect.y + rect.height - 1, more.length, [
      { text: more, role: 'accent' },
    ]);
  }
}

/** The sections on the thing under the cursor, wrapped. */
function descriptionLines(ui: UiState, scene: Scene, width: number, ascii: boolean): readonly Line[] {
  const row = rowUnderCursor(ui, scene);
  if (row === undefined) return [[{ text: 'There is no row under the cursor.', role: 'dim' }]];
  return scene.view
    .describe(row, { state: scene.state, nowMs: scene.nowMs, ascii })
    .flatMap(({ title, lines }, index) => [
      ...(index > 0 ? [[]] : []),
      [{ text: title, role: 'heading' as const }],
      ...lines.flatMap((line) => wrap(line, width)),
    ]);
}
