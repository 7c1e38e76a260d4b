import { cardCount, cardShared, isExporter, metersKey, whoseFigures } from '../model/card-meters.ts';
import { podName } from '../model/gpu-pods.ts';
import { nodeName, whyNotNodeName } from '../model/ids.ts';
import type { Cluster, KubeState } from '../model/kubernetes.ts';
import { sharingOf } from '../model/sharing.ts';
import { talosMachines } from '../model/talos.ts';
import { cardUses } from '../store/selectors/card-uses.ts';
import type { State } from '../store/state.ts';

/** What was read of each cluster, for `status --json`: how each kind is read, the sharing of each GPU node, and pods that ask for GPUs. */
export function clustersJson(state: State, nowMs: number): readonly object[] {
  const { clusters, inventory } = state;
  return [...clusters.values()].map((cluster) => ({
    name: cluster.spec.name,
    kinds: Object.fromEntries(
      Object.entries(cluster.tables).map(([kind, { state, items }]) => [
        kind,
        { ...stateJson(state), count: items.size },
      ]),
    ),
    declared: cluster.declared ?? null,
    exporters: exportersJson(state, cluster, nowMs),
    ...(cluster.spec.talos === undefined ? {} : { talos: talosJson(cluster) }),
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
      processes: processesJson(state, cluster.spec.name, node.name),
    })),
  }));
}

/** What talosctl tells of each machine of Talos; what was told last stays beside the reason why nothing newer is. */
function talosJson(cluster: Cluster): readonly object[] {
  return talosMachines(cluster).map(({ name, talos }) => ({
    node: name,
    state: talos === undefined ? 'waiting' : talos.because === undefined ? 'ok' : 'failed',
    ...(talos?.because === undefined ? {} : { because: talos.because }),
    facts: talos?.facts ?? null,
  }));
}

/** Processes on the cards of a node, each with its card and pod; null where the node is not asked over SSH or has not told. */
function processesJson(state: State, cluster: string, name: string): readonly object[] | null {
  const uses = whyNotNodeName(name) === undefined ? cardUses(state, { cluster, node: nodeName(name) }) : undefined;
  if (uses === undefined) return null;
  return uses.flatMap(({ card, users }) =>
    users.map(({ process: { pid, name: program, user, command, container, memoryBytes, podUid }, pod }) => ({
      card,
      pid,
      name: program,
      user: user ?? null,
      command: command ?? null,
      container: container ?? null,
      memoryBytes: memoryBytes ?? null,
      podUid: podUid ?? null,
      pod: pod === undefined ? null : podName(pod),
    })),
  );
}

/** The cards of each node that has a dcgm-exporter, with whose figures they are; what the exporter does not tell is left out. */
function exportersJson({ meters, inventory }: State, cluster: Cluster, nowMs: number): readonly object[] {
  const pods = [...cluster.tables.pods.items.values()].filter(isExporter);
  const sharings = new Map(sharingOf(cluster, inventory).map((sharing) => [sharing.node.name, sharing]));
  return [...new Set(pods.map(({ node }) => node))].map((node) => {
    const told = meters.get(metersKey(cluster.spec.name, node));
    const { cards = [], atMs, because } = told ?? {};
    const count = cardCount(cards);
    return {
      node,
      state: told === undefined ? 'waiting' : because === undefined ? 'ok' : 'failed',
      ageMs: atMs === undefined ? null : Math.max(0, nowMs - atMs),
      ...(because === undefined ? {} : { because }),
      cards: cards.map((card) => ({
        ...card,
        shared: cardShared(card, count, sharings.get(node)) ?? null,
        whose: whoseFigures(card, count, sharings.get(node)) || null,
      })),
    };
  });
}

function stateJson(state: KubeState): object {
  const reason = 'because' in state ? { because: state.because } : {};
  return { state: state.kind, ...reason, ...('sinceMs' in state ? { sinceMs: state.sinceMs } : {}) };
}
