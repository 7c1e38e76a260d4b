import type { Rect } from './terminal/cell-grid.ts';

/** Smallest terminal anything useful fits in. */
export const LEAST = { width: 60, height: 15 } as const;

/** Rows of header and breadcrumbs above the view, of status and hints below it. */
const ABOVE = 2;
const BELOW = 2;

/** From this width on the describe pane stands beside the view; below it, under it. */
const BESIDE_WIDTH = 120;

/** Where everything lies. */
export interface Layout {
  readonly body: Rect;
  /** The view itself. */
  readonly view: Rect;
  readonly describe: { readonly side: 'right' | 'below'; readonly rect: Rect } | undefined;
}

/** The layout of a terminal. */
export function layoutOf(width: number, height: number, isDescribing: boolean): Layout {
  const body: Rect = { x: 0, y: ABOVE, width, height: height - ABOVE - BELOW };
  if (!isDescribing) return { body, view: body, describe: undefined };
  if (width >= BESIDE_WIDTH) {
    const own = Math.min(90, Math.floor(width * 0.4));
    return {
      body,
      view: { ...body, width: width - own - 2 },
      describe: { side: 'right', rect: { x: width - own, y: body.y, width: own, height: body.height } },
    };
  }
  const own = Math.max(4, Math.floor(body.height * 0.45));
  return {
    body,
    view: { ...body, height: body.height - own - 1 },
    describe: { side: 'below', rect: { x: 0, y: body.y + body.height - own, width, height: own } },
  };
}

/** Where a box of a size stands in the body: in the middle, and never larger than it. */
export function boxRect(body: Rect, width: number, height: number): Rect {
  const own = { width: Math.min(width, body.width), height: Math.min(height, body.height) };
  return {
    x: body.x + Math.floor((body.width - own.width) / 2),
    y: body.y + Math.floor((body.height - own.height) / 3),
    ...own,
  };
}
