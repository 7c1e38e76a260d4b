import type { SharingSpec } from '../model/inventory.ts';
import { nodeOf, perSharing, SHARING } from './clusters.ts';
import { shareAnew, shareWords } from './mend-sharing.ts';
import type { FleetRule } from './rule.ts';
import { commandOf } from './words.ts';

/** Slices configured otherwise than the inventory wishes. */
export const sharingDrifted = {
  kind: 'fleet',
  name: 'sharing-drifted',
  title: 'Sharing drifted',
  severities: ['warning'],
  find: perSharing((sharing, cluster) => {
    const { configured } = sharing.steps;
    const isPlain = sharing.choice.kind === 'plain' && sharing.wish !== undefined;
    if (configured.state !== 'broken' || (configured.lint !== 'drifted' && !isPlain)) return [];
    return [
      {
        cause: `${cluster.spec.name}:${configured.text}`,
        severity: 'warning',
        evidence: { node: nodeOf(sharing), about: SHARING, text: configured.text },
        ...(sharing.wish === undefined ? {} : { words: wishWords(cluster.spec.name, sharing.wish) }),
      },
    ];
  }),
  tell: (group) => {
    const { nodes, first } = group;
    const mend = shareAnew(group, 'cluster', 'nodes', 'replicas', 'resource', 'rename');
    return {
      title: `the GPUs of ${nodes} are not shared as the inventory wishes: ${first.text}`,
      nextMove:
        mend === undefined
          ? `Bring the configuration of ${nodes} to what the inventory says, in Git where Git owns it, or correct the inventory.`
          : `Run ${commandOf(mend)}, which configures what the inventory says, in Git where Git owns it, or correct the inventory.`,
      ...(mend === undefined ? {} : { mend }),
    };
  },
} satisfies FleetRule;

const wishWords = (cluster: string, { replicas, resource, renameByDefault }: SharingSpec) => ({
  ...shareWords(cluster, { strategy: 'time-slicing', resources: [{ name: resource, replicas }] }),
  ...(renameByDefault ? { rename: 'true' } : {}),
});
