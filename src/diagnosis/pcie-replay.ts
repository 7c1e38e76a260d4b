import { growingErrors } from './growing-errors.ts';
import type { NodeRule } from './rule.ts';
import { listed } from './words.ts';

/** Within five minutes, as the usual alerts of GPU fleets have it. A good link repeats next to nothing. */
const ALLOWED = 10;

/** Cards whose PCIe link sends packets again because they arrive damaged. */
export const pcieReplay = {
  kind: 'node',
  name: 'pcie-replay',
  title: 'GPU link repeats packets',
  severities: ['warning'],
  reads: ['gpuErrors'],
  isLive: true,
  find: (node) => growingErrors(node, ({ replayGrowth }) => replayGrowth, ALLOWED, 'PCIe replays'),
  tell: ({ first, symptoms }) => ({
    title: `${listed(symptoms.map(({ evidence }) => evidence.about))} of ${first.node}: ${first.text}`,
    nextMove: `Reseat the card and look at riser, cable and slot in ${first.node}: what crosses the link arrives damaged.`,
  }),
} satisfies NodeRule;
