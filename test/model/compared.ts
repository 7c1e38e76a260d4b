import { nodeDrift } from '../../src/model/drift.ts';
import type { Mount } from '../../src/model/facts.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Inventory, MountSpec } from '../../src/model/inventory.ts';
import { answered, inventory, inventoryNode, mountSpec, stateOf } from '../store/builders.ts';

/** The nodes of the tests on drift: a client and a server. */
export const NODES = [
  inventoryNode('gpu01', { address: '10.0.0.11' }),
  inventoryNode('nfs-a', { address: '10.0.0.5' }),
];

/** What differs on a node after these events. */
export const driftOf = (of: Inventory, events: Parameters<typeof stateOf>[1], node = 'gpu01') => {
  const facts = stateOf(of, events).nodes.get(nodeName(node));
  if (facts === undefined) throw new Error(`${node} is in the inventory`);
  return nodeDrift(of, facts);
};

/** The comparison of one declared mount with a mount table. */
export function compare(spec: Partial<Omit<MountSpec, 'nodes'>>, mounts: readonly Mount[]) {
  const of = inventory(NODES, { mounts: [mountSpec(['gpu01'], spec)] });
  const [first] = driftOf(of, [answered('gpu01', 'mounts', mounts)]).mounts;
  return { ...first?.drift, notes: first?.notes, isWaiting: first?.isWaiting };
}

/** A comparison that found nothing. */
export const asDeclared = { kind: 'as-declared', notes: [], isWaiting: false };
/** A comparison that found `[about, wished, seen]`. */
export const differences = (...all: readonly (readonly [string, string, string])[]) => ({
  kind: 'drifted',
  differences: all.map(([about, wished, seen]) => ({ about, wished, seen })),
  notes: [],
  isWaiting: false,
});
