import { CONFIG_LABEL } from '../model/plugin-choice.ts';
import { nodeOf, perSharing, SHARING } from './clusters.ts';
import { firstSharedWords, shareAnew } from './mend-sharing.ts';
import type { FleetRule } from './rule.ts';
import { commandOf } from './words.ts';

/** A ConfigMap that is not there, or of which no key is chosen: nothing is shared, and nothing says so. */
export const sharingUnchosen = {
  kind: 'fleet',
  name: 'sharing-unchosen',
  title: 'No configuration is chosen',
  severities: ['warning'],
  find: perSharing((sharing, cluster) => {
    const { choice } = sharing;
    if (choice.kind !== 'broken' || (choice.lint !== 'no-config' && choice.lint !== 'no-map')) return [];
    return [
      {
        cause: `${cluster.spec.name}:${choice.because}`,
        severity: 'warning',
        evidence: { node: nodeOf(sharing), about: SHARING, text: choice.because },
        words: {
          because: choice.because,
          isMapMissing: choice.lint === 'no-map' ? 'yes' : '',
          ...firstSharedWords(cluster.spec.name, choice.map?.configs ?? {}),
        },
      },
    ];
  }),
  tell: (group) => {
    const { nodes, word } = group;
    const mend = shareAnew(group, 'cluster', 'nodes', 'config', 'replicas', 'resource');
    const byHand = `Set devicePlugin.config.default to a key, or label the nodes with ${CONFIG_LABEL}`;
    return {
      title: `${nodes}: ${word('because')}`,
      nextMove:
        word('isMapMissing') === 'yes'
          ? 'Create the ConfigMap in the namespace of the device plugin, in Git where Git owns it, or correct its name in the values.'
          : `${byHand}${mend === undefined ? '' : `; ${commandOf(mend)} labels and verifies`}.`,
      explanation: [
        'The operator sets FALLBACK_STRATEGIES=empty: without a label and without a default the device plugin runs with an empty configuration.',
      ],
      ...(mend === undefined ? {} : { mend }),
    };
  },
} satisfies FleetRule;
