import { gpuPodsOf, podName } from '../model/gpu-pods.ts';
import { perCluster, placeOfPod, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';
import { count, listed } from './words.ts';

/** Pods the kubelet refused because the device plugin would not give them what they ask for; they stay until somebody deletes them. */
export const slicesRefused = {
  kind: 'fleet',
  name: 'slices-refused',
  title: 'Pods refused by the device plugin',
  severities: ['warning'],
  find: perCluster((cluster, inventory) =>
    gpuPodsOf(cluster).refused.flatMap((pod) =>
      placeOfPod(cluster, inventory, pod.node).map((node) => ({
        cause: cluster.spec.name,
        severity: 'warning' as const,
        evidence: { node, about: SHARING, text: `${podName(pod)}: ${pod.message ?? pod.reason ?? ''}` },
        words: { pod: podName(pod) },
      })),
    ),
  ),
  tell: ({ symptoms, nodes }) => ({
    title: `${count(symptoms.length, 'pod')} refused on ${nodes} (UnexpectedAdmissionError): ${listed(symptoms.map(({ words }) => words?.['pod'] ?? ''))}`,
    nextMove: 'Let them ask for one slice, then delete the refused pods by hand: Kubernetes keeps them.',
    explanation: [
      'failRequestsGreaterThanOne: true refuses more than one slice a pod; an unhealthy or vanished card refuses, too.',
      'The message of each pod in the evidence says which.',
    ],
  }),
} satisfies FleetRule;
