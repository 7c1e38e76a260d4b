import { describeDifferences } from '../model/comparison.ts';
import type { NodeRule, Symptom } from './rule.ts';

/** Declared volumes whose disk or filesystem is not there, or is another one. */
export const volumeDrifted = {
  kind: 'node',
  name: 'volume-drifted',
  title: 'Volume missing or drifted',
  severities: ['critical', 'warning'],
  reads: ['blockDevices'],
  find: (node) =>
    node.drift().volumes.flatMap(({ spec, drift }): readonly Symptom[] => {
      if (drift.kind !== 'missing' && drift.kind !== 'drifted') return [];
      const text = drift.kind === 'missing' ? drift.because : describeDifferences(drift.differences);
      return [
        {
          cause: `${spec.name}:${text}`,
          severity: drift.kind === 'missing' ? 'critical' : 'warning',
          evidence: { node: node.name, about: spec.name, text },
        },
      ];
    }),
  tell: ({ nodes, first }) => ({
    title: `volume ${first.about} on ${nodes} is not as declared: ${first.text}`,
    nextMove: `Look at the disks of ${nodes} before anything is written: it may be another disk than the inventory means.`,
  }),
} satisfies NodeRule;
