import type { InventoryNode } from '../../model/inventory.ts';
import { goodValueOf as lastKnown } from '../../model/observation.ts';
import type { State } from '../state.ts';
import { gpuRowsNow, isGpuFault, stateOfGpu } from './gpu-rows.ts';
import type { MountRow } from './mount-rows.ts';

/** How many of the things that should be well are well. */
export interface Tally {
  /** Undefined before the node has said anything about them. */
  readonly good: number | undefined;
  readonly wished: number;
}

/** A thousand nodes have a dozen tallies between them; and one that did not change is the same object. */
const tallies = new Map<number, Tally>();
const TALLIES_KEPT = 4_096;

function tallyOf(good: number | undefined, wished: number): Tally {
  const key = wished * 100_000 + (good ?? 99_999);
  const known = tallies.get(key);
  if (known?.good === good && known?.wished === wished) return known;
  if (tallies.size >= TALLIES_KEPT) tallies.clear();
  const made: Tally = { good, wished };
  tallies.set(key, made);
  return made;
}

/**
 * The cards of a node; undefined where no GPU is there nor wished. Cards that their driver shows one after the other are counted as they
 * were told, without a row for each: they come every few seconds and a list of nodes shows nothing else of them.
 */
export function gpuTallyOf(state: State, node: InventoryNode): Tally | undefined {
  const slot = state.nodes.get(node.name)?.slots.gpus;
  const cards = lastKnown(slot);
  const expected = node.gpus?.count ?? 0;
  if (cards === undefined || cards.length === 0 || cards.length < expected) return tallyOfRows(state, node);
  let good = 0;
  let last = -1;
  for (const card of cards) {
    if (card.index <= last) return tallyOfRows(state, node);
    last = card.index;
    if (slot?.kind !== 'hung' && !isGpuFault(stateOfGpu(card))) good += 1;
  }
  return tallyOf(good, cards.length);
}

function tallyOfRows(state: State, node: InventoryNode): Tally | undefined {
  const rows = gpuRowsNow(state, node);
  if (rows.length === 0) return node.gpus === undefined ? undefined : tallyOf(undefined, node.gpus.count);
  const isHeard = rows.some(({ gpu, state: of }) => gpu !== undefined || of.kind === 'missing');
  const good = rows.filter(({ gpu, state: of }) => gpu !== undefined && !isGpuFault(of)).length;
  return tallyOf(isHeard ? good : undefined, Math.max(rows.length, node.gpus?.count ?? 0));
}

/** Wished mounts that are there, as wished, and answer; mounts nobody wished count only when they do not answer. */
export function mountTallyOf(rows: readonly MountRow[]): Tally {
  let wished = 0;
  let good = 0;
  let isHeard = false;
  for (const { drift, state } of rows) {
    if (drift?.spec === undefined && !COUNTED.has(state.kind)) continue;
    wished += 1;
    if (WELL.has(state.kind)) good += 1;
    if (state.kind !== 'unknown') isHeard = true;
  }
  return tallyOf(isHeard ? good : undefined, wished);
}

const COUNTED: ReadonlySet<MountRow['state']['kind']> = new Set([
  'hung',
  'stale',
  'as-declared',
  'missing',
  'unknown',
] as const);
const WELL: ReadonlySet<MountRow['state']['kind']> = new Set(['as-declared', 'mounted', 'waiting', 'absent'] as const);
