import type { NodeName } from '../model/ids.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Stage } from '../model/plan.ts';
import type { JobProgress, Rollout } from '../model/rollout.ts';
import { failuresOf, hasFailed } from '../model/rollout-pause.ts';

/** A job that may start now. */
export interface NextJob {
  readonly stage: number;
  readonly node: NodeName;
}

/**
 * The jobs to start now; empty means wait, or, with nothing running, that the rollout is over. Pure: the engine asks again after every
 * record. A failed node counts as unavailable, as in a Kubernetes rollout, so failures narrow the next wave by themselves.
 */
export function nextJobs(rollout: Rollout): readonly NextJob[] {
  const { limits, plan } = rollout;
  if (rollout.phase !== 'running' || limits === undefined || plan?.kind !== 'change' || hasTripped(rollout)) return [];
  const stage = currentStage(rollout);
  const jobs = rollout.stages[stage];
  const planned = plan.stages[stage];
  if (jobs === undefined || planned === undefined) return [];

  // How wide it is, its command decides: it goes over all of its nodes at once.
  if (planned.driver !== undefined) return queued(jobs).map(({ node }) => ({ stage, node }));
  const out = nodesOut(rollout, rollout.stages.flat()).size;
  const room = Math.min(
    limits.maxUnavailable - out,
    widthOf(jobs, planned, limits.canary) - nodesOut(rollout, jobs).size,
  );
  return queued(jobs)
    .slice(0, Math.max(0, room))
    .map(({ node }) => ({ stage, node }));
}

const queued = (jobs: readonly JobProgress[]) => jobs.filter(({ state }) => state === 'queued');

/** The stage whose command was begun and has not been brought to its end; undefined where none was. */
export function drivenStage({ plan, stages }: Rollout): number | undefined {
  const found = stages.findIndex(
    (jobs, stage) =>
      plan?.kind === 'change' &&
      plan.stages[stage]?.driver !== undefined &&
      jobs.some(({ steps: [first] }) => first !== undefined && first.attempt > 0 && first.outcome === undefined),
  );
  return found < 0 ? undefined : found;
}

/** The state with these jobs shown as running: they were begun, and their first step has not reached the journal yet. */
export function withBegun(rollout: Rollout, begun: ReadonlySet<string>): Rollout {
  if (begun.size === 0) return rollout;
  const stages = rollout.stages.map((jobs, stage) =>
    jobs.map(
      (job): JobProgress =>
        job.state === 'queued' && begun.has(jobKey({ stage, node: job.node })) ? { ...job, state: 'running' } : job,
    ),
  );
  return { ...rollout, stages };
}

/** One name for a node within a stage. */
export const jobKey = ({ stage, node }: NextJob): string => `${stage} ${node}`;

/** Nothing runs and nothing can start any more. A paused rollout waits for a person. */
export function isOver(rollout: Rollout): boolean {
  const isRunning = rollout.stages.some((jobs) => jobs.some(({ state }) => state === 'running'));
  return !isRunning && rollout.phase !== 'paused' && nextJobs(rollout).length === 0;
}

/** The first stage with a job that has not succeeded and was not taken out: a stage begins when all before it are verified. */
function currentStage({ stages }: Rollout): number {
  return stages.findIndex((jobs) => jobs.some(({ state }) => state !== 'succeeded' && state !== 'skipped'));
}

/** The canary holds the width of each stage until as many of its nodes have succeeded, or all that were not taken out. */
function widthOf(jobs: readonly JobProgress[], { maxAtOnce = jobs.length }: Stage, canary: number): number {
  const left = jobs.filter(({ state }) => state !== 'skipped');
  const passed = left.filter(({ state }) => state === 'succeeded').length;
  return Math.min(maxAtOnce, passed >= Math.min(canary, left.length) ? jobs.length : canary);
}

/**
 * Why a rollout that runs has to wait for a person: more nodes failed than may, or those that failed take all the room there is and nothing
 * runs any more. Undefined where it goes on, and where no node is left that could be started: then it ends. The breaker stops harm, never
 * recovery: an undo goes on over every failure.
 */
export function whyPause(rollout: Rollout, isAnyRunning: boolean): string | undefined {
  const { limits, phase, stages } = rollout;
  const isLeft = stages[currentStage(rollout)]?.some(({ state }) => state === 'queued') === true;
  if (phase !== 'running' || limits === undefined || !isLeft || isUndo(rollout)) return undefined;
  const failed = failuresOf(rollout);
  const { maxFailures, maxUnavailable } = limits;
  if (hasTripped(rollout)) return `${foldNodes(failed)} failed, and ${maxFailures === 0 ? 'none' : maxFailures} may`;
  if (isAnyRunning || failed.length === 0 || nextJobs(rollout).length > 0) return undefined;
  if (failed.length < maxUnavailable) return `${foldNodes(failed)} failed, and the canary is to succeed first`;
  const counts = failed.length === 1 ? 'counts' : 'count';
  return `${foldNodes(failed)} failed and ${counts} as out, and only ${maxUnavailable} may be out at once`;
}

const hasTripped = (rollout: Rollout): boolean =>
  !isUndo(rollout) && failuresOf(rollout).length > (rollout.limits?.maxFailures ?? 0);

/** What cannot serve now, or cannot be trusted to. In an undo what failed is no reason to leave the others as they are. */
function nodesOut(rollout: Rollout, jobs: readonly JobProgress[]): ReadonlySet<NodeName> {
  const isOut = (job: JobProgress): boolean =>
    !isUndo(rollout) && hasFailed(job) && rollout.accepted?.includes(job.node) !== true;
  return new Set(jobs.filter((job) => job.state === 'running' || isOut(job)).map(({ node }) => node));
}

const isUndo = ({ after }: Rollout): boolean => after?.how === 'undo';
