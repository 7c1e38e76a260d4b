import type { Job } from '../jobs.ts';
import type { NodeState } from '../node-state.ts';
import type { World } from '../world.ts';
import { type KubeObject, workloadPods } from './objects.ts';
import { KUBE_NODES, sharingIn } from './sharing.ts';

/**
 * The cgroup of a job on a card of a cluster's node, as systemd and containerd write it: a pod that holds cards there. Those of services are
 * taken first, because one that comes and goes is another by the time that somebody looks. Undefined on nodes of no cluster, and where all
 * pods are gone: what still computes there is a stray.
 */
export function podCgroup(
  world: World,
  node: NodeState,
  { seed }: Job,
  gpuIndex: number,
  nowMs: number,
): string | undefined {
  if (!KUBE_NODES.includes(node.name)) return undefined;
  const pods = workloadPods(node, sharingIn(world), nowMs);
  const services = pods.filter(isService);
  const hosts = services.length > 0 ? services : pods.slice(-1);
  const uid = hosts[gpuIndex % Math.max(1, hosts.length)]?.metadata['uid'];
  if (typeof uid !== 'string') return undefined;
  const slice = `kubepods-besteffort-pod${uid.replaceAll('-', '_')}.slice`;
  const container = seed.toString(16).padStart(64, '0');
  return `0::/kubepods.slice/kubepods-besteffort.slice/${slice}/cri-containerd-${container}.scope`;
}

const isService = ({ metadata }: KubeObject): boolean =>
  JSON.stringify(metadata['ownerReferences']).includes('ReplicaSet');
