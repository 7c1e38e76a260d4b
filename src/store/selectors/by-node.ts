import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { InventoryNode } from '../../model/inventory.ts';
import { type KubeNode, kubeNodeCalled } from '../../model/kubernetes.ts';
import type { Link } from '../../model/link.ts';
import type { NodeFacts } from '../../model/observation.ts';
import type { State } from '../state.ts';
import { type NodeReadings, selectCardReadings } from './card-readings.ts';

interface Kept<Input, Row> {
  input: Input;
  rows: readonly Row[];
}

/**
 * All that the state has of one node: while these are the same objects, so is everything a row can be built from. Written in place: something
 * changes of each of a thousand nodes every two seconds, and objects that live for so long are dear to collect.
 */
interface Place {
  facts: NodeFacts | undefined;
  beside: Beside;
}

/** What seldom changes. */
interface Beside {
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
  readonly kube: KubeNode | undefined;
  readonly readings: NodeReadings | undefined;
}

/** Rows of all nodes, and of one of them. Both give the same arrays for as long as no row changed. */
export interface NodeRows<Row> {
  readonly all: (state: State) => readonly Row[];
  readonly of: (state: State, node: NodeName) => readonly Row[];
}

/**
 * Rows gathered node by node, in inventory order. `pick` names what a node's rows are built from (of facts, links, findings and
 * inventory); only nodes where one of those objects
 * changed are built again. A row equal to the one before it keeps its object, and the array is the same one while no row changed.
 * Nodes of which the state has nothing new are not even picked from; `reads: 'other nodes'` says that their rows may change all the same.
 */
export function rowsByNode<Input extends object, Row extends { readonly id: string }>(
  pick: (state: State, node: InventoryNode) => Input,
  build: (input: Input) => readonly Row[],
  { reads }: { readonly reads: 'own node' | 'other nodes' } = { reads: 'own node' },
): NodeRows<Row> {
  let kept = new Map<NodeName, Kept<Input, Row> & Place>();
  /** The same in inventory order: to look each of a thousand nodes up, ten times a second and in every list, costs more than what has changed. */
  let inOrder: ((Kept<Input, Row> & Place) | undefined)[] = [];
  let lastState: State | undefined;
  /** Undefined while some node's rows are newer: views that ask for the rows of single nodes never need all in one list. */
  let lastRows: readonly Row[] | undefined = [];
  const refreshAll = (state: State): void => {
    // Most updates move only ages, which no row holds.
    if (lastState !== undefined && hasSameFacts(state, lastState)) return;
    const isNewInventory = state.inventory !== lastState?.inventory;
    let hasChanged = isNewInventory;
    const isOwn = reads === 'own node' && !isNewInventory;
    if (isNewInventory) {
      inOrder = state.inventory.nodes.map(({ name }) => kept.get(name));
      // The same map as long as the nodes are the same: ten new ones a second of a thousand entries are mostly garbage.
      kept = new Map();
    }
    const isFactsAlone = lastState !== undefined && isSameBeside(state, lastState);
    const allFacts = state.nodes.values();
    let index = -1;
    for (const node of state.inventory.nodes) {
      index += 1;
      const before = inOrder[index];
      // The state's nodes have the inventory's order, too.
      const inLine = allFacts.next().value;
      const facts = inLine?.name === node.name ? inLine : state.nodes.get(node.name);
      const isSameBesides = before !== undefined && (isFactsAlone || isStillBeside(before.beside, state, node.name));
      if (isOwn && isSameBesides && before.facts === facts) continue;
      const input = pick(state, node);
      if (before === undefined) {
        const made = { input, rows: build(input), facts, beside: besideFacts(state, node.name) };
        inOrder[index] = made;
        kept.set(node.name, made);
        hasChanged = true;
        continue;
      }
      if (rebuilt(before, input, build)) hasChanged = true;
      before.facts = facts;
      if (!isSameBesides) before.beside = besideFacts(state, node.name);
      if (isNewInventory) kept.set(node.name, before);
    }
    lastState = state;
    if (hasChanged) lastRows = undefined;
  };
  const all = (state: State): readonly Row[] => {
    refreshAll(state);
    lastRows ??= joined(kept.values());
    return lastRows;
  };
  const of = (state: State, node: NodeName): readonly Row[] => {
    refreshAll(state);
    return kept.get(node)?.rows ?? [];
  };
  return { all, of };
}

/** Plain loops: a thousand nodes have ten thousand rows, ten times a second. */
function joined<Row>(kept: Iterable<{ readonly rows: readonly Row[] }>): readonly Row[] {
  const all: Row[] = [];
  for (const { rows } of kept) for (const row of rows) all.push(row);
  return all;
}

const hasSameFacts = (left: State, right: State): boolean =>
  left === right || (left.nodes === right.nodes && left.inventory === right.inventory && isSameBeside(left, right));

const isSameBeside = (left: State, right: State): boolean =>
  left.links === right.links &&
  left.findings === right.findings &&
  left.clusters === right.clusters &&
  left.meters === right.meters;

const besideFacts = (state: State, node: NodeName): Beside => ({
  link: state.links.get(node),
  findings: findingsOf(state, node),
  kube: kubeNodeCalled(state.clusters, node)?.node,
  readings: selectCardReadings(state).get(node),
});

/** Builds the rows of one node anew where something they are built from changed; whether they did. */
function rebuilt<Input extends object, Row extends { readonly id: string }>(
  kept: Kept<Input, Row>,
  input: Input,
  build: (input: Input) => readonly Row[],
): boolean {
  if (isShallowEqual(kept.input, input)) return false;
  const rows = keepEqualRows(kept.rows, build(input));
  const hasChanged = rows !== kept.rows;
  kept.input = input;
  kept.rows = rows;
  return hasChanged;
}

/** Whether nothing beside its facts changed: asked of a thousand nodes whenever a link or a finding of one did, so nothing is made. */
const isStillBeside = ({ link, findings, kube, readings }: Beside, state: State, node: NodeName): boolean =>
  link === state.links.get(node) &&
  findings === findingsOf(state, node) &&
  kube === kubeNodeCalled(state.clusters, node)?.node &&
  readings === selectCardReadings(state).get(node);

/**
 * The new rows, each replaced by its old object where it says the same; the old array when that holds for all of them. Facts in a row
 * are compared by identity, because the store keeps the objects of equal answers; states and lists that a selector makes, by content.
 */
export function keepEqualRows<Row extends { readonly id: string }>(
  before: readonly Row[],
  after: readonly Row[],
): readonly Row[] {
  if (before.length === 0) return after.length === 0 ? before : after;
  let old: ReadonlyMap<string, Row> | undefined;
  let isSame = before.length === after.length;
  const rows = after.map((row, index) => {
    // Most of the time the same things are there in the same order.
    const beside = before[index];
    if (beside?.id !== row.id) old ??= new Map(before.map((known) => [known.id, known]));
    const known = beside?.id === row.id ? beside : old?.get(row.id);
    const kept = known !== undefined && saysTheSame(known, row) ? known : row;
    if (kept !== beside) isSame = false;
    return kept;
  });
  return isSame ? before : rows;
}

function saysTheSame<Row extends object>(left: Row, right: Row): boolean {
  for (const key in right) if (!isSameValue(left[key], right[key])) return false;
  return true;
}

function isSameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) && left.length === right.length && left.every((item, index) => Object.is(item, right[index]))
    );
  }
  return isState(left) && isState(right) && isShallowEqual(left, right);
}

const isState = (value: unknown): value is { readonly kind: unknown } =>
  typeof value === 'object' && value !== null && 'kind' in value;

/**
 * Remembers what was made of a slot under one wish, so that comparing them yields the same objects for as long as both are the same.
 * Without a slot it is made each time.
 */
export function oncePerSlot<Made>(): (slot: object | undefined, wish: object, make: () => Made) => Made {
  const known = new WeakMap<object, { readonly wish: object; readonly made: Made }>();
  return (slot, wish, make) => {
    if (slot === undefined) return make();
    const before = known.get(slot);
    if (before?.wish === wish) return before.made;
    const made = make();
    known.set(slot, { wish, made });
    return made;
  };
}

/** The same objects under every key of either. */
function isShallowEqual<Input extends object>(left: Input, right: Input): boolean {
  for (const key in left) if (!Object.is(left[key], right[key])) return false;
  for (const key in right) if (!(key in left)) return false;
  return true;
}

const NO_FINDINGS: readonly Finding[] = [];
let findingsBefore: readonly Finding[] | undefined;
let findingsOfNode: ReadonlyMap<NodeName, readonly Finding[]> = new Map();

/** The findings whose evidence is on a node or that affect it; the same array while they are the same findings. */
export function findingsOf(state: State, node: NodeName): readonly Finding[] {
  if (state.findings !== findingsBefore) {
    findingsOfNode = indexFindings(state.findings, findingsOfNode);
    findingsBefore = state.findings;
  }
  return findingsOfNode.get(node) ?? NO_FINDINGS;
}

function indexFindings(
  findings: readonly Finding[],
  before: ReadonlyMap<NodeName, readonly Finding[]>,
): ReadonlyMap<NodeName, readonly Finding[]> {
  const index = new Map<NodeName, Finding[]>();
  for (const finding of findings) {
    for (const node of new Set([...finding.evidence.map((evidence) => evidence.node), ...finding.affects])) {
      const list = index.get(node);
      if (list === undefined) index.set(node, [finding]);
      else list.push(finding);
    }
  }
  return new Map([...index].map(([node, list]) => [node, keepEqualRows(before.get(node) ?? NO_FINDINGS, list)]));
}

/** The findings with evidence on a node about one thing of it: `/data`, `gpu3`, `/dev/sdb`. */
export const aboutThing = (
  findings: readonly Finding[],
  node: NodeName,
  isIt: (about: string) => boolean,
): readonly Finding[] =>
  findings.length === 0
    ? findings
    : findings.filter(({ evidence }) => evidence.some((item) => item.node === node && isIt(item.about)));
