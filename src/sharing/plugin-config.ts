import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import {
  columnOf,
  endOf,
  insertInto,
  lineEnd,
  lineStart,
  newlineOf,
  nodeAt,
  pairOf,
  removePair,
  type SharingText,
  type Splice,
  startOf,
  textAt,
  wholeLines,
} from './splice.ts';

/**
 * How GPUs are to be shared by time-slicing. Source: NVIDIA/k8s-device-plugin, `api/config/v1` (at least two replicas; equal time for each
 * process, no share of memory, no isolation) and its README.
 */
export interface TimeSlicingWish {
  /** Slices offered per card; 1 ends the sharing. */
  readonly replicas: number;
  /** `nvidia.com/gpu`, or a MIG profile's resource. */
  readonly resource: string;
  /** Offers `nvidia.com/gpu.shared` in place of `nvidia.com/gpu`; undefined leaves it as it is. */
  readonly renameByDefault?: boolean | undefined;
  /** Refuses pods that ask for more than one slice; undefined leaves it as it is. */
  readonly failRequestsGreaterThanOne?: boolean | undefined;
}

/** Changes of one configuration with what each does in words, or why there are none. */
export type ConfigEdit =
  | { readonly kind: 'edit'; readonly splices: readonly Splice[]; readonly changes: readonly string[] }
  | { readonly kind: 'refused'; readonly because: string };

/** The slices per card that a configuration offers of a resource; undefined where it shares nothing of it. */
export function replicasOf(root: unknown, resource: string): number | undefined {
  const entry = entryOf(nodeAt(root, 'sharing', 'timeSlicing', 'resources'), resource);
  const replicas = Number(textAt(entry, 'replicas'));
  return Number.isInteger(replicas) ? replicas : undefined;
}

/** Makes a configuration of the device plugin share as wished; everything else of it stays, byte for byte. */
export function editConfig(at: SharingText, root: YAMLMap, wish: TimeSlicingWish): ConfigEdit {
  if (root.flow === true) return refused('is written within braces; write it out in lines, then try again');
  const sharing = nodeAt(root, 'sharing');
  const mps = nodeAt(sharing, 'mps', 'resources');
  if (isSeq(mps) && mps.items.length > 0 && wish.replicas > 1)
    return refused('shares by MPS; a node shares by MPS or by time-slicing, so take the mps block out first');
  const slicing = nodeAt(sharing, 'timeSlicing');
  const resources = nodeAt(slicing, 'resources');
  const entry = entryOf(resources, wish.resource);
  const edits: Edits = { splices: [], changes: [] };
  if (wish.replicas === 1) {
    const gone = withoutEntry(at.text, root, wish.resource);
    if (gone !== undefined) {
      edits.splices.push(gone);
      edits.changes.push(`no longer shares ${wish.resource}: one pod per card`);
    }
    return { kind: 'edit', ...edits };
  }
  if (isMap(entry)) setReplicas(at.text, entry, wish, edits);
  else {
    edits.splices.push(addEntry(at.text, root, wish));
    edits.changes.push(`shares ${wish.resource}: ${wish.replicas} slices per card`);
  }
  for (const flag of ['renameByDefault', 'failRequestsGreaterThanOne'] as const)
    setFlag(at.text, slicing, flag, wish[flag], edits);
  return { kind: 'edit', ...edits };
}

/** The lines of a new configuration. */
export function newConfig(wish: TimeSlicingWish): readonly string[] {
  return ['version: v1', 'sharing:', ...slicingLines(wish).map((line) => `  ${line}`)];
}

interface Edits {
  readonly splices: Splice[];
  readonly changes: string[];
}

const refused = (because: string): ConfigEdit => ({ kind: 'refused', because });

const entryOf = (resources: unknown, resource: string): YAMLMap | undefined =>
  isSeq(resources) ? resources.items.filter(isMap).find((item) => textAt(item, 'name') === resource) : undefined;

function slicingLines({ renameByDefault, failRequestsGreaterThanOne, ...wish }: TimeSlicingWish): string[] {
  return [
    'timeSlicing:',
    ...(renameByDefault === undefined ? [] : [`  renameByDefault: ${renameByDefault}`]),
    ...(failRequestsGreaterThanOne === undefined
      ? []
      : [`  failRequestsGreaterThanOne: ${failRequestsGreaterThanOne}`]),
    ...resourceLines(wish).map((line) => `  ${line}`),
  ];
}

const resourceLines = (wish: TimeSlicingWish): string[] => [
  'resources:',
  ...itemLines(wish).map((line) => `  ${line}`),
];

const itemLines = ({ resource, replicas }: TimeSlicingWish): string[] => [
  `- name: ${resource}`,
  `  replicas: ${replicas}`,
];

function setReplicas(text: string, entry: YAMLMap, { resource, replicas }: TimeSlicingWish, edits: Edits): void {
  const was = nodeAt(entry, 'replicas');
  if (textAt(entry, 'replicas') === String(replicas)) return;
  edits.changes.push(
    `${resource}: ${replicas} slices per card${isScalar(was) ? `, was ${String(was.value)}` : ', which it did not say'}`,
  );
  edits.splices.push(
    isScalar(was) ? replaceScalar(text, was, String(replicas)) : insertInto(text, entry, [`replicas: ${replicas}`]),
  );
}

function setFlag(
  text: string,
  slicing: Node | undefined,
  flag: 'renameByDefault' | 'failRequestsGreaterThanOne',
  wished: boolean | undefined,
  edits: Edits,
): void {
  // Where there is no such block yet, the new one says it.
  if (wished === undefined || !isMap(slicing) || slicing.items.length === 0) return;
  const was = nodeAt(slicing, flag);
  if ((textAt(slicing, flag) ?? 'false') === String(wished)) return;
  edits.changes.push(`${flag}: ${wished}`);
  edits.splices.push(
    isScalar(was) ? replaceScalar(text, was, String(wished)) : insertBefore(text, slicing, `${flag}: ${wished}`),
  );
}

/** A line before the first pair of a block map: flags stand before the list they are about. */
function insertBefore(text: string, map: YAMLMap, line: string): Splice {
  const at = startOf(map.items[0]?.key);
  return { start: at, end: at, text: `${line}${newlineOf(text)}${' '.repeat(columnOf(text, map))}` };
}

/** A value in place of another, in the quotes the other has. */
export function replaceScalar(text: string, scalar: Scalar, value: string): Splice {
  const start = startOf(scalar);
  const quote = scalar.type === 'QUOTE_DOUBLE' ? '"' : scalar.type === 'QUOTE_SINGLE' ? "'" : '';
  return { start, end: Math.max(start, endOf(text, scalar)), text: `${quote}${value}${quote}` };
}

function addEntry(text: string, root: YAMLMap, wish: TimeSlicingWish): Splice {
  const sharing = pairOf(root, 'sharing');
  if (sharing === undefined) {
    return insertInto(text, root, ['sharing:', ...slicingLines(wish).map((line) => `  ${line}`)]);
  }
  const slicing = pairOf(sharing.value, 'timeSlicing');
  if (slicing === undefined) return fill(text, root, sharing, slicingLines(wish));
  const resources = pairOf(slicing.value, 'resources');
  const sharingMap = sharing.value as YAMLMap;
  if (resources === undefined) {
    return fill(
      text,
      sharingMap,
      slicing,
      slicingLines(wish)
        .slice(1)
        .map((line) => line.slice(2)),
    );
  }
  return fill(text, slicing.value as YAMLMap, resources, itemLines(wish));
}

/** Lines added to what a key holds: behind its items, or in place of nothing at all. */
export function fill(text: string, map: YAMLMap, pair: Pair, lines: readonly string[]): Splice {
  const { value } = pair;
  if (isMap(value) && value.flow !== true && value.items.length > 0) return insertInto(text, value, lines);
  const newline = newlineOf(text);
  if (isSeq(value) && value.flow !== true && value.items.length > 0) {
    const at = lineEnd(text, endOf(text, value));
    const indent = ' '.repeat(dashColumn(text, value));
    return { start: at, end: at, text: lines.map((line) => newline + indent + line).join('') };
  }
  const colon = text.indexOf(':', endOf(text, pair.key as Node)) + 1;
  const end = isMap(value) || isSeq(value) ? endOf(text, value) : colon;
  const indent = ' '.repeat(columnOf(text, map) + 2);
  return { start: colon, end, text: lines.map((line) => newline + indent + line).join('') };
}

/** Where the dashes of a list stand. */
function dashColumn(text: string, list: YAMLSeq): number {
  const dash = text.lastIndexOf('-', startOf(list.items[0]));
  return dash - lineStart(text, dash);
}

/** Takes the entry away, with every block that would be empty without it. */
function withoutEntry(text: string, root: YAMLMap, resource: string): Splice | undefined {
  const sharing = nodeAt(root, 'sharing');
  const slicing = nodeAt(sharing, 'timeSlicing');
  const list = nodeAt(slicing, 'resources');
  const entry = entryOf(list, resource);
  if (!isSeq(list) || entry === undefined || !isMap(sharing) || !isMap(slicing)) return undefined;
  if (list.items.length > 1) {
    const dash = text.lastIndexOf('-', startOf(entry));
    return wholeLines(text, dash, endOf(text, entry));
  }
  const [map, key] = sharing.items.length > 1 ? [sharing, 'timeSlicing'] : [root, 'sharing'];
  const pair = pairOf(map, key);
  return pair === undefined ? undefined : removePair(text, map, pair);
}
