import type { NodeRule } from './rule.ts';
import { verb } from './words.ts';

/** Nodes whose host key nobody has accepted yet. */
export const hostKeyUnknown = {
  kind: 'node',
  name: 'host-key-unknown',
  title: 'Host key unknown',
  reads: ['link'],
  find: ({ name, link }) => {
    if (link.kind !== 'refused' || link.reason !== 'host-key-unknown') return [];
    const evidence = { node: name, about: 'link', text: link.because };
    return [{ cause: 'unknown', severity: 'warning', evidence, sinceMs: link.sinceMs }];
  },
  tell: ({ nodes, nodeCount }) => ({
    title: `${nodes} ${verb(nodeCount, 'waits', 'wait')} until a person accepts ${verb(nodeCount, 'its host key', 'their host keys')}`,
    nextMove: `Compare the fingerprints on the host key review with the consoles of ${nodes}, and accept them there.`,
  }),
} satisfies NodeRule;
