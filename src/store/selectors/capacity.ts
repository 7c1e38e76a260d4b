import type { Usage } from '../../model/facts.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { goodValueOf as lastKnown } from '../../model/observation.ts';
import { remoteSource, serverOf } from '../../model/storage-source.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { rowsByNode } from './by-node.ts';
import { type GpuRow, selectGpuRows, selectGpuRowsOfAll } from './gpu-rows.ts';
import { type MountRow, mountStatesOf } from './mount-rows.ts';

/** What the fleet has and what of it is in use. Figures of nodes that do not answer are their last known ones. */
export interface Capacity {
  readonly gpus: {
    readonly total: number;
    readonly busy: number;
    readonly idle: number;
    readonly failed: number;
    readonly unknown: number;
    /** Of the total: cards of machines that only a cluster knows. */
    readonly elsewhere: number;
  };
  readonly gpuMemory: { readonly usedBytes: number; readonly totalBytes: number };
  readonly links: { readonly [K in Link['kind']]: number };
  /** The node with the longest round trip now. */
  readonly slowest: { readonly node: string; readonly roundTripMs: number } | undefined;
  readonly shares: readonly Share[];
}

/** One remote filesystem that nodes of the fleet share, the fullest first. */
export interface Share {
  /** `nfs-a:/export/data`. */
  readonly id: string;
  readonly usage: Pick<Usage, 'sizeBytes' | 'usedBytes' | 'availableBytes'> | undefined;
  readonly mountedOn: number;
  readonly hung: number;
}

/** Capacity of the whole fleet. */
export const selectCapacity = memo(
  [selectGpuRowsOfAll, selectGpuRows, (state) => state.links, selectShares],
  (gpus, own, links, shares): Capacity => ({
    ...tallyGpus(gpus, gpus.length - own.length),
    links: countLinks([...links.values()]),
    slowest: slowestOf(links),
    shares,
  }),
);

/** One pass: a large fleet has ten thousand cards. */
function tallyGpus(rows: readonly GpuRow[], elsewhere: number): Pick<Capacity, 'gpus' | 'gpuMemory'> {
  const gpus = { total: rows.length, busy: 0, idle: 0, failed: 0, unknown: 0, elsewhere };
  const gpuMemory = { usedBytes: 0, totalBytes: 0 };
  for (const row of rows) {
    gpus[standingOf(row)] += 1;
    gpuMemory.usedBytes += row.gpu?.memoryUsedBytes ?? 0;
    gpuMemory.totalBytes += row.gpu?.memoryTotalBytes ?? 0;
  }
  return { gpus, gpuMemory };
}

function standingOf({ state, gpu }: GpuRow): 'busy' | 'idle' | 'failed' | 'unknown' {
  switch (state.kind) {
    case 'busy':
    case 'mig':
      return 'busy';
    case 'idle':
    case 'held':
      return 'idle';
    // A throttled card is slow and a failing one doubtful, but what runs on them runs.
    case 'throttled':
    case 'failing':
      return (gpu?.utilisationRatio ?? 0) > 0 ? 'busy' : 'idle';
    case 'failed':
    case 'missing':
      return 'failed';
    // A driver that hangs says nothing about its cards.
    case 'hung':
    case 'unknown':
      return 'unknown';
  }
}

function countLinks(links: readonly Link[]): Capacity['links'] {
  const counts = { idle: 0, connecting: 0, up: 0, late: 0, lost: 0, refused: 0, none: 0 };
  for (const { kind } of links) counts[kind] += 1;
  return counts;
}

function slowestOf(links: State['links']): Capacity['slowest'] {
  let slowest: Capacity['slowest'];
  for (const [node, link] of links) {
    if (link.kind !== 'up' || link.roundTripMs === undefined) continue;
    if (slowest === undefined || link.roundTripMs > slowest.roundTripMs)
      slowest = { node, roundTripMs: link.roundTripMs };
  }
  return slowest;
}

interface SharePart {
  readonly id: string;
  readonly share: string;
  readonly usage: Usage | undefined;
  readonly isHung: boolean;
  readonly isAnswering: boolean;
}

const shareParts = rowsByNode(
  (state: State, { name }) => ({ inventory: state.inventory, rows: mountStatesOf(state, name) }),
  ({ inventory, rows }) => rows.flatMap((row) => partOf(inventory, row)),
);

function partOf(inventory: Inventory, row: MountRow): readonly SharePart[] {
  if (row.mount === undefined || row.state.kind === 'hidden') return [];
  const server = serverOf(inventory, row.mount);
  const path = remoteSource(row.mount.source, row.mount.fsType)?.path;
  if (server === undefined || path === undefined) return [];
  const isHung = row.state.kind === 'hung' || row.state.kind === 'stale';
  return [
    {
      id: row.id,
      share: `${server}:${path}`,
      usage: lastKnown(row.usage),
      isHung,
      isAnswering: row.link?.kind === 'up',
    },
  ];
}

const gatherShares = memo([shareParts.all], (parts): readonly Share[] => {
  const shares = new Map<string, SharePart[]>();
  for (const part of parts) {
    const list = shares.get(part.share);
    if (list === undefined) shares.set(part.share, [part]);
    else list.push(part);
  }
  return [...shares]
    .map(([id, list]): Share => {
      const told = list.filter(({ usage }) => usage !== undefined);
      // What a node says now beats what a lost one said last.
      const usage = (told.find(({ isHung, isAnswering }) => isAnswering && !isHung) ?? told[0])?.usage;
      return { id, usage, mountedOn: list.length, hung: list.filter(({ isHung }) => isHung).length };
    })
    .sort((left, right) => fullness(right) - fullness(left) || (left.id < right.id ? -1 : 1));
});

function selectShares(state: State): readonly Share[] {
  return gatherShares(state);
}

/** Share of the space in use; 0 where nobody has said. */
const fullness = ({ usage }: Share): number =>
  usage === undefined || usage.usedBytes + usage.availableBytes <= 0
    ? 0
    : usage.usedBytes / (usage.usedBytes + usage.availableBytes);
