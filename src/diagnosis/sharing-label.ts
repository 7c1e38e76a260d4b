import { CONFIG_LABEL } from '../model/plugin-choice.ts';
import { nodeOf, perSharing, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

/** A node label that names no key of the device plugin's ConfigMap. */
export const sharingLabel = {
  kind: 'fleet',
  name: 'sharing-label',
  title: 'Label names no configuration',
  severities: ['critical'],
  find: perSharing((sharing, cluster) => {
    const { choice, node } = sharing;
    if (choice.kind !== 'broken' || choice.lint !== 'label-no-key') return [];
    return [
      {
        cause: `${cluster.spec.name}:${node.labels[CONFIG_LABEL] ?? ''}`,
        severity: 'critical',
        evidence: { node: nodeOf(sharing), about: SHARING, text: choice.because },
        words: { because: choice.because, keys: choice.map?.keys.join(', ') ?? '' },
      },
    ];
  }),
  tell: ({ nodes, word }) => ({
    title: `${nodes}: ${word('because')}`,
    nextMove: `Label ${nodes} with one of the keys (${word('keys')}), or take the label away: then the default counts.`,
    explanation: [
      `The label ${CONFIG_LABEL} wins over the default; a key that is not there keeps config-manager, and with it the device plugin, from starting.`,
      `kubectl label node NODE ${CONFIG_LABEL}=KEY --overwrite; kubectl label node NODE ${CONFIG_LABEL}- takes it away.`,
    ],
  }),
} satisfies FleetRule;
