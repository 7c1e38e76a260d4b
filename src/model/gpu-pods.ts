import type { Cluster, KubeNode, KubePod, Resources } from './kubernetes.ts';

/** Resources that stand for a GPU or a part of one: `nvidia.com/gpu`, `nvidia.com/gpu.shared`, `nvidia.com/mig-1g.5gb`, `amd.com/gpu`. */
export const isGpuResource = (name: string): boolean =>
  /^nvidia\.com\/(?:gpu|mig-)/.test(name) || /^(?:amd\.com|gpu\.intel\.com)\//.test(name);

/** The GPU resources among all. */
export function gpuResources(resources: Resources): readonly (readonly [name: string, amount: number])[] {
  return Object.entries(resources).filter(([name]) => isGpuResource(name));
}

/** Whether the pod has ended: what it asked for is free again. */
export const isOver = ({ phase }: KubePod): boolean => phase === 'Succeeded' || phase === 'Failed';

/** Whether a pod asks for GPUs. */
export const asksGpu = ({ requests }: KubePod): boolean => Object.keys(requests).some(isGpuResource);

/** `1 nvidia.com/gpu, 2 nvidia.com/mig-1g.5gb`: amounts of zero are left out. */
export const amountsText = (resources: Resources): string =>
  gpuResources(resources)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => `${amount} ${shortResource(name)}`)
    .join(', ');

/** `gpu`, `gpu.shared`, `mig-1g.5gb`; other makers' names stay whole. */
export const shortResource = (name: string): string => name.replace(/^nvidia\.com\//, '');

/** What is known of the pods of one cluster. */
export interface GpuPods {
  /** Pods that hold GPUs, by node. */
  readonly holding: ReadonlyMap<string, readonly KubePod[]>;
  /** How much of each GPU resource those hold together. */
  readonly held: ReadonlyMap<string, Resources>;
  /** Pods that ask for GPUs and have no node yet. */
  readonly waiting: readonly KubePod[];
  /** Pods that asked for GPUs and were refused by the kubelet. */
  readonly refused: readonly KubePod[];
  /** Device plugin pods by node. */
  readonly plugins: ReadonlyMap<string, KubePod>;
}

const known = new WeakMap<ReadonlyMap<string, KubePod>, GpuPods>();

/** The pods of a cluster that are about GPUs; worked out once per change. */
export function gpuPodsOf({ tables }: Cluster): GpuPods {
  const { items } = tables.pods;
  const before = known.get(items);
  if (before !== undefined) return before;
  const holding = new Map<string, KubePod[]>();
  const waiting: KubePod[] = [];
  const refused: KubePod[] = [];
  const plugins = new Map<string, KubePod>();
  for (const pod of items.values()) {
    if (pod.owner?.kind === 'DaemonSet' && /device-plugin/.test(pod.name)) plugins.set(pod.node, pod);
    if (!asksGpu(pod)) continue;
    if (isOver(pod)) {
      if (pod.reason === 'UnexpectedAdmissionError') refused.push(pod);
    } else if (pod.node === '') waiting.push(pod);
    else {
      const list = holding.get(pod.node);
      if (list === undefined) holding.set(pod.node, [pod]);
      else list.push(pod);
    }
  }
  const held = new Map([...holding].map(([node, pods]) => [node, sumOf(pods)]));
  const made = { holding, held, waiting, refused, plugins };
  known.set(items, made);
  return made;
}

const NOTHING: Resources = {};

/** How much of each GPU resource the pods of a node hold. */
export const heldOn = (cluster: Cluster, node: string): Resources => gpuPodsOf(cluster).held.get(node) ?? NOTHING;

function sumOf(pods: readonly KubePod[]): Resources {
  const held: Record<string, number> = {};
  for (const { requests } of pods)
    for (const [name, amount] of gpuResources(requests)) held[name] = (held[name] ?? 0) + amount;
  return held;
}

/** What is left of a resource on a node. */
export const freeOn = (cluster: Cluster, node: KubeNode, resource: string): number =>
  (node.allocatable[resource] ?? 0) - (heldOn(cluster, node.name)[resource] ?? 0);

/** `namespace/name`, the way people name a pod. */
export const podName = ({ namespace, name }: KubePod): string => `${namespace}/${name}`;

/** The Deployment a pod is of, by the name of its ReplicaSet without the revision's hash. */
export function deploymentOf({ namespace, owner, templateHash }: KubePod): string | undefined {
  if (owner?.kind !== 'ReplicaSet' || templateHash === undefined) return undefined;
  const suffix = `-${templateHash}`;
  return owner.name.endsWith(suffix) ? `${namespace}/${owner.name.slice(0, -suffix.length)}` : undefined;
}
