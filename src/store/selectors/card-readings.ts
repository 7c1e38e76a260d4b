import {
  type CardMeters,
  type CardShared,
  cardCount,
  cardShared,
  metersKey,
  whoseFigures,
} from '../../model/card-meters.ts';
import type { Gpu } from '../../model/facts.ts';
import { sharingOf } from '../../model/sharing.ts';
import { memo, memoEach, share } from '../memo.ts';
import type { State } from '../state.ts';

/** What dcgm-exporter tells of one card, and whose figures those are. */
export interface CardReading {
  /** Number of the card on its node, as the driver counts. */
  readonly index: number;
  /** The card itself, or its MIG devices. */
  readonly meters: readonly CardMeters[];
  readonly shared?: CardShared;
  /** A sentence for each that has somebody to name. */
  readonly whose: readonly string[];
}

/** The cards of one node of a cluster as the exporter there told them last. */
export interface NodeReadings {
  readonly cluster: string;
  readonly node: string;
  readonly cards: readonly CardReading[];
  /** When they were told; undefined: never. */
  readonly atMs?: number;
  /** Why nothing newer was told. */
  readonly because?: string;
}

const NONE: ReadonlyMap<string, NodeReadings> = new Map();
let before = NONE;

/** Readings by the node's name; of two clusters with a node of one name the first counts, as everywhere. What says the same keeps its object. */
export const selectCardReadings = memo(
  [(state: State) => state.meters, (state: State) => state.clusters, (state: State) => state.inventory],
  (meters, clusters, inventory): ReadonlyMap<string, NodeReadings> => {
    if (meters.size === 0) return NONE;
    const readings = new Map<string, NodeReadings>();
    for (const cluster of clusters.values()) {
      const sharings = new Map(sharingOf(cluster, inventory).map((sharing) => [sharing.node.name, sharing]));
      for (const node of cluster.tables.nodes.items.keys()) {
        const told = meters.get(metersKey(cluster.spec.name, node));
        if (told === undefined || readings.has(node)) continue;
        const { cards, ...rest } = told;
        const made = { cluster: cluster.spec.name, node, cards: readingsOf(cards, sharings.get(node)), ...rest };
        readings.set(node, share<NodeReadings>(before.get(node) ?? made, made));
      }
    }
    before = readings;
    return readings;
  },
);

/** What the exporter of a node told, by the node's name. */
export const readingsAt = (state: State, node: string): NodeReadings | undefined => selectCardReadings(state).get(node);

function readingsOf(cards: readonly CardMeters[], sharing: Parameters<typeof cardShared>[2]): readonly CardReading[] {
  const byIndex = new Map<number, CardMeters[]>();
  const count = cardCount(cards);
  for (const card of cards) {
    // A label of somebody's own program: what is no number of a card has no place among them.
    if (!/^\d{1,3}$/.test(card.gpu)) continue;
    const index = Number(card.gpu);
    byIndex.set(index, [...(byIndex.get(index) ?? []), card]);
  }
  return [...byIndex].map(([index, meters]) => {
    const shared = meters.map((card) => cardShared(card, count, sharing)).find((each) => each !== undefined);
    return {
      index,
      meters,
      ...(shared === undefined ? {} : { shared }),
      whose: meters.map((card) => whoseFigures(card, count, sharing)).filter((sentence) => sentence !== ''),
    };
  });
}

/** The same in the words of nvidia-smi, for a card whose driver nobody can ask; what only the driver tells is left out. */
export const gpuOf: (reading: CardReading) => Gpu = memoEach(asGpu);

function asGpu({ index, meters }: CardReading): Gpu {
  const [first] = meters;
  const devices = meters.flatMap(({ mig, uuid }) =>
    mig === undefined ? [] : [{ index: Number(mig.instance), profile: mig.profile, uuid }],
  );
  const used = sumOf(meters.map(({ memoryUsedBytes }) => memoryUsedBytes));
  const free = sumOf(meters.map(({ memoryFreeBytes }) => memoryFreeBytes));
  return {
    index,
    uuid: first?.uuid ?? '',
    name: first?.model ?? '',
    busId: '',
    driverVersion: '',
    ...(devices.length > 0 || first === undefined ? {} : told({ utilisationRatio: first.utilisationRatio })),
    ...told({
      memoryUsedBytes: used,
      memoryTotalBytes: used === undefined || free === undefined ? undefined : used + free,
      temperatureC: first?.temperatureC,
      memoryTemperatureC: first?.memoryTemperatureC,
      powerW: first?.powerW,
      smClockMhz: first?.smClockMhz,
    }),
    throttleReasons: [],
    ...(devices.length === 0 ? {} : { migEnabled: true }),
    migDevices: devices,
  };
}

/** Undefined unless each of them is known. */
const sumOf = (figures: readonly (number | undefined)[]): number | undefined =>
  figures.reduce<number | undefined>(
    (sum, figure) => (sum === undefined || figure === undefined ? undefined : sum + figure),
    0,
  );

type Figures = { readonly [name: string]: number | undefined };

/** Without what is not known. */
const told = (figures: Figures): { readonly [name: string]: number } =>
  Object.fromEntries(Object.entries(figures).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
