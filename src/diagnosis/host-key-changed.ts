import type { NodeName } from '../model/ids.ts';
import type { HostKeyReview, Link } from '../model/link.ts';
import type { FleetFacts, FleetRule, Symptom } from './rule.ts';
import { verb } from './words.ts';

/** A node that shows another host key than the one on file, or a revoked one: a new installation, or someone in between. */
export const hostKeyChanged = {
  kind: 'fleet',
  name: 'host-key-changed',
  title: 'Host key changed',
  severities: ['critical'],
  find: (fleet) => ({
    symptoms: [...fleet.links].flatMap(([node, link]) => symptomOf(fleet, node, link)),
    explained: new Set(),
  }),
  tell: ({ cause, nodes, nodeCount, first, word }) => {
    if (cause === 'revoked') {
      return {
        title: `${nodes} ${verb(nodeCount, 'shows', 'show')} a revoked host key`,
        nextMove: `Do not connect to ${nodes}: the key is marked @revoked in known_hosts; give the node a new key, then record that.`,
      };
    }
    const keys = word('known') === '' ? first.text : `${word('known')} on file, ${word('offered')} offered`;
    return {
      title: nodeCount === 1 ? `the host key of ${nodes} changed: ${keys}` : `the host keys of ${nodes} changed`,
      nextMove: `Find out why before anything else: if ${nodes} ${verb(nodeCount, 'was', 'were')} installed anew, ${word('remedy')} and reconnect; if not, someone may sit in between.`,
    };
  },
} satisfies FleetRule;

function symptomOf({ reviews }: FleetFacts, node: NodeName, link: Link): readonly Symptom[] {
  if (link.kind !== 'refused') return [];
  if (link.reason !== 'host-key-changed' && link.reason !== 'host-key-revoked') return [];
  const review = reviews.find((candidate) => candidate.node === node);
  return [
    {
      cause: link.reason === 'host-key-revoked' ? 'revoked' : 'changed',
      severity: 'critical',
      evidence: { node, about: 'link', text: review === undefined ? link.because : keysOf(review) },
      sinceMs: link.sinceMs,
      words: {
        known: review?.knownFingerprint ?? '',
        offered: review?.fingerprint ?? '',
        remedy: remedyOf(node, review),
      },
    },
  ];
}

/** How the old key is taken away; ssh-keygen looks into another file only when told, and brackets are for the shell to leave alone. */
function remedyOf(node: NodeName, review: HostKeyReview | undefined): string {
  const { knownFrom = '', knownAs } = review ?? {};
  if (knownFrom === 'inventory') return 'pin its new key in the inventory, start muster again';
  const file = /^(.+):\d+$/.exec(knownFrom)?.[1];
  const name = knownAs ?? review?.address ?? node;
  return `remove the old key with "ssh-keygen -R '${name}'${file === undefined ? '' : ` -f '${file}'`}"`;
}

function keysOf({ knownFingerprint, knownFrom, fingerprint, keyType }: HostKeyReview): string {
  const known = knownFingerprint ?? 'another key';
  return `${known} is on file${knownFrom === undefined ? '' : ` in ${knownFrom}`}, the node offers ${fingerprint} (${keyType})`;
}
