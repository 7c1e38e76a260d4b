import { nodeOf, perSharing, SHARING } from './clusters.ts';
import { shareAnew, shareWords } from './mend-sharing.ts';
import type { FleetRule } from './rule.ts';
import { commandOf } from './words.ts';

/** A device plugin is restarted within this after its configuration changed; until then nothing is wrong. */
const PATIENCE_MS = 60_000;

/** A configuration that the device plugin has not taken: an edited ConfigMap has no effect by itself. */
export const sharingNotTaken = {
  kind: 'fleet',
  name: 'sharing-not-taken',
  title: 'Configuration not taken',
  severities: ['warning'],
  find: perSharing((sharing, cluster) => {
    const { choice } = sharing;
    const { state, lint, text } = sharing.steps.advertised;
    if (state !== 'broken' || lint !== 'not-taken') return [];
    return [
      {
        cause: cluster.spec.name,
        severity: 'warning',
        afterMs: PATIENCE_MS,
        evidence: { node: nodeOf(sharing), about: SHARING, text },
        words: {
          text,
          namespace: choice.kind === 'chosen' ? choice.map.namespace : 'gpu-operator',
          ...(choice.kind === 'chosen' ? shareWords(cluster.spec.name, choice.config, { config: choice.key }) : {}),
        },
      },
    ];
  }),
  tell: (group) => {
    const { nodes, nodeCount, word } = group;
    const mend = shareAnew(group, 'cluster', 'config', 'replicas', 'resource');
    return {
      title: `${nodes}: ${nodeCount === 1 ? word('text') : 'the configured slices are not advertised: the device plugin has not taken its configuration'}`,
      nextMove:
        mend === undefined
          ? 'Restart the DaemonSet of the device plugin; pods that run keep what they have.'
          : `Run ${commandOf(mend)}, which restarts the device plugin and verifies what the nodes offer; pods that run keep what they have.`,
      explanation: [
        'The operator does not watch the content of the ConfigMap: an edit takes effect when the device plugin starts again.',
        `kubectl -n ${word('namespace')} rollout restart daemonset/nvidia-device-plugin-daemonset`,
        'Changed replicas count for new allocations only.',
      ],
      ...(mend === undefined ? {} : { mend }),
    };
  },
} satisfies FleetRule;
