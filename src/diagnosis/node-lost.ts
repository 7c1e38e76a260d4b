import type { NodeRule } from './rule.ts';
import { messageClass, verb } from './words.ts';

/** A node that does not answer: no connection, or no word over it for the inventory's `lostAfterMs`. */
export const nodeLost = {
  kind: 'node',
  name: 'node-lost',
  title: 'Node lost',
  reads: ['link'],
  find: ({ name, link }) => {
    if (link.kind !== 'lost') return [];
    const evidence = { node: name, about: 'link', text: link.because };
    return [
      {
        cause: messageClass(link.because, name),
        severity: 'critical',
        evidence,
        sinceMs: link.sinceMs,
      },
    ];
  },
  tell: ({ nodes, nodeCount, first }) => ({
    title: `${nodes} ${verb(nodeCount, 'does', 'do')} not answer: ${first.text}`,
    nextMove: `Check power, network and sshd of ${nodes}; muster tries again by itself, and "reconnect" tries at once.`,
  }),
} satisfies NodeRule;
