import type { NodeRule } from './rule.ts';
import { verb } from './words.ts';

/** Nodes whose host key nobody has accepted yet. */
export const hostKeyUnknown = {
  kind: 'node',
  name: 'host-key-unknown',
  title: 'Host key unknown',
  severities: ['warning'],
  reads: ['link'],
  find: ({ name, link }) => {
    if (link.kind !== 'refused' || link.reason !== 'host-key-unknown') return [];
    const evidence = { node: name, about: 'link', text: link.because };
    // Where the system ssh let no key be seen, its reason says what to run instead.
    const command = /run ("ssh [^"]+")/.exec(link.because)?.[1] ?? '';
    const cause = command === '' ? 'unknown' : 'unknown to ssh';
    return [{ cause, severity: 'warning', evidence, sinceMs: link.sinceMs, words: { command } }];
  },
  tell: ({ nodes, nodeCount, first, word }) => ({
    title: `${nodes} ${verb(nodeCount, 'waits', 'wait')} until a person accepts ${verb(nodeCount, 'its host key', 'their host keys')}`,
    nextMove:
      word('command') !== ''
        ? `Run ${word('command')} once (for ${first.node}), compare the fingerprint with the console of the node, accept it there, then reconnect.`
        : `Compare the fingerprints on the host key review with the consoles of ${nodes}, and accept them there.`,
  }),
} satisfies NodeRule;
