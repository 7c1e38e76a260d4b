import { sharingOf } from '../model/sharing.ts';
import type { SharingConfig } from '../model/sharing-config.ts';
import { nodeOf, perCluster, placesOf, SHARING } from './clusters.ts';
import { CHART_READS } from './corrected-values.ts';
import type { FleetRule } from './rule.ts';

/** A default that is no key of the data, in Git or in the cluster: config-manager ends with "specified config … does not exist". */
export const sharingDefault = {
  kind: 'fleet',
  name: 'sharing-default',
  title: 'Default configuration does not exist',
  severities: ['critical'],
  find: perCluster((cluster, inventory) => {
    const { declared } = cluster;
    const keys = Object.keys(declared?.configs ?? {});
    const name = declared?.defaultKey;
    const inGit = declared !== undefined && name !== undefined && keys.length > 0 && !keys.includes(name);
    const symptom = (text: string, wanted: string) => ({
      cause: cluster.spec.name,
      severity: 'critical' as const,
      words: { place: text, corrected: `default: ${wanted}` },
    });
    if (inGit) {
      const text = `${declared.file}: default "${name}" is no key of the data, which has ${keys.join(', ')}`;
      return placesOf(cluster, inventory).map((node) => ({
        ...symptom(text, firstShared(declared.configs)),
        evidence: { node, about: SHARING, text },
      }));
    }
    return sharingOf(cluster, inventory).flatMap((sharing) => {
      const { choice } = sharing;
      if (choice.kind !== 'broken' || choice.lint !== 'default-no-key') return [];
      const text = choice.because;
      return [
        {
          ...symptom(text, firstShared(choice.map?.configs ?? {})),
          evidence: { node: nodeOf(sharing), about: SHARING, text },
        },
      ];
    });
  }),
  tell: ({ word, nodes }) => ({
    title: `the device plugin of ${nodes} cannot start its configuration: ${word('place')}`,
    nextMove: 'Let the default name a key of the data, in Git where Git owns it; the explanation has the line.',
    explanation: [
      ...CHART_READS,
      'config-manager ends with "specified config … does not exist" until then.',
      'Corrected:',
      word('corrected'),
    ],
  }),
} satisfies FleetRule;

/** The key that shares something, else the first one. */
const firstShared = (configs: { readonly [key: string]: SharingConfig }): string =>
  Object.entries(configs).find(([, { resources }]) => resources.length > 0)?.[0] ?? Object.keys(configs)[0] ?? 'any';
