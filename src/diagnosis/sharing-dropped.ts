import type { DeclaredSharing } from '../model/sharing-config.ts';
import { perCluster, placesOf, SHARING } from './clusters.ts';
import { CHART_READS, correctedValues } from './corrected-values.ts';
import { shareAnew, shareWords } from './mend-sharing.ts';
import type { FleetRule } from './rule.ts';
import { commandOf } from './words.ts';

/** A `sharing` block in the values where no template of the chart reads it: it has no effect and nothing says so. */
export const sharingDropped = {
  kind: 'fleet',
  name: 'sharing-dropped',
  title: 'Sharing declared where no chart reads it',
  severities: ['critical'],
  find: perCluster((cluster, inventory) => {
    const { declared } = cluster;
    if (declared?.dropped === undefined) return [];
    const { line, path } = declared.dropped;
    const text = `${declared.file}:${line}: ${path} has no effect`;
    return placesOf(cluster, inventory).map((node) => ({
      cause: `${cluster.spec.name}:${declared.file}`,
      severity: 'critical' as const,
      evidence: { node, about: SHARING, text },
      words: {
        path,
        place: `${declared.file}:${line}`,
        corrected: correctedOf(declared),
        ...mendWords(cluster.spec.name, declared),
      },
    }));
  }),
  tell: (group) => {
    const { word } = group;
    const mend = shareAnew(group, 'cluster', 'replicas', 'resource');
    return {
      title: `${word('place')}: ${word('path')} is read by no template of NVIDIA's chart, so the GPUs are not shared`,
      nextMove:
        mend === undefined
          ? 'Move it into the data of devicePlugin.config in Git, as the explanation has it, and let the default name its key.'
          : `Run ${commandOf(mend)}, which moves it in Git to where the chart reads it, as the explanation has it, and follows that until the nodes offer it.`,
      explanation: [...CHART_READS, 'Corrected:', ...word('corrected').split('\n')],
      ...(mend === undefined ? {} : { mend }),
    };
  },
} satisfies FleetRule;

const mendWords = (cluster: string, { dropped }: DeclaredSharing) =>
  dropped !== undefined && dropped.sharing.resources.length > 0 ? shareWords(cluster, dropped.sharing) : {};

const correctedOf = ({ dropped, name, defaultKey }: DeclaredSharing): string =>
  dropped === undefined ? '' : correctedValues(dropped.sharing, name, defaultKey);
