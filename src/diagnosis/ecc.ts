import type { Gpu } from '../model/facts.ts';
import type { Severity } from '../model/finding.ts';
import { goodValueOf } from '../model/observation.ts';
import type { NodeRule } from './rule.ts';
import { listed } from './words.ts';

/** GPU memory errors that were not corrected, and repairs that wait or failed. */
export const ecc = {
  kind: 'node',
  name: 'ecc',
  title: 'GPU memory errors',
  severities: ['critical', 'warning'],
  reads: ['gpus'],
  find: ({ name, facts }) =>
    (goodValueOf(facts.slots.gpus) ?? []).flatMap((gpu) =>
      signsOf(gpu).map(({ kind, severity, text }) => ({
        cause: `${kind}:${name}`,
        severity,
        evidence: { node: name, about: `gpu${gpu.index}`, text },
        words: { kind },
      })),
    ),
  tell: ({ first, symptoms, word }) => ({
    title: `${listed(symptoms.map(({ evidence }) => evidence.about))} of ${first.node}: ${first.text}`,
    nextMove:
      word('kind') === 'pending'
        ? `Drain ${first.node} and reset the card, so that the bad memory is set aside.`
        : `Drain ${first.node} and reset the card; if errors come again, have it replaced.`,
  }),
} satisfies NodeRule;

interface Sign {
  readonly kind: string;
  readonly severity: Severity;
  readonly text: string;
}

function signsOf({
  eccUncorrected = 0,
  retiredPagesPending,
  remappedRowsPending,
  remappedRowsFailed,
}: Gpu): readonly Sign[] {
  const signs: Sign[] = [];
  if (remappedRowsFailed === true)
    signs.push({ kind: 'failed', severity: 'critical', text: 'a memory row could not be remapped' });
  if (eccUncorrected > 0) {
    signs.push({ kind: 'uncorrected', severity: 'critical', text: `${eccUncorrected} uncorrected memory errors` });
  }
  if (retiredPagesPending === true || remappedRowsPending === true)
    signs.push({ kind: 'pending', severity: 'warning', text: 'bad memory waits for a reset to be set aside' });
  return signs;
}
