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
    nextMove: `${moveFor(word('because'), nodes)}; muster tries again by itself, and "reconnect" tries at once.`,
  }),
} satisfies FleetRule;

/** What to look at first, by what the transport says; the rest is said by power, network and sshd together. */
const MOVES: readonly (readonly [words: RegExp, move: (nodes: string) => string])[] = [
  [
    /refuses the connection/,
    (nodes) =>
      `The machine at the address of ${nodes} is there: start sshd on it ("systemctl start ssh"), or mend port or firewall`,
  ],
  [
    /closed the connection before the handshake/,
    (nodes) =>
      `Read sshd's log on ${nodes} ("journalctl -u ssh"): raise MaxStartups, or take this machine off its list of banned addresses`,
  ],
  [
    /does not resolve/,
    (nodes) =>
      `Give ${nodes} an "address" in the inventory (or a HostName in ssh_config), or mend the DNS server of this machine`,
  ],
  [/no route to/, (nodes) => `Look at this machine's network or VPN, then at the power and the network of ${nodes}`],
  [/is no SSH server/, (nodes) => `Correct the "port" of ${nodes} in the inventory`],
  [
    /while (?:waiting for the SSH greeting|agreeing on keys|authenticating|opening a channel)/,
    (nodes) =>
      `${nodes} can be reached and logs nobody in: look at its load and at its login services on its console (BMC), or reboot it there`,
  ],
  [/too many open files/, () => 'Raise the limit of this machine (ulimit -n), then start muster again'],
];

function moveFor(because: string, nodes: string): string {
  const move = MOVES.find(([words]) => words.test(because))?.[1];
  return move === undefined ? `Check power, network and sshd of ${nodes}` : move(nodes);
}

function openCauses(findings: readonly Finding[]): ReadonlyMap<NodeName, string> {
  const open = findings.filter(({ rule }) => rule === NAME);
  return new Map(
    open.flatMap(({ id, evidence }) => evidence.map(({ node }) => [node, id.slice(NAME.length + 1)] as const)),
  );
}
