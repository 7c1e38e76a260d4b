import { nodeOf, perSharing, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

/** A device plugin is restarted within this after its configuration changed; until then nothing is wrong. */
const PATIENCE_MS = 60_000;

/** A configuration that the device plugin has not taken: an edited ConfigMap has no effect by itself. */
export const sharingNotTaken = {
  kind: 'fleet',
  name: 'sharing-not-taken',
  title: 'Configuration not taken',
  severities: ['warning'],
  find: perSharing((sharing, cluster) => {
    const { state, lint, text } = sharing.steps.advertised;
    if (state !== 'broken' || lint !== 'not-taken') return [];
    return [
      {
        cause: cluster.spec.name,
        severity: 'warning',
        afterMs: PATIENCE_MS,
        evidence: { node: nodeOf(sharing), about: SHARING, text },
        words: { text, namespace: sharing.choice.kind === 'chosen' ? sharing.choice.map.namespace : 'gpu-operator' },
      },
    ];
  }),
  tell: ({ nodes, nodeCount, word }) => ({
    title: `${nodes}: ${nodeCount === 1 ? word('text') : 'the configured slices are not advertised: the device plugin has not taken its configuration'}`,
    nextMove: 'Restart the DaemonSet of the device plugin; pods that run keep what they have.',
    explanation: [
      'The operator does not watch the content of the ConfigMap: an edit takes effect when the device plugin starts again.',
      `kubectl -n ${word('namespace')} rollout restart daemonset/nvidia-device-plugin-daemonset`,
      'Changed replicas count for new allocations only.',
    ],
  }),
} satisfies FleetRule;
