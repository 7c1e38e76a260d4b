import { growingErrors } from './growing-errors.ts';
import type { NodeRule } from './rule.ts';
import { listed } from './words.ts';

/** Within five minutes, as the usual alerts of GPU fleets have it. Single errors are what ECC is for. */
const ALLOWED = 100;

/** Cards whose memory needs correction at a rate that precedes errors which cannot be corrected. */
export const eccRate = {
  kind: 'node',
  name: 'ecc-rate',
  title: 'GPU memory errors corrected at a high rate',
  severities: ['warning'],
  reads: ['gpuErrors'],
  isLive: true,
  find: (node) => growingErrors(node, ({ correctedGrowth }) => correctedGrowth, ALLOWED, 'corrected memory errors'),
  tell: ({ first, symptoms }) => ({
    title: `${listed(symptoms.map(({ evidence }) => evidence.about))} of ${first.node}: ${first.text}`,
    nextMove: `Reset the card when the jobs on ${first.node} have ended, and have it replaced if errors come at this rate again.`,
  }),
} satisfies NodeRule;
