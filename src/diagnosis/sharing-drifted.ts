import type { SharingSpec } from '../model/inventory.ts';
import { type NodeSharing, sharingOf } from '../model/sharing.ts';
import { nodeOf, perCluster, SHARING } from './clusters.ts';
import { shareAnew, shareWords } from './mend-sharing.ts';
import type { FleetRule } from './rule.ts';
import { commandOf } from './words.ts';

/** Slices configured otherwise than the inventory wishes. */
export const sharingDrifted = {
  kind: 'fleet',
  name: 'sharing-drifted',
  title: 'Sharing drifted',
  severities: ['warning'],
  find: perCluster((cluster, inventory) => {
    const all = sharingOf(cluster, inventory);
    return all.flatMap((sharing) => {
      const { configured } = sharing.steps;
      const isPlain = sharing.choice.kind === 'plain' && sharing.wish !== undefined;
      if (configured.state !== 'broken' || (configured.lint !== 'drifted' && !isPlain)) return [];
      return [
        {
          cause: `${cluster.spec.name}:${configured.text}`,
          severity: 'warning',
          evidence: { node: nodeOf(sharing), about: SHARING, text: configured.text },
          ...(sharing.wish === undefined ? {} : { words: wishWords(sharing, sharing.wish, all) }),
        },
      ];
    });
  }),
  tell: (group) => {
    const { nodes, first } = group;
    const mend = shareAnew(group, 'cluster', 'nodes', 'config', 'replicas', 'resource', 'rename');
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

function wishWords({ cluster, choice }: NodeSharing, wish: SharingSpec, all: readonly NodeSharing[]) {
  const { replicas, resource, renameByDefault } = wish;
  const config = { strategy: 'time-slicing', resources: [{ name: resource, replicas }] } as const;
  const key = choice.kind === 'chosen' ? keyFor(choice.key, wish, all) : '';
  if (key === undefined) return {};
  return {
    ...shareWords(cluster, config, key === '' ? {} : { config: key }),
    ...(renameByDefault ? { rename: 'true' } : {}),
  };
}

/** The key to change, one of their own where nodes that are to stay as they are take it too; undefined where that is taken as well. */
function keyFor(key: string, wish: SharingSpec, all: readonly NodeSharing[]): string | undefined {
  const isTheirs = (one: string): boolean =>
    all.some(({ choice, wish: other }) => choice.kind === 'chosen' && choice.key === one && !isSame(wish, other));
  return [key, `slices-${wish.replicas}`].find((one) => !isTheirs(one));
}

const isSame = (wish: SharingSpec, other: SharingSpec | undefined): boolean =>
  wish.replicas === other?.replicas &&
  wish.resource === other.resource &&
  wish.renameByDefault === other.renameByDefault;
