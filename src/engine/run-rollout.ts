import type { ConditionRules } from '../model/condition.ts';
import type { NodeName } from '../model/ids.ts';
import type { JobProgress, Rollout, RolloutEvent, RolloutRecord } from '../model/rollout.ts';
import { foldRecord } from '../model/rollout-fold.ts';
import type { RolloutRequest } from '../model/rollout-request.ts';
import type { Hand } from './hand.ts';
import { SAYS_MS } from './limits.ts';
import type { Clock } from './ports.ts';
import { drivenStage, isOver, jobKey, type NextJob, nextJobs, whyPause, withBegun } from './rollout.ts';
import { type DrivenTools, runDriven } from './run-driven.ts';
import { type JobTools, runJob } from './run-job.ts';

/** What driving a rollout needs of the world. */
export interface RolloutTools {
  readonly conditions: ConditionRules;
  readonly clock: Clock;
  /** The same hand for the same node. */
  readonly hand: (node: NodeName) => Hand;
  /** The machine muster runs on, for stages that one command drives. */
  readonly here: () => Hand;
  readonly append: (event: RolloutEvent) => { readonly record: RolloutRecord; readonly synced: Promise<void> };
  readonly logs: JobTools['logs'];
  readonly says: (node: NodeName, stage: number, step: number, text: string) => void;
}

/** A rollout that is being driven. */
export interface RolloutDrive {
  readonly now: () => Rollout;
  /** Undefined when it is done, else why not. */
  readonly request: (request: RolloutRequest) => Promise<string | undefined>;
  /** Resolves when the rollout is over; rejects when its journal cannot be written: then steps go on on their nodes and nothing more starts. */
  readonly ended: Promise<Rollout>;
}

interface Drive {
  readonly tools: RolloutTools;
  rollout: Rollout;
  /** Jobs whose promise has not settled. */
  readonly begun: Map<string, NextJob>;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<Rollout>;
  broken: Error | undefined;
  isOver: boolean;
}

/** Drives a rollout that was started, from wherever its journal left it: what was running is settled first. */
export function driveRollout(rollout: Rollout, tools: RolloutTools): RolloutDrive {
  const drive: Drive = {
    tools,
    rollout,
    begun: new Map(),
    abort: new AbortController(),
    ended: Promise.withResolvers(),
    broken: undefined,
    isOver: false,
  };
  if (rollout.phase === 'aborting') drive.abort.abort();
  for (const [stage, jobs] of rollout.stages.entries())
    for (const { state, node } of jobs)
      if (state === 'running' || stage === drivenStage(rollout)) begin(drive, { stage, node });
  goOn(drive);
  return {
    now: () => drive.rollout,
    request: (request) => obey(drive, request),
    ended: drive.ended.promise,
  };
}

/** Asks what may start, starts it, and ends the rollout when nothing can. */
function goOn(drive: Drive): void {
  if (drive.isOver) return;
  const seen = withBegun(drive.rollout, new Set(drive.begun.keys()));
  if (drive.broken === undefined) for (const next of nextJobs(seen)) begin(drive, next);
  const because = drive.broken === undefined ? whyPause(seen, drive.begun.size > 0) : undefined;
  // A journal that cannot be written ends it below.
  if (because !== undefined) record(drive, { kind: 'paused', because }).catch(() => undefined);
  if (drive.begun.size > 0) return;
  if (drive.broken !== undefined) {
    drive.isOver = true;
    drive.ended.reject(drive.broken);
  } else if (isOver(drive.rollout)) {
    drive.isOver = true;
    record(drive, { kind: 'ended' }).then(() => drive.ended.resolve(drive.rollout), drive.ended.reject);
  }
}

function begin(drive: Drive, next: NextJob): void {
  const { plan } = drive.rollout;
  const stage = plan?.kind === 'change' ? plan.stages[next.stage] : undefined;
  const job = stage?.jobs.find(({ node }) => node === next.node);
  if (stage === undefined || job === undefined || drive.begun.has(jobKey(next))) return;
  if (stage.driver !== undefined) {
    const all = stage.jobs.map(({ node }) => ({ stage: next.stage, node }));
    whenOver(drive, all, runDriven(drivenTools(drive, all), next.stage, stage, stage.driver));
  } else whenOver(drive, [next], runJob(jobTools(drive, next), next.stage, job));
}

/** These jobs are under way until the promise settles. */
function whenOver(drive: Drive, jobs: readonly NextJob[], end: Promise<void>): void {
  for (const job of jobs) drive.begun.set(jobKey(job), job);
  end
    .catch((error: unknown) => {
      drive.broken ??= error instanceof Error ? error : new Error(String(error));
    })
    .finally(() => {
      for (const job of jobs) drive.begun.delete(jobKey(job));
      goOn(drive);
    });
}

function jobTools(drive: Drive, next: NextJob): JobTools {
  const { tools } = drive;
  const { author, id, plan, reason, action } = drive.rollout;
  const isDriven = plan?.kind === 'change' && plan.stages[next.stage]?.driver !== undefined;
  return {
    hand: tools.hand(next.node),
    conditions: tools.conditions,
    clock: tools.clock,
    rollout: id,
    aborted: drive.abort.signal,
    record: (event) => record(drive, event),
    logs: tools.logs,
    says: throttled(tools.clock, (step, words) => tools.says(next.node, next.stage, step, words())),
    claim: {
      rollout: id,
      stage: isDriven ? undefined : next.stage,
      author,
      reason: reason ?? plan?.title ?? action,
    },
    lastLogged: () => lastLogged(drive.rollout.stages, next.node),
    progress: () => progressOf(drive.rollout, next),
  };
}

function drivenTools(drive: Drive, jobs: readonly NextJob[]): DrivenTools {
  const made = new Map(jobs.map((next) => [next.node, jobTools(drive, next)]));
  return {
    here: drive.tools.here(),
    job: (node) => {
      const tools = made.get(node);
      if (tools === undefined) throw new RangeError(`${node} is no part of this stage`);
      return tools;
    },
    logStart: (node) => lastLogged(drive.rollout.stages.slice(0, jobs[0]?.stage ?? 0), node),
  };
}

const progressOf = ({ stages }: Rollout, { stage, node }: NextJob): JobProgress | undefined =>
  stages[stage]?.find((job) => job.node === node);

const lastLogged = (stages: Rollout['stages'], node: NodeName): number =>
  Math.max(
    0,
    ...stages.flatMap((jobs) =>
      jobs.filter((job) => job.node === node).flatMap(({ steps }) => steps.map(({ log }) => log?.toByte ?? 0)),
    ),
  );

/** Into the journal and the state at once; the promise tells when the disk has it. */
function record(drive: Drive, event: RolloutEvent): Promise<void> {
  if (drive.broken !== undefined) return Promise.reject(drive.broken);
  const { record: written, synced } = drive.tools.append(event);
  drive.rollout = foldRecord(drive.rollout, written) ?? drive.rollout;
  synced.catch((error: unknown) => {
    drive.broken ??= error instanceof Error ? error : new Error(String(error));
    goOn(drive);
  });
  return synced;
}

async function obey(drive: Drive, request: RolloutRequest): Promise<string | undefined> {
  const { rollout } = drive;
  const event = eventOf(rollout, request);
  if (typeof event === 'string') return event;
  const synced = record(drive, event);
  // Not after the disk has it: nothing may start meanwhile.
  if (event.kind === 'aborted') drive.abort.abort();
  goOn(drive);
  try {
    await synced;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

/** The record a request becomes, or why it cannot be. */
function eventOf(rollout: Rollout, request: RolloutRequest): RolloutEvent | string {
  const { phase } = rollout;
  if (phase === 'ended') return 'the rollout is over';
  const driven = whyNotSteered(rollout, request);
  if (driven !== undefined) return driven;
  switch (request.kind) {
    case 'pause':
      return phase === 'running'
        ? { kind: 'paused', author: request.author, because: `paused by ${request.author.user}` }
        : `it cannot be paused: it is ${phase}`;
    case 'resume':
      return phase === 'paused' ? { kind: 'resumed', author: request.author } : `it is not paused: it is ${phase}`;
    case 'abort':
      return phase === 'aborting' ? 'it is being aborted already' : { kind: 'aborted', author: request.author };
    case 'skip':
      return whyNotSkip(rollout, request.node) ?? { kind: 'node-skipped', author: request.author, node: request.node };
    case 'limit':
      return request.limits.canary >= 1 && request.limits.maxUnavailable >= 1
        ? { kind: 'limited', author: request.author, limits: request.limits }
        : 'a canary and a width of at least 1 node are needed';
    default:
      return `it was started already: it is ${phase}`;
  }
}

/** What runs by one command is as wide as that command, and goes on until it ends. */
function whyNotSteered(rollout: Rollout, { kind }: RolloutRequest): string | undefined {
  if (drivenStage(rollout) === undefined) return undefined;
  if (kind === 'pause') return 'a playbook cannot be paused between its tasks; let it end, or abort it';
  if (kind === 'limit') return 'the width of a playbook is its forks, which are set before it starts';
  return kind === 'skip' ? 'a playbook that runs cannot leave a node out; let it end, or abort it' : undefined;
}

function whyNotSkip({ stages }: Rollout, node: NodeName): string | undefined {
  const states = stages.flat().filter((job) => job.node === node);
  if (states.length === 0) return `${node} is no part of this rollout`;
  const isOpen = states.some(({ state }) => state === 'queued' || state === 'running' || state === 'unknown');
  return isOpen ? undefined : `${node} is done with already`;
}

/** A step may say a thousand lines a second; the last of each second is told. */
function throttled(clock: Clock, tell: (step: number, words: () => string) => void): JobTools['says'] {
  let isWaiting = false;
  let last = { step: 0, words: () => '' };
  return (_, step, words) => {
    last = { step, words };
    if (isWaiting) return;
    isWaiting = true;
    clock.after(SAYS_MS, () => {
      isWaiting = false;
      tell(last.step, last.words);
    });
  };
}
