import { type Document, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode, type YAMLMap } from 'yaml';

/** One change of a text: what stands from `start` to `end` gives way to `text`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A file's documents, or a text within one of its values; `lift` turns changes of it into changes of the file. */
export interface SharingText {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  readonly lift: (splices: readonly Splice[]) => readonly Splice[];
}

/** The text with all changes made; none may overlap another. Insertions at one place keep their order. */
export function splice(text: string, splices: readonly Splice[]): string {
  const sorted = splices
    .map((one, order) => ({ ...one, order }))
    .sort((a, b) => b.start - a.start || b.order - a.order);
  let result = text;
  for (const { start, end, text: put } of sorted) result = result.slice(0, start) + put + result.slice(end);
  return result;
}

/** What a file ends its lines with. */
export const newlineOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The start of the line in which an offset stands. */
export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** The end of the line in which an offset stands, before what ends it. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' && end > at ? end - 1 : end;
}

/** The line of an offset, from 1. */
export const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Where a node begins; 0 for one that was not read from a text. */
export const startOf = (node: unknown): number =>
  (node as { readonly range?: readonly number[] } | null)?.range?.[0] ?? 0;

/** The end of a node's last word: what follows on the line (a comment) and blank lines are not its own. */
export function endOf(text: string, node: Node | null): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOf(text, (last.value ?? last.key) as Node | null);
  }
  if (isSeq(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOf(text, last as Node | null);
  }
  const end = (node as ParsedNode | null)?.range?.[1] ?? 0;
  if (!isScalar(node) || !isBlock(node)) return end;
  // Of a block scalar the last blank lines count only where it keeps them.
  const header = text.slice(startOf(node), lineEnd(text, startOf(node)));
  const body = text.slice(0, end);
  return header.includes('+') ? body.replace(/\r?\n$/, '').length : body.replace(/\s+$/, '').length;
}

const isBlock = (node: Node): boolean =>
  isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');

/** How far the keys of a map stand to the right. */
export const columnOf = (text: string, map: YAMLMap): number => {
  const at = startOf(map.items[0]?.key);
  return at - lineStart(text, at);
};

/** Lines put behind the last pair of a block map, at its column. */
export function insertInto(text: string, map: YAMLMap, lines: readonly string[]): Splice {
  const at = lineEnd(text, endOf(text, map));
  const indent = ' '.repeat(columnOf(text, map));
  const newline = newlineOf(text);
  return { start: at, end: at, text: lines.map((line) => newline + (line === '' ? '' : indent + line)).join('') };
}

/** A pair taken away with the whole of its lines; undefined where it shares a line with something else. */
export function removePair(text: string, map: YAMLMap, pair: Pair): Splice | undefined {
  const keyAt = startOf(pair.key);
  const start = lineStart(text, keyAt);
  if (map.flow === true || text.slice(start, keyAt).trim() !== '') return undefined;
  return wholeLines(text, start, endOf(text, (pair.value ?? pair.key) as Node));
}

/** The stretch of whole lines from the one of `start` to the one of `end`, with what ends the last. */
export function wholeLines(text: string, start: number, end: number): Splice {
  const last = lineEnd(text, end);
  const next = text.indexOf('\n', last);
  if (next >= 0) return { start: lineStart(text, start), end: next + 1, text: '' };
  // The last line of the file takes the end of the line before it along.
  const first = lineStart(text, start);
  return { start: first === 0 ? 0 : lineEnd(text, first - 1), end: text.length, text: '' };
}

/** The pair of a key in a map. */
export const pairOf = (map: unknown, key: string): Pair | undefined =>
  isMap(map) ? map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key) : undefined;

/** The value of a path of keys, as a node. */
export function nodeAt(map: unknown, ...path: readonly string[]): Node | undefined {
  let node: unknown = map;
  for (const key of path) node = pairOf(node, key)?.value;
  return (node ?? undefined) as Node | undefined;
}

/** The text of a scalar at a path; undefined where there is none, or no text. */
export function textAt(map: unknown, ...path: readonly string[]): string | undefined {
  const node = nodeAt(map, ...path);
  return isScalar(node) && node.value !== null ? String(node.value) : undefined;
}
