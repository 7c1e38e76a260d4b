import { nodeOf, perSharing, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

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
      },
    ];
  }),
  tell: ({ nodes, first }) => ({
    title: `the GPUs of ${nodes} are not shared as the inventory wishes: ${first.text}`,
    nextMove: `Bring the configuration of ${nodes} to what the inventory says, in Git where Git owns it, or correct the inventory.`,
  }),
} satisfies FleetRule;
