import { CONFIG_LABEL } from '../model/plugin-choice.ts';
import { nodeOf, perSharing, SHARING } from './clusters.ts';
import { firstSharedWords, shareAnew } from './mend-sharing.ts';
import type { FleetRule } from './rule.ts';
import { commandOf } from './words.ts';

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
        words: {
          because: choice.because,
          keys: choice.map?.keys.join(', ') ?? '',
          ...firstSharedWords(cluster.spec.name, choice.map?.configs ?? {}),
        },
      },
    ];
  }),
  tell: (group) => {
    const { nodes, word } = group;
    const mend = shareAnew(group, 'cluster', 'nodes', 'config', 'replicas', 'resource');
    const byHand = `Label ${nodes} with one of the keys (${word('keys')}), or take the label away: then the default counts.`;
    return {
      title: `${nodes}: ${word('because')}`,
      nextMove: mend === undefined ? byHand : `${byHand.slice(0, -1)}; ${commandOf(mend)} labels and verifies.`,
      explanation: [
        `The label ${CONFIG_LABEL} wins over the default; a key that is not there keeps config-manager, and with it the device plugin, from starting.`,
        `kubectl label node NODE ${CONFIG_LABEL}=KEY --overwrite; kubectl label node NODE ${CONFIG_LABEL}- takes it away.`,
      ],
      ...(mend === undefined ? {} : { mend }),
    };
  },
} satisfies FleetRule;
