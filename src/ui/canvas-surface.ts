import type { State } from '../store/state.ts';
import type { Grid, Rect } from './terminal/cell-grid.ts';
import { STYLE } from './terminal/style.ts';
import { paintCell } from './terminal/surface.ts';
import type { AnyRow, CanvasContext, CanvasPicture, CanvasView } from './view.ts';

/** What a picture is made from. */
export interface PictureQuestion {
  readonly view: CanvasView<AnyRow>;
  readonly rows: readonly AnyRow[];
  readonly width: number;
  readonly height: number;
  readonly ascii: boolean;
  readonly state: State;
  readonly nowMs: number;
}

/** A picture and whether it depends on the time. */
export interface Painted {
  readonly picture: CanvasPicture;
  readonly readsTime: boolean;
}

/** Paints pictures, and the same one only once: while rows, size and what else was read stay the same. */
export function createPictures(): (question: PictureQuestion) => Painted {
  let last:
    | {
        readonly question: PictureQuestion;
        readonly reads: { readonly time: boolean; readonly state: boolean };
        readonly painted: Painted;
      }
    | undefined;
  return (question) => {
    const isKnown =
      last !== undefined &&
      (['view', 'rows', 'width', 'height', 'ascii'] as const).every(
        (part) => last?.question[part] === question[part],
      ) &&
      (!last.reads.time || last.question.nowMs === question.nowMs) &&
      (!last.reads.state || last.question.state === question.state);
    if (isKnown && last !== undefined) return last.painted;
    const reads = { time: false, state: false };
    const picture = question.view.paint(question.rows, watched(question, reads));
    const painted = { picture, readsTime: reads.time };
    last = { question, reads, painted };
    return painted;
  };
}

function watched(question: PictureQuestion, reads: { time: boolean; state: boolean }): CanvasContext {
  return {
    width: question.width,
    height: question.height,
    ascii: question.ascii,
    get nowMs() {
      reads.time = true;
      return question.nowMs;
    },
    get state() {
      reads.state = true;
      return question.state;
    },
  };
}

/** First line of a picture shown, so that the place under the cursor is in sight. */
export function pictureTop(picture: CanvasPicture, cursor: string | undefined, height: number): number {
  const place = cursor === undefined ? undefined : picture.places.get(cursor);
  return Math.max(0, Math.min((place?.y ?? 0) - Math.floor(height / 2), picture.lines.length - height));
}

/** Lays a picture into the grid and lifts out the places under the cursor and the marks. */
export function paintPicture(
  grid: Grid,
  rect: Rect,
  picture: CanvasPicture,
  cursor: string | undefined,
  marks: ReadonlySet<string>,
): void {
  const top = pictureTop(picture, cursor, rect.height);
  picture.lines.slice(top, top + rect.height).forEach((line, index) => {
    paintCell(grid, rect.x, rect.y + index, rect.width, line);
  });
  for (const id of marks) lift(grid, rect, picture, id, top, STYLE.underline);
  if (cursor !== undefined) lift(grid, rect, picture, cursor, top, STYLE.reverse);
}

function lift(grid: Grid, rect: Rect, picture: CanvasPicture, id: string, top: number, flags: number): void {
  const place = picture.places.get(id);
  const y = (place?.y ?? -1) - top;
  if (place === undefined || y < 0 || y >= rect.height) return;
  for (let x = place.x; x < Math.min(place.x + (place.liftedWidth ?? place.width), rect.width); x++) {
    const at = (rect.y + y) * grid.width + rect.x + x;
    grid.style[at] = (grid.style[at] ?? 0) | flags;
  }
}
