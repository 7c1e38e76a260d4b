import type { NodeName } from './ids.ts';
import type { ExportSpec, Inventory, InventoryNode, MountSpec, VolumeSpec } from './inventory.ts';

/** What the inventory wishes of one node. */
export interface NodeWish {
  readonly node: InventoryNode;
  readonly mounts: readonly MountSpec[];
  readonly exports: readonly ExportSpec[];
  readonly volumes: readonly VolumeSpec[];
}

interface WishIndex {
  readonly wishes: ReadonlyMap<NodeName, NodeWish>;
  readonly byHost: ReadonlyMap<string, NodeName>;
}

const indexes = new WeakMap<Inventory, WishIndex>();

/** The wishes of one node; undefined for a node outside the inventory. Indexed once per inventory. */
export function wishOf(inventory: Inventory, node: NodeName): NodeWish | undefined {
  return indexOf(inventory).wishes.get(node);
}

/** The node that a host name or address of a mount's source means; undefined when the inventory has no such node. */
export function nodeOfHost(inventory: Inventory, host: string): NodeName | undefined {
  const { byHost } = indexOf(inventory);
  const lower = host.toLowerCase();
  // `nfs-a.example.org` means the inventory's `nfs-a`, but 10.0.0.1 is not the node called 10.
  return byHost.get(lower) ?? (isAddress(lower) ? undefined : byHost.get(shortName(lower)));
}

function indexOf(inventory: Inventory): WishIndex {
  const known = indexes.get(inventory);
  if (known !== undefined) return known;
  const made = { wishes: wishesOf(inventory), byHost: hostsOf(inventory) };
  indexes.set(inventory, made);
  return made;
}

function wishesOf(inventory: Inventory): ReadonlyMap<NodeName, NodeWish> {
  const mounts = byNode(inventory.mounts, (spec) => spec.nodes);
  const exports = byNode(inventory.exports, (spec) => [spec.node]);
  const volumes = byNode(inventory.volumes, (spec) => spec.nodes);
  return new Map(
    inventory.nodes.map((node) => [
      node.name,
      {
        node,
        mounts: mounts.get(node.name) ?? [],
        exports: exports.get(node.name) ?? [],
        volumes: volumes.get(node.name) ?? [],
      },
    ]),
  );
}

function byNode<T>(
  specs: readonly T[],
  nodesOf: (spec: T) => readonly NodeName[],
): ReadonlyMap<NodeName, readonly T[]> {
  const index = new Map<NodeName, T[]>();
  for (const spec of specs) {
    for (const node of new Set(nodesOf(spec))) {
      const list = index.get(node);
      if (list === undefined) index.set(node, [spec]);
      else list.push(spec);
    }
  }
  return index;
}

function hostsOf(inventory: Inventory): ReadonlyMap<string, NodeName> {
  const hosts = new Map<string, NodeName>();
  // A full name beats another node's short one, so short names come first and are overwritten.
  for (const { name } of inventory.nodes) {
    const short = shortName(name.toLowerCase());
    if (!isAddress(name)) hosts.set(short, name);
  }
  for (const { address, name } of inventory.nodes) if (address !== undefined) hosts.set(address.toLowerCase(), name);
  for (const { name } of inventory.nodes) hosts.set(name.toLowerCase(), name);
  return hosts;
}

const shortName = (host: string): string => host.split('.', 1)[0] ?? host;
const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');
