import type { Identity, Load } from '../../model/facts.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { InventoryNode } from '../../model/inventory.ts';
import { type KubeNode, kubeNodeCalled } from '../../model/kubernetes.ts';
import type { Link } from '../../model/link.ts';
import type { Slot } from '../../model/observation.ts';
import type { State } from '../state.ts';
import { findingsOf, rowsByNode } from './by-node.ts';
import { type GpuRow, gpuRowsOf, isGpuFault } from './gpu-rows.ts';
import { type MountRow, mountRowsOf } from './mount-rows.ts';

/** How many of the things that should be well are well. */
export interface Tally {
  /** Undefined before the node has said anything about them. */
  readonly good: number | undefined;
  readonly wished: number;
}

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
  readonly gpuRows: readonly GpuRow[];
  readonly mountRows: readonly MountRow[];
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
    gpuRows: gpuRowsOf(state, node.name),
    mountRows: mountRowsOf(state, node.name),
    findings: findingsOf(state, node.name),
    kube: kubeNodeCalled(state.clusters, node.name)?.node,
  };
}

const IDLE: Link = { kind: 'idle' };

function buildNode({ node, link, identity, load, gpuRows, mountRows, findings, kube }: NodeInput): readonly NodeRow[] {
  return [
    {
      id: node.name,
      node: node.name,
      spec: node,
      link: link ?? IDLE,
      identity,
      load,
      gpus: gpuTally(node, gpuRows),
      mounts: mountTally(mountRows),
      kube,
      findings,
      worst: worstOf(findings),
    },
  ];
}

function gpuTally(node: InventoryNode, rows: readonly GpuRow[]): Tally | undefined {
  if (rows.length === 0) return node.gpus === undefined ? undefined : { good: undefined, wished: node.gpus.count };
  const isHeard = rows.some(({ gpu, state }) => gpu !== undefined || state.kind === 'missing');
  const good = rows.filter(({ gpu, state }) => gpu !== undefined && !isGpuFault(state)).length;
  return { good: isHeard ? good : undefined, wished: Math.max(rows.length, node.gpus?.count ?? 0) };
}

/** Wished mounts that are there, as wished, and answer; mounts nobody wished count only when they do not answer. */
function mountTally(rows: readonly MountRow[]): Tally {
  const counted = rows.filter(({ drift, state }) => drift?.spec !== undefined || COUNTED.has(state.kind));
  const good = counted.filter(({ state }) => WELL.has(state.kind));
  const isHeard = counted.some(({ state }) => state.kind !== 'unknown');
  return { good: isHeard ? good.length : undefined, wished: counted.length };
}

const COUNTED: ReadonlySet<MountRow['state']['kind']> = new Set([
  'hung',
  'stale',
  'as-declared',
  'missing',
  'unknown',
] as const);
const WELL: ReadonlySet<MountRow['state']['kind']> = new Set(['as-declared', 'mounted', 'waiting', 'absent'] as const);

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'notice'];

/** The worst severity among findings. */
export const worstOf = (findings: readonly Finding[]): Severity | undefined =>
  SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity));
