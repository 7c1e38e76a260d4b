import type { KubePod } from './kubernetes.ts';
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

/** Whether a pod is an exporter that can be asked. */
export const isExporter = ({ exporterPort, phase, node }: KubePod): boolean =>
  exporterPort !== undefined && phase === 'Running' && node !== '';

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

/** How many cards these are of: MIG devices have the uuid of theirs. */
export const cardCount = (cards: readonly CardMeters[]): number => new Set(cards.map(({ uuid }) => uuid)).size;

/** By how many pods a card is shared, or in how many slices where the pods on it are not known. */
export type CardShared = { readonly pods: number } | { readonly slices: number };

type Sharing = Pick<NodeSharing, 'choice' | 'pods'>;

/** Under time-slicing and MPS the figures of a card are equal for all pods on it, and of no single one; undefined where one pod has all of it. */
export function cardShared(
  card: Pick<CardMeters, 'pods'>,
  cardsOfNode: number,
  sharing: Sharing | undefined,
): CardShared | undefined {
  if (card.pods.length > 1) return { pods: card.pods.length };
  const slices = slicesOf(sharing);
  if (slices < 2) return undefined;
  const holding = sharing?.pods.length ?? 0;
  return cardsOfNode === 1 && holding > 1 ? { pods: holding } : { slices };
}

/** `by 3 pods`, `in 4 slices`. */
export const sharedWords = (shared: CardShared): string =>
  'pods' in shared ? `by ${shared.pods} pods` : `in ${shared.slices} slices`;

/** Whose figures these are, in a sentence. Empty where nobody is known. */
export function whoseFigures(card: CardMeters, cardsOfNode: number, sharing: Sharing | undefined): string {
  const what = card.mig === undefined ? 'the whole card' : 'the whole MIG device';
  const [first, ...others] = card.pods;
  const shared = cardShared(card, cardsOfNode, sharing);
  if (shared === undefined) return first === undefined ? '' : `pod ${first}`;
  const figures = `shared ${sharedWords(shared)}: figures are of ${what}`;
  if (others.length > 0) return `${figures} (${card.pods.join(', ')})`;
  return 'pods' in shared || first === undefined ? figures : `${figures}; the exporter names ${first} alone`;
}

function slicesOf(sharing: Sharing | undefined): number {
  if (sharing?.choice.kind !== 'chosen') return 1;
  return Math.max(1, ...sharing.choice.config.resources.map(({ replicas }) => replicas));
}
