import type { NodeRule, NodeView, Symptom } from './rule.ts';
import { declaredServer, planOf } from './words.ts';

/** Declared mounts that are not there; an automount that waits is there. */
export const mountMissing = {
  kind: 'node',
  name: 'mount-missing',
  title: 'Mount missing',
  severities: ['critical'],
  reads: ['mounts', 'units'],
  find: (node) =>
    node.drift().mounts.flatMap(({ spec, target, drift }): readonly Symptom[] => {
      if (spec === undefined || drift.kind !== 'missing') return [];
      const server = declaredServer(node, spec.source, spec.fsType);
      return [
        {
          cause: `${spec.source}:${target}`,
          severity: 'critical',
          evidence: { node: node.name, about: target, text: `${drift.because}${unitOf(node, target)}` },
          words: { source: spec.source, ...(server === undefined ? {} : { server }) },
        },
      ];
    }),
  tell: ({ nodes, first, word }) => ({
    title: `${first.about} is not mounted on ${nodes}: ${first.text}`,
    nextMove: `Run ${planOf('converge', nodes)}, which mounts ${word('source')} at ${first.about} as the inventory says, or take the wish out of it.`,
  }),
} satisfies NodeRule;

/** What systemd says about the unit of a missing mount. */
function unitOf({ facts }: NodeView, target: string): string {
  const units = facts.slots.units?.kind === 'ok' ? facts.slots.units.value.units : [];
  const failed = units.find((unit) => unit.where === target && unit.active === 'failed');
  return failed === undefined
    ? ''
    : `, ${failed.name} failed${failed.result === undefined ? '' : ` (${failed.result})`}`;
}
