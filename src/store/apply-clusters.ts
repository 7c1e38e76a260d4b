import type { Cluster, ClusterEvent, ClusterEventOf, KubeKind, KubeTable } from '../model/kubernetes.ts';
import type { TalosNode } from '../model/talos.ts';
import { compact } from './compact.ts';
import { share } from './memo.ts';
import type { State } from './state.ts';

/** The clusters after one event; objects that did not change stay the same. A cluster outside the inventory is nobody's. Pure. */
export function applyClusterEvent(clusters: State['clusters'], event: ClusterEvent): State['clusters'] {
  const cluster = clusters.get(event.cluster);
  if (cluster === undefined) return clusters;
  const next =
    event.kind === 'declared'
      ? { ...cluster, declared: event.declared }
      : event.kind === 'talos'
        ? withTalos(cluster, event.node, event.talos)
        : withTable(cluster, event);
  if (next === cluster) return clusters;
  return new Map(clusters).set(event.cluster, next);
}

/** What was told last stays when nothing newer can be told. */
function withTalos(cluster: Cluster, node: string, talos: TalosNode | undefined): Cluster {
  const next = new Map(cluster.talos);
  if (talos === undefined) next.delete(node);
  else next.set(node, talos.facts === undefined ? { ...next.get(node), ...talos } : talos);
  return { ...cluster, talos: next };
}

function withTable(cluster: Cluster, event: ClusterEventOf<KubeKind>): Cluster {
  const before = cluster.tables[event.of];
  return { ...cluster, tables: { ...cluster.tables, [event.of]: nextTable(before, event) } };
}

function nextTable(before: KubeTable<unknown>, event: ClusterEventOf<KubeKind>): KubeTable<unknown> {
  switch (event.kind) {
    case 'list':
      return {
        items: new Map(event.items.map(([id, item]) => [id, kept(before.items.get(id), item)])),
        state: event.state,
      };
    case 'change': {
      const items = new Map(before.items);
      for (const id of event.gone) items.delete(id);
      for (const [id, item] of event.put) items.set(id, kept(items.get(id), item));
      return { ...before, items };
    }
    case 'state':
      return { ...before, state: event.state };
  }
}

/** The old object where the new one says the same, so that a heartbeat of a kubelet repaints nothing. */
function kept(before: unknown, item: object): unknown {
  return before === undefined ? compact(item) : share<unknown>(before, item);
}
