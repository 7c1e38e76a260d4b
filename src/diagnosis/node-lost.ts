import type { Finding } from '../model/finding.ts';
import type { NodeName } from '../model/ids.ts';
import type { FleetRule, Symptom } from './rule.ts';
import { messageClass, verb, withoutOwnPlace } from './words.ts';

const NAME = 'node-lost';

/**
 * A node that does not answer: no connection, or no word over it for the inventory's `lostAfterMs`. Nodes lost for the same reason are one
 * finding; a reason that changes while it is tried again ("closed", then "refused") does not make it another.
 */
export const nodeLost = {
  kind: 'fleet',
  name: NAME,
  title: 'Node lost',
  severities: ['critical'],
  find: ({ inventory, links, findings }) => {
    const causes = openCauses(findings);
    const symptoms: Symptom[] = [];
    for (const [node, link] of links) {
      if (link.kind !== 'lost') continue;
      const cause = causes.get(node) ?? messageClass(link.because, node);
      const evidence = { node, about: 'link', text: link.because };
      const words = { because: withoutOwnPlace(link.because, inventory, node) };
      symptoms.push({ cause, severity: 'critical', evidence, sinceMs: link.sinceMs, words });
    }
    return { symptoms, explained: new Set() };
  },
  tell: ({ nodes, nodeCount, word }) => ({
    title: `${nodes} ${verb(nodeCount, 'does', 'do')} not answer: ${word('because')}`,
    nextMove: `Check power, network and sshd of ${nodes}; muster tries again by itself, and "reconnect" tries at once.`,
  }),
} satisfies FleetRule;

function openCauses(findings: readonly Finding[]): ReadonlyMap<NodeName, string> {
  const open = findings.filter(({ rule }) => rule === NAME);
  return new Map(
    open.flatMap(({ id, evidence }) => evidence.map(({ node }) => [node, id.slice(NAME.length + 1)] as const)),
  );
}
