import { neutralise } from '../../model/neutralise.ts';
import type { Cell, Line, Span } from '../view.ts';
import { fillRow, type Grid, putText } from './cell-grid.ts';
import { STYLE, type Style, styleOf } from './style.ts';
import { clustersOf, clusterWidth, isPlain, textWidth } from './width.ts';

/** Says that a text goes on beyond its cell. */
const MORE = '…';

/** A cell's text without roles, neutralised. */
export function plainText(cell: Cell): string {
  return typeof cell === 'string' ? neutralise(cell) : cell.map((span) => neutralise(span.text)).join('');
}

/** A cell as spans. */
export function spansOf(cell: Cell): Line {
  return typeof cell === 'string' ? [{ text: cell }] : cell;
}

/**
 * Paints one cell into `width` columns: neutralised, cut with `…`, right-aligned if asked. `flags` (selection) are added to each span's
 * style; the rest of the width is filled with them.
 */
export function paintCell(
  grid: Grid,
  x: number,
  y: number,
  width: number,
  cell: Cell,
  flags: Style = 0,
  align?: 'right',
): void {
  const spans = fitted(spansOf(cell), width);
  const used = spans.reduce((sum, span) => sum + textWidth(span.text), 0);
  fillRow(grid, x, y, width, flags);
  let at = align === 'right' ? x + width - used : x;
  for (const span of spans)
    at = putText(grid, at, y, span.text, styleOf(span.role) | flags | (span.isCaret ? STYLE.reverse : 0), x + width);
}

/** Spans neutralised and cut to a width; the last column says `…` when something was cut. */
export function fitted(spans: Line, width: number): Line {
  const kept: Span[] = [];
  let left = width;
  for (let index = 0; index < spans.length; index++) {
    const span = spans[index];
    if (span === undefined || span.text === '') continue;
    // A node may send a megabyte as one name: no more than can be seen is looked at.
    const text = neutralise(span.text.length > 4 * width + 8 ? span.text.slice(0, 4 * width + 8) : span.text);
    const taken = textWidth(text);
    const isLast = spans.slice(index + 1).every((later) => later.text === '');
    if (taken <= left && (taken < left || isLast)) {
      kept.push({ ...span, text });
      left -= taken;
      continue;
    }
    if (left > 0) kept.push({ ...span, text: cut(text, left, !isLast || taken > left) });
    break;
  }
  return kept;
}

function cut(text: string, width: number, hasMore: boolean): string {
  if (!hasMore) return text;
  if (isPlain(text)) return `${text.slice(0, width - 1)}${MORE}`;
  let kept = '';
  let left = width - 1;
  for (const cluster of clustersOf(text)) {
    left -= clusterWidth(cluster);
    if (left < 0) break;
    kept += cluster;
  }
  return `${kept}${MORE}`;
}

/** Neutralised text in lines of at most `width` columns, broken at spaces where there are any. */
export function wrap(spans: Line, width: number): readonly Line[] {
  const lines: Span[][] = [[]];
  let left = width;
  for (const span of spans) {
    for (const word of neutralise(span.text).split(/(?<= )/)) {
      let rest = word;
      if (textWidth(rest.trimEnd()) > left && left < width) {
        lines.push([]);
        left = width;
      }
      while (textWidth(rest.trimEnd()) > width) {
        const head = cut(rest, width + 1, true).slice(0, -1);
        lines.at(-1)?.push({ ...span, text: head });
        lines.push([]);
        rest = rest.slice(Math.max(1, head.length));
      }
      if (textWidth(rest) > left) rest = rest.trimEnd();
      lines.at(-1)?.push({ ...span, text: rest });
      left -= textWidth(rest);
    }
  }
  return lines;
}
