import type { Style } from './style.ts';
import { clustersOf, clusterWidth, isPlain } from './width.ts';

/** What a terminal shows: one cluster and one style per cell, row by row. The right half of a wide cluster is the empty string. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly text: string[];
  readonly style: Uint16Array;
}

/** A rectangle of cells. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A grid of blanks in plain style. */
export function blankGrid(width: number, height: number): Grid {
  return { width, height, text: new Array<string>(width * height).fill(' '), style: new Uint16Array(width * height) };
}

/** Blanks a rectangle. */
export function clearRect(grid: Grid, rect: Rect, style: Style = 0): void {
  for (let y = rect.y; y < rect.y + rect.height; y++) fillRow(grid, rect.x, y, rect.width, style);
}

/** Blanks `width` cells of a row. */
export function fillRow(grid: Grid, x: number, y: number, width: number, style: Style): void {
  if (y < 0 || y >= grid.height || width <= 0) return;
  const from = Math.max(0, x);
  const to = Math.min(grid.width, x + width);
  if (from >= to) return;
  mendEdges(grid, y, from, to);
  grid.text.fill(' ', y * grid.width + from, y * grid.width + to);
  grid.style.fill(style, y * grid.width + from, y * grid.width + to);
}

/**
 * Writes neutralised text from `x` and never past `end` (exclusive); a wide cluster that would cross the end leaves a blank there.
 * Returns the column after the last cell written.
 */
export function putText(grid: Grid, x: number, y: number, text: string, style: Style, end = grid.width): number {
  const limit = Math.min(end, grid.width);
  if (y < 0 || y >= grid.height || x < 0 || x >= limit || text === '') return x;
  const row = y * grid.width;
  if (isPlain(text)) {
    const to = Math.min(limit, x + text.length);
    mendEdges(grid, y, x, to);
    for (let at = x; at < to; at++) {
      grid.text[row + at] = text.charAt(at - x);
      grid.style[row + at] = style;
    }
    return to;
  }
  return putClusters(grid, x, y, text, style, limit);
}

function putClusters(grid: Grid, x: number, y: number, text: string, style: Style, limit: number): number {
  const row = y * grid.width;
  let at = x;
  for (const cluster of clustersOf(text)) {
    const width = clusterWidth(cluster);
    if (at + width > limit) {
      if (at < limit) fillRow(grid, at, y, limit - at, style);
      return limit;
    }
    mendEdges(grid, y, at, at + width);
    grid.text[row + at] = cluster;
    grid.style[row + at] = style;
    if (width === 2) {
      grid.text[row + at + 1] = '';
      grid.style[row + at + 1] = style;
    }
    at += width;
  }
  return at;
}

/** A wide cluster cut by new text at either edge leaves a blank instead of half a character. */
function mendEdges(grid: Grid, y: number, from: number, to: number): void {
  const row = y * grid.width;
  if (from > 0 && grid.text[row + from] === '') grid.text[row + from - 1] = ' ';
  if (to < grid.width && grid.text[row + to] === '') grid.text[row + to] = ' ';
}

/** Copies a rectangle between grids of the same size. */
export function copyRect(from: Grid, to: Grid, rect: Rect): void {
  const left = Math.max(0, rect.x);
  const right = Math.min(to.width, from.width, rect.x + rect.width);
  if (left >= right) return;
  for (let y = Math.max(0, rect.y); y < Math.min(to.height, from.height, rect.y + rect.height); y++) {
    mendEdges(to, y, left, right);
    for (let x = left; x < right; x++) {
      to.text[y * to.width + x] = from.text[y * from.width + x] ?? ' ';
      to.style[y * to.width + x] = from.style[y * from.width + x] ?? 0;
    }
    if (to.text[y * to.width + left] === '') to.text[y * to.width + left] = ' ';
    if (right < from.width && from.text[y * from.width + right] === '') to.text[y * to.width + right - 1] = ' ';
  }
}
