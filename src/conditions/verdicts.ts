import type { CheckFacts, CheckName, Need, Observed } from '../model/check.ts';
import { checked } from '../model/check.ts';
import type { Verdict } from '../model/condition.ts';
import type { KnownFacts, ProbeName } from '../model/probe.ts';

/** Shorthand for judges. */
export const HOLDS: Verdict = { kind: 'holds' };

/** Shorthand for judges: what was found instead. */
export const fails = (because: string): Verdict => ({ kind: 'fails', because });

/** Holds unless there is a reason why not. */
export const unless = (because: string | undefined): Verdict => (because === undefined ? HOLDS : fails(because));

/** The need for a probe's fact. */
export const ask = (probe: ProbeName, target?: string): Need =>
  target === undefined ? { kind: 'probe', probe } : { kind: 'probe', probe, target };

/** The need for a check of one thing. */
export const look = (check: CheckName, target: string): Need => ({ kind: 'check', check, target });

/** Judges a probe's fact. `absent` is what follows where the node has no such thing; without it that is unknown as well. */
export function onFact<P extends ProbeName>(
  seen: Observed,
  probe: P,
  judge: (fact: NonNullable<KnownFacts[P]>) => Verdict,
  absent?: (because: string) => Verdict,
): Verdict {
  const fact = seen.facts[probe];
  if (fact !== undefined && fact !== null) return judge(fact);
  const because = seen.absent.get(probe);
  if (because !== undefined && absent !== undefined) return absent(because);
  return { kind: 'unknown', because: `${probe}: ${because ?? seen.failed.get(probe) ?? 'not asked'}` };
}

/** Judges what a check told. */
export function onCheck<C extends CheckName>(
  seen: Observed,
  check: C,
  target: string,
  judge: (value: CheckFacts[C]) => Verdict,
): Verdict {
  const value = checked(seen, check, target);
  if (value !== undefined) return judge(value);
  return { kind: 'unknown', because: `${target}: ${seen.failed.get(`${check} ${target}`) ?? 'not asked'}` };
}
