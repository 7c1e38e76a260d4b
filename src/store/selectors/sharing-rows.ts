import type { GpuProcess } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import { gpuResources } from '../../model/gpu-pods.ts';
import { type NodeName, nodeName } from '../../model/ids.ts';
import type { Cluster, KubePod } from '../../model/kubernetes.ts';
import type { Link } from '../../model/link.ts';
import { goodValueOf } from '../../model/observation.ts';
import { type NodeSharing, type SharingStep, sharingOf } from '../../model/sharing.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { findingsOf, keepEqualRows } from './by-node.ts';

/** What is known of the sharing on one node, the worst first. */
export type SharingKind = 'broken' | 'shared' | 'whole' | 'unknown';

/** One GPU node of a cluster: the chain from what is declared to what is used. */
export interface SharingRow {
  /** `talos:gpu-worker-00`. */
  readonly id: string;
  readonly cluster: string;
  readonly node: NodeName;
  /** Nodes of the cluster need not be in the inventory. */
  readonly isInInventory: boolean;
  readonly link: Link | undefined;
  readonly cards: number | undefined;
  readonly state: SharingKind;
  /** Where the chain breaks, and why. */
  readonly brokenAt: string;
  readonly because: string;
  readonly declared: string;
  readonly declaredState: SharingStep['state'];
  readonly configured: string;
  readonly configuredState: SharingStep['state'];
  readonly advertised: string;
  readonly advertisedState: SharingStep['state'];
  readonly used: string;
  readonly usedState: SharingStep['state'];
  readonly pods: number;
  readonly isCordoned: boolean;
  readonly ready: string;
  readonly findings: readonly Finding[];
}

let before: readonly SharingRow[] = [];

/** One row per GPU node of every cluster. */
export const selectSharingRows = memo(
  [
    (state: State) => state.clusters,
    (state: State) => state.inventory,
    (state: State) => state.links,
    (state: State) => state.findings,
    (state: State) => state,
  ],
  (clusters, inventory, links, _findings, state): readonly SharingRow[] => {
    const inInventory = new Set<string>(inventory.nodes.map(({ name }) => name));
    const rows = [...clusters.values()].flatMap((cluster) =>
      sharingOf(cluster, inventory).map((sharing) => {
        const node = nodeName(sharing.node.name);
        return rowOf(sharing, node, inInventory.has(node), links.get(node), findingsOf(state, node));
      }),
    );
    before = keepEqualRows(before, rows);
    return before;
  },
);

/** The sharing behind a row; undefined once the node is gone. */
export function sharingAt(
  state: State,
  { cluster, node }: Pick<SharingRow, 'cluster' | 'node'>,
): NodeSharing | undefined {
  const found = state.clusters.get(cluster);
  return found && sharingOf(found, state.inventory).find((sharing) => sharing.node.name === node);
}

/** What cannot be read of the clusters, a sentence each; equal ones once. */
export function clusterTroubles(clusters: Iterable<Cluster>): readonly string[] {
  const sentences = [...clusters].flatMap(({ spec, tables }) =>
    Object.values(tables).flatMap(({ state }) =>
      state.kind === 'trouble' || state.kind === 'listing' ? [`${spec.name}: ${state.because}`] : [],
    ),
  );
  return [...new Set(sentences)];
}

function rowOf(
  { cluster, node: kube, cards, steps, broken, pods, choice }: NodeSharing,
  node: NodeName,
  isInInventory: boolean,
  link: Link | undefined,
  findings: readonly Finding[],
): SharingRow {
  const { declared, configured, advertised, used } = steps;
  const isShared = choice.kind === 'chosen' && choice.config.resources.length > 0;
  const state =
    broken !== undefined ? 'broken' : configured.state === 'unknown' ? 'unknown' : isShared ? 'shared' : 'whole';
  return {
    id: `${cluster}:${node}`,
    cluster,
    node,
    isInInventory,
    link,
    cards,
    state,
    brokenAt: broken?.at ?? '',
    because: broken?.because ?? '',
    declared: declared.text,
    declaredState: declared.state,
    configured: configured.text,
    configuredState: configured.state,
    advertised: advertised.text,
    advertisedState: advertised.state,
    used: used.text,
    usedState: used.state,
    pods: pods.length,
    isCordoned: kube.isCordoned,
    ready: kube.ready,
    findings: findings.filter(({ evidence }) =>
      evidence.some((item) => item.node === node && item.about === 'sharing'),
    ),
  };
}

/** What is on one card: the processes with the pods they are in, and how many slices those pods hold. */
export interface CardUse {
  /** `gpu0`, or its uuid where the driver lists no such card. */
  readonly card: string;
  readonly users: readonly { readonly process: GpuProcess; readonly pod: KubePod | undefined }[];
  /** Of the pods that are seen on it; a pod on several cards counts on each. */
  readonly slices: number;
}

/** Who is on which card of a node, as far as the node itself is asked over SSH: its processes joined with the pods by their cgroup. */
export function cardUses(state: State, { cluster, node }: Pick<SharingRow, 'cluster' | 'node'>): readonly CardUse[] {
  const slots = state.nodes.get(node)?.slots;
  const pods = state.clusters.get(cluster)?.tables.pods.items;
  const names = new Map((goodValueOf(slots?.gpus) ?? []).map(({ uuid, index }) => [uuid, `gpu${index}`]));
  const byCard = new Map<string, CardUse['users'][number][]>();
  for (const process of goodValueOf(slots?.gpuProcesses) ?? []) {
    const card = names.get(process.gpuUuid) ?? process.gpuUuid;
    const pod = process.podUid === undefined ? undefined : pods?.get(process.podUid);
    byCard.set(card, [...(byCard.get(card) ?? []), { process, pod }]);
  }
  return [...byCard]
    .toSorted(([left], [right]) => left.localeCompare(right, 'en', { numeric: true }))
    .map(([card, users]) => {
      const distinct = new Set(users.flatMap(({ pod }) => pod ?? []));
      const slices = [...distinct].reduce(
        (sum, { requests }) => sum + gpuResources(requests).reduce((all, [, amount]) => all + amount, 0),
        0,
      );
      return { card, users, slices };
    });
}
