import type { NodeName } from './ids.ts';
import type { JobProgress, Rollout } from './rollout.ts';

/** It did not come to what was wished, or nobody knows. */
export const hasFailed = ({ state }: JobProgress): boolean =>
  state === 'failed' || state === 'timed-out' || state === 'unknown';

/** Nodes that failed and that nobody has accepted, in the plan's order. */
export const failuresOf = ({ stages, accepted = [] }: Rollout): readonly NodeName[] => {
  const failed = new Set(stages.flatMap((jobs) => jobs.filter(hasFailed).map(({ node }) => node)));
  return [...failed].filter((node) => !accepted.includes(node));
};

/** Failures paused it, what was under way has ended, and only a person can say how it goes on: resume, retry, undo or abort. */
export const waitsForSomebody = ({ phase, pausedBy, stages }: Rollout): boolean =>
  phase === 'paused' &&
  pausedBy === undefined &&
  stages.every((jobs) => jobs.every(({ state }) => state !== 'running'));
