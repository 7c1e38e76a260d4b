import type { NodeName } from './ids.ts';
import { nearest } from './nearest.ts';
import { expandRanges } from './node-range.ts';

/** What names are looked up in; an `Inventory` is one. */
export interface NodeScope {
  readonly nodes: readonly { readonly name: NodeName }[];
  readonly groups: { readonly [group: string]: readonly NodeName[] };
}

/** The nodes a text names, in inventory order, or what is wrong with it. `column` is 1-based; `nearest` is what may have been meant. */
export type ParsedNodeSet =
  | { readonly kind: 'ok'; readonly nodes: readonly NodeName[] }
  | { readonly kind: 'error'; readonly message: string; readonly column: number; readonly nearest?: string };

/**
 * Reads a node set: `gpu[01-16]`, `gpu0?`, `nfs-*`, `@group`, `all`; comma or blank for union, `a&b` for both, `a!b` for a without
 * b. `!b` after a comma takes b out of the whole set, wherever it stands, so that an excluded node stays excluded.
 */
export function parseNodeSet(text: string, scope: NodeScope): ParsedNodeSet {
  const tokens = tokensOf(text);
  if (tokens.length === 0)
    return { kind: 'error', message: 'no node is named; expected e.g. gpu[01-16], @group or all', column: 1 };

  const index = indexOf(scope);
  const included = new Set<number>();
  const excluded = new Set<number>();
  let hasInclusion = false;
  let at = 0;
  while (at < tokens.length) {
    if (tokens[at]?.text === ',') {
      at++;
      continue;
    }
    const isExclusion = tokens[at]?.text === '!';
    const chain = readChain(tokens, isExclusion ? at + 1 : at, text, scope, index);
    if (chain.kind === 'error') return chain;
    for (const position of chain.positions) (isExclusion ? excluded : included).add(position);
    hasInclusion ||= !isExclusion;
    at = chain.next;
  }
  const chosen = hasInclusion ? [...included].sort((a, b) => a - b) : scope.nodes.map((_, position) => position);
  const nodes = chosen
    .filter((position) => !excluded.has(position))
    .flatMap((position) => scope.nodes[position]?.name ?? []);
  return { kind: 'ok', nodes };
}

/**
 * Names folded to ranges, e.g. `gpu[01-04,07],nfs-a`, families in order of first appearance. `parseNodeSet` reads it back.
 * Two numbers in a name fold where they form a grid: `r[1-2]n[1-4]`.
 */
export function foldNodes(names: readonly string[]): string {
  let parts: readonly (readonly string[])[] = [...new Set(names)].map(splitNumbers);
  const deepest = parts.reduce((most, { length }) => Math.max(most, length), 1);
  // Odd places hold numbers; the last number of a name is the one that counts its kind, so it folds first.
  for (let place = deepest % 2 === 0 ? deepest - 1 : deepest - 2; place > 0; place -= 2)
    parts = foldPlace(parts, place);
  return parts.map((part) => part.join('')).join(',');
}

interface Token {
  readonly text: string;
  readonly column: number;
}

/** Operators and words; a comma within brackets belongs to its word. */
function tokensOf(text: string): readonly Token[] {
  const pattern = /[,!&]|(?:\[[^\]]*\]?|[^\s,!&[])+/g;
  return [...text.matchAll(pattern)].map((match) => ({ text: match[0], column: match.index + 1 }));
}

type Chain =
  | { readonly kind: 'ok'; readonly positions: ReadonlySet<number>; readonly next: number }
  | Extract<ParsedNodeSet, { kind: 'error' }>;

/** A word and the `&` and `!` that follow it, from left to right. */
function readChain(tokens: readonly Token[], start: number, text: string, scope: NodeScope, index: NodeIndex): Chain {
  const first = readWord(tokens[start], text, scope, index);
  if (first.kind === 'error') return first;
  let positions = first.positions;
  let at = start + 1;
  for (;;) {
    const operator = tokens[at]?.text;
    if (operator !== '&' && operator !== '!') return { kind: 'ok', positions, next: at };
    const isWithout = operator === '!' || tokens[at + 1]?.text === '!';
    const wordAt = operator === '&' && isWithout ? at + 2 : at + 1;
    const other = readWord(tokens[wordAt], text, scope, index);
    if (other.kind === 'error') return other;
    positions = new Set([...positions].filter((position) => other.positions.has(position) !== isWithout));
    at = wordAt + 1;
  }
}

type Word =
  | { readonly kind: 'ok'; readonly positions: ReadonlySet<number> }
  | Extract<ParsedNodeSet, { kind: 'error' }>;

function readWord(token: Token | undefined, text: string, scope: NodeScope, index: NodeIndex): Word {
  if (token === undefined)
    return { kind: 'error', message: 'a node or group is missing at the end', column: text.length + 1 };
  if (/^[,!&]$/.test(token.text))
    return { kind: 'error', message: `a node or group is missing before "${token.text}"`, column: token.column };
  if (token.text === 'all' || token.text === '@all') return { kind: 'ok', positions: new Set(scope.nodes.keys()) };
  return token.text.startsWith('@') ? readGroup(token, scope, index) : readNames(token, scope, index);
}

function readGroup({ text, column }: Token, scope: NodeScope, index: NodeIndex): Word {
  const wanted = text.slice(1);
  const isWanted = isGlob(wanted) ? globTest(wanted) : (group: string) => group === wanted;
  const groups = Object.keys(scope.groups).filter(isWanted);
  if (groups.length > 0) {
    const names = groups.flatMap((group) => scope.groups[group] ?? []);
    return { kind: 'ok', positions: new Set(names.flatMap((name) => index.get(name) ?? [])) };
  }
  const meant = index.has(wanted) ? wanted : nearest(wanted, Object.keys(scope.groups));
  const suggestion = meant === undefined ? {} : { nearest: index.has(wanted) ? meant : `@${meant}` };
  return { kind: 'error', message: `no group is called "${wanted}"`, column, ...suggestion };
}

function readNames({ text, column }: Token, scope: NodeScope, index: NodeIndex): Word {
  const expanded = expandRanges(text);
  if (expanded.kind === 'error')
    return { kind: 'error', message: expanded.message, column: column + expanded.column - 1 };

  const positions = new Set<number>();
  const missing: string[] = [];
  for (const name of expanded.names) {
    const found = isGlob(name) ? matching(name, scope) : [index.get(name) ?? []].flat();
    for (const position of found) positions.add(position);
    if (found.length === 0) missing.push(name);
  }
  if (missing.length === 0) return { kind: 'ok', positions };

  const [first = ''] = missing;
  const meant = expanded.names.length > 1 || isGlob(first) ? undefined : nearestName(first, scope, index);
  const message = isGlob(first)
    ? `no node matches "${first}"`
    : `no node is called ${JSON.stringify(foldNodes(missing))}`;
  return { kind: 'error', message, column, ...(meant === undefined ? {} : { nearest: meant }) };
}

function nearestName(name: string, scope: NodeScope, index: NodeIndex): string | undefined {
  if (Object.hasOwn(scope.groups, name)) return `@${name}`;
  return (
    nearest(name, index.keys()) ??
    nearest(
      `@${name}`,
      Object.keys(scope.groups).map((group) => `@${group}`),
    )
  );
}

type NodeIndex = ReadonlyMap<string, number>;

const indexes = new WeakMap<object, NodeIndex>();

/** Positions by name, kept per node list: a large inventory is asked thousands of times. */
function indexOf({ nodes }: NodeScope): NodeIndex {
  const known = indexes.get(nodes);
  if (known !== undefined) return known;
  const index = new Map(nodes.map(({ name }, position) => [name, position]));
  indexes.set(nodes, index);
  return index;
}

const isGlob = (text: string): boolean => /[*?]/.test(text);

const matching = (glob: string, { nodes }: NodeScope): readonly number[] => {
  const isWanted = globTest(glob);
  return nodes.flatMap(({ name }, position) => (isWanted(name) ? [position] : []));
};

/** `*` and `?` only, matched with backtracking to the last star, so that no pattern is slow. */
function globTest(glob: string): (name: string) => boolean {
  return (name) => {
    let inGlob = 0;
    let inName = 0;
    let star = -1;
    let starName = 0;
    while (inName < name.length) {
      if (glob[inGlob] === '?' || (glob[inGlob] !== '*' && glob[inGlob] === name[inName])) {
        inGlob++;
        inName++;
      } else if (glob[inGlob] === '*') {
        star = inGlob++;
        starName = inName;
      } else if (star !== -1) {
        inGlob = star + 1;
        inName = ++starName;
      } else return false;
    }
    while (glob[inGlob] === '*') inGlob++;
    return inGlob === glob.length;
  };
}

/** Texts at even places, numbers at odd ones: `r1n02` is `r`, `1`, `n`, `02`. Numbers too long to count stay text. */
const splitNumbers = (name: string): readonly string[] => name.split(/(?<!\d)(\d{1,15})(?!\d)/);

/** Folds names that differ only in the number at `place`. */
function foldPlace(parts: readonly (readonly string[])[], place: number): readonly (readonly string[])[] {
  const families = new Map<string, { readonly part: readonly string[]; readonly numbers: string[] }>();
  for (const part of parts) {
    const number = part[place];
    const key = number === undefined ? `=${part.join('\0')}` : part.with(place, '#').join('\0');
    const family = families.get(key);
    if (family === undefined) families.set(key, { part, numbers: number === undefined ? [] : [number] });
    else if (number !== undefined) family.numbers.push(number);
  }
  return [...families.values()].map(({ part, numbers }) =>
    numbers.length < 2 ? part : part.with(place, `[${foldNumbers(numbers)}]`),
  );
}

/** `01-04,07`: runs of equal width, in order. */
function foldNumbers(numbers: readonly string[]): string {
  const widthOf = (text: string): number => (text.startsWith('0') && text.length > 1 ? text.length : 0);
  const sorted = [...numbers].sort((a, b) => Number(a) - Number(b) || a.length - b.length);
  const runs: { first: string; last: string }[] = [];
  const open = new Map<number, { last: string }>();
  const widths = [...new Set(numbers.map(widthOf))].filter((width) => width > 0).sort((a, b) => b - a);
  for (const text of sorted) {
    // `10` without a leading zero belongs to `08,09`, where there are such.
    const width = widthOf(text) || (widths.find((wide) => wide <= text.length) ?? 0);
    const run = open.get(width);
    if (run !== undefined && String(Number(run.last) + 1).padStart(width, '0') === text) {
      run.last = text;
      continue;
    }
    const begun = { first: text, last: text };
    runs.push(begun);
    open.set(width, begun);
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(',');
}
