import type { NodeName } from '../model/ids.ts';
import { goodValueOf, type NodeFacts } from '../model/observation.ts';
import { wishOf } from '../model/wishes.ts';
import type { Explanation, FleetFacts, FleetRule, Symptom } from './rule.ts';

interface Driver {
  readonly node: NodeName;
  readonly version: string;
  /** Nodes with other cards may need another driver. */
  readonly model: string;
}

const NOTHING: Explanation = { symptoms: [], explained: new Set() };

/** Nodes of one group with the same cards and different drivers: jobs over several nodes fail in ways that are hard to see through. */
export const driversMixed = {
  kind: 'fleet',
  name: 'drivers-mixed',
  title: 'GPU drivers differ inside a group',
  severities: ['notice'],
  find: (fleet) => {
    return isMixed(fleet) ? { symptoms: mixesIn(fleet, driversOf(fleet)), explained: new Set() } : NOTHING;
  },
  tell: ({ nodes, word, first }) => ({
    title: `another GPU driver on ${nodes} than on the rest of ${word('group')}: ${first.text}`,
    nextMove: `Bring ${word('group')} to one driver; "gpus: { driver: … }" in the inventory says which a node should have, and ends this notice for it.`,
  }),
} satisfies FleetRule;

/** Whether any two nodes with the same cards have different drivers: asked at every diagnosis, and false in a fleet that is well. */
function isMixed({ nodes }: FleetFacts): boolean {
  const versions = new Map<string, string>();
  for (const { slots } of nodes.values()) {
    const { version, model } = whatRuns(slots);
    if (version === undefined || model === undefined) continue;
    const other = versions.get(model);
    if (other !== undefined && other !== version) return true;
    versions.set(model, version);
  }
  return false;
}

const whatRuns = (
  slots: NodeFacts['slots'],
): { readonly version?: string | undefined; readonly model?: string | undefined } => ({
  version: goodValueOf(slots.gpuDriver)?.moduleVersion,
  model: goodValueOf(slots.gpus)?.find(({ error }) => error === undefined)?.name,
});

/** Nodes whose driver is known and not declared: what is declared is judged against the inventory. */
function driversOf({ nodes, inventory }: FleetFacts): ReadonlyMap<NodeName, Driver> {
  const found = new Map<NodeName, Driver>();
  for (const [node, { slots }] of nodes) {
    const { version, model } = whatRuns(slots);
    if (version === undefined || model === undefined) continue;
    if (wishOf(inventory, node)?.node.gpus?.driver === undefined) found.set(node, { node, version, model });
  }
  return found;
}

/** Small groups first: a group around one that is mixed itself says nothing new. */
function mixesIn({ inventory }: FleetFacts, drivers: ReadonlyMap<NodeName, Driver>): readonly Symptom[] {
  const told = new Set<NodeName>();
  return Object.entries(inventory.groups)
    .toSorted(([, left], [, right]) => left.length - right.length)
    .flatMap(([group, members]) => {
      const known = members.flatMap((node) => drivers.get(node) ?? []);
      const odd = byModel(known)
        .flatMap(oddIn)
        .filter(({ node }) => !told.has(node));
      for (const { node } of odd) told.add(node);
      return odd.map(
        ({ node, text }): Symptom => ({
          cause: `${group}:${text}`,
          severity: 'notice',
          evidence: { node, about: 'driver', text },
          words: { group: `@${group}` },
        }),
      );
    });
}

const byModel = (drivers: readonly Driver[]): readonly (readonly Driver[])[] => [
  ...Map.groupBy(drivers, ({ model }) => model).values(),
];

/** Those without the version that most have; of versions on equally many nodes the one that stands last in order is taken for the newer. */
function oddIn(drivers: readonly Driver[]): readonly { readonly node: NodeName; readonly text: string }[] {
  const byVersion = [...Map.groupBy(drivers, ({ version }) => version)].toSorted(
    ([left, some], [right, others]) =>
      others.length - some.length || right.localeCompare(left, 'en', { numeric: true }),
  );
  const [most, ...rest] = byVersion;
  if (most === undefined) return [];
  return rest.flatMap(([version, odd]) =>
    odd.map(({ node }) => ({ node, text: `${version}, the others have ${most[0]}` })),
  );
}
