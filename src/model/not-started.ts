import type { Rollout } from './rollout.ts';

/** What became of a rollout that is over and was never started; undefined for every other. */
export function whyNeverStarted({
  phase,
  startedAtMs,
  plan,
}: Pick<Rollout, 'phase' | 'startedAtMs' | 'plan'>): 'nothing to do' | 'refused' | 'given up' | undefined {
  if (phase !== 'ended' || startedAtMs !== undefined) return undefined;
  if (plan?.kind === 'no-op') return 'nothing to do';
  return plan?.kind === 'refused' ? 'refused' : 'given up';
}
