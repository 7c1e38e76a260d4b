import type { Condition } from '../model/condition.ts';
import type { NodeName } from '../model/ids.ts';
import { sameMachine } from '../model/one-machine.ts';
import type { Job, Step } from '../model/plan.ts';
import type { JobProgress, RolloutEvent, StepOutcome } from '../model/rollout.ts';
import { startPatience } from './follow-step.ts';
import type { LockClaim } from './hand.ts';
import { LOCK_RETRY_MS, LOCK_SIGN_MS, REACH_MS } from './limits.ts';
import { runStep, type StepTools } from './run-step.ts';

/** What a job needs beside what its steps need. */
export interface JobTools extends Omit<StepTools, 'boot' | 'isTakenOut' | 'log' | 'says'> {
  readonly claim: LockClaim;
  readonly logs: {
    readonly at: (node: NodeName) => number;
    readonly write: (node: NodeName, bytes: Buffer) => number;
    readonly pour: (node: NodeName, bytes: Buffer) => void | Promise<void>;
    readonly newest?: (node: NodeName, text: string) => void;
    readonly settle: (node: NodeName) => Promise<number>;
  };
  readonly says: (stage: number, step: number, words: () => string) => void;
  /** The end of what the node's ended steps said, in its log. */
  readonly lastLogged: () => number;
  /** How far the job is by the journal; the operator may take it out meanwhile. */
  readonly progress: () => JobProgress | undefined;
}

/**
 * Runs the steps of one node in order, holding the node for the rollout all the while. A step that fails ends the job. What came of each
 * stands in the journal; nothing is returned, nothing is thrown but faults.
 */
export async function runJob(tools: JobTools, stage: number, job: Job): Promise<void> {
  const held = await hold(tools, stage, job);
  if (held === undefined) return;
  try {
    const boot = { id: '' };
    for (const [index, step] of job.steps.entries()) {
      const before = tools.progress()?.steps[index];
      if (before === undefined || before.outcome !== undefined) {
        if (before?.outcome?.kind === 'already' || before?.outcome?.kind === 'changed') continue;
        return;
      }
      const outcome = await oneStep(tools, boot, { stage, job, index, step, before });
      if (outcome.kind === 'failed' || outcome.kind === 'skipped') return;
    }
  } finally {
    held.stopSigns();
    await tools.hand.unlock(tools.rollout);
  }
}

interface StepAt {
  readonly stage: number;
  readonly job: Job;
  readonly index: number;
  readonly step: Step;
  readonly before: JobProgress['steps'][number];
}

async function oneStep(tools: JobTools, boot: { id: string }, at: StepAt): Promise<StepOutcome> {
  const { stage, job, index, step, before } = at;
  const { node } = job;
  const startedAtMs = tools.clock.nowMs();
  // What an earlier runner took of this step's words stands in the log already.
  const fromByte = before.attempt > 0 ? tools.lastLogged() : tools.logs.at(node);
  const loggedBytes = tools.logs.at(node) - fromByte;
  const place = { stage, node, step: index };
  const { outcome, attempt, droppedBytes } = await runStep(
    {
      ...tools,
      boot,
      isTakenOut: () => tools.progress()?.steps[index]?.outcome !== undefined,
      log: (bytes) => tools.logs.pour(node, bytes),
      newest: (text) => tools.logs.newest?.(node, text),
      says: (words) => tools.says(stage, index, words),
    },
    { place, step, before, loggedBytes, done: doneOf(job.steps, index) },
  );
  // The end of a step stands in no journal before its words stand in the log.
  const unkept = await tools.logs.settle(node);
  // Its journal has that line already.
  if (outcome.kind === 'skipped') return outcome;
  const tookMs = tools.clock.nowMs() - startedAtMs;
  const log = { fromByte, toByte: tools.logs.at(node), droppedBytes: droppedBytes + unkept };
  await endStep(tools, { kind: 'step-ended', ...place, attempt, outcome, tookMs, log });
  return outcome;
}

/** A journal that cannot be written is told by whoever drives the rollout; here it must not hide what came of the step. */
const endStep = (tools: JobTools, event: RolloutEvent): Promise<void> => tools.record(event).catch(() => undefined);

/** What says that a step is done: its own conditions, or those of the step after it that has some. Undefined: its exit code. */
export function doneOf(steps: readonly Step[], index: number): readonly Condition[] | undefined {
  for (const { done } of steps.slice(index)) {
    if (done === 'exit-code') return undefined;
    if (done !== 'with-next') return done;
  }
  return undefined;
}

/** Takes the node, waits while another rollout has it, and shows from then on that this one lives. Undefined: it could not be had. */
export async function hold(
  tools: JobTools,
  stage: number,
  job: Job,
): Promise<{ readonly stopSigns: () => void } | undefined> {
  const { node } = job;
  const patience = startPatience(tools.clock, REACH_MS);
  for (;;) {
    const locked = await tools.hand.lock(tools.claim);
    if (locked.kind === 'locked') return { stopSigns: keepSigning(tools) };
    const isOut = tools.progress()?.state === 'skipped';
    if (isOut) return undefined;
    if (locked.kind === 'twin') {
      await notStarted(tools, stage, job, sameMachine(node, locked.of));
      return undefined;
    }
    const isGivenUp = locked.kind === 'refused' || (locked.kind === 'lost' && patience.isOver());
    if (isGivenUp || tools.aborted.aborted) {
      await notStarted(tools, stage, job, locked.kind === 'held' ? locked.by : locked.because);
      return undefined;
    }
    const because = locked.kind === 'held' ? `held by ${locked.by}` : locked.because;
    await tools.record({ kind: 'waiting', node, because }).catch(() => undefined);
    if (locked.kind === 'held') await new Promise<void>((resolve) => void tools.clock.after(LOCK_RETRY_MS, resolve));
    else await patience.pause();
  }
}

/** Shows from now on that this rollout lives. */
export function keepSigning({ clock, hand, claim }: JobTools): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = clock.after(LOCK_SIGN_MS, () => {
      void hand.lock(claim);
      next();
    });
  };
  next();
  return () => cancel();
}

/** The first step that has not ended carries the reason; a step under way stays so, because it may still run there. */
async function notStarted(tools: JobTools, stage: number, { node }: Job, because: string): Promise<void> {
  const steps = tools.progress()?.steps ?? [];
  const step = steps.findIndex(({ outcome }) => outcome === undefined);
  const attempt = steps[step]?.attempt;
  if (attempt === undefined) return;
  const at = tools.logs.at(node);
  const failure =
    attempt > 0
      ? ({ kind: 'lost', because } as const)
      : tools.aborted.aborted
        ? ({ kind: 'aborted' } as const)
        : ({ kind: 'not-started', because } as const);
  await endStep(tools, {
    kind: 'step-ended',
    stage,
    node,
    step,
    attempt,
    outcome: { kind: 'failed', failure },
    tookMs: 0,
    log: { fromByte: at, toByte: at, droppedBytes: 0 },
  });
}
