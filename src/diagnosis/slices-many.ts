import { gpuPodsOf, isOver, podName } from '../model/gpu-pods.ts';
import { advertisedName } from '../model/sharing-config.ts';
import { nodeOf, perSharing, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';
import { count, listed, verb } from './words.ts';

/** Pods that ${verb(symptoms.length, 'holds', 'hold')} more than one slice of shared cards: they get no more of them for it. */
export const slicesMany = {
  kind: 'fleet',
  name: 'slices-many',
  title: 'More than one slice asked for',
  severities: ['notice'],
  find: perSharing((sharing, cluster) => {
    const { choice } = sharing;
    if (choice.kind !== 'chosen' || choice.config.strategy === 'none') return [];
    const shared = choice.config.resources.map((resource) => advertisedName(choice.config, resource));
    const pods = (gpuPodsOf(cluster).holding.get(sharing.node.name) ?? []).filter(
      (pod) => !isOver(pod) && shared.some((name) => (pod.requests[name] ?? 0) > 1),
    );
    return pods.map((pod) => ({
      cause: `${cluster.spec.name}:${pod.namespace}`,
      severity: 'notice' as const,
      evidence: {
        node: nodeOf(sharing),
        about: SHARING,
        text: `${podName(pod)} holds ${shared.map((name) => pod.requests[name] ?? 0).find((amount) => amount > 1)} slices`,
      },
      words: { pod: podName(pod) },
    }));
  }),
  tell: ({ symptoms, nodes }) => ({
    title: `${count(symptoms.length, 'pod')} on ${nodes} ${verb(symptoms.length, 'holds', 'hold')} more than one slice: ${listed(symptoms.map(({ words }) => words?.['pod'] ?? ''))}`,
    nextMove: 'Ask for one slice: two are not twice the speed, may span two cards, and keep another pod out.',
    explanation: [
      'A slice is a turn on a card: CUDA gives every process equal time, whatever it asked for, without memory or fault isolation.',
      'With more cards the device plugin spreads slices: two of them may be one on each card.',
      'failRequestsGreaterThanOne: true under sharing.timeSlicing refuses such pods with UnexpectedAdmissionError.',
    ],
  }),
} satisfies FleetRule;
