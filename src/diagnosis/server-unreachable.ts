import type { NodeName } from '../model/ids.ts';
import type { Link } from '../model/link.ts';
import { foldNodes } from '../model/node-set.ts';
import { remoteSource } from '../model/storage-source.ts';
import { nodeOfHost } from '../model/wishes.ts';
import type { Explanation, FleetFacts, FleetRule, Found, NodeView, Symptom } from './rule.ts';
import { count, verb } from './words.ts';

type Lost = Extract<Link, { kind: 'lost' }>;

const NOTHING: Explanation = { symptoms: [], explained: new Set() };
/** What a server's loss explains on its clients. */
const EXPLAINED = new Set(['mount-hung', 'mount-missing']);

/** A lost node that others mount from: one finding for the node and for every mount that hangs or is missing because of it. */
export const serverUnreachable = {
  kind: 'fleet',
  name: 'server-unreachable',
  title: 'Server of mounts unreachable',
  severities: ['critical'],
  find: (fleet, found, view) => {
    const lost = lostLinks(fleet);
    if (lost.size === 0) return NOTHING;
    const clients = clientsOf(fleet, lost, view);
    const explained = new Set<Found>();
    const symptoms = [...lost].flatMap(([server, link]) => {
      const affects = clients.get(server);
      return affects === undefined ? [] : explain(server, link, [...affects], found, explained);
    });
    return { symptoms, explained };
  },
  tell: ({ cause, symptoms, first, word }) => {
    const hung = symptoms.filter(({ evidence }) => evidence.node !== cause);
    const affected =
      hung.length === 0
        ? first.node === cause
          ? (symptoms[0]?.affects ?? [])
          : []
        : hung.map(({ evidence }) => evidence.node);
    const where = foldNodes([...new Set(affected)]);
    return {
      title:
        hung.length === 0
          ? `${cause} does not answer, and ${where} ${verb(affected.length, 'mounts', 'mount')} from it: ${word('because')}`
          : `${cause} does not answer: ${count(hung.length, 'mount')} ${verb(hung.length, 'hangs', 'hang')} on ${where}`,
      nextMove:
        hung.length === 0
          ? `Check power, network and sshd of ${cause} before mounts hang: none does yet.`
          : `Bring ${cause} back (power, network, sshd: ${word('because')}); hard mounts go on by themselves then, so leave the clients alone.`,
    };
  },
} satisfies FleetRule;

function lostLinks({ links }: FleetFacts): ReadonlyMap<NodeName, Lost> {
  const lost = new Map<NodeName, Lost>();
  for (const [node, link] of links) if (link.kind === 'lost') lost.set(node, link);
  return lost;
}

/** Nodes that mount from each lost node, seen or declared. */
function clientsOf(
  { nodes, inventory }: FleetFacts,
  lost: ReadonlyMap<NodeName, Lost>,
  view: (node: NodeName) => NodeView | undefined,
): ReadonlyMap<string, ReadonlySet<NodeName>> {
  const clients = new Map<string, Set<NodeName>>();
  const add = (server: string, client: NodeName): void => {
    if (server !== client) clients.set(server, (clients.get(server) ?? new Set()).add(client));
  };
  for (const name of nodes.keys()) for (const { server } of view(name)?.remotes() ?? []) add(server, name);
  for (const spec of inventory.mounts) {
    const host = spec.absent ? undefined : remoteSource(spec.source, spec.fsType)?.server;
    const server = host === undefined ? undefined : nodeOfHost(inventory, host);
    if (server !== undefined && lost.has(server)) for (const node of spec.nodes) add(server, node);
  }
  return clients;
}

function explain(
  server: NodeName,
  link: Lost,
  affects: readonly NodeName[],
  found: readonly Found[],
  explained: Set<Found>,
): readonly Symptom[] {
  const base = {
    cause: server,
    severity: 'critical',
    sinceMs: link.sinceMs,
    affects,
    words: { because: link.because },
  } as const;
  const consequences = found.filter(
    (symptom) =>
      EXPLAINED.has(symptom.rule) && symptom.words?.['server'] === server && symptom.evidence.node !== server,
  );
  for (const symptom of consequences) explained.add(symptom);
  for (const symptom of found)
    if (symptom.rule === 'node-lost' && symptom.evidence.node === server) explained.add(symptom);
  return [
    { ...base, evidence: { node: server, about: 'link', text: link.because } },
    ...consequences.map(({ evidence }) => ({ ...base, evidence })),
  ];
}
