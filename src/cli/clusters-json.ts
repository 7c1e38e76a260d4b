import type { KubeState } from '../model/kubernetes.ts';
import { sharingOf } from '../model/sharing.ts';
import type { State } from '../store/state.ts';

/** What was read of each cluster, for `status --json`: how each kind is read, the sharing of each GPU node, and pods that ask for GPUs. */
export function clustersJson({ clusters, inventory }: State): readonly object[] {
  return [...clusters.values()].map((cluster) => ({
    name: cluster.spec.name,
    kinds: Object.fromEntries(
      Object.entries(cluster.tables).map(([kind, { state, items }]) => [
        kind,
        { ...stateJson(state), count: items.size },
      ]),
    ),
    declared: cluster.declared ?? null,
    sharing: sharingOf(cluster, inventory).map(({ node, cards, steps, broken, held, pods }) => ({
      node: node.name,
      cards: cards ?? null,
      ready: node.ready,
      cordoned: node.isCordoned,
      taints: node.taints,
      capacity: node.capacity,
      allocatable: node.allocatable,
      held,
      ...steps,
      brokenAt: broken?.at ?? null,
      pods: pods.map(({ namespace, name, phase, requests, owner, priority, priorityClass }) => ({
        namespace,
        name,
        phase,
        requests,
        owner: owner ?? null,
        priority,
        priorityClass: priorityClass ?? null,
      })),
    })),
  }));
}

function stateJson(state: KubeState): object {
  const reason = 'because' in state ? { because: state.because } : {};
  return { state: state.kind, ...reason, ...('sinceMs' in state ? { sinceMs: state.sinceMs } : {}) };
}
