import { sharingOf } from '../model/sharing.ts';
import { nodeOf, perCluster, placesOf, SHARING } from './clusters.ts';
import { CHART_READS } from './corrected-values.ts';
import { firstShared, firstSharedWords, shareAnew } from './mend-sharing.ts';
import type { FleetRule } from './rule.ts';
import { commandOf } from './words.ts';

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
    const symptom = (text: string, wanted = 'any') => ({
      cause: cluster.spec.name,
      severity: 'critical' as const,
      words: { place: text, corrected: `default: ${wanted}` },
    });
    if (inGit) {
      const text = `${declared.file}: default "${name}" is no key of the data, which has ${keys.join(', ')}`;
      const { words, ...sign } = symptom(text, firstShared(declared.configs));
      const mended = { ...words, ...firstSharedWords(cluster.spec.name, declared.configs) };
      return placesOf(cluster, inventory).map((node) => ({
        ...sign,
        words: mended,
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
  tell: (group) => {
    const { word, nodes } = group;
    const mend = shareAnew(group, 'cluster', 'config', 'replicas', 'resource');
    return {
      title: `the device plugin of ${nodes} cannot start its configuration: ${word('place')}`,
      nextMove:
        mend === undefined
          ? 'Let the default name a key of the data, in Git where Git owns it; the explanation has the line.'
          : `Run ${commandOf(mend)}, which lets the default in Git name that key and follows it until the nodes offer it; another key is as good (config).`,
      explanation: [
        ...CHART_READS,
        'config-manager ends with "specified config … does not exist" until then.',
        'Corrected:',
        word('corrected'),
      ],
      ...(mend === undefined ? {} : { mend }),
    };
  },
} satisfies FleetRule;
