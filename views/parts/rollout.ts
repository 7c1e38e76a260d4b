import type { JobState, Rollout, RolloutId } from '../../src/model/rollout.ts';
import { waitsForSomebody } from '../../src/model/rollout-pause.ts';
import type { RolloutRow } from '../../src/store/selectors/rollout-rows.ts';
import type { Binding, Column } from '../../src/ui/view.ts';

/** The filter that shows one rollout only. */
export const rolloutFilter = (id: RolloutId): string => `rollout=${id}`;

/** Why a rollout cannot be paused or aborted, or undefined. */
export function whyNotRunning({ phase }: Rollout): string | undefined {
  switch (phase) {
    case 'running':
    case 'paused':
      return undefined;
    case 'aborting':
      return 'it is being aborted';
    case 'ended':
      return 'it has ended';
    default:
      return 'it was not started';
  }
}

/** Why nothing of it can be tried again, or undefined. */
export function whyNoRetry(rollout: Rollout): string | undefined {
  if (rollout.startedAtMs === undefined) return 'it was not started';
  if (rollout.phase !== 'ended' && !waitsForSomebody(rollout)) return 'it still runs';
  const states = rollout.stages.flat().map(({ state }) => state);
  if (states.every((state) => state === 'succeeded')) return 'everything succeeded';
  return states.every((state) => state === 'succeeded' || state === 'skipped')
    ? 'all nodes that were not skipped succeeded'
    : undefined;
}

/** Why there is no step that failed to be tried again by itself, or undefined. */
export function whyNoFailedStep(rollout: Rollout): string | undefined {
  const whole = whyNoRetry(rollout);
  if (whole !== undefined) return whole;
  if (rollout.plan?.kind === 'change' && rollout.plan.stages.some(({ driver }) => driver !== undefined))
    return 'a playbook cannot begin at the task that failed; t plays it again';
  const failed = rollout.stages.flat().some(({ steps }) => steps.some(({ outcome }) => outcome?.kind === 'failed'));
  return failed ? undefined : 'no step failed; t tries again what is not done';
}

/** Why it cannot be taken back, or undefined. */
export function whyNoUndo(rollout: Rollout): string | undefined {
  if (rollout.startedAtMs === undefined) return 'it was not started';
  if (rollout.phase !== 'ended' && !waitsForSomebody(rollout)) return 'it still runs; abort it first';
  const changed = rollout.stages.some((jobs) =>
    jobs.some(({ steps }) => steps.some(({ outcome }) => outcome?.kind === 'changed')),
  );
  return changed ? undefined : 'it changed nothing';
}

/** States of nodes in the order people ask for them. */
export const SHOWN_STATES: readonly JobState[] = [
  'succeeded',
  'failed',
  'timed-out',
  'unknown',
  'running',
  'queued',
  'skipped',
];

/** The keys that steer a rollout, the same in the list and on the board. */
export const ROLLOUT_BINDINGS: readonly Binding<Pick<RolloutRow, 'id' | 'rollout' | 'isOrphan'>>[] = [
  {
    key: 'z',
    title: 'pause or resume',
    action: 'rollout',
    disabled: ({ rollout }) => whyNotRunning(rollout),
    ask: ({ rollout, isOrphan }) => ({ kind: rollout.phase === 'paused' || isOrphan ? 'resume' : 'pause', rollout }),
  },
  {
    key: 'x',
    title: 'abort',
    action: 'rollout',
    disabled: ({ rollout }) => whyNotRunning(rollout),
    ask: ({ rollout }) => ({ kind: 'abort', rollout }),
  },
  {
    key: 't',
    title: 'retry what failed',
    action: 'rollout',
    disabled: ({ rollout }) => whyNoRetry(rollout),
    ask: ({ rollout }) => ({ kind: 'retry', rollout }),
  },
  {
    key: 'u',
    title: 'undo',
    action: 'rollout',
    disabled: ({ rollout }) => whyNoUndo(rollout),
    ask: ({ rollout }) => ({ kind: 'undo', rollout }),
  },
  {
    key: 'f',
    title: 'retry the failed step',
    action: 'rollout',
    disabled: ({ rollout }) => whyNoFailedStep(rollout),
    ask: ({ rollout }) => ({ kind: 'retry', rollout, onlyFailedStep: true }),
  },
];

/** Which rollout a row belongs to. */
export const rolloutColumn = <Row extends { readonly rollout: Pick<Rollout, 'id'> }>(): Column<Row> => ({
  header: 'ROLLOUT',
  help: 'Id of the rollout.',
  width: { min: 20, max: 20 },
  cell: ({ rollout }) => rollout.id,
  value: ({ rollout }) => rollout.id,
  term: 'rollout',
});
