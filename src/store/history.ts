import type { NodeName } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';

/** One step of a sparkline. */
export const HISTORY_STEP_MS = 5_000;
/** Ten minutes: what an operator means by "just now", in as many columns as a wide terminal gives a sparkline. */
export const HISTORY_STEPS = 120;
/** Series whose values lie in one array: an array of its own costs each as much again. */
const SERIES_A_CHUNK = 256;
/** Series kept: 1,000 nodes with 8 GPUs of four figures are 32,000, half a kilobyte each. The one fed least recently goes first. */
const SERIES_KEPT = 40_000;

/** A figure of a GPU that is drawn over time. */
export type GpuFigure = 'utilisation' | 'memory' | 'temperature' | 'power';

/** The series of one figure of one GPU: ratio of 1, ratio of 1, degrees Celsius, watts. */
export const gpuSeries = (node: NodeName, uuid: string, figure: GpuFigure): string => `${node}|gpu|${uuid}|${figure}`;
/** The series of a node's one-minute load average. */
export const loadSeries = (node: NodeName): string => `${node}|load`;
/** The series of the mean round trip of an NFS mount, in ms. */
export const nfsSeries = (node: NodeName, target: string): string => `${node}|nfs|${target}`;

/** Bounded rings of the last ten minutes, outside the store: a sparkline is no reason to make new state. */
export interface History {
  readonly record: (series: string, value: number, atMs: number) => void;
  /** Feeds what of an answer is drawn over time. */
  readonly observe: (observation: Observation) => void;
  /** Values oldest first, one a step, at most `HISTORY_STEPS`; `NaN` where nothing was heard. Empty for an unknown series. */
  readonly of: (series: string) => readonly number[];
}

interface Ring {
  /** Where its values stand in the pool, which never moves them. */
  readonly chunk: Float32Array;
  readonly from: number;
  firstStep: number;
  lastStep: number;
}

interface Rings {
  readonly bySeries: Map<string, Ring>;
  chunk: Float32Array;
  /** Places taken in the newest chunk. */
  taken: number;
}

/** An empty history. */
export function createHistory(): History {
  const rings: Rings = { bySeries: new Map(), chunk: new Float32Array(), taken: SERIES_A_CHUNK };
  const record: History['record'] = (series, value, atMs) => {
    if (!Number.isFinite(value) || !Number.isFinite(atMs)) return;
    const ring = rings.bySeries.get(series) ?? newRing(rings, series, stepOf(atMs));
    put(ring, value, stepOf(atMs));
  };
  return {
    record,
    observe: (observation) => observeInto(record, observation),
    of: (series) => {
      const ring = rings.bySeries.get(series);
      if (ring === undefined) return [];
      const first = Math.max(ring.firstStep, ring.lastStep - HISTORY_STEPS + 1);
      return Array.from(
        { length: ring.lastStep - first + 1 },
        (_, index) => ring.chunk[ring.from + slotOf(first + index)] ?? Number.NaN,
      );
    },
  };
}

/** The history of the running program, which views read by series. */
export const fleetHistory: History = createHistory();
/** Values of a series of the running program; see `History.of`. */
export const historyOf = (series: string): readonly number[] => fleetHistory.of(series);

const stepOf = (atMs: number): number => Math.floor(atMs / HISTORY_STEP_MS);
const slotOf = (step: number): number => ((step % HISTORY_STEPS) + HISTORY_STEPS) % HISTORY_STEPS;

function newRing(rings: Rings, series: string, step: number): Ring {
  const ring = { ...freePlace(rings), firstStep: step, lastStep: step };
  blank(ring);
  rings.bySeries.set(series, ring);
  return ring;
}

/** A place in the pool: a new one, or that of the series fed least recently. */
function freePlace(rings: Rings): Pick<Ring, 'chunk' | 'from'> {
  if (rings.bySeries.size >= SERIES_KEPT) {
    const [oldest] = rings.bySeries;
    if (oldest !== undefined) {
      const [series, { chunk, from }] = oldest;
      rings.bySeries.delete(series);
      return { chunk, from };
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

function observeInto(record: History['record'], observation: Observation): void {
  const { node, atMs, outcome } = observation;
  if (outcome.kind !== 'ok') return;
  if (isOf(observation, 'load')) record(loadSeries(node), valueIn(observation)?.load1 ?? Number.NaN, atMs);
  else if (isOf(observation, 'gpus')) {
    for (const gpu of valueIn(observation) ?? []) {
      const put = (figure: GpuFigure, value: number | undefined): void => {
        if (value !== undefined) record(gpuSeries(node, gpu.uuid, figure), value, atMs);
      };
      put('utilisation', gpu.utilisationRatio);
      put('memory', ratio(gpu.memoryUsedBytes, gpu.memoryTotalBytes));
      put('temperature', gpu.temperatureC);
      put('power', gpu.powerW);
    }
  } else if (isOf(observation, 'nfsStats')) {
    for (const stats of valueIn(observation) ?? []) {
      record(nfsSeries(node, stats.target), stats.recent?.roundTripMs ?? Number.NaN, atMs);
    }
  }
}

function isOf<P extends Observation['probe']>(observation: Observation, probe: P): observation is Observation<P> {
  return observation.probe === probe;
}

function valueIn<P extends Observation['probe']>(observation: Observation<P>) {
  return observation.outcome.kind === 'ok' ? observation.outcome.value : undefined;
}

const ratio = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
