import type { NodeName } from '../../model/ids.ts';
import type { ExportSpec, Inventory, MountSpec, SharingSpec, VolumeSpec } from '../../model/inventory.ts';
import { memoEach } from '../memo.ts';

/** What the inventory wishes of one node. */
export interface Wished {
  readonly mounts: readonly MountSpec[];
  readonly volumes: readonly VolumeSpec[];
  readonly exports: readonly ExportSpec[];
  readonly sharing: readonly SharingSpec[];
}

const NOTHING: Wished = { mounts: [], volumes: [], exports: [], sharing: [] };

/** What is wished of one node; the same object for as long as the inventory is the same. */
export const wishedOf = (inventory: Inventory, node: NodeName): Wished => byNode(inventory).get(node) ?? NOTHING;

const byNode = memoEach((inventory: Inventory): ReadonlyMap<NodeName, Wished> => {
  const mounts = gather(inventory.mounts, (spec) => spec.nodes);
  const volumes = gather(inventory.volumes, (spec) => spec.nodes);
  const exports = gather(inventory.exports, (spec) => [spec.node]);
  const sharing = gather(inventory.sharing, (spec) => spec.nodes);
  return new Map(
    inventory.nodes.map(({ name }) => [
      name,
      {
        mounts: mounts.get(name) ?? [],
        volumes: volumes.get(name) ?? [],
        exports: exports.get(name) ?? [],
        sharing: sharing.get(name) ?? [],
      },
    ]),
  );
});

function gather<Spec>(
  specs: readonly Spec[],
  nodesOf: (spec: Spec) => readonly NodeName[],
): ReadonlyMap<NodeName, readonly Spec[]> {
  const gathered = new Map<NodeName, Spec[]>();
  for (const spec of specs) {
    for (const node of nodesOf(spec)) {
      const list = gathered.get(node);
      if (list === undefined) gathered.set(node, [spec]);
      else list.push(spec);
    }
  }
  return gathered;
}

/** Which node a server's name in a mount source means: by its name or its address in the inventory. Undefined for a stranger. */
export function nodeAt(inventory: Inventory, server: string): NodeName | undefined {
  return namesOf(inventory).get(server.toLowerCase());
}

const namesOf = memoEach((inventory: Inventory): ReadonlyMap<string, NodeName> => {
  const addresses = inventory.nodes.flatMap(({ name, address }) =>
    address === undefined ? [] : [[address.toLowerCase(), name] as const],
  );
  // A node's own name wins over another node's address.
  return new Map([...addresses, ...inventory.nodes.map(({ name }) => [name.toLowerCase(), name] as const)]);
});

/** Server and path of a network source: `nfs-a:/export/data`, `[fd00::1]:/data`, `//nas/share`. Undefined for local sources. */
export function splitSource(source: string): { readonly server: string; readonly path: string } | undefined {
  const nfs = /^(?:\[([^\]]+)\]|([^/:[\]]+)):(\/.*)$/.exec(source);
  if (nfs !== null) return { server: nfs[1] ?? nfs[2] ?? '', path: nfs[3] ?? '/' };
  const cifs = /^\/\/([^/]+)(\/.*)?$/.exec(source);
  return cifs === null ? undefined : { server: cifs[1] ?? '', path: cifs[2] ?? '/' };
}
