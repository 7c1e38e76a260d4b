import type { NodeName } from './ids.ts';
import type { Job, Plan, Stage, Step } from './plan.ts';
import type { JobProgress, JobState, Rollout, RolloutId, RolloutRecord, StepState } from './rollout.ts';
import { failuresOf } from './rollout-pause.ts';

type Of<K extends RolloutRecord['kind']> = Extract<RolloutRecord, { kind: K }>;

/**
 * A rollout after one more record of its journal. Total: a record that is late, out of place or of a newer muster changes nothing but
 * `lastSeq`, and none throws. Parts that did not change stay the same objects, so that what is drawn from them is not drawn again.
 */
export function foldRecord(rollout: Rollout | undefined, record: RolloutRecord): Rollout | undefined {
  if (rollout === undefined) return record.kind === 'requested' ? requested(record) : undefined;
  if (record.seq <= rollout.lastSeq) return rollout;
  return { ...applied(rollout, record), lastSeq: record.seq };
}

/** A whole journal; undefined while it says not even what was asked for. */
export const foldJournal = (records: readonly RolloutRecord[]): Rollout | undefined =>
  records.reduce<Rollout | undefined>(foldRecord, undefined);

/** Rollouts with the last words of what runs, by `ROLLOUT/STAGE/NODE`: words come over the socket and are in no journal. */
export function withSays(
  rollouts: ReadonlyMap<RolloutId, Rollout>,
  says: ReadonlyMap<string, string>,
): ReadonlyMap<RolloutId, Rollout> {
  if (says.size === 0) return rollouts;
  const wordsFor = (id: RolloutId, stage: number, job: JobProgress): JobProgress => {
    const words = job.state === 'running' ? says.get(`${id}/${stage}/${job.node}`) : undefined;
    return words === undefined || words === job.says ? job : { ...job, says: words };
  };
  return new Map(
    [...rollouts].map(([id, rollout]) => {
      if (rollout.phase === 'ended') return [id, rollout];
      const stages = rollout.stages.map((jobs, stage) => jobs.map((job) => wordsFor(id, stage, job)));
      const isSame = stages.every((jobs, stage) => jobs.every((job, at) => job === rollout.stages[stage]?.[at]));
      return [id, isSame ? rollout : { ...rollout, stages }];
    }),
  );
}

/** What a job has come to, by its steps alone. */
export function jobStateOf(steps: readonly StepState[]): JobState {
  const failed = steps.find(({ outcome }) => outcome?.kind === 'failed')?.outcome;
  if (failed?.kind === 'failed') {
    if (failed.failure.kind === 'lost') return 'unknown';
    return failed.failure.kind === 'timeout' ? 'timed-out' : 'failed';
  }
  if (steps.every(({ outcome }) => outcome !== undefined))
    return steps.some(({ outcome }) => outcome?.kind === 'skipped') ? 'skipped' : 'succeeded';
  return steps.some(({ outcome, attempt }) => outcome !== undefined || attempt > 0) ? 'running' : 'queued';
}

function requested({ id, action, input, author, reason, after, atMs, seq }: Of<'requested'>): Rollout {
  return {
    id,
    action,
    input,
    author,
    ...(reason === undefined ? {} : { reason }),
    ...(after === undefined ? {} : { after }),
    requestedAtMs: atMs,
    phase: 'planning',
    stages: [],
    lastSeq: seq,
  };
}

function applied(rollout: Rollout, record: RolloutRecord): Rollout {
  switch (record.kind) {
    case 'requested':
      return rollout;
    case 'planned':
      return { ...rollout, phase: 'planned', plan: record.plan, planSeq: record.seq, stages: jobsOf(record.plan) };
    case 'started':
      return { ...rollout, phase: 'running', limits: record.limits, startedAtMs: record.atMs };
    case 'waiting':
      return withJob(rollout, record.node, isOpen, (job) =>
        job.waiting === record.because ? job : { ...job, waiting: record.because },
      );
    case 'step-starting':
      return stepStarting(rollout, record);
    case 'step-appeared':
      return stepAppeared(rollout, record);
    case 'step-ended':
      return stepEnded(rollout, record);
    case 'paused':
      return rollout.phase === 'running' ? paused(rollout, record) : rollout;
    case 'resumed':
      return rollout.phase === 'paused' ? resumed(rollout) : rollout;
    case 'limited':
      return { ...rollout, limits: record.limits };
    case 'node-skipped':
      return withJob(rollout, record.node, isOpen, skipped);
    case 'aborted':
      return rollout.phase === 'ended' ? rollout : { ...rollout, phase: 'aborting' };
    case 'taken-over':
      return rollout;
    case 'ended':
      return { ...rollout, phase: 'ended', endedAtMs: record.atMs };
    default:
      return ofNewerMuster(record, rollout);
  }
}

/** The compiler knows no other kind; a file written by a newer muster may hold one. */
const ofNewerMuster = (_: never, rollout: Rollout): Rollout => rollout;

const paused = (rollout: Rollout, { because, author }: Of<'paused'>): Rollout => ({
  ...rollout,
  phase: 'paused',
  pausedBecause: because,
  ...(author === undefined ? {} : { pausedBy: author }),
});

/** Whoever goes on where failures paused it has seen them. */
function resumed({ pausedBecause: _, pausedBy, ...rollout }: Rollout): Rollout {
  const accepted = pausedBy === undefined ? [...(rollout.accepted ?? []), ...failuresOf(rollout)] : rollout.accepted;
  return { ...rollout, phase: 'running', ...(accepted === undefined ? {} : { accepted }) };
}

function jobsOf(plan: Plan): Rollout['stages'] {
  if (plan.kind !== 'change') return [];
  return plan.stages.map(({ jobs }) =>
    jobs.map(({ node, steps }): JobProgress => ({ node, state: 'queued', steps: steps.map(untouched) })),
  );
}

const untouched = (_: Step): StepState => ({ attempt: 0 });

const isOpen = ({ state }: JobProgress): boolean => state === 'queued' || state === 'running' || state === 'unknown';

const stepStarting = (
  rollout: Rollout,
  { stage, node, step, attempt, atMs, bootId, isRoot }: Of<'step-starting'>,
): Rollout =>
  withStep(rollout, { stage, node, step }, () => ({
    startedAtMs: atMs,
    bootId,
    attempt,
    ...(isRoot === undefined ? {} : { isRoot }),
  }));

function stepEnded(rollout: Rollout, { stage, node, step, attempt, outcome, log, atMs }: Of<'step-ended'>): Rollout {
  return withStep(rollout, { stage, node, step }, (before) => ({
    ...before,
    endedAtMs: atMs,
    attempt,
    outcome,
    log,
  }));
}

/** It takes its place in the plan, too, so that whoever shows steps need not know where they came from. */
function stepAppeared(rollout: Rollout, { stage, node, step, title, does, atMs }: Of<'step-appeared'>): Rollout {
  const { plan, stages } = rollout;
  const jobs = stages[stage];
  const planned = plan?.kind === 'change' ? plan.stages[stage] : undefined;
  const at = jobs?.findIndex((job) => job.node === node) ?? -1;
  const [job, plannedJob] = [jobs?.[at], planned?.jobs[at]];
  if (jobs === undefined || job === undefined || plan?.kind !== 'change') return rollout;
  if (planned === undefined || plannedJob?.node !== node || job.steps.length !== step) return rollout;
  const [firstStage, ...otherStages] = plan.stages.with(stage, {
    ...planned,
    jobs: withJobAt(planned.jobs, at, { node, steps: [...plannedJob.steps, appearedStep(title, does)] }),
  });
  if (firstStage === undefined) return rollout;
  const after = settled({ ...job, steps: [...job.steps, { attempt: 1, startedAtMs: atMs }] });
  return {
    ...rollout,
    plan: { ...plan, stages: [firstStage, ...otherStages] },
    stages: stages.with(stage, jobs.with(at, after)),
  };
}

function withJobAt([first, ...others]: Stage['jobs'], at: number, job: Job): Stage['jobs'] {
  return at === 0 ? [job, ...others] : [first, ...others.with(at - 1, job)];
}

const appearedStep = (title: string, does: string): Step => ({
  title,
  run: { argv: [does] },
  as: 'login-user',
  risk: 'changes',
  guard: [],
  done: 'exit-code',
  timeoutMs: 0,
  preview: [],
  undo: { never: 'nobody knows what it changed' },
  warnings: [],
});

/** What runs may end; what has not begun, and what was lost, is taken out. */
function skipped(job: JobProgress): JobProgress {
  const steps = job.steps.map((step): StepState => {
    const isLost = step.outcome?.kind === 'failed' && step.outcome.failure.kind === 'lost';
    const isUntouched = step.outcome === undefined && step.attempt === 0;
    return isLost || isUntouched ? { ...step, outcome: { kind: 'skipped' } } : step;
  });
  return settled({ ...job, steps });
}

interface Place {
  readonly stage: number;
  readonly node: NodeName;
  readonly step: number;
}

function withStep(rollout: Rollout, place: Place, change: (before: StepState) => StepState): Rollout {
  const jobs = rollout.stages[place.stage];
  const at = jobs?.findIndex(({ node }) => node === place.node) ?? -1;
  const job = jobs?.[at];
  const before = job?.steps[place.step];
  if (jobs === undefined || job === undefined || before === undefined) return rollout;
  const { waiting: _, ...rest } = job;
  const after = settled({ ...rest, steps: job.steps.with(place.step, change(before)) });
  return { ...rollout, stages: rollout.stages.with(place.stage, jobs.with(at, after)) };
}

const settled = (job: JobProgress): JobProgress => ({ ...job, state: jobStateOf(job.steps) });

/** Changes every job of the node that is asked for. */
function withJob(
  rollout: Rollout,
  node: NodeName,
  isWanted: (job: JobProgress) => boolean,
  change: (job: JobProgress) => JobProgress,
): Rollout {
  let hasChanged = false;
  const stages = rollout.stages.map((jobs) => {
    const at = jobs.findIndex((job) => job.node === node && isWanted(job));
    const job = jobs[at];
    if (job === undefined) return jobs;
    const after = change(job);
    if (after === job) return jobs;
    hasChanged = true;
    return jobs.with(at, after);
  });
  return hasChanged ? { ...rollout, stages } : rollout;
}
