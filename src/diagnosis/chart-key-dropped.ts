import { isDropped, type SeenKey, versionInLabel } from '../model/chart-keys.ts';
import type { Cluster } from '../model/kubernetes.ts';
import { perCluster, placesOf, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

/** A key of the values that the chart's version does not read: renamed, taken away, or not there yet. Helm says nothing of it. */
export const chartKeyDropped = {
  kind: 'fleet',
  name: 'chart-key-dropped',
  title: 'A key of the values that this version of the chart does not read',
  severities: ['critical', 'warning', 'notice'],
  find: perCluster((cluster, inventory) => {
    const { declared } = cluster;
    return (declared?.changedKeys ?? []).flatMap((seen) => {
      const { key, line } = seen;
      const version = versionOf(cluster, seen);
      if (version === undefined || !isDropped(key, version)) return [];
      const path = key.path.join('.');
      const since = key.goneSince === undefined ? `before ${key.readSince}` : `since ${key.goneSince}`;
      const text = `${declared?.file}:${line}: ${key.chart} ${version} does not read ${path} (${since})`;
      return placesOf(cluster, inventory).map((node) => ({
        cause: `${cluster.spec.name}:${declared?.file}:${path}`,
        severity: key.severity,
        evidence: { node, about: SHARING, text },
        words: { place: `${declared?.file}:${line}`, chart: key.chart, version, key: path, instead: key.instead },
      }));
    });
  }),
  tell: ({ word }) => ({
    title: `${word('place')}: ${word('key')} is not read by ${word('chart')} ${word('version')}; ${word('instead')}`,
    nextMove: 'Correct the file in Git; Helm drops a key that no template reads without a word.',
  }),
} satisfies FleetRule;

/** The version in Git, else the one that made the objects of the cluster. */
const versionOf = ({ tables }: Cluster, { key, version }: SeenKey): string | undefined =>
  version ??
  [...tables.policies.items.values(), ...tables.daemonSets.items.values()]
    .map(({ chart }) => versionInLabel(key.chart, chart))
    .find((label) => label !== undefined);
