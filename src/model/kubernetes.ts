import type { NodeName } from './ids.ts';
import type { DeclaredSharing, SharingConfig } from './sharing-config.ts';
import type { TalosNode } from './talos.ts';

/** A Kubernetes cluster of the inventory: where kubectl works for it, and which Git file declares how its GPUs are shared. */
export interface ClusterSpec {
  readonly name: string;
  /** The node kubectl runs on; this machine where it is left out. */
  readonly from?: NodeName;
  /** Context of the kubeconfig; its current one where it is left out. */
  readonly context?: string;
  /** Path of the kubeconfig where kubectl runs; `~/` is the home there. muster never reads it. */
  readonly kubeconfig?: string;
  /** Namespace of the device plugin; found by its pods where it is left out. */
  readonly namespace?: string;
  /** `from` is the node the clone lies on; this machine where it is left out. */
  readonly git?: { readonly file: string; readonly from?: NodeName };
  /** Set where the nodes run Talos and talosctl works beside kubectl: context and path of its talosconfig, which muster never reads. */
  readonly talos?: { readonly config?: string; readonly context?: string };
}

/** What muster lists and watches of a cluster. */
export type KubeKind = 'nodes' | 'pods' | 'configMaps' | 'daemonSets' | 'policies';

/** The object of each kind, as far as muster reads it. */
export interface KubeObjects {
  readonly nodes: KubeNode;
  readonly pods: KubePod;
  readonly configMaps: KubeConfigMap;
  readonly daemonSets: KubeDaemonSet;
  readonly policies: KubePolicy;
}

/** How many of each extended resource, e.g. `nvidia.com/gpu`: names with a slash alone. */
export type Resources = { readonly [resource: string]: number };

/** A node as the API server has it. */
export interface KubeNode {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly isCordoned: boolean;
  /** What the kubelet says; `unknown` when it stopped talking. */
  readonly ready: 'yes' | 'no' | 'unknown';
  readonly readyBecause?: string;
  /** `key=value:Effect`, e.g. `nvidia.com/gpu=present:NoSchedule`. */
  readonly taints: readonly string[];
  readonly capacity: Resources;
  readonly allocatable: Resources;
  readonly kubelet?: string;
  readonly os?: string;
  readonly kernel?: string;
  readonly runtime?: string;
  readonly address?: string;
  readonly createdMs?: number;
  /** What the kubelet tells of itself: `Ready`, `MemoryPressure`, `DiskPressure`, … */
  readonly conditions: readonly KubeNodeCondition[];
  /** What is no extended resource, as quantities: `cpu` 32, 31850m allocatable. */
  readonly amounts: readonly { readonly name: string; readonly capacity: string; readonly allocatable: string }[];
}

/** One condition of a node: `status` is `True`, `False` or `Unknown`. */
export interface KubeNodeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly sinceMs?: number;
}

/** A pod, with what it asks for. */
export interface KubePod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty while it waits for one. */
  readonly node: string;
  readonly phase: string;
  /** Why it is not running or not well: `CrashLoopBackOff`, `UnexpectedAdmissionError`, `Unschedulable`. */
  readonly reason?: string;
  /** The scheduler's or the kubelet's sentence. */
  readonly message?: string;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly owner?: { readonly kind: string; readonly name: string };
  /** `pod-template-hash`: which revision of its Deployment it is of. */
  readonly templateHash?: string;
  readonly requests: Resources;
  readonly priority: number;
  readonly priorityClass?: string;
  /** Set where it may push nobody out: `preemptionPolicy: Never`. */
  readonly preemptsNever?: true;
  /** The node the scheduler has pushed pods out of for it, while it waits for them to end. */
  readonly nominatedNode?: string;
  readonly nodeSelector: { readonly [key: string]: string };
  readonly createdMs?: number;
  /** When its kubelet took it. */
  readonly startedMs?: number;
  readonly isLeaving: boolean;
  /** Set for a dcgm-exporter: the port it tells metrics on. */
  readonly exporterPort?: number;
}

/** A ConfigMap: its keys, and what those mean that are configurations of the device plugin. */
export interface KubeConfigMap {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
  readonly configs: { readonly [key: string]: SharingConfig };
  readonly owner?: string;
}

/** A DaemonSet of a device plugin: which configuration it really runs with. */
export interface KubeDaemonSet {
  readonly namespace: string;
  readonly name: string;
  readonly isDevicePlugin: boolean;
  /** The ConfigMap it mounts its configurations from. */
  readonly configMap?: string;
  readonly defaultKey?: string;
  /** What it takes where neither label nor default names a configuration: `named`, `single`, `empty`. */
  readonly fallbacks: readonly string[];
  readonly desired: number;
  readonly ready: number;
  readonly owner?: string;
  /** The label `helm.sh/chart`: `nvidia-device-plugin-0.18.0`. */
  readonly chart?: string;
}

/** A ClusterPolicy of the NVIDIA GPU operator. */
export interface KubePolicy {
  readonly name: string;
  readonly state?: string;
  readonly isPluginEnabled: boolean;
  readonly configMap?: string;
  readonly defaultKey?: string;
  readonly owner?: string;
  /** The label `helm.sh/chart`: `gpu-operator-v25.3.0`. */
  readonly chart?: string;
}

/** Everything of one kind in one cluster, by id; what was read last stays when it cannot be read again. */
export interface KubeTable<T> {
  readonly items: ReadonlyMap<string, T>;
  readonly state: KubeState;
}

export type KubeState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'watching'; readonly sinceMs: number }
  /** May be listed and not watched. */
  | { readonly kind: 'listing'; readonly sinceMs: number; readonly because: string }
  /** The cluster has no such kind. */
  | { readonly kind: 'absent'; readonly because: string }
  | { readonly kind: 'trouble'; readonly because: string; readonly reason: KubeTrouble; readonly sinceMs: number };

/** Why a kind cannot be read: each asks for another next move. */
export type KubeTrouble = 'forbidden' | 'unauthorized' | 'unreachable' | 'no-kubectl' | 'configuration' | 'failed';

/** One cluster as it was seen. */
export interface Cluster {
  readonly spec: ClusterSpec;
  readonly tables: { readonly [K in KubeKind]: KubeTable<KubeObjects[K]> };
  /** What the Git file declares; undefined while it was not read or none is named. */
  readonly declared: DeclaredSharing | undefined;
  /** What talosctl tells of the nodes, by name; empty where it is not asked. */
  readonly talos: ReadonlyMap<string, TalosNode>;
}

/** What is told of one kind of one cluster; objects stand with their ids. */
export type ClusterEventOf<K extends KubeKind> =
  | {
      readonly kind: 'list';
      readonly cluster: string;
      readonly of: K;
      readonly items: readonly (readonly [id: string, item: KubeObjects[K]])[];
      readonly state: KubeState;
    }
  | {
      readonly kind: 'change';
      readonly cluster: string;
      readonly of: K;
      readonly put: readonly (readonly [id: string, item: KubeObjects[K]])[];
      readonly gone: readonly string[];
    }
  | { readonly kind: 'state'; readonly cluster: string; readonly of: K; readonly state: KubeState };

/** What is told of a cluster. */
export type ClusterEvent =
  | { readonly [K in KubeKind]: ClusterEventOf<K> }[KubeKind]
  | { readonly kind: 'declared'; readonly cluster: string; readonly declared: DeclaredSharing }
  /** Undefined once the node is gone. */
  | { readonly kind: 'talos'; readonly cluster: string; readonly node: string; readonly talos: TalosNode | undefined };

const EMPTY = { items: new Map<string, never>(), state: { kind: 'asking' } } as const satisfies KubeTable<never>;

/** A cluster of which nothing was read yet. */
export const emptyCluster = (spec: ClusterSpec): Cluster => ({
  spec,
  tables: { nodes: EMPTY, pods: EMPTY, configMaps: EMPTY, daemonSets: EMPTY, policies: EMPTY },
  declared: undefined,
  talos: new Map(),
});

/** The kinds as people call them. */
export const KUBE_WORDS: { readonly [K in KubeKind]: string } = {
  nodes: 'nodes',
  pods: 'pods',
  configMaps: 'ConfigMaps',
  daemonSets: 'DaemonSets',
  policies: 'ClusterPolicies',
};

/** A node of any cluster by its name, with the cluster's; a name may stand in several clusters, the first counts. */
export function kubeNodeCalled(
  clusters: ReadonlyMap<string, Cluster>,
  name: string,
): { readonly cluster: string; readonly node: KubeNode } | undefined {
  for (const [cluster, { tables }] of clusters) {
    const node = tables.nodes.items.get(name);
    if (node !== undefined) return { cluster, node };
  }
  return undefined;
}

/** A condition that tells of trouble: a node that is not ready, or any other that holds. */
export const isBadCondition = ({ type, status }: KubeNodeCondition): boolean =>
  type === 'Ready' ? status !== 'True' : status !== 'False';
