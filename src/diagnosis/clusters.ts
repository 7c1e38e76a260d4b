import { type NodeName, nodeName, whyNotNodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Cluster } from '../model/kubernetes.ts';
import { type NodeSharing, sharingOf } from '../model/sharing.ts';
import type { FleetRule, Symptom } from './rule.ts';

/** What evidence about sharing is about; the view Sharing shows it. */
export const SHARING = 'sharing';

/** Evidence kept per symptom list: a cluster of hundreds of equal nodes has one cause. */
type FindIn = (cluster: Cluster, inventory: Inventory) => readonly Symptom[];

/** Looks at each cluster, and again only when it or the inventory changed. */
export function perCluster(find: FindIn): FleetRule['find'] {
  const known = new WeakMap<Cluster, { readonly inventory: Inventory; readonly symptoms: readonly Symptom[] }>();
  const symptomsOf = (cluster: Cluster, inventory: Inventory): readonly Symptom[] => {
    const before = known.get(cluster);
    if (before?.inventory === inventory) return before.symptoms;
    const symptoms = find(cluster, inventory);
    known.set(cluster, { inventory, symptoms });
    return symptoms;
  };
  return ({ clusters, inventory }) => ({
    symptoms: clusters.size === 0 ? [] : [...clusters.values()].flatMap((cluster) => symptomsOf(cluster, inventory)),
    explained: new Set(),
  });
}

/** Looks at each GPU node of each cluster. */
export const perSharing = (find: (sharing: NodeSharing, cluster: Cluster) => readonly Symptom[]): FleetRule['find'] =>
  perCluster((cluster, inventory) => sharingOf(cluster, inventory).flatMap((sharing) => find(sharing, cluster)));

/** The node a sign is on. */
export const nodeOf = ({ node }: Pick<NodeSharing, 'node'>): NodeName => nodeName(node.name);

/** Nodes to show a sign of a whole cluster on: its GPU nodes, else those of the inventory that are asked through it, else one to stand for it. */
export function placesOf(cluster: Cluster, inventory: Inventory): readonly NodeName[] {
  const gpus = sharingOf(cluster, inventory).map(nodeOf);
  if (gpus.length > 0) return gpus;
  const through = inventory.nodes.filter(({ via }) => via === 'kubernetes').map(({ name }) => name);
  if (through.length > 0) return through;
  if (cluster.spec.from !== undefined) return [cluster.spec.from];
  return [nodeName(whyNotNodeName(cluster.spec.name) === undefined ? cluster.spec.name : 'localhost')];
}

/** Where a pod's sign is shown: its node, or the cluster's GPU nodes while it has none. */
export function placeOfPod(cluster: Cluster, inventory: Inventory, node: string): readonly NodeName[] {
  if (node !== '' && whyNotNodeName(node) === undefined) return [nodeName(node)];
  return placesOf(cluster, inventory).slice(0, 1);
}
