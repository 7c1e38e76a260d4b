import type { Resources } from './kubernetes.ts';

/** The way to a cluster from the node its kubectl runs on: what goes into commands and targets of checks. */
export interface KubeWay {
  /** As the inventory calls it. */
  readonly cluster: string;
  /** `-`: what kubectl takes by itself. */
  readonly context: string;
  readonly kubeconfig: string;
  /** Of the device plugin; `-`: where its DaemonSet is. */
  readonly namespace: string;
}

/** `CONTEXT KUBECONFIG NAMESPACE`: the target of a check of the cluster's sharing. */
export const sharingTarget = ({ context, kubeconfig, namespace }: KubeWay): string =>
  `${context} ${kubeconfig} ${namespace}`;

/** An Application of Argo CD, and the clone whose pushed branch it should come to, where that is on the node kubectl runs on. */
export interface ApplicationWish {
  readonly namespace: string;
  readonly name: string;
  readonly clone?: { readonly root: string; readonly ref: string };
}

/** `CONTEXT KUBECONFIG NAMESPACE NAME REF ROOT`, the last two `-` without a clone. */
export const applicationTarget = (
  { context, kubeconfig }: KubeWay,
  { namespace, name, clone }: ApplicationWish,
): string => `${context} ${kubeconfig} ${namespace} ${name} ${clone?.ref ?? '-'} ${clone?.root ?? '-'}`;

/** How GPUs are shared in a cluster, as its API server has it; or why that cannot be asked. */
export type KubeSharing =
  | { readonly kind: 'none'; readonly because: string }
  | {
      readonly kind: 'seen';
      /** Of the device plugin. */
      readonly namespace: string;
      readonly plugin?: PluginState;
      readonly maps: readonly PluginMap[];
      readonly policy?: PolicyState;
      readonly nodes: readonly SharingNode[];
      /** What may not be read, by kind of object, in kubectl's words. */
      readonly refused: ReadonlyMap<string, string>;
    };

export type SeenSharing = Extract<KubeSharing, { readonly kind: 'seen' }>;

/** The DaemonSet of the device plugin and its pods. */
export interface PluginState {
  readonly name: string;
  readonly configMap?: string;
  readonly defaultKey?: string;
  /** `RollingUpdate`, `OnDelete`. */
  readonly strategy: string;
  /** Why it does not run as its template says on every node; undefined where it does. */
  readonly unsettled?: string;
  readonly owner?: string;
  /** The label `helm.sh/chart`: `nvidia-device-plugin-0.18.0`. */
  readonly chart?: string;
  readonly pods: readonly PluginPod[];
}

export interface PluginPod {
  readonly name: string;
  readonly node: string;
  readonly createdMs: number;
  readonly isReady: boolean;
}

/** A ConfigMap of the device plugin's namespace. */
export interface PluginMap {
  readonly name: string;
  readonly version: string;
  /** When its data changed, as the API server noted; whole seconds. */
  readonly changedMs: number;
  readonly data: { readonly [key: string]: string };
  /** Of each text without blanks at its end. */
  readonly sums: { readonly [key: string]: string };
  readonly owner?: string;
  /** The Application of Argo CD that made it: `gpu-operator`, `team/gpu-operator`. */
  readonly application?: string;
}

export interface PolicyState {
  readonly name: string;
  readonly configMap?: string;
  readonly defaultKey?: string;
  readonly owner?: string;
  readonly application?: string;
  /** The label `helm.sh/chart`: `gpu-operator-v25.3.0`. */
  readonly chart?: string;
}

export interface SharingNode {
  readonly name: string;
  /** Of the label `nvidia.com/device-plugin.config`. */
  readonly label?: string;
  /** Physical cards, as GPU feature discovery counts them. */
  readonly cards?: number;
  readonly isReady: boolean;
  readonly capacity: Resources;
  readonly allocatable: Resources;
}

/** An Application of Argo CD, as its controller last wrote it; or why it cannot be read. */
export type KubeApplication =
  | { readonly kind: 'none'; readonly because: string }
  | {
      readonly kind: 'seen';
      /** `Synced`, `OutOfSync`, `Unknown`. */
      readonly sync: string;
      readonly revision: string;
      /** `Healthy`, `Progressing`, `Degraded`, `Missing`, `Suspended`. */
      readonly health: string;
      /** `Running`, `Succeeded`, `Failed`, `Error`, or empty. */
      readonly phase: string;
      readonly message: string;
      readonly isAutomated: boolean;
      readonly targetRevision: string;
      readonly repository: string;
      /** Whether what it synced is what the clone's branch holds, or came after it; undefined where no clone was named. */
      readonly isAtPush?: boolean;
    };
