import type { NodeName } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';

/** One step of a sparkline. */
export const HISTORY_STEP_MS = 5_000;
/** Ten minutes: what an operator means by "just now", in as many columns as a wide terminal gives a sparkline. */
export const HISTORY_STEPS = 120;
/** Series whose values lie in one array: an array of its own costs each as much again. */
const SERIES_A_CHUNK = 256;
/** Cards kept: 1,000 nodes with 8 GPUs are 8,000, half a kilobyte each. The one heard of first goes first. */
const CARDS_KEPT = 10_000;

/** Bounded rings of the last ten minutes, outside the store: a sparkline is no reason to make new state. */
export interface History {
  /** Feeds what of an answer is drawn over time: how busy each card is. */
  readonly observe: (observation: Observation) => void;
  /** How busy a card was, ratios of 1, oldest first, one a step, at most `HISTORY_STEPS`; `NaN` where nothing was heard. Empty for an unknown card. */
  readonly of: (node: NodeName, uuid: string) => readonly number[];
}

interface Ring {
  /** Where its values stand in the pool, which never moves them. */
  readonly chunk: Float32Array;
  readonly from: number;
  firstStep: number;
  lastStep: number;
}

interface Rings {
  /** By node and then card: a joined key would be a new string for each of some 8,000 figures a second. */
  readonly byNode: Map<NodeName, Map<string, Ring>>;
  /** All of them. */
  cards: number;
  chunk: Float32Array;
  /** Places taken in the newest chunk. */
  taken: number;
}

/** An empty history. */
export function createHistory(): History {
  const rings: Rings = { byNode: new Map(), cards: 0, chunk: new Float32Array(), taken: SERIES_A_CHUNK };
  return {
    observe: (observation) => {
      if (!isOf(observation, 'gpus') || observation.outcome.kind !== 'ok') return;
      const { node, atMs, outcome } = observation;
      for (const { uuid, utilisationRatio } of outcome.value) record(rings, node, uuid, utilisationRatio, atMs);
    },
    of: (node, uuid) => {
      const ring = rings.byNode.get(node)?.get(uuid);
      if (ring === undefined) return [];
      const first = Math.max(ring.firstStep, ring.lastStep - HISTORY_STEPS + 1);
      return Array.from(
        { length: ring.lastStep - first + 1 },
        (_, index) => ring.chunk[ring.from + slotOf(first + index)] ?? Number.NaN,
      );
    },
  };
}

/** The history of the running program, which views read. */
export const fleetHistory: History = createHistory();
/** How busy a card of the running program was; see `History.of`. */
export const historyOf: History['of'] = (node, uuid) => fleetHistory.of(node, uuid);

function record(rings: Rings, node: NodeName, uuid: string, value: number | undefined, atMs: number): void {
  if (value === undefined || !Number.isFinite(value) || !Number.isFinite(atMs)) return;
  const ring = rings.byNode.get(node)?.get(uuid) ?? newRing(rings, node, uuid, stepOf(atMs));
  put(ring, value, stepOf(atMs));
}

const stepOf = (atMs: number): number => Math.floor(atMs / HISTORY_STEP_MS);
const slotOf = (step: number): number => ((step % HISTORY_STEPS) + HISTORY_STEPS) % HISTORY_STEPS;

function newRing(rings: Rings, node: NodeName, uuid: string, step: number): Ring {
  const ring = { ...freePlace(rings), firstStep: step, lastStep: step };
  blank(ring);
  const cards = rings.byNode.get(node);
  if (cards === undefined) rings.byNode.set(node, new Map([[uuid, ring]]));
  else cards.set(uuid, ring);
  rings.cards += 1;
  return ring;
}

/** A place in the pool: a new one, or that of the card heard of first. */
function freePlace(rings: Rings): Pick<Ring, 'chunk' | 'from'> {
  if (rings.cards >= CARDS_KEPT) {
    const [[node, cards] = []] = rings.byNode;
    const [[uuid, oldest] = []] = cards ?? [];
    if (node !== undefined && cards !== undefined && uuid !== undefined && oldest !== undefined) {
      cards.delete(uuid);
      if (cards.size === 0) rings.byNode.delete(node);
      rings.cards -= 1;
      return { chunk: oldest.chunk, from: oldest.from };
    }
  }
  if (rings.taken === SERIES_A_CHUNK) {
    rings.chunk = new Float32Array(SERIES_A_CHUNK * HISTORY_STEPS);
    rings.taken = 0;
  }
  rings.taken += 1;
  return { chunk: rings.chunk, from: (rings.taken - 1) * HISTORY_STEPS };
}

function blank({ chunk, from }: Ring): void {
  chunk.fill(Number.NaN, from, from + HISTORY_STEPS);
}

function put(ring: Ring, value: number, step: number): void {
  // A clock that was set back starts the ring anew rather than freezing it until the old time comes again.
  if (step < ring.lastStep - HISTORY_STEPS || step > ring.lastStep + HISTORY_STEPS) {
    blank(ring);
    ring.firstStep = step;
    ring.lastStep = step;
  }
  for (let gap = ring.lastStep + 1; gap <= step; gap += 1) ring.chunk[ring.from + slotOf(gap)] = Number.NaN;
  ring.lastStep = Math.max(ring.lastStep, step);
  ring.chunk[ring.from + slotOf(step)] = value;
}

function isOf<P extends Observation['probe']>(observation: Observation, probe: P): observation is Observation<P> {
  return observation.probe === probe;
}
