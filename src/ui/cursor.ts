/** Where a list or picture is being looked at: by id, so that the cursor stays on the thing and not on its number. */
export interface Looking {
  /** Row under the cursor; undefined for the first. */
  readonly cursor: string | undefined;
  /** Screen line of the row under the cursor, so that a refresh never scrolls it away. */
  readonly line: number;
  /** Ids as they were shown last: says who the neighbours of a row were that is gone now. */
  readonly order: readonly string[];
}

/** Nothing looked at yet. */
export const atTop: Looking = { cursor: undefined, line: 0, order: [] };

/** Index of the row under the cursor among `ids`; if it is gone, of the nearest neighbour that is left; -1 in an empty list. */
export function cursorIndex(looking: Looking, ids: readonly string[]): number {
  if (ids.length === 0) return -1;
  if (looking.cursor === undefined) return 0;
  const here = ids.indexOf(looking.cursor);
  if (here >= 0) return here;
  const was = looking.order.indexOf(looking.cursor);
  if (was < 0) return 0;
  const places = new Map(ids.map((id, index) => [id, index]));
  for (let distance = 1; distance < looking.order.length; distance++) {
    for (const neighbour of [looking.order[was + distance], looking.order[was - distance]]) {
      const place = neighbour === undefined ? undefined : places.get(neighbour);
      if (place !== undefined) return place;
    }
  }
  return 0;
}

/** Index of the first row shown in a page of `height` rows, so that the cursor's row stays on its line. */
export function topOf(looking: Looking, ids: readonly string[], height: number): number {
  const index = Math.max(0, cursorIndex(looking, ids));
  const line = Math.min(looking.line, Math.max(0, height - 1));
  return Math.max(0, Math.min(index - line, ids.length - height));
}

/** Moves the cursor to a row; the page moves only as far as it must. */
export function lookAt(looking: Looking, ids: readonly string[], index: number, height: number): Looking {
  const target = Math.max(0, Math.min(ids.length - 1, index));
  const top = topOf(looking, ids, height);
  const newTop = target < top ? target : target >= top + height ? target - height + 1 : top;
  return { cursor: ids[target], line: Math.max(0, target - newTop), order: ids };
}

/** Moves page and cursor together by whole pages. */
export function pageBy(looking: Looking, ids: readonly string[], pages: number, height: number): Looking {
  const index = cursorIndex(looking, ids);
  const target = Math.max(0, Math.min(ids.length - 1, index + pages * Math.max(1, height - 1)));
  return { cursor: ids[target], line: looking.line, order: ids };
}

/** The cursor settled on what is there now; the same object when nothing moved. */
export function settle(looking: Looking, ids: readonly string[]): Looking {
  if (looking.order === ids && looking.cursor !== undefined) return looking;
  const cursor = ids[cursorIndex(looking, ids)];
  return { cursor: cursor ?? looking.cursor, line: looking.line, order: ids.length === 0 ? looking.order : ids };
}

/** Ids from one row to another, both included, whichever stands first. */
export function rangeOf(ids: readonly string[], from: string, to: string): readonly string[] {
  const [a, b] = [ids.indexOf(from), ids.indexOf(to)];
  return a < 0 || b < 0 ? [] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** The place nearest in a direction, by geometry: straight ahead beats aside. Undefined when there is none. */
export function nearest(
  places: ReadonlyMap<string, { readonly x: number; readonly y: number; readonly width: number }>,
  from: string | undefined,
  direction: 'up' | 'down' | 'left' | 'right',
): string | undefined {
  const here = from === undefined ? undefined : places.get(from);
  if (here === undefined) return places.keys().next().value;
  let best: { readonly id: string; readonly cost: number } | undefined;
  for (const [id, place] of places) {
    const dx = place.x + place.width / 2 - (here.x + here.width / 2);
    const dy = place.y - here.y;
    const [ahead, aside] = { up: [-dy, dx], down: [dy, dx], left: [-dx, dy], right: [dx, dy] }[direction];
    if (id === from || ahead === undefined || aside === undefined || ahead <= 0) continue;
    // Cells are twice as high as wide; a step aside along the other axis costs more than one ahead.
    const cost =
      direction === 'up' || direction === 'down' ? ahead * 4 + Math.abs(aside) : ahead + Math.abs(aside) * 40;
    if (best === undefined || cost < best.cost) best = { id, cost };
  }
  return best?.id;
}
