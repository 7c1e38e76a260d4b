import type { Need, Observed } from '../model/check.ts';
import type { Condition, Verdict } from '../model/condition.ts';
import * as judge from '../model/judge.ts';
import { conditions } from './registry.ts';
import { HOLDS } from './verdicts.ts';

/** Everything to be looked at before these can be judged by the registered rules, each once. */
export const needsOf = (asked: readonly Condition[]): readonly Need[] => judge.needsOf(conditions, asked);

/** All of them hold; else the first that fails, else the first that is unknown: what is known to be wrong is the better reason. */
export function judgeAll(asked: readonly Condition[], seen: Observed): Verdict {
  const unmet = judge.firstUnmet(conditions, asked, seen);
  return unmet === undefined ? HOLDS : { kind: unmet.kind, because: unmet.because };
}

/** One condition as a clause, by its rule. */
export const wordsOf = (condition: Condition): string => judge.wordsOf(conditions, condition);
