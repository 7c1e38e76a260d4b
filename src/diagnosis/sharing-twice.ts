import { perCluster, placesOf, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

/** Two places of the Git file that both set sharing, or a file that cannot be read: what counts is not certain. */
export const sharingTwice = {
  kind: 'fleet',
  name: 'sharing-twice',
  title: 'Git contradicts itself or cannot be read',
  severities: ['warning'],
  find: perCluster((cluster, inventory) => {
    const { declared } = cluster;
    const because =
      declared?.kind === 'unreadable' ? (declared.because ?? 'it cannot be read') : declared?.contradiction;
    if (declared === undefined || because === undefined) return [];
    const text = `${declared.file}: ${because}`;
    return placesOf(cluster, inventory).map((node) => ({
      cause: `${cluster.spec.name}:${text}`,
      severity: 'warning' as const,
      evidence: { node, about: SHARING, text },
    }));
  }),
  tell: ({ first }) => ({
    title: first.text,
    nextMove: 'Correct the file in Git; the cluster itself is read all the same.',
  }),
} satisfies FleetRule;
