import type { NodeRule } from './rule.ts';
import { verb } from './words.ts';

/** A node whose connection stands but which has been silent for the inventory's `lateAfterMs`. */
export const nodeLate = {
  kind: 'node',
  name: 'node-late',
  title: 'Node late',
  severities: ['warning'],
  reads: ['link'],
  find: ({ name, link }) => {
    if (link.kind !== 'late') return [];
    const evidence = { node: name, about: 'link', text: 'the connection stands, but nothing is heard over it' };
    return [{ cause: 'silent', severity: 'warning', evidence, sinceMs: link.lastHeardMs }];
  },
  tell: ({ nodes, nodeCount }) => ({
    title: `${nodes} ${verb(nodeCount, 'answers', 'answer')} late`,
    nextMove: `Look at the load and the network of ${nodes}; what is shown of ${verb(nodeCount, 'it', 'them')} is its age old.`,
  }),
} satisfies NodeRule;
