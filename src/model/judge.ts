import type { Need, Observed } from './check.ts';
import type { Condition, ConditionKind, ConditionRules, Verdict } from './condition.ts';

/** Everything these conditions want looked at, each thing once. */
export function needsOf(rules: ConditionRules, conditions: readonly Condition[]): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const condition of conditions)
    for (const need of needsOfOne(rules, condition.kind, condition)) needs.set(JSON.stringify(need), need);
  return [...needs.values()];
}

/** The first condition that does not hold, or that the node cannot tell, and what it wants; undefined when all hold. */
export function firstUnmet(rules: ConditionRules, conditions: readonly Condition[], seen: Observed): Unmet | undefined {
  let unknown: Unmet | undefined;
  for (const condition of conditions) {
    const verdict = judgeOne(rules, condition.kind, condition, seen);
    if (verdict.kind === 'holds') continue;
    const unmet = {
      kind: verdict.kind,
      expected: wordsOf(rules, condition),
      because: verdict.because,
    };
    // What surely does not hold says more than what could not be told.
    if (verdict.kind === 'fails') return unmet;
    unknown ??= unmet;
  }
  return unknown;
}

/** One condition as a clause, e.g. `/dev/sdb1 holds ext4 labelled data`. */
export const wordsOf = (rules: ConditionRules, condition: Condition): string =>
  wordsOfOne(rules, condition.kind, condition);

/** A condition that stands in the way: in words what was expected and what was found. */
export interface Unmet {
  readonly kind: 'fails' | 'unknown';
  readonly expected: string;
  readonly because: string;
}

const needsOfOne = <K extends ConditionKind>(
  rules: ConditionRules,
  kind: K,
  condition: Extract<Condition, { kind: K }>,
): readonly Need[] => rules[kind].needs(condition);

const judgeOne = <K extends ConditionKind>(
  rules: ConditionRules,
  kind: K,
  condition: Extract<Condition, { kind: K }>,
  seen: Observed,
): Verdict => rules[kind].judge(condition, seen);

const wordsOfOne = <K extends ConditionKind>(
  rules: ConditionRules,
  kind: K,
  condition: Extract<Condition, { kind: K }>,
): string => rules[kind].words(condition);
