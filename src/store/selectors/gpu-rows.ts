import { whyUnknown } from '../../model/comparison.ts';
import type { Gpu, GpuDriver, GpuProcess } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import { HELD_FROM_BYTES } from '../../model/gpu-state.ts';
import { type NodeName, nodeName, whyNotNodeName } from '../../model/ids.ts';
import type { InventoryNode } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { goodValueOf as lastKnown, type Slot } from '../../model/observation.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { aboutThing, findingsOf, keepEqualRows, rowsByNode } from './by-node.ts';
import { type CardReading, gpuOf, type NodeReadings, readingsAt, selectCardReadings } from './card-readings.ts';

/** What is known of one GPU, the worst first. */
export type GpuState =
  | { readonly kind: 'failed'; readonly because: string }
  /** The inventory expects it, the driver does not show it. */
  | { readonly kind: 'missing'; readonly because: string }
  /** The driver does not answer. */
  | { readonly kind: 'hung'; readonly sinceMs: number }
  | { readonly kind: 'failing'; readonly because: string }
  | { readonly kind: 'throttled'; readonly because: string }
  /** Memory is held and nothing computes. */
  | { readonly kind: 'held' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'idle' }
  /** Cut into MIG slices: the card itself gives no utilisation. */
  | { readonly kind: 'mig' }
  | { readonly kind: 'unknown'; readonly because: string };

/** One card of one node, or one that should be there. */
export interface GpuRow {
  /** `gpu01:gpu3`, the form findings name it in. */
  readonly id: string;
  readonly node: NodeName;
  readonly index: number;
  /** Nodes of a cluster need not be in the inventory. */
  readonly isInInventory: boolean;
  readonly about: string;
  readonly gpu: Gpu | undefined;
  /** What tells `gpu`: the driver itself, or dcgm-exporter where the driver told nothing of the card. */
  readonly from: 'nvidia-smi' | 'dcgm-exporter' | undefined;
  /** What the exporter tells of the card, also beside the driver. */
  readonly reading: CardReading | undefined;
  /** When the exporter told it last. */
  readonly readAtMs: number | undefined;
  readonly state: GpuState;
  /** Undefined where nobody can count them. */
  readonly processes: number | undefined;
  readonly driver: GpuDriver | undefined;
  readonly slotKind: Slot<unknown>['kind'];
  readonly expectedModel: string | undefined;
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

interface GpuInput {
  readonly node: Pick<InventoryNode, 'name' | 'gpus' | 'via'>;
  readonly link: Link | undefined;
  readonly gpus: Slot<readonly Gpu[]> | undefined;
  readonly driver: Slot<GpuDriver> | undefined;
  readonly processes: Slot<readonly GpuProcess[]> | undefined;
  readonly findings: readonly Finding[];
  readonly readings: NodeReadings | undefined;
}

const gpuRows = rowsByNode(pickGpus, buildGpus);

/** One row per GPU of the inventory's nodes, expected ones that are missing included. */
export const selectGpuRows = gpuRows.all;
/** The GPUs of one node. */
export const gpuRowsOf = gpuRows.of;
/** The same, made anew, for whoever seldom asks and keeps none of them. */
export const gpuRowsNow = (state: State, node: InventoryNode): readonly GpuRow[] => buildGpus(pickGpus(state, node));

function pickGpus(state: State, node: InventoryNode): GpuInput {
  const slots = state.nodes.get(node.name)?.slots;
  return {
    node,
    link: state.links.get(node.name),
    gpus: slots?.gpus,
    driver: slots?.gpuDriver,
    processes: slots?.gpuProcesses,
    findings: findingsOf(state, node.name),
    readings: readingsAt(state, node.name),
  };
}

let strangersBefore: readonly GpuRow[] = [];

/** Cards of nodes that a cluster has and the inventory has not, as their exporters tell them. */
const selectStrangers = memo(
  [selectCardReadings, (state: State) => state.inventory],
  (readings, inventory): readonly GpuRow[] => {
    if (readings.size === 0) return [];
    const known = new Set<string>(inventory.nodes.map(({ name }) => name));
    const rows = [...readings.values()].flatMap((told) =>
      known.has(told.node) || whyNotNodeName(told.node) !== undefined ? [] : strangersOf(told),
    );
    strangersBefore = keepEqualRows(strangersBefore, rows);
    return strangersBefore;
  },
);

/** The cards of the inventory's nodes, then those that only a cluster knows. */
export const selectGpuRowsOfAll = memo([selectGpuRows, selectStrangers], (rows, strangers) =>
  strangers.length === 0 ? rows : [...rows, ...strangers],
);

const STRANGER: Link = { kind: 'none', because: 'no node of the inventory' };

function strangersOf(readings: NodeReadings): readonly GpuRow[] {
  const unasked = { gpus: undefined, driver: undefined, processes: undefined, findings: [] };
  const node = { name: nodeName(readings.node), via: 'kubernetes' } as const;
  return readings.cards.map((reading) => rowOfReading({ ...unasked, node, link: STRANGER, readings }, reading));
}

function buildGpus(input: GpuInput): readonly GpuRow[] {
  const gpus = lastKnown(input.gpus) ?? [];
  const processes = lastKnown(input.processes) ?? [];
  const present = gpus.map((gpu): GpuRow => {
    const count = processes.filter(({ gpuUuid }) => gpuUuid === gpu.uuid).length;
    return {
      ...commonRow(input, gpu.index),
      gpu,
      from: 'nvidia-smi',
      processes: count,
      state: input.gpus?.kind === 'hung' ? hung(input.gpus.sinceMs) : stateOfGpu(gpu),
    };
  });
  const taken = new Set(gpus.map(({ index }) => index));
  // A card that the driver leaves out of its list is lost, whatever an exporter told of it a minute ago.
  const told = lastKnown(input.gpus) === undefined ? (input.readings?.cards ?? []) : [];
  const read = told.map((reading) => rowOfReading(input, reading));
  for (const { index } of read) taken.add(index);
  const expected = input.node.gpus?.count ?? 0;
  const absent: GpuRow[] = [];
  for (let index = 0; taken.size + absent.length < expected; index += 1) {
    if (taken.has(index)) continue;
    absent.push({
      ...commonRow(input, index),
      gpu: undefined,
      from: undefined,
      processes: 0,
      state: stateOfAbsent(input),
    });
  }
  return [...present, ...read, ...absent].sort((left, right) => left.index - right.index);
}

/** A card whose driver told nothing; a driver that hangs is trouble, whatever else tells of its cards. */
function rowOfReading(input: GpuInput, reading: CardReading): GpuRow {
  const gpu = gpuOf(reading);
  const processes = lastKnown(input.processes)?.filter(({ gpuUuid }) => gpuUuid === gpu.uuid).length;
  return {
    ...commonRow(input, reading.index),
    gpu,
    from: 'dcgm-exporter',
    processes,
    state: input.gpus?.kind === 'hung' ? hung(input.gpus.sinceMs) : stateOfGpu(gpu),
    slotKind: input.readings?.because === undefined ? 'ok' : 'failed',
  };
}

function commonRow({ node, link, gpus, driver, findings, readings }: GpuInput, index: number) {
  const about = `gpu${index}`;
  return {
    id: `${node.name}:${about}`,
    node: node.name,
    index,
    isInInventory: link !== STRANGER,
    about,
    driver: lastKnown(driver),
    slotKind: gpus?.kind ?? ('never' as const),
    expectedModel: node.gpus?.model,
    link,
    findings: aboutThing(findings, node.name, (thing) => thing === about),
    reading: readings?.cards.find((each) => each.index === index),
    readAtMs: readings?.atMs,
  };
}

/** Below this a card counts as idle: desktop and monitoring programs tick. */
const IDLE_BELOW_RATIO = 0.03;
/** Caps an operator set are no trouble; heat and power trouble of the hardware are. */
const TROUBLED = /^(?:hw-|sw-thermal)/;

/** The state of a card the driver shows. */
export function stateOfGpu(gpu: Gpu): GpuState {
  if (gpu.error !== undefined) return { kind: 'failed', because: gpu.error };
  const failing = whyFailing(gpu);
  if (failing !== undefined) return { kind: 'failing', because: failing };
  const troubles = gpu.throttleReasons.filter((reason) => TROUBLED.test(reason));
  if (troubles.length > 0) return { kind: 'throttled', because: troubles.join(', ') };
  if (gpu.migEnabled === true && gpu.utilisationRatio === undefined) return { kind: 'mig' };
  if (gpu.utilisationRatio === undefined) return { kind: 'unknown', because: 'the card gives no utilisation' };
  if (gpu.utilisationRatio >= IDLE_BELOW_RATIO) return { kind: 'busy' };
  return { kind: (gpu.memoryUsedBytes ?? 0) >= HELD_FROM_BYTES ? 'held' : 'idle' };
}

function whyFailing(gpu: Gpu): string | undefined {
  if (gpu.remappedRowsFailed === true) return 'a memory row could not be remapped';
  if (gpu.retiredPagesPending === true) return 'memory pages wait for a reset to be retired';
  return (gpu.eccUncorrected ?? 0) > 0 ? `${gpu.eccUncorrected} uncorrected memory errors` : undefined;
}

const hung = (sinceMs: number): GpuState => ({ kind: 'hung', sinceMs });

function stateOfAbsent({ node, gpus, driver, readings }: GpuInput): GpuState {
  if (gpus === undefined && readings?.because !== undefined) return { kind: 'unknown', because: readings.because };
  if (gpus === undefined || gpus.kind === 'never' || gpus.kind === 'waiting') {
    return { kind: 'unknown', because: whyUnknown(gpus, node) };
  }
  if (gpus.kind === 'hung') return hung(gpus.sinceMs);
  if (gpus.kind === 'absent') return { kind: 'missing', because: gpus.because };
  const shown = lastKnown(gpus);
  if (shown === undefined) {
    return { kind: 'unknown', because: gpus.kind === 'failed' ? gpus.because : 'not answered' };
  }
  const onBus = lastKnown(driver)?.pciGpuCount;
  const bus = onBus === undefined ? '' : `, ${onBus} on the PCI bus`;
  return { kind: 'missing', because: `the driver shows ${shown.length} of ${node.gpus?.count ?? 0}${bus}` };
}

/** Whether a GPU needs a person. */
export const isGpuFault = ({ kind }: GpuState): boolean =>
  kind === 'failed' || kind === 'missing' || kind === 'hung' || kind === 'failing' || kind === 'throttled';
