import { nodeOfHost } from '../model/wishes.ts';
import { hungSince } from './hung-usage.ts';
import type { NodeRule, NodeView, Symptom } from './rule.ts';
import { count, remoteAt, verb } from './words.ts';

/** Mounts that do not answer, gathered by the server they come from. Whether the server itself is gone is another rule's question. */
export const mountHung = {
  kind: 'node',
  name: 'mount-hung',
  title: 'Mount hung',
  severities: ['critical'],
  reads: ['usage', 'mounts'],
  find: (node) =>
    Object.entries(node.facts.usage).flatMap(([target, slot]) => {
      const sinceMs = hungSince(slot);
      return sinceMs === undefined ? [] : [symptomOf(node, target, sinceMs)];
    }),
  tell: ({ nodes, symptoms, first, word }) => {
    const server = word('server');
    if (server === '') {
      return {
        title: `${first.about} on ${nodes} hangs`,
        nextMove: `Look in the kernel log of ${nodes} for the device under ${first.about}; processes that touch it will hang, too.`,
      };
    }
    const mounts = `${count(symptoms.length, 'mount')} from ${server} ${verb(symptoms.length, 'hangs', 'hang')} on ${nodes}`;
    return word('isNode') === ''
      ? {
          title: mounts,
          nextMove: `Check that ${server} is up and its file service reachable from ${first.node}; muster does not watch it.`,
        }
      : {
          title: mounts,
          nextMove: `${server} itself answers: look at its file service there (nfsd threads, exports, disks) and at the network to ${nodes}.`,
        };
  },
} satisfies NodeRule;

function symptomOf(node: NodeView, target: string, sinceMs: number): Symptom {
  const remote = remoteAt(node, target);
  const isNode = remote !== undefined && nodeOfHost(node.inventory, remote.server) !== undefined;
  const source = remote?.mount.source ?? 'the filesystem';
  return {
    cause: remote === undefined ? `${node.name}:${target}` : remote.server,
    severity: 'critical',
    evidence: { node: node.name, about: target, text: `${source} does not answer` },
    sinceMs,
    heardAfterMs: sinceMs,
    words: remote === undefined ? {} : { server: remote.server, isNode: isNode ? 'yes' : '' },
  };
}
