import stringWidth from 'string-width';

const PRINTABLE_ASCII_ONLY = /^[\x20-\x7e]*$/;

/** Characters of one code unit whose width every terminal in use agrees on, and that never join a neighbour: Latin, Greek, Cyrillic, arrows, lines, blocks, ticks, braille, kana, Han, Hangul. */
const AGREED_RANGES =
  '\\x20-\\x7e\\u00a1-\\u00ac\\u00ae-\\u02ff\\u0370-\\u0482\\u048a-\\u052f\\u2010-\\u2027\\u2030-\\u205e\\u2190-\\u22ff\\u2400-\\u2426\\u2500-\\u25fc\\u2713-\\u2718\\u2800-\\u28ff\\u3041-\\u3096\\u30a1-\\u30ff\\u4e00-\\u9fff\\uac00-\\ud7a3';
const AGREED = new RegExp(`^[${AGREED_RANGES}]$`);
const OTHER_THAN_AGREED = new RegExp(`[^${AGREED_RANGES}]`);
const WIDE_AGREED = /[\u3041-\u9fff\uac00-\ud7a3]/g;

/** Widths of clusters seen, bounded because a hostile node could invent new ones for ever. */
const CACHE_LIMIT = 4_096;
const known = new Map<string, 1 | 2>();

let segmenter: Intl.Segmenter | undefined;

/** Whether each character is one cell and one code unit, so that no segmenting is needed. */
export function isPlain(text: string): boolean {
  return PRINTABLE_ASCII_ONLY.test(text);
}

/** Whether terminals, tmux included, agree how wide a cluster is; after any other the cursor must be placed anew. */
export function isWidthAgreed(cluster: string): boolean {
  return AGREED.test(cluster);
}

/** The clusters a reader sees as one character each. A cluster wider than two cells is cut into its code points. */
export function clustersOf(text: string): string[] {
  if (!OTHER_THAN_AGREED.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter();
  const clusters: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    if (segment.length > 1 && stringWidth(segment) > 2) clusters.push(...segment);
    else clusters.push(segment);
  }
  return clusters;
}

/** Cells one cluster takes: 1 or 2. A cluster without width of its own counts 1, because something must stand in its cell. */
export function clusterWidth(cluster: string): 1 | 2 {
  if (cluster.length === 1 && cluster >= ' ' && cluster <= '~') return 1;
  const cached = known.get(cluster);
  if (cached !== undefined) return cached;
  const width = stringWidth(cluster) >= 2 ? 2 : 1;
  if (known.size >= CACHE_LIMIT) known.clear();
  known.set(cluster, width);
  return width;
}

/** Cells a text takes; it must be neutralised before. */
export function textWidth(text: string): number {
  if (isPlain(text)) return text.length;
  if (!OTHER_THAN_AGREED.test(text)) return text.length + (text.match(WIDE_AGREED)?.length ?? 0);
  let width = 0;
  for (const cluster of clustersOf(text)) width += clusterWidth(cluster);
  return width;
}
