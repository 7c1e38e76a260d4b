/** A pod as a drain sees it: who would make it anew, what of it is lost, and who may forbid that it goes. */
export interface DrainPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly phase: string;
  readonly isLeaving: boolean;
  readonly graceSec: number | undefined;
  readonly createdMs: number | undefined;
  readonly priority: number;
  readonly owner: { readonly kind: string; readonly name: string } | undefined;
  /** The kubelet's own, from a file of the node: the API server shows a mirror of it. */
  readonly isMirror: boolean;
  /** It keeps files in an emptyDir volume, which go with it. */
  readonly hasLocalStorage: boolean;
  readonly labels: { readonly [key: string]: string };
  /** GPUs and slices it holds. */
  readonly gpus: number;
}

/** A PodDisruptionBudget: which pods it is about, and how many of them may go now. */
export interface PodBudget {
  readonly namespace: string;
  readonly name: string;
  /** Undefined: it selects no pod. */
  readonly selector: PodSelector | undefined;
  readonly allowed: number;
  readonly healthy: number;
  readonly wanted: number;
}

/** A label selector; an empty one selects every pod of its namespace. */
export interface PodSelector {
  readonly labels: { readonly [key: string]: string };
  readonly expressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

/** The pods of a node, or one pod, and the budgets that may forbid that they go. */
export interface DrainView {
  readonly pods: readonly DrainPod[];
  readonly budgets: readonly PodBudget[];
  /** `policy/v1`, or `policy/v1beta1` before Kubernetes 1.22. */
  readonly policy: string;
  /** Why budgets are not known; the API server minds them all the same. */
  readonly budgetsUnknown?: string;
}

/** A node of a cluster as its API server has it now. */
export type KubeNodeState =
  | { readonly kind: 'none'; readonly because: string }
  | { readonly kind: 'node'; readonly uid: string; readonly isCordoned: boolean; readonly ready: string };

/** The pods that are asked about, or why they cannot be told. */
export type KubePodsState =
  | { readonly kind: 'none'; readonly because: string }
  | ({ readonly kind: 'pods' } & DrainView);

/** What the operator lets go for good. */
export interface DrainLeave {
  /** Pods that nobody makes anew. */
  readonly unmanaged: boolean;
  /** Files in emptyDir volumes. */
  readonly localStorage: boolean;
}

/** What becomes of a pod when its node is drained. */
export type PodFate =
  | { readonly kind: 'goes'; readonly loses: readonly string[] }
  | { readonly kind: 'stays' | 'blocks'; readonly because: string };

/** What becomes of a pod, as `kubectl drain` would have it: pods that have ended go whatever they kept. */
export function fateOf(pod: DrainPod, leave: DrainLeave): PodFate {
  const isOver = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  if (pod.isMirror) return { kind: 'stays', because: 'the kubelet runs it from a file of the node (mirror pod)' };
  if (pod.owner?.kind === 'DaemonSet')
    return { kind: 'stays', because: `DaemonSet ${pod.owner.name} wants it on every node` };
  if (pod.owner?.kind === 'Node') return { kind: 'stays', because: 'it belongs to the node itself' };
  if (isOver) return { kind: 'goes', loses: [] };
  const loses: string[] = [];
  if (pod.owner === undefined) {
    if (!leave.unmanaged) return { kind: 'blocks', because: 'nobody would make it anew: no controller owns it' };
    loses.push('nobody makes it anew');
  }
  if (pod.hasLocalStorage) {
    if (!leave.localStorage) return { kind: 'blocks', because: 'its files in an emptyDir volume would be lost' };
    loses.push('its files in emptyDir are lost');
  }
  return { kind: 'goes', loses };
}

/** The budgets a pod falls under. */
export const budgetsOver = (pod: DrainPod, budgets: readonly PodBudget[]): readonly PodBudget[] =>
  budgets.filter(({ namespace, selector }) => namespace === pod.namespace && selects(selector, pod.labels));

function selects(selector: PodSelector | undefined, labels: DrainPod['labels']): boolean {
  if (selector === undefined) return false;
  if (Object.entries(selector.labels).some(([key, value]) => labels[key] !== value)) return false;
  return selector.expressions.every(({ key, operator, values }) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}

/** `namespace/name`. */
export const drainPodName = ({ namespace, name }: DrainPod): string => `${namespace}/${name}`;
