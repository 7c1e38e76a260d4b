import type { NfsMountStats } from '../model/facts.ts';
import { goodValueOf } from '../model/observation.ts';
import { formatLatency, formatRatio } from '../model/units.ts';
import { nodeOfHost } from '../model/wishes.ts';
import type { NodeRule, NodeView, Symptom } from './rule.ts';
import { count, remoteAt } from './words.ts';

/** A slow minute is a sign, a slow answer is none. */
const LASTING_MS = 60_000;
/** Below this many operations a second a mean says nothing. */
const ENOUGH_PER_SEC = 1;
/** Servers on the same network answer in about a millisecond, from rotating disks in some ten. */
const ROUND_TRIP_MS = 100;
/** Waiting on the client itself for its turn on the connection. */
const QUEUE_MS = 100;
/** Requests ahead of each, in the mean: as many as a session of NFSv4.1 has slots. */
const BACKLOG = 64;
/** TCP repeats by itself; what NFS sends again was not answered for a minute (timeo). */
const RETRANSMITTED_RATIO = 0.01;
/** It has to fall to this share of its limit before it is over. */
const CLOSING_SHARE = 0.5;

/** Mounts that answer, but slowly: gathered by the server they come from. */
export const nfsSlow = {
  kind: 'node',
  name: 'nfs-slow',
  title: 'NFS slow',
  severities: ['warning'],
  reads: ['nfsStats', 'mounts'],
  isLive: true,
  find: (node) => (goodValueOf(node.facts.slots.nfsStats) ?? []).flatMap((stats) => symptomsOf(node, stats)),
  tell: ({ nodes, nodeCount, symptoms, first, word }) => {
    const server = word('server');
    const mounts = nodeCount === 1 ? `${first.about} on ${nodes}` : `${count(symptoms.length, 'mount')} on ${nodes}`;
    return {
      title: `${server} is slow for ${mounts}: ${first.text}`,
      nextMove: nextMove(word('worst'), server, nodes, word('isNode') === 'yes'),
    };
  },
} satisfies NodeRule;

function symptomsOf(node: NodeView, stats: NfsMountStats): readonly Symptom[] {
  const { recent } = stats;
  if (recent === undefined || recent.operationsPerSec < ENOUGH_PER_SEC) return [];
  const repeated = recent.retransmissionsPerSec / recent.operationsPerSec;
  const signs = [
    { kind: 'repeated', share: repeated / RETRANSMITTED_RATIO, text: () => `${formatRatio(repeated)} sent again` },
    sign('round trip', recent.roundTripMs, ROUND_TRIP_MS),
    sign('queue', recent.queueMs, QUEUE_MS),
    {
      kind: 'queue',
      share: (stats.backlog ?? 0) / BACKLOG,
      text: () => `${Math.round(stats.backlog ?? 0)} requests ahead of each`,
    },
  ]
    .filter(({ share }) => share > CLOSING_SHARE)
    .sort((a, b) => b.share - a.share);
  const [worst] = signs;
  if (worst === undefined) return [];
  const server = remoteAt(node, stats.target)?.server ?? stats.source.split(':', 1)[0] ?? stats.source;
  const isNode = nodeOfHost(node.inventory, server) !== undefined;
  return [
    {
      cause: server,
      severity: 'warning',
      evidence: { node: node.name, about: stats.target, text: signs.map(({ text }) => text()).join(', ') },
      isFaint: worst.share <= 1,
      afterMs: LASTING_MS,
      words: { server, worst: worst.kind, isNode: isNode ? 'yes' : '' },
    },
  ];
}

/** Its text is made only where there is something to tell: nearly all of the mounts of a fleet are quick. */
const sign = (kind: 'round trip' | 'queue', ms = 0, limitMs: number) => ({
  kind,
  share: ms / limitMs,
  text: () => `${kind} ${formatLatency(ms)}`,
});

function nextMove(worst: string, server: string, nodes: string, isNode: boolean): string {
  if (worst === 'repeated')
    return `Look for lost packets between ${nodes} and ${server} (links, switches, MTU), and whether ${server} is overloaded.`;
  if (worst === 'queue')
    return `Requests wait on ${nodes} for the connection: spread them over more of them (nconnect=8), or do less at once.`;
  const watched = isNode ? '' : '; muster does not watch it';
  return `Look at ${server}: its disks, its nfsd threads and its load, then at the network to ${nodes}${watched}.`;
}
