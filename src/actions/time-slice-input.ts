import type { FleetView, Input } from '../model/action.ts';
import { type NodeName, nodeName, whyNotNodeName } from '../model/ids.ts';
import { type KubeWay, type SeenSharing, type SharingNode, sharingTarget } from '../model/kube-sharing.ts';
import { kubectlNode } from '../model/kubectl.ts';
import type { ClusterSpec } from '../model/kubernetes.ts';
import { parseNodeSet } from '../model/node-set.ts';
import { THIS_MACHINE } from '../model/playbook.ts';
import type { SharingWish } from '../sharing/work.ts';
import { nodesIn, type Refusal, refused } from './node-plans.ts';

/** What is asked for, as text without blanks around it. */
export const textIn = (input: Input, field: string): string => String(input[field] ?? '').trim();

/** Slices per card; 1 ends the sharing. */
export const replicasOf = (input: Input): number => Number(input['replicas']);

/** The plan's title and, with a capital, the commit's message. */
export const titleOf = (input: Input): string =>
  replicasOf(input) === 1
    ? `stop sharing ${String(input['resource'])}`
    : `share ${String(input['resource'])} in ${replicasOf(input)} slices per GPU`;

/** The remote branch as checks and conditions name it: `-` is the one the clone follows. */
export const refOf = (input: Input): string => textIn(input, 'branch') || '-';

/** What is to be declared; what is left as it is stays undefined. */
export function wishOf(input: Input): SharingWish {
  const flag = (field: string): boolean | undefined =>
    input[field] === 'true' ? true : input[field] === 'false' ? false : undefined;
  return {
    replicas: replicasOf(input),
    resource: textIn(input, 'resource'),
    renameByDefault: flag('rename'),
    failRequestsGreaterThanOne: flag('single'),
    config: textIn(input, 'config') || undefined,
  };
}

/** A cluster of the inventory and the node its kubectl runs on. */
export interface ClusterPlace {
  readonly kind: 'place';
  readonly spec: ClusterSpec;
  readonly node: NodeName;
  readonly way: KubeWay;
}

/** The cluster that is meant; undefined where none is named. */
export function placeOf(input: Input, { inventory }: FleetView): ClusterPlace | Refusal | undefined {
  const wanted = textIn(input, 'cluster');
  if (wanted === '') return undefined;
  const clusters = inventory.clusters ?? [];
  const spec = clusters.find(({ name }) => name === wanted);
  if (spec === undefined) {
    const known = clusters.length === 0 ? 'it has none' : `it has ${clusters.map(({ name }) => name).join(', ')}`;
    return refused(`the inventory has no cluster ${wanted}: ${known}`, 'name one of them, or add it under clusters:');
  }
  const node = kubectlNode(spec);
  const { context = '-', kubeconfig = '-', namespace = '-' } = spec;
  const odd = [context, kubeconfig, namespace].find((word) => /\s/.test(word));
  if (odd !== undefined) return refused(`"${odd}" of cluster ${wanted} has a blank`, 'give it a name without one');
  return { kind: 'place', spec, node, way: { cluster: wanted, context, kubeconfig, namespace } };
}

/** The need for what a cluster shares. */
export const sharingNeed = (way: KubeWay) =>
  ({ kind: 'check', check: 'kubeSharing', target: sharingTarget(way) }) as const;

/** Where the clone lies: as said, else where the cluster's own file is. */
export function cloneNodes(input: Input, fleet: FleetView): readonly NodeName[] {
  const said = textIn(input, 'at');
  if (said !== '') return nodesIn(said, fleet);
  const { inventory } = fleet;
  const spec = inventory.clusters?.find(({ name }) => name === textIn(input, 'cluster'));
  if (spec === undefined) return [];
  const here = nodeName(THIS_MACHINE);
  // One machine under one name: where kubectl runs is where the push is known.
  if (spec.git?.from !== undefined) return [spec.git.from];
  if (spec.git !== undefined || kubectlNode(spec) === here) return [here];
  return [inventory.nodes.find(({ via }) => via === 'local')?.name ?? here];
}

/** The files named, else those of the cluster, each once; what is no absolute path is kept and refused by the plan. */
export function pathsIn(input: Input, { inventory }: FleetView): readonly string[] {
  const lines = input['files'];
  const named = (Array.isArray(lines) ? lines : []).map((line) => line.trim()).filter((line) => line !== '');
  const { git } = inventory.clusters?.find(({ name }) => name === textIn(input, 'cluster')) ?? {};
  return named.length > 0 || git === undefined ? [...new Set(named)] : [git.file];
}

/** A node with the cards it has. */
export interface CardNode extends SharingNode {
  readonly cards?: number;
}

/** The cluster's GPU nodes, and those of them that are meant: all where none is named. */
export function gpuNodesOf(
  input: Input,
  { inventory }: FleetView,
  { nodes }: SeenSharing,
): { readonly kind: 'nodes'; readonly all: readonly CardNode[]; readonly chosen: readonly CardNode[] } | Refusal {
  const all = nodes.flatMap((node): CardNode[] => {
    const wished = inventory.nodes.find(({ name }) => name === node.name)?.gpus?.count;
    const offers = Object.keys(node.capacity).some((name) => name.startsWith('nvidia.com/'));
    if (node.cards === undefined && wished === undefined && !offers) return [];
    const cards = node.cards ?? wished;
    return [{ ...node, ...(cards === undefined ? {} : { cards }) }];
  });
  const said = textIn(input, 'nodes');
  if (said === '') return { kind: 'nodes', all, chosen: all };
  const names = all.map(({ name }) => name).filter((name) => whyNotNodeName(name) === undefined);
  const set = parseNodeSet(said, { nodes: names.map((name) => ({ name: nodeName(name) })), groups: inventory.groups });
  if (set.kind === 'error')
    return refused(
      `${said}: ${set.message}`,
      `name GPU nodes of the cluster: ${names.slice(0, 6).join(', ') || 'it has none'}`,
    );
  const chosen = all.filter(({ name }) => set.nodes.some((one) => one === name));
  return { kind: 'nodes', all, chosen };
}
