import type { Identity, Load } from '../../model/facts.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { InventoryNode } from '../../model/inventory.ts';
import { type KubeNode, kubeNodeCalled } from '../../model/kubernetes.ts';
import type { Link } from '../../model/link.ts';
import type { Slot } from '../../model/observation.ts';
import type { State } from '../state.ts';
import { findingsOf, rowsByNode } from './by-node.ts';
import { mountStatesOf } from './mount-rows.ts';
import { gpuTallyOf, mountTallyOf, type Tally } from './tallies.ts';

/** One node of the inventory with what it answered. */
export interface NodeRow {
  readonly id: string;
  readonly node: NodeName;
  readonly spec: InventoryNode;
  readonly link: Link;
  readonly identity: Slot<Identity> | undefined;
  readonly load: Slot<Load> | undefined;
  /** Undefined where no GPU is there nor wished. */
  readonly gpus: Tally | undefined;
  readonly mounts: Tally;
  /** What Kubernetes says of it, where a cluster has a node of its name. */
  readonly kube: KubeNode | undefined;
  readonly findings: readonly Finding[];
  readonly worst: Severity | undefined;
}

interface NodeInput {
  readonly node: InventoryNode;
  readonly link: Link | undefined;
  readonly identity: Slot<Identity> | undefined;
  readonly load: Slot<Load> | undefined;
  readonly gpus: Tally | undefined;
  readonly mounts: Tally;
  readonly findings: readonly Finding[];
  readonly kube: KubeNode | undefined;
}

const nodeRows = rowsByNode(pickNode, buildNode);

/** One row per node, in inventory order. */
export const selectNodeRows = nodeRows.all;
/** The row of one node, in a list of one. */
export const nodeRowOf = (state: State, node: NodeName): NodeRow | undefined => nodeRows.of(state, node)[0];

function pickNode(state: State, node: InventoryNode): NodeInput {
  const slots = state.nodes.get(node.name)?.slots;
  return {
    node,
    link: state.links.get(node.name),
    identity: slots?.identity,
    load: slots?.load,
    gpus: gpuTallyOf(state, node),
    mounts: mountTallyOf(mountStatesOf(state, node.name)),
    findings: findingsOf(state, node.name),
    kube: kubeNodeCalled(state.clusters, node.name)?.node,
  };
}

const IDLE: Link = { kind: 'idle' };

function buildNode({ node, link, findings, ...seen }: NodeInput): readonly NodeRow[] {
  return [
    {
      id: node.name,
      node: node.name,
      spec: node,
      link: link ?? IDLE,
      identity: seen.identity,
      load: seen.load,
      gpus: seen.gpus,
      mounts: seen.mounts,
      kube: seen.kube,
      findings,
      worst: worstOf(findings),
    },
  ];
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'notice'];

/** The worst severity among findings. */
export const worstOf = (findings: readonly Finding[]): Severity | undefined =>
  SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity));
