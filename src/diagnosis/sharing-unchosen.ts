import { CONFIG_LABEL } from '../model/plugin-choice.ts';
import { nodeOf, perSharing, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

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
        words: { because: choice.because, isMapMissing: choice.lint === 'no-map' ? 'yes' : '' },
      },
    ];
  }),
  tell: ({ nodes, word }) => ({
    title: `${nodes}: ${word('because')}`,
    nextMove:
      word('isMapMissing') === 'yes'
        ? 'Create the ConfigMap in the namespace of the device plugin, in Git where Git owns it, or correct its name in the values.'
        : `Set devicePlugin.config.default to a key, or label the nodes with ${CONFIG_LABEL}.`,
    explanation: [
      'The operator sets FALLBACK_STRATEGIES=empty: without a label and without a default the device plugin runs with an empty configuration.',
    ],
  }),
} satisfies FleetRule;
