import type { RolloutLimits } from './rollout.ts';

/** Limits as people write them: `1`, `10%`; what is left out takes its default. */
export interface GivenLimits {
  readonly canary?: string | undefined;
  readonly maxUnavailable?: string | undefined;
  readonly maxFailures?: string | undefined;
}

/** One node first, then a tenth of them at once, and the first failure stops the start of more. */
export const DEFAULT_LIMITS = { canary: '1', maxUnavailable: '10%', maxFailures: '0' } as const;

export type ReadLimits =
  | { readonly kind: 'limits'; readonly limits: RolloutLimits }
  | { readonly kind: 'problem'; readonly field: keyof GivenLimits; readonly because: string };

/**
 * Limits for a rollout over so many nodes. Percentages of nodes at once and of the canary are rounded up and are at least 1; of failures
 * they are rounded down, so that 10 % of 5 nodes allow none.
 */
export function readLimits(given: GivenLimits, nodes: number): ReadLimits {
  const canary = amountOf(given.canary ?? DEFAULT_LIMITS.canary, nodes, Math.ceil);
  const maxUnavailable = amountOf(given.maxUnavailable ?? DEFAULT_LIMITS.maxUnavailable, nodes, Math.ceil);
  const maxFailures = amountOf(given.maxFailures ?? DEFAULT_LIMITS.maxFailures, nodes, Math.floor);
  if (canary === undefined || canary < 1) return problem('canary', given.canary, 'a number from 1, or a percentage');
  if (maxUnavailable === undefined || maxUnavailable < 1)
    return problem('maxUnavailable', given.maxUnavailable, 'a number from 1, or a percentage above 0');
  if (maxFailures === undefined) return problem('maxFailures', given.maxFailures, 'a number from 0, or a percentage');
  return { kind: 'limits', limits: { canary, maxUnavailable, maxFailures } };
}

const problem = (field: keyof GivenLimits, given: string | undefined, expected: string): ReadLimits => ({
  kind: 'problem',
  field,
  because: `"${given ?? ''}" is not ${expected}`,
});

function amountOf(text: string, nodes: number, round: (share: number) => number): number | undefined {
  const [, figure = '', percent = ''] = /^\s*(\d{1,9})\s*(%?)\s*$/.exec(text) ?? [];
  if (figure === '') return undefined;
  if (percent === '') return Number(figure);
  return Number(figure) > 100 ? undefined : round((Number(figure) / 100) * nodes);
}
