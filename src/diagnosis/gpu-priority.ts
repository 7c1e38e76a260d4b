import { gpuPodsOf, gpuResources, podName } from '../model/gpu-pods.ts';
import type { Cluster, KubePod } from '../model/kubernetes.ts';
import { perCluster, placeOfPod, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';
import { count, listed, verb } from './words.ts';

/** GPU pods that wait with a priority class and can push nobody out: every holder has the same priority or a higher one. */
export const gpuPriority = {
  kind: 'fleet',
  name: 'gpu-priority',
  title: 'Priority that pushes nobody out',
  severities: ['notice'],
  find: perCluster((cluster, inventory) => {
    const { waiting } = gpuPodsOf(cluster);
    return waiting
      .filter((pod) => pod.priorityClass !== undefined && isFull(pod) && !canPush(cluster, pod))
      .flatMap((pod) =>
        placeOfPod(cluster, inventory, '').map((node) => ({
          cause: `${cluster.spec.name}:${pod.priorityClass}`,
          severity: 'notice' as const,
          evidence: { node, about: SHARING, text: `${podName(pod)} waits with priority ${pod.priority}` },
          words: { pod: podName(pod), className: pod.priorityClass ?? '' },
        })),
      );
  }),
  tell: ({ symptoms, word }) => ({
    title: `${count(symptoms.length, 'pod')} of priority class ${word('className')} ${verb(symptoms.length, 'waits', 'wait')} and can push nobody out: ${listed(symptoms.map(({ words }) => words?.['pod'] ?? ''))}`,
    nextMove: 'Give the pods that hold the GPUs a lower priority class, or wait for one of them to end.',
    explanation: [
      'The scheduler pushes out pods of lower priority alone, and none where the class says preemptionPolicy: Never.',
    ],
  }),
} satisfies FleetRule;

const isFull = ({ message }: KubePod): boolean => /Insufficient/.test(message ?? '');

/** Whether a pod of lower priority holds some of what it asks for. */
function canPush(cluster: Cluster, { requests, priority }: KubePod): boolean {
  const wanted = gpuResources(requests).map(([name]) => name);
  for (const pods of gpuPodsOf(cluster).holding.values())
    for (const pod of pods)
      if (pod.priority < priority && wanted.some((name) => (pod.requests[name] ?? 0) > 0)) return true;
  return false;
}
