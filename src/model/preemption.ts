import { freeOn, gpuPodsOf, gpuResources } from './gpu-pods.ts';
import type { Cluster, KubeNode, KubePod } from './kubernetes.ts';

/** The pods of one node that would have to go so that a waiting pod fits there, the one of lowest priority first. */
export interface NodeVictims {
  readonly node: string;
  readonly victims: readonly KubePod[];
}

/** Who would go for a waiting pod by the scheduler's rule, as far as GPUs are concerned. */
export type WhoGoes =
  /** Some node has what it asks for: it waits for something else. */
  | { readonly kind: 'room'; readonly node: string }
  | { readonly kind: 'nobody'; readonly because: string }
  /** One entry per node on which that would help, the one the scheduler prefers first. */
  | { readonly kind: 'victims'; readonly choices: readonly NodeVictims[] };

/** What the answer leaves out, because muster does not read it. */
export const PREEMPTION_LEAVES_OUT =
  'PodDisruptionBudgets (nodes where fewer are violated come first of all), taints, affinity, CPU and memory are not looked at';

/**
 * Who goes first for a waiting GPU pod. kube-scheduler's default preemption: of a node all pods of lower priority are taken away; if the pod fits then, as many
 * as still fit are spared, those of higher priority and then those that began earlier first. Of such nodes it takes the one with the lowest highest priority
 * among those that go, then the lowest sum of their priorities, then the fewest of them, then the one whose most important ones began last.
 * Source: kubernetes.io, "Pod Priority and Preemption"; kubernetes `pkg/scheduler/framework/preemption`, `plugins/defaultpreemption`.
 */
export function whoGoesFirst(cluster: Cluster, pod: KubePod): WhoGoes {
  // Pods of one job ask for the same: hundreds of them are one question.
  const key = JSON.stringify([pod.priority, pod.preemptsNever, pod.requests, pod.nodeSelector]);
  const answers = known.get(cluster) ?? new Map<string, WhoGoes>();
  known.set(cluster, answers);
  const answer = answers.get(key) ?? workedOut(cluster, pod);
  answers.set(key, answer);
  return answer;
}

const known = new WeakMap<Cluster, Map<string, WhoGoes>>();

function workedOut(cluster: Cluster, pod: KubePod): WhoGoes {
  const nodes = [...cluster.tables.nodes.items.values()].filter((node) => mayRunOn(pod, node));
  const wanted = gpuResources(pod.requests).filter(([, amount]) => amount > 0);
  const roomy = nodes.find((node) => wanted.every(([name, amount]) => freeOn(cluster, node, name) >= amount));
  if (roomy !== undefined) return { kind: 'room', node: roomy.name };
  if (pod.preemptsNever === true) return { kind: 'nobody', because: 'its preemptionPolicy is Never' };
  const choices = nodes.flatMap((node) => victimsOn(cluster, node, pod, wanted) ?? []);
  if (choices.length === 0)
    return {
      kind: 'nobody',
      because: 'no node has pods of lower priority that hold enough of what it asks for',
    };
  return { kind: 'victims', choices: choices.toSorted(byPreference) };
}

/** Nodes that no victim would open are none to choose. */
const mayRunOn = ({ nodeSelector }: KubePod, { isCordoned, ready, labels }: KubeNode): boolean =>
  !isCordoned && ready === 'yes' && Object.entries(nodeSelector).every(([key, value]) => labels[key] === value);

type Wanted = readonly (readonly [name: string, amount: number])[];

function victimsOn(cluster: Cluster, node: KubeNode, pod: KubePod, wanted: Wanted): NodeVictims | undefined {
  const holding = gpuPodsOf(cluster).holding.get(node.name) ?? [];
  const lower = holding.filter(
    ({ priority, requests }) => priority < pod.priority && wanted.some(([name]) => (requests[name] ?? 0) > 0),
  );
  const spare = new Map(wanted.map(([name, amount]) => [name, freeOn(cluster, node, name) - amount]));
  for (const { requests } of lower)
    for (const [name] of wanted) spare.set(name, (spare.get(name) ?? 0) + (requests[name] ?? 0));
  if ([...spare.values()].some((left) => left < 0)) return undefined;
  const victims = lower.toSorted(byImportance).filter(({ requests }) => {
    if (wanted.some(([name]) => (spare.get(name) ?? 0) < (requests[name] ?? 0))) return true;
    for (const [name] of wanted) spare.set(name, (spare.get(name) ?? 0) - (requests[name] ?? 0));
    return false;
  });
  return { node: node.name, victims: victims.toReversed() };
}

/** When a pod began: as long as its kubelet has not said, it is as new as can be. */
const beganMs = ({ startedMs }: KubePod): number => startedMs ?? Number.MAX_SAFE_INTEGER;

const byImportance = (left: KubePod, right: KubePod): number =>
  right.priority - left.priority || beganMs(left) - beganMs(right);

function byPreference(left: NodeVictims, right: NodeVictims): number {
  return (
    highest(left) - highest(right) ||
    sumOf(left) - sumOf(right) ||
    left.victims.length - right.victims.length ||
    earliestOfHighest(right) - earliestOfHighest(left)
  );
}

const highest = ({ victims }: NodeVictims): number => Math.max(...victims.map(({ priority }) => priority));

/** The scheduler moves every priority above zero, so that more pods never weigh less than fewer. */
const sumOf = ({ victims }: NodeVictims): number => victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0);

const earliestOfHighest = (choice: NodeVictims): number =>
  Math.min(...choice.victims.filter(({ priority }) => priority === highest(choice)).map(beganMs));

/** `100 (low)`, `0`. */
export const priorityText = ({ priority, priorityClass }: Pick<KubePod, 'priority' | 'priorityClass'>): string =>
  `${priority}${priorityClass === undefined ? '' : ` (${priorityClass})`}`;
