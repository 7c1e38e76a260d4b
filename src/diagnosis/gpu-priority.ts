import { gpuPodsOf, podName } from '../model/gpu-pods.ts';
import type { Cluster, KubePod } from '../model/kubernetes.ts';
import { whoGoesFirst } from '../model/preemption.ts';
import { perCluster, placeOfPod, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';
import { count, listed, verb } from './words.ts';

/** GPU pods that wait with a priority class and can push nobody out: no node has enough in the hands of pods of lower priority. */
export const gpuPriority = {
  kind: 'fleet',
  name: 'gpu-priority',
  title: 'Priority that pushes nobody out',
  severities: ['notice'],
  find: perCluster((cluster, inventory) => {
    const { waiting } = gpuPodsOf(cluster);
    return waiting
      .filter((pod) => isFull(pod) && pushesNobody(cluster, pod))
      .flatMap((pod) =>
        placeOfPod(cluster, inventory, '').map((node) => ({
          cause: `${cluster.spec.name}:${pod.priorityClass}`,
          severity: 'notice' as const,
          evidence: { node, about: SHARING, text: `${podName(pod)} waits with priority ${pod.priority}` },
          words: { pod: podName(pod), className: pod.priorityClass ?? '', because: becauseFor(cluster, pod) },
        })),
      );
  }),
  tell: ({ symptoms, word }) => ({
    title: `${count(symptoms.length, 'pod')} of priority class ${word('className')} ${verb(symptoms.length, 'waits', 'wait')} and can push nobody out: ${listed(symptoms.map(({ words }) => words?.['pod'] ?? ''))}`,
    nextMove: 'Give the pods that hold the GPUs a lower priority class, or wait for one of them to end.',
    explanation: [
      ...new Set(symptoms.map(({ words }) => `${words?.['pod'] ?? ''}: ${words?.['because'] ?? ''}`)),
      'The scheduler pushes out pods of lower priority alone, all of one node, and none where the class says preemptionPolicy: Never.',
    ],
  }),
} satisfies FleetRule;

function becauseFor(cluster: Cluster, pod: KubePod): string {
  const who = whoGoesFirst(cluster, pod);
  return who.kind === 'nobody' ? who.because : '';
}

/** Whether a pod waits because all it asks for is taken. */
export const isFull = ({ message }: KubePod): boolean => /Insufficient/.test(message ?? '');

/** Whether a pod has a priority class that does not help it. */
export const pushesNobody = (cluster: Cluster, pod: KubePod): boolean =>
  pod.priorityClass !== undefined && pod.nominatedNode === undefined && whoGoesFirst(cluster, pod).kind === 'nobody';
