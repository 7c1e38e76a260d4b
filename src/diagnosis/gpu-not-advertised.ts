import { nodeOf, perSharing, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

/** A device plugin that starts registers its cards within this. */
const PATIENCE_MS = 60_000;

/** A GPU node of a cluster that offers no GPU, or fewer than it has, with the first link that breaks on the way there. */
export const gpuNotAdvertised = {
  kind: 'fleet',
  name: 'gpu-not-advertised',
  title: 'GPUs not advertised',
  severities: ['critical'],
  find: perSharing((sharing) => {
    const { state, lint, text } = sharing.steps.advertised;
    if (state !== 'broken' || (lint !== 'nothing' && lint !== 'unhealthy')) return [];
    const node = nodeOf(sharing);
    return [
      {
        cause: node,
        severity: 'critical',
        afterMs: PATIENCE_MS,
        evidence: { node, about: SHARING, text },
        words: { isUnhealthy: lint === 'unhealthy' ? 'yes' : '' },
      },
    ];
  }),
  tell: ({ first, word }) => ({
    title: `${first.node} cannot give pods its GPUs: ${first.text}`,
    nextMove:
      word('isUnhealthy') === 'yes'
        ? `Look for Xid lines of ${first.node}, then restart its device plugin: it never takes a card back by itself. A card that fell off the bus needs a reboot.`
        : `Look at the log of the device plugin of ${first.node}, then at driver and container toolkit of the node.`,
  }),
} satisfies FleetRule;
