import { activitySec, chance, seedOf } from '../chance.ts';
import type { DemoMount, NodeState } from '../node-state.ts';
import { type Answerer, text } from './reply.ts';

/** Operations of NFSv4 with their share of the traffic, mean round trip in ms, and bytes sent and received by each. */
const OPERATIONS = [
  { name: 'READ', share: 0.42, roundTripMs: 0.9, sent: 220, received: 262_300 },
  { name: 'WRITE', share: 0.17, roundTripMs: 1.6, sent: 131_300, received: 176 },
  { name: 'GETATTR', share: 0.24, roundTripMs: 0.3, sent: 188, received: 240 },
  { name: 'LOOKUP', share: 0.08, roundTripMs: 0.3, sent: 212, received: 320 },
  { name: 'OPEN', share: 0.05, roundTripMs: 0.7, sent: 300, received: 384 },
  { name: 'CLOSE', share: 0.04, roundTripMs: 0.4, sent: 224, received: 132 },
] as const;

/** One of the retransmissions of a hung mount is sent in so many ms: timeo=600 doubles, several calls wait at once. */
const RETRANSMISSION_MS = 5_000;

/** What a slow server adds to a round trip. */
const SLOW_MS = 400;

/** The NFS part of /proc/self/mountstats. The counters of a mount that hangs stand still, its retransmissions and backlog grow. */
export const nfsStats = {
  isInline: true,
  isStill: false,
  answer: ({ node, nowMs }) =>
    text(node.mounts.filter((mount) => mount.fsType === 'nfs4').flatMap((mount) => block(node, mount, nowMs))),
} satisfies Answerer;

interface Counts {
  readonly operations: number;
  readonly retransmissions: number;
  readonly stuckMs: number;
  /** Of the operations, those of slow times. */
  readonly slow: number;
}

function block(node: NodeState, mount: DemoMount, nowMs: number): readonly string[] {
  const counts = countsOf(node, mount, nowMs);
  const { operations } = counts;
  const read = Math.floor(operations * 0.42) * 262_144;
  const written = Math.floor(operations * 0.17) * 131_072;
  const backlog = Math.floor(operations * 0.02 + counts.stuckMs / 10);
  const sent = operations + counts.retransmissions;
  return [
    `device ${mount.source} mounted on ${mount.target} with fstype ${mount.fsType} statvers=1.1`,
    `\topts:\t${[...mount.superOptions].join(',')}`,
    `\tage:\t${Math.floor((nowMs - mount.mountedAtMs) / 1000)}`,
    "\timpl_id:\tname='',domain='',date='0,0'",
    '\tcaps:\tcaps=0x3ffbffff,wtmult=512,dtsize=1048576,bsize=0,namlen=255',
    '\tnfsv4:\tbm0=0xfdffbfff,bm1=0xf9be3e,bm2=0x68800,acl=0x3,sessions,pnfs=not configured,lease_time=90,lease_expired=0',
    '\tsec:\tflavor=1,pseudoflavor=1',
    `\tevents:\t${operations} ${operations * 2} 5 31 ${operations} 12 ${operations} ${operations} 0 4 0 ${operations} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0`,
    `\tbytes:\t${read} ${written} 0 0 ${read} ${written} ${Math.floor(read / 4096)} ${Math.floor(written / 4096)}`,
    '\tRPC iostats version: 1.1  p/v: 100003/4 (nfs)',
    `\txprt:\ttcp 784 0 2 0 ${counts.stuckMs > 0 ? 30 : 0} ${sent} ${operations} 0 ${sent * 2} ${backlog} 96 ${operations} ${operations}`,
    '\tper-op statistics',
    '\t        NULL: 1 1 0 44 24 0 0 0 0',
    ...OPERATIONS.map((operation) => operationLine(operation, counts)),
    '',
  ];
}

function operationLine(operation: (typeof OPERATIONS)[number], counts: Counts): string {
  const { name, share, roundTripMs, sent, received } = operation;
  const done = Math.floor(counts.operations * share);
  const again = name === 'GETATTR' ? counts.retransmissions : 0;
  const roundTrip = Math.floor(done * roundTripMs) + Math.floor(counts.slow * share) * SLOW_MS;
  const queued = Math.floor(done * 0.05);
  return `\t${`${name}:`.padStart(13)} ${done} ${done + again} ${again} ${done * sent} ${done * received} ${queued} ${roundTrip} ${roundTrip + queued} 0`;
}

/** A mount whose server is slow from now on, or well again. Counters are integrals: what was counted stays. */
export function slowed(node: NodeState, mount: DemoMount, isSlow: boolean, nowMs: number): DemoMount {
  const { past = 0, from } = mount.slow ?? {};
  if (isSlow === (from !== undefined)) return mount;
  const { operations } = countsOf(node, mount, nowMs);
  return { ...mount, slow: from === undefined ? { past, from: operations } : { past: past + operations - from } };
}

function countsOf(node: NodeState, mount: DemoMount, nowMs: number): Counts {
  const hungMs = mount.hungSinceMs === undefined ? 0 : Math.max(0, nowMs - mount.hungSinceMs);
  const stuckMs = mount.pausedMs + hungMs;
  const seed = seedOf(node.seed, mount.target);
  const perSec = (node.role === 'gpu' ? 60 : 25) * (0.4 + chance(seed, 4) * 1.2);
  const operations = Math.floor(perSec * activitySec(seed, nowMs - mount.mountedAtMs - stuckMs));
  const { past = 0, from = operations } = mount.slow ?? {};
  return {
    operations,
    slow: past + operations - from,
    retransmissions: Math.floor(stuckMs / RETRANSMISSION_MS),
    stuckMs,
  };
}
