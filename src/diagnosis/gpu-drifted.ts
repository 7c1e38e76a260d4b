import { describeDifferences } from '../model/comparison.ts';
import { gpuDrift } from '../model/gpu-drift.ts';
import { wishOf } from '../model/wishes.ts';
import type { NodeRule } from './rule.ts';

/** Other GPUs or another driver than declared; too few of them is a finding of its own. */
export const gpuDrifted = {
  kind: 'node',
  name: 'gpu-drifted',
  title: 'GPU or driver drifted',
  severities: ['warning'],
  reads: ['gpus'],
  find: ({ name, inventory, facts }) => {
    const wish = wishOf(inventory, name);
    const drift = wish === undefined ? undefined : gpuDrift(wish, facts)?.drift;
    if (drift?.kind !== 'drifted') return [];
    const differences = drift.differences.filter(
      ({ about, wished, seen }) => about !== 'count' || Number(seen) > Number(wished),
    );
    if (differences.length === 0) return [];
    const text = describeDifferences(differences);
    return [{ cause: text, severity: 'warning', evidence: { node: name, about: 'gpus', text } }];
  },
  tell: ({ nodes, first }) => ({
    title: `the GPUs of ${nodes} are not as declared: ${first.text}`,
    nextMove: `Bring ${nodes} to what the inventory says, or correct the inventory.`,
  }),
} satisfies NodeRule;
