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

/**
 * The plain value of a YAML document, in one pass that also finds what the parser lets through: duplicate keys (its own check is
 * quadratic), aliases that multiply, and unknown tags. Keys are the text as written, so that a node `01` is not called `1`.
 */
export function plainValue(document: Document.Parsed, complain: Complaint): unknown {
  const weights = new Map<unknown, number>();
  const values = new Map<unknown, unknown>();
  /** Filled on the way: the parser's own look-up walks the whole document for each alias. */
  const anchors = new Map<string, unknown>();
  let isTooBig = false;

  const convert = (node: unknown): { readonly value: unknown; readonly weight: number } => {
    if (isTooBig) return { value: null, weight: 1 };
    if (isAlias(node)) return followAlias(node);
    if (isNodeWithRange(node) && 'anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isScalar(node)) return { value: scalarValue(node, complain), weight: 1 };
    if (!isMap(node) && !isSeq(node)) return { value: null, weight: 1 };
    const converted = isMap(node) ? convertMap(node) : convertItems(node.items);
    if (node.anchor !== undefined) {
      values.set(node, converted.value);
      weights.set(node, converted.weight);
    }
    if (converted.weight > MAX_VALUES && !isTooBig) {
      isTooBig = true;
      complain('too large: aliases multiply to more than three million values', rangeOf(node));
    }
    return converted;
  };

  const followAlias = (alias: Alias): { readonly value: unknown; readonly weight: number } => {
    const target = anchors.get(alias.source);
    if (target === undefined) {
      complain(`the anchor "&${alias.source}" is not set before this alias`, rangeOf(alias));
      return { value: null, weight: 1 };
    }
    if (isScalar(target)) return convert(target);
    if (!values.has(target)) {
      complain(`the alias "*${alias.source}" stands inside its own anchor`, rangeOf(alias));
      return { value: null, weight: 1 };
    }
    return { value: values.get(target), weight: weights.get(target) ?? 1 };
  };

  const convertItems = (items: readonly unknown[]): { readonly value: unknown; readonly weight: number } => {
    let weight = 1;
    const list = items.map((item) => {
      const converted = convert(item);
      weight += converted.weight;
      return converted.value;
    });
    return { value: list, weight };
  };

  const convertMap = (map: YAMLMap): { readonly value: unknown; readonly weight: number } => {
    const entries = new Map<string, unknown>();
    const merged: unknown[] = [];
    let weight = 1;
    for (const pair of map.items) {
      const key = keyText(pair);
      const converted = convert(pair.value);
      weight += converted.weight;
      if (key === '<<') merged.push(...[converted.value].flat());
      else if (entries.has(key)) complain(`the key ${JSON.stringify(key)} stands twice in one map`, rangeOf(pair.key));
      else entries.set(key, converted.value);
    }
    for (const source of merged) {
      if (!isRecord(source)) continue;
      for (const [key, value] of Object.entries(source)) if (!entries.has(key)) entries.set(key, value);
    }
    return { value: Object.fromEntries(entries), weight };
  };

  return convert(document.contents).value;
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
