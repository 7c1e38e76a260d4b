import type { NodeName } from '../model/ids.ts';
import { type Driver, forItsNodes, type Job, type Stage } from '../model/plan.ts';
import type { RolloutEvent, StepState } from '../model/rollout.ts';
import type { Hand } from './hand.ts';
import { wantsLostSecret } from './plan-secrets.ts';
import { hold, type JobTools, keepSigning } from './run-job.ts';
import { runStep } from './run-step.ts';
import { createTaskBoard } from './task-board.ts';

/** What a driven stage needs beside what each of its jobs needs. */
export interface DrivenTools {
  /** The machine muster runs on. */
  readonly here: Hand;
  readonly job: (node: NodeName) => JobTools;
  /** Where the words of this stage begin in a node's log. */
  readonly logStart: (node: NodeName) => number;
}

/**
 * Runs a stage whose one command does the work of all its jobs: takes every node, starts the command here once, and writes down what it
 * tells of each. Where an earlier runner started it already, it is followed from its first byte, and nothing is written twice.
 */
export async function runDriven(tools: DrivenTools, index: number, stage: Stage, driver: Driver): Promise<void> {
  const left = stage.jobs.filter(({ node }) => firstStep(tools, node)?.outcome === undefined);
  const isBegun = left.some(({ node }) => (firstStep(tools, node)?.attempt ?? 0) > 0);
  const held = isBegun ? left.map(({ node }) => heldAlready(tools, node)) : await holdAll(tools, index, left);
  const [one, ...others] = stage.jobs.filter(({ node }) => held.some((each) => each.node === node));
  try {
    if (one !== undefined) await drive(tools, index, forItsNodes({ ...stage, driver, jobs: [one, ...others] }));
  } finally {
    for (const { stopSigns } of held) stopSigns();
    await Promise.all(held.map(({ node }) => tools.job(node).hand.unlock(tools.job(node).claim.rollout)));
  }
}

const firstStep = (tools: DrivenTools, node: NodeName): StepState | undefined => tools.job(node).progress()?.steps[0];

interface Held {
  readonly node: NodeName;
  readonly stopSigns: () => void;
}

/** All at once, because the command is for all at once; a node that cannot be had is left out. */
async function holdAll(tools: DrivenTools, stage: number, jobs: readonly Job[]): Promise<readonly Held[]> {
  const held = await Promise.all(
    jobs.map(async (job) => {
      const got = await hold(tools.job(job.node), stage, job);
      return got === undefined ? [] : [{ node: job.node, ...got }];
    }),
  );
  return held.flat();
}

/** The command runs on whatever becomes of the lock, so nothing waits for it. */
function heldAlready(tools: DrivenTools, node: NodeName): Held {
  const job = tools.job(node);
  void job.hand.lock(job.claim);
  return { node, stopSigns: keepSigning(job) };
}

async function drive(tools: DrivenTools, index: number, { driver, jobs }: Stage): Promise<void> {
  const job = tools.job(jobs[0].node);
  if (driver === undefined) return;
  const nodes = jobs.map(({ node }) => node);
  const board = createTaskBoard({
    stage: index,
    nodes,
    nowMs: job.clock.nowMs,
    isMuted: wantsLostSecret(driver.step.run),
    record: (event) => void job.record(event).catch(() => undefined),
    progress: (node) => tools.job(node).progress(),
    logs: job.logs,
    logStart: tools.logStart,
    says: (node, step, text) => tools.job(node).says(index, step, () => text),
  });
  const states = nodes.map((node) => firstStep(tools, node));
  const before = states.find((state) => state !== undefined && state.attempt > 0) ?? { attempt: 0 };
  const { outcome } = await runStep(
    {
      ...job,
      hand: tools.here,
      boot: { id: '' },
      isTakenOut: () => false,
      record: (event) => recordForAll(job, nodes, event),
      log: board.take,
      says: () => {},
      isGuarded: true,
    },
    {
      place: { stage: index, node: jobs[0].node, step: 0 },
      step: driver.step,
      done: undefined,
      before,
      loggedBytes: 0,
    },
  );
  await board.end(outcome);
}

/** What is about to start here starts for every node. */
async function recordForAll(job: JobTools, nodes: readonly NodeName[], event: RolloutEvent): Promise<void> {
  if (event.kind !== 'step-starting') return;
  await Promise.all(nodes.map((node) => job.record({ ...event, node })));
}
