import { BROKEN } from './hung-usage.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { planOf, remoteAt } from './words.ts';

/** Mounts that answer with an error for good: the export behind them was made anew, or the FUSE program died. */
export const staleHandle = {
  kind: 'node',
  name: 'stale-handle',
  title: 'Mount broken',
  severities: ['critical'],
  reads: ['usage', 'mounts'],
  find: (node) =>
    Object.entries(node.facts.usage).flatMap(([target, slot]): readonly Symptom[] => {
      const error = slot.kind === 'failed' ? BROKEN.exec(slot.because)?.[0] : undefined;
      if (slot.kind !== 'failed' || error === undefined) return [];
      const source = remoteAt(node, target)?.mount.source;
      return [
        {
          cause: `${source ?? `${node.name}:${target}`}:${error.toLowerCase()}`,
          severity: 'critical',
          evidence: { node: node.name, about: target, text: slot.because },
          sinceMs: slot.sinceMs,
          words: { error: error.toLowerCase(), source: source ?? '' },
        },
      ];
    }),
  tell: ({ nodes, first, word }) => ({
    title: `${first.about} on ${nodes} is broken: ${word('error')}`,
    nextMove: word('error').startsWith('stale')
      ? `Run ${planOf('remount', nodes, '--target', first.about)}, which names who uses it; if ${word('source') || 'the source'} was made anew, export it with a fixed fsid.`
      : `Run ${planOf('remount', nodes, '--target', first.about)}, and look in the kernel log there for why it broke.`,
  }),
} satisfies NodeRule;
