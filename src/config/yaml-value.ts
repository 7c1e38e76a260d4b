import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { isRecord } from './record.ts';

/** Stands for a value encrypted with ansible-vault(1): never decrypted, never shown. */
export const VAULTED = Symbol('vaulted');

/** More values than this after aliases are followed means a bomb: a file of 10,000 nodes has some 200,000. */
const MAX_VALUES = 3_000_000;

/** Something wrong with one part of a document; offsets are into its text. */
export type Complaint = (message: string, range: readonly [number, number]) => void;

/** A value with the number of values in it, aliases followed. */
interface Converted {
  readonly value: unknown;
  readonly weight: number;
}

/** One document being converted. */
interface Conversion {
  readonly complain: Complaint;
  /** What anchored collections came to; one that is not here yet is still being converted. */
  readonly finished: Map<unknown, Converted>;
  /** Filled on the way: the parser's own look-up walks the whole document for each alias. */
  readonly anchors: Map<string, unknown>;
  isTooBig: boolean;
}

const NOTHING: Converted = { value: null, weight: 1 };

/**
 * The plain value of a YAML document, in one pass that also finds what the parser lets through: duplicate keys (its own check is
 * quadratic), aliases that multiply, and unknown tags. Keys are the text as written, so that a node `01` is not called `1`.
 */
export function plainValue(document: Document.Parsed, complain: Complaint): unknown {
  return convert({ complain, finished: new Map(), anchors: new Map(), isTooBig: false }, document.contents).value;
}

function convert(conversion: Conversion, node: unknown): Converted {
  const { complain, finished, anchors } = conversion;
  if (conversion.isTooBig) return NOTHING;
  if (isAlias(node)) return followAlias(conversion, node);
  if (isNodeWithRange(node) && 'anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
  if (isScalar(node)) return { value: scalarValue(node, complain), weight: 1 };
  if (!isMap(node) && !isSeq(node)) return NOTHING;

  const converted = isMap(node) ? convertMap(conversion, node) : convertItems(conversion, node.items);
  if (node.anchor !== undefined) finished.set(node, converted);
  if (converted.weight > MAX_VALUES && !conversion.isTooBig) {
    conversion.isTooBig = true;
    complain('too large: aliases multiply to more than three million values', rangeOf(node));
  }
  return converted;
}

function followAlias(conversion: Conversion, alias: Alias): Converted {
  const target = conversion.anchors.get(alias.source);
  if (target === undefined) {
    conversion.complain(`the anchor "&${alias.source}" is not set before this alias`, rangeOf(alias));
    return NOTHING;
  }
  if (isScalar(target)) return convert(conversion, target);
  const converted = conversion.finished.get(target);
  if (converted === undefined)
    conversion.complain(`the alias "*${alias.source}" stands inside its own anchor`, rangeOf(alias));
  return converted ?? NOTHING;
}

function convertItems(conversion: Conversion, items: readonly unknown[]): Converted {
  const converted = items.map((item) => convert(conversion, item));
  return { value: converted.map(({ value }) => value), weight: converted.reduce((sum, { weight }) => sum + weight, 1) };
}

function convertMap(conversion: Conversion, map: YAMLMap): Converted {
  const entries = new Map<string, unknown>();
  const merged: unknown[] = [];
  let total = 1;
  for (const pair of map.items) {
    const key = keyText(pair);
    const { value, weight } = convert(conversion, pair.value);
    total += weight;
    if (key === '<<') merged.push(...[value].flat());
    else if (entries.has(key))
      conversion.complain(`the key ${JSON.stringify(key)} stands twice in one map`, rangeOf(pair.key));
    else entries.set(key, value);
  }
  for (const source of merged) {
    if (!isRecord(source)) continue;
    for (const [key, value] of Object.entries(source)) if (!entries.has(key)) entries.set(key, value);
  }
  return { value: Object.fromEntries(entries), weight: total };
}

/** The text of a key as it stands in the file. */
export const keyText = ({ key }: Pair<unknown, unknown>): string => {
  if (!isScalar(key)) return key === null ? '' : String(key);
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
};

/** Where a part of a document stands: start and end of the value itself, comments and blanks left out. */
export const rangeOf = (node: unknown): readonly [number, number] => {
  const range = isNodeWithRange(node) ? node.range : undefined;
  return range === undefined || range === null ? [0, 0] : [range[0], range[1]];
};

const isNodeWithRange = (node: unknown): node is Node => isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);

function scalarValue(node: Scalar, complain: Complaint): unknown {
  if (node.tag === '!vault' || node.tag === '!vault-encrypted') return VAULTED;
  if (node.tag?.startsWith('!') && node.tag !== '!unsafe')
    complain(`the tag "${node.tag}" means nothing here`, rangeOf(node));
  return node.value instanceof Date ? (node.source ?? '') : node.value;
}
