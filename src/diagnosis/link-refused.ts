import type { NodeRule } from './rule.ts';
import { messageClass, verb, withoutOwnPlace } from './words.ts';

/** A node that is there and refuses muster: keys, user or configuration. Host keys have rules of their own. */
export const linkRefused = {
  kind: 'node',
  name: 'link-refused',
  title: 'Access refused',
  severities: ['critical'],
  reads: ['link'],
  find: ({ name, inventory, link }) => {
    if (link.kind !== 'refused' || (link.reason !== 'authentication' && link.reason !== 'configuration')) return [];
    return [
      {
        cause: `${link.reason}:${messageClass(link.because, name)}`,
        severity: 'critical',
        evidence: { node: name, about: 'link', text: link.because },
        sinceMs: link.sinceMs,
        words: { reason: link.reason, because: withoutOwnPlace(link.because, inventory, name) },
      },
    ];
  },
  tell: ({ nodes, nodeCount, first, word }) => ({
    title: `${nodes} ${verb(nodeCount, 'refuses', 'refuse')} muster: ${word('because')}`,
    nextMove:
      word('reason') === 'authentication'
        ? `Check the user and the key for ${nodes} (ssh -v to ${first.node} with the same user), load the key into the agent, then reconnect.`
        : `Mend the connection settings of ${nodes} in the inventory or ssh_config, then reconnect.`,
  }),
} satisfies NodeRule;
