import { gpuPodsOf, podName } from '../model/gpu-pods.ts';
import type { Cluster, KubePod } from '../model/kubernetes.ts';
import { priorityText, whoGoesFirst } from '../model/preemption.ts';
import { whoGoesLines } from '../model/preemption-words.ts';
import { perCluster, placeOfPod, SHARING } from './clusters.ts';
import { isFull, pushesNobody } from './gpu-priority.ts';
import { oldOf } from './gpu-rollout-stuck.ts';
import type { FleetRule } from './rule.ts';
import { count, listed, verb } from './words.ts';

/** Pods that are pushed out end within their grace, 30 s unless told otherwise; jobs end and make room. */
const PATIENCE_MS = 120_000;
/** Pods whose successors in the queue are told. */
const EXPLAINED = 3;

/** GPU pods that wait because all GPUs are taken, and who would go for them. */
export const gpuPodsWait = {
  kind: 'fleet',
  name: 'gpu-pods-wait',
  title: 'Pods wait for GPUs',
  severities: ['notice'],
  find: perCluster((cluster, inventory) =>
    gpuPodsOf(cluster)
      .waiting.filter((pod) => isTold(cluster, pod))
      .toSorted((left, right) => right.priority - left.priority)
      .flatMap((pod, index) =>
        placeOfPod(cluster, inventory, '').map((node) => ({
          cause: cluster.spec.name,
          severity: 'notice' as const,
          evidence: { node, about: SHARING, text: `${podName(pod)} waits with priority ${priorityText(pod)}` },
          afterMs: PATIENCE_MS,
          words: { pod: podName(pod), cluster: cluster.spec.name, ...(index < EXPLAINED ? whoFor(cluster, pod) : {}) },
        })),
      ),
  ),
  tell: ({ symptoms, word }) => ({
    title: `${count(symptoms.length, 'pod')} of cluster ${word('cluster')} ${verb(symptoms.length, 'waits', 'wait')} for GPUs that others hold: ${listed(symptoms.map(({ words }) => words?.['pod'] ?? ''))}`,
    nextMove:
      'Wait for a pod to end, share the cards in more slices, or give what must run first a higher priority class.',
    explanation: symptoms.flatMap(({ words }) => {
      const lines = words?.['who'];
      return lines === undefined ? [] : [`For ${words?.['pod'] ?? ''} goes first:`, ...lines.split('\n')];
    }),
  }),
} satisfies FleetRule;

/** Other rules tell of a priority that does not help, and of a rolling update that waits for its own old pod. */
const isTold = (cluster: Cluster, pod: KubePod): boolean =>
  isFull(pod) &&
  whoGoesFirst(cluster, pod).kind !== 'room' &&
  !pushesNobody(cluster, pod) &&
  oldOf(cluster, pod) === undefined;

const whoFor = (cluster: Cluster, pod: KubePod): { readonly who: string } => ({
  who: whoGoesLines(whoGoesFirst(cluster, pod), pod).join('\n'),
});
