import { describeDifferences } from '../model/comparison.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { planOf } from './words.ts';

/** Mounts that are there but not as declared, and mounts that must not be there. */
export const mountDrifted = {
  kind: 'node',
  name: 'mount-drifted',
  title: 'Mount drifted',
  severities: ['warning'],
  reads: ['mounts'],
  find: (node) =>
    node.drift().mounts.flatMap(({ spec, target, drift }): readonly Symptom[] => {
      if (spec === undefined) return [];
      if (drift.kind !== 'drifted' && drift.kind !== 'unexpected') return [];
      const text = drift.kind === 'drifted' ? describeDifferences(drift.differences) : drift.because;
      return [
        {
          cause: `${target}:${text}`,
          severity: 'warning',
          evidence: { node: node.name, about: target, text },
          words: { kind: drift.kind, source: spec.source },
        },
      ];
    }),
  tell: ({ nodes, first, word }) =>
    word('kind') === 'unexpected'
      ? {
          title: `${first.about} must not be mounted on ${nodes}: ${first.text}`,
          nextMove: `Run ${planOf('converge', nodes)}, which unmounts ${first.about} where nobody uses it, or take "absent" out of the inventory.`,
        }
      : {
          title: `${first.about} on ${nodes} is not as declared: ${first.text}`,
          nextMove: `Run ${planOf('converge', nodes)}, which unmounts ${first.about} and mounts it as declared (a remount does not change NFS options), or change the inventory.`,
        },
} satisfies NodeRule;
