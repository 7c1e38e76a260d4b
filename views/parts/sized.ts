import { neutralise } from '../../src/model/neutralise.ts';
import { clustersOf, clusterWidth, textWidth } from '../../src/ui/terminal/width.ts';

/**
 * A text of a node in exactly `width` columns, for pictures that lay out their own lines: neutralised first, because what it is drawn as
 * is longer than what came; too long, it loses its beginning (`keep: 'end'`, for paths) or its end.
 */
export function sized(text: string, width: number, ascii: boolean, keep: 'start' | 'end' = 'start'): string {
  // A node may send a megabyte as one name: no more than can be seen is looked at.
  const most = 4 * width + 8;
  const safe = neutralise(text.length <= most ? text : keep === 'end' ? text.slice(-most) : text.slice(0, most));
  const missing = width - textWidth(safe);
  if (missing >= 0) return safe + ' '.repeat(missing);
  const dots = ascii ? '~' : '…';
  const clusters = keep === 'end' ? clustersOf(safe).reverse() : clustersOf(safe);
  const kept: string[] = [];
  let used = 1;
  for (const cluster of clusters) {
    if (used + clusterWidth(cluster) > width) break;
    kept.push(cluster);
    used += clusterWidth(cluster);
  }
  const padding = ' '.repeat(Math.max(0, width - used));
  return keep === 'end' ? dots + kept.reverse().join('') + padding : kept.join('') + dots + padding;
}

/** The columns a text of a node takes when it is drawn. */
export const drawnWidth = (text: string): number => textWidth(neutralise(text.slice(0, 500)));
