import type { Finding } from '../../model/finding.ts';
import { type NodeName, nodeName } from '../../model/ids.ts';
import type { Cluster } from '../../model/kubernetes.ts';
import type { Link } from '../../model/link.ts';
import { type NodeSharing, type SharingStep, sharingOf } from '../../model/sharing.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { findingsOf, keepEqualRows } from './by-node.ts';
import { cardUses, processCounts } from './card-uses.ts';

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
  /** On its cards, where the node is asked over SSH; and how many of them are in no pod of the cluster. */
  readonly processes: number | undefined;
  readonly outside: number;
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
        const row = rowOf(sharing, node, inInventory.has(node), links.get(node), findingsOf(state, node));
        return { ...row, ...processCounts(cardUses(state, row)) };
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
): Omit<SharingRow, 'processes' | 'outside'> {
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
