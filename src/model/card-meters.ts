import type { NodeSharing } from './sharing.ts';

/** What dcgm-exporter tells of one card, or of one MIG device of it. What it does not tell, or tells twice and not the same, is left out. */
export interface CardMeters {
  /** Number of the card on its node, as the driver counts. */
  readonly gpu: string;
  readonly uuid: string;
  readonly model?: string;
  /** Set where the figures are of a MIG device: its instance and profile, e.g. `2`, `1g.10gb`. */
  readonly mig?: { readonly instance: string; readonly profile: string };
  readonly utilisationRatio?: number;
  /** Of the time in which anything ran on the engines (profiling; not on every card). */
  readonly engineRatio?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryFreeBytes?: number;
  readonly temperatureC?: number;
  readonly memoryTemperatureC?: number;
  readonly powerW?: number;
  readonly smClockMhz?: number;
  /** The last Xid since the exporter started; undefined where there was none. */
  readonly lastXid?: number;
  /** Pods the exporter names, as `namespace/name`. Under sharing older ones name one of several. */
  readonly pods: readonly string[];
}

/** The cards of one Kubernetes node as the exporter on it told them last. */
export interface NodeMeters {
  readonly cards: readonly CardMeters[];
  /** When `cards` were told; undefined: never. */
  readonly atMs?: number;
  /** Why nothing newer was told. */
  readonly because?: string;
}

/** What is told of the exporter on one node. */
export type MetersEvent = { readonly cluster: string; readonly node: string } & (
  | { readonly kind: 'cards'; readonly cards: readonly CardMeters[]; readonly atMs: number }
  | { readonly kind: 'trouble'; readonly because: string }
  /** The node has no exporter any more. */
  | { readonly kind: 'gone' }
);

/** Meters by `metersKey`. */
export type Meters = ReadonlyMap<string, NodeMeters>;

/** `talos:gpu-worker-00`. */
export const metersKey = (cluster: string, node: string): string => `${cluster}:${node}`;

/** The meters after one event; what was told last stays, with its time, when nothing newer can be read. Pure. */
export function applyMeters(meters: Meters, event: MetersEvent): Meters {
  const key = metersKey(event.cluster, event.node);
  const before = meters.get(key);
  if (event.kind === 'gone') {
    if (before === undefined) return meters;
    const rest = new Map(meters);
    rest.delete(key);
    return rest;
  }
  if (event.kind === 'cards') return new Map(meters).set(key, { cards: event.cards, atMs: event.atMs });
  return new Map(meters).set(key, { ...(before ?? { cards: [] }), because: event.because });
}

/** Whose figures these are: under time-slicing and MPS they are equal for all pods of a card, and of no single one. Empty where nobody is known. */
export function whoseFigures(
  card: CardMeters,
  cardsOfNode: number,
  sharing: Pick<NodeSharing, 'choice' | 'pods'> | undefined,
): string {
  const what = card.mig === undefined ? 'the whole card' : 'the whole MIG device';
  const [first, ...others] = card.pods;
  if (others.length > 0) return `shared by ${card.pods.length} pods: figures are of ${what} (${card.pods.join(', ')})`;
  const slices = slicesOf(sharing);
  if (slices < 2) return first === undefined ? '' : `pod ${first}`;
  const holding = sharing?.pods.length ?? 0;
  if (cardsOfNode === 1 && holding > 1) return `shared by ${holding} pods: figures are of ${what}`;
  const named = first === undefined ? '' : `; the exporter names ${first} alone`;
  return `shared in ${slices} slices: figures are of ${what}${named}`;
}

function slicesOf(sharing: Pick<NodeSharing, 'choice'> | undefined): number {
  if (sharing?.choice.kind !== 'chosen') return 1;
  return Math.max(1, ...sharing.choice.config.resources.map(({ replicas }) => replicas));
}
