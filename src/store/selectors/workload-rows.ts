import { asksGpu, isOver } from '../../model/gpu-pods.ts';
import { type NodeName, nodeName, whyNotNodeName } from '../../model/ids.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Cluster, KubePod } from '../../model/kubernetes.ts';
import { isGpuNode } from '../../model/sharing.ts';
import { memo, memoEach } from '../memo.ts';
import type { State } from '../state.ts';

/** What is known of a pod, the worst first. */
export type WorkloadKind = 'failed' | 'troubled' | 'waiting' | 'leaving' | 'running' | 'done';

/** A pod that asks for GPUs or runs on a node that has some. */
export interface WorkloadRow {
  /** The pod's uid: another pod of the same name is another row. */
  readonly id: string;
  readonly cluster: string;
  /** Undefined while it waits for one. */
  readonly node: NodeName | undefined;
  readonly pod: KubePod;
  readonly state: WorkloadKind;
}

/** Pods of all clusters that are about GPUs, in the order the API server lists them. */
export const selectWorkloadRows = memo(
  [(state: State) => state.clusters, (state: State) => state.inventory],
  (clusters, inventory): readonly WorkloadRow[] =>
    [...clusters.values()].flatMap((cluster) => rowsOf(cluster, inventory)),
);

/** Rows by cluster: a pod that did not change keeps its row. */
const makers = new Map<string, (pod: KubePod) => WorkloadRow>();

function makerOf(cluster: string): (pod: KubePod) => WorkloadRow {
  const known = makers.get(cluster);
  if (known !== undefined) return known;
  const made = memoEach((pod: KubePod): WorkloadRow => {
    const isPlaced = pod.node !== '' && whyNotNodeName(pod.node) === undefined;
    return { id: pod.uid, cluster, node: isPlaced ? nodeName(pod.node) : undefined, pod, state: stateOf(pod) };
  });
  makers.set(cluster, made);
  return made;
}

function rowsOf(cluster: Cluster, inventory: Inventory): readonly WorkloadRow[] {
  const names = gpuNodesOf(cluster, inventory);
  const rowOf = makerOf(cluster.spec.name);
  const rows: WorkloadRow[] = [];
  for (const pod of cluster.tables.pods.items.values()) if (asksGpu(pod) || names.has(pod.node)) rows.push(rowOf(pod));
  return rows;
}

const gpuNodes = new WeakMap<object, { readonly inventory: Inventory; readonly names: ReadonlySet<string> }>();

function gpuNodesOf({ tables }: Cluster, inventory: Inventory): ReadonlySet<string> {
  const { items } = tables.nodes;
  const before = gpuNodes.get(items);
  if (before?.inventory === inventory) return before.names;
  const names = new Set([...items.values()].filter((node) => isGpuNode(node, inventory)).map(({ name }) => name));
  gpuNodes.set(items, { inventory, names });
  return names;
}

function stateOf(pod: KubePod): WorkloadKind {
  if (pod.phase === 'Failed') return 'failed';
  if (isOver(pod)) return 'done';
  if (pod.isLeaving) return 'leaving';
  if (pod.phase === 'Pending') return pod.node === '' || pod.reason === undefined ? 'waiting' : 'troubled';
  return pod.isReady ? 'running' : 'troubled';
}
