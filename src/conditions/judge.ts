import type { Need, Observed } from '../model/check.ts';
import type { Condition, ConditionKind, Verdict } from '../model/condition.ts';
import { conditions } from './registry.ts';
import { HOLDS } from './verdicts.ts';

/** A rule as a method that takes any condition: it is only ever handed its own kind. */
interface AnyRule {
  needs(condition: Condition): readonly Need[];
  judge(condition: Condition, seen: Observed): Verdict;
  words(condition: Condition): string;
}

const rules: { readonly [K in ConditionKind]: AnyRule } = conditions;

/** Everything to be looked at before these can be judged, each once. */
export function needsOf(asked: readonly Condition[]): readonly Need[] {
  const needs = asked.flatMap((condition) => rules[condition.kind].needs(condition));
  return [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()];
}

/** All of them hold; else the first that fails, else the first that is unknown: what is known to be wrong is the better reason. */
export function judgeAll(asked: readonly Condition[], seen: Observed): Verdict {
  const verdicts = asked.map((condition) => rules[condition.kind].judge(condition, seen));
  return verdicts.find(({ kind }) => kind === 'fails') ?? verdicts.find(({ kind }) => kind === 'unknown') ?? HOLDS;
}

/** One condition as a clause, e.g. `/dev/sdb1 holds ext4 labelled data`. */
export const wordsOf = (condition: Condition): string => rules[condition.kind].words(condition);
