import { isNetworkFs } from '../model/mounts.ts';
import { goodValueOf } from '../model/observation.ts';
import type { NfsServer } from '../model/server-facts.ts';
import { remoteSource } from '../model/storage-source.ts';
import { nodeOfHost } from '../model/wishes.ts';
import type { NodeRule, NodeView, Symptom } from './rule.ts';
import { count } from './words.ts';

/** A burst is no finding. */
const LASTING_MS = 60_000;
/** Fewer are few for more clients than that; 128 at 10 Gbit/s. Advice of those who ran NFS for GPU nodes. */
const ENOUGH = 64;

/**
 * NFS servers whose threads are all at work, or are fewer than their clients. The kernel counts no busy threads any more: the last ten
 * figures of the line `th` in /proc/net/rpc/nfsd are zeros since Linux 2.6.30. So the states of the threads themselves are read.
 */
export const nfsdThreads = {
  kind: 'node',
  name: 'nfsd-threads',
  title: 'NFS server short of threads',
  severities: ['warning', 'notice'],
  reads: ['nfsServer'],
  isLive: true,
  find: (node) => {
    const server = goodValueOf(node.facts.slots.nfsServer);
    return server === undefined || server.threads === 0 ? [] : [...busy(node, server), ...few(node, server)];
  },
  tell: ({ nodes, first, word }) => ({
    title: `the NFS server of ${nodes} is short of threads: ${first.text}`,
    nextMove:
      word('isBusy') === 'yes'
        ? `Look first at the disks of ${nodes} if threads wait in state D; else give it more ("threads=${word('more')}" below [nfsd] in /etc/nfs.conf, "rpc.nfsd ${word('more')}" at once).`
        : `Give it more threads ("threads=${word('more')}" below [nfsd] in /etc/nfs.conf, "rpc.nfsd ${word('more')}" at once): each client can keep one busy.`,
  }),
} satisfies NodeRule;

function busy({ name }: NodeView, { threads, busy: state }: NfsServer): readonly Symptom[] {
  if (state === undefined || state.running + state.waiting < threads) return [];
  const waiting = state.waiting === 0 ? '' : `, ${state.waiting} of them in state D`;
  const evidence = { node: name, about: 'nfsd', text: `all ${count(threads, 'thread')} are busy${waiting}` };
  return [
    {
      cause: `${name}:busy`,
      severity: 'warning',
      evidence,
      afterMs: LASTING_MS,
      words: { isBusy: 'yes', more: String(wanted(threads)) },
    },
  ];
}

function few(node: NodeView, { threads, clients }: NfsServer): readonly Symptom[] {
  if (threads >= ENOUGH) return [];
  const known = Math.max(clients.length, declaredClients(node));
  if (known <= threads) return [];
  const text = `${count(threads, 'thread')} for ${known} clients`;
  const evidence = { node: node.name, about: 'nfsd', text };
  return [{ cause: `${node.name}:few`, severity: 'notice', evidence, words: { more: String(wanted(threads)) } }];
}

/** Nodes that should mount from it, for NFSv3 has no clients the kernel could list, and NFSv4's only root may see. */
function declaredClients({ inventory, name }: NodeView): number {
  const clients = new Set<string>();
  for (const { source, fsType, nodes, absent } of inventory.mounts) {
    if (absent || !isNetworkFs(fsType)) continue;
    const host = remoteSource(source, fsType)?.server;
    if (host !== undefined && nodeOfHost(inventory, host) === name) for (const node of nodes) clients.add(node);
  }
  return clients.size;
}

const wanted = (threads: number): number => (threads < ENOUGH ? ENOUGH : 2 * threads);
