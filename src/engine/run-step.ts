import type { Observed } from '../model/check.ts';
import { mask } from '../model/command.ts';
import type { Condition, ConditionRules } from '../model/condition.ts';
import { firstUnmet, needsOf, type Unmet } from '../model/judge.ts';
import type { Step } from '../model/plan.ts';
import type { RolloutEvent, RolloutId, StepOutcome, StepPlace, StepState } from '../model/rollout.ts';
import type { StepFailure } from '../model/step-failure.ts';
import { startsIn, whyNotStarted } from '../model/unit-log.ts';
import { type Followed, followStep, startPatience } from './follow-step.ts';
import { type Hand, type StepName, stepName } from './hand.ts';
import { REACH_MS, SILENT_MS, STARTS_PER_STEP, VERIFY_EVERY_MS, VERIFY_MS } from './limits.ts';
import { wantsLostSecret } from './plan-secrets.ts';
import type { Clock } from './ports.ts';
import { pieceShown, stepOutput } from './step-output.ts';

/** What running a step needs of the world. */
export interface StepTools {
  readonly hand: Hand;
  readonly conditions: ConditionRules;
  readonly clock: Clock;
  readonly rollout: RolloutId;
  readonly aborted: AbortSignal;
  /** The boot the node was last seen in, by whoever looked last. */
  readonly boot: { id: string };
  /** The operator took the node out before the step began. */
  readonly isTakenOut: () => boolean;
  /** Resolves when it is on the disk; rejects when it cannot be. */
  readonly record: (event: RolloutEvent) => Promise<void>;
  /** While the promise it may return has not settled, the node's output is held back. */
  readonly log: (bytes: Buffer) => void | Promise<void>;
  /** The newest output of a step that is past its node's room; all of what is kept of it comes when it ends. */
  readonly newest?: (text: string) => void;
  /** There are new words; a step may say thousands of lines a second, so they are made when they are told. */
  readonly says: (words: () => string) => void;
  /** Whoever takes the output hides what may be a secret by itself; without it nothing is kept where the secret to mask was lost. */
  readonly isGuarded?: true;
}

/** One step in its job. `conditions` that end a `with-next` step are those of a later one. */
export interface StepTask {
  readonly place: StepPlace;
  readonly step: Step;
  readonly done: readonly Condition[] | undefined;
  readonly before: StepState;
  /** Bytes of its output that an earlier runner has logged. */
  readonly loggedBytes: number;
}

/** What came of a step: its outcome, of which attempt, and bytes the node itself had to drop. */
export interface StepResult {
  readonly outcome: StepOutcome;
  readonly attempt: number;
  readonly droppedBytes: number;
}

/**
 * Runs one step: done already? guard? journal, synced; start; follow; done now? An attempt that an earlier runner began is settled first. A
 * step whose command may have run is never started again; one that surely did not begin is, after new looks.
 */
export async function runStep(tools: StepTools, task: StepTask): Promise<StepResult> {
  let attempt = task.before.attempt;
  const isUnderWay = attempt > 0 && task.before.outcome === undefined;
  if (isUnderWay) {
    tools.boot.id = task.before.bootId ?? '';
    const settled = await settle(tools, task, attempt, task.before.isRoot);
    if (settled !== undefined) return { ...settled, attempt };
  }
  const last = attempt + STARTS_PER_STEP;
  while (attempt < last) {
    const outcome = await whatKeepsItFromRunning(tools, task);
    if (tools.isTakenOut()) return { outcome: { kind: 'skipped' }, attempt, droppedBytes: 0 };
    if (outcome !== undefined) return { outcome, attempt, droppedBytes: 0 };
    attempt += 1;
    const result = await oneAttempt(tools, task, attempt);
    if (result !== undefined) return { ...result, attempt };
  }
  return { ...failed({ kind: 'not-started', because: 'the node lost it again and again before it began' }), attempt };
}

interface Ended {
  readonly outcome: StepOutcome;
  readonly droppedBytes: number;
}

const failed = (failure: StepFailure, droppedBytes = 0): Ended => ({
  outcome: { kind: 'failed', failure },
  droppedBytes,
});

/** Fresh facts: already so, guarded, or not to be asked; undefined when the step may start. */
async function whatKeepsItFromRunning(tools: StepTools, { step, done }: StepTask): Promise<StepOutcome | undefined> {
  const because = (failure: StepFailure): StepOutcome => ({ kind: 'failed', failure });
  if (tools.aborted.aborted) return because({ kind: 'aborted' });
  const look = await lookAt(tools, [...(done ?? []), ...step.guard], REACH_MS);
  if (tools.aborted.aborted) return because({ kind: 'aborted' });
  if (look.kind === 'unreachable') return because({ kind: 'not-started', because: look.because });
  const undone = done === undefined ? undefined : firstUnmet(tools.conditions, done, look.seen);
  if (done !== undefined && undone === undefined) return { kind: 'already' };
  // Where data is at stake, a node that cannot tell whether it is done already is not asked to do it.
  if (undone?.kind === 'unknown' && step.risk === 'destroys-data')
    return because({ kind: 'guarded', because: `it cannot be told whether ${undone.expected}: ${undone.because}` });
  const guard = firstUnmet(tools.conditions, step.guard, look.seen);
  return guard === undefined ? undefined : because({ kind: 'guarded', because: guard.because });
}

/** Undefined: the node surely did not begin it. */
async function oneAttempt(tools: StepTools, task: StepTask, attempt: number): Promise<Ended | undefined> {
  const { step, place } = task;
  const isRoot = tools.hand.isRoot();
  if (tools.aborted.aborted) return failed({ kind: 'aborted' });
  try {
    const bootId = tools.boot.id;
    await tools.record({
      kind: 'step-starting',
      ...place,
      attempt,
      bootId,
      ...(isRoot === undefined ? {} : { isRoot }),
    });
  } catch (error) {
    const because = `the journal cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    return failed({ kind: 'not-started', because });
  }
  // The disk may have taken its time.
  if (tools.aborted.aborted) return failed({ kind: 'aborted' });
  if (wantsLostSecret(step.run))
    return failed({ kind: 'not-started', because: 'its secret was not kept when the runner ended; plan again' });
  const name = nameOf(tools, task, attempt);
  const started = await tools.hand.start({ name, command: step.run, as: step.as, timeoutMs: step.timeoutMs });
  if (started.kind === 'refused') return failed({ kind: 'not-started', because: started.because });
  return settle(tools, task, attempt, isRoot);
}

const nameOf = ({ rollout }: StepTools, { place }: StepTask, attempt: number): StepName =>
  stepName(rollout, place.stage, place.step, attempt);

/** Brings an attempt to its end, whoever began it. Undefined: the node has never seen it and has not booted since. */
async function settle(
  tools: StepTools,
  task: StepTask,
  attempt: number,
  wasRoot: boolean | undefined,
): Promise<Ended | undefined> {
  const { secrets } = task.step.run;
  const output = stepOutput(secrets);
  // It may say the secret, which nobody here knows any more and so cannot mask: then better nothing is kept.
  const isSecretLost = tools.isGuarded !== true && wantsLostSecret(task.step.run);
  const end = await followStep(
    {
      hand: tools.hand,
      clock: tools.clock,
      aborted: tools.aborted,
      wasRoot,
      onOutput: (chunk) => {
        const bytes = output.take(chunk);
        if (isSecretLost) return undefined;
        tools.says(output.lastWords);
        return tools.log(bytes);
      },
      onNewest: (text) => {
        const shown = isSecretLost ? '' : pieceShown(text, secrets);
        if (shown !== '') tools.newest?.(shown);
      },
      onWaiting: (because) =>
        void tools
          .record({ kind: 'waiting', node: task.place.node, because: `${because}; the step goes on there` })
          .catch(() => undefined),
    },
    nameOf(tools, task, attempt),
    attempt === task.before.attempt ? task.loggedBytes : 0,
  );
  void tools.log(isSecretLost ? Buffer.alloc(0) : output.end());
  return judgeEnd(tools, task, end, isSecretLost ? '' : output.lastWords());
}

async function judgeEnd(
  tools: StepTools,
  task: StepTask,
  end: Followed,
  lastWords: string,
): Promise<Ended | undefined> {
  const dropped = 'droppedBytes' in end ? end.droppedBytes : 0;
  switch (end.kind) {
    case 'exited':
      if (end.exitCode !== 0 && tools.aborted.aborted) return failed({ kind: 'aborted' }, dropped);
      if (end.exitCode !== 0)
        return failed({ kind: 'exit', exitCode: end.exitCode, lastWords, ...(await unitsSaid(tools, task)) }, dropped);
      return { outcome: await verified(tools, task), droppedBytes: dropped };
    case 'killed':
      return failed(tools.aborted.aborted ? { kind: 'aborted' } : { kind: 'killed', signal: end.signal }, dropped);
    case 'timed-out':
      return failed({ kind: 'timeout', afterMs: task.step.timeoutMs }, dropped);
    case 'remains':
      return failed({ kind: 'lost', because: `it was told to stop, but ${end.because}` });
    case 'lost':
      return failed({ kind: 'lost', because: end.because });
    case 'unknown':
      return await afterUnknown(tools, task, end.because);
  }
}

/** systemctl(1) itself says no more of a unit that fails to start than where to look. */
async function unitsSaid(tools: StepTools, { step, done = [] }: StepTask): Promise<{ readonly unitWords?: string }> {
  const units = startsIn(done);
  if (units.length === 0 || wantsLostSecret(step.run)) return {};
  const look = await lookAt(tools, units, SILENT_MS);
  const words = look.kind === 'seen' ? mask(whyNotStarted(units, look.seen), step.run.secrets) : '';
  return words === '' ? {} : { unitWords: words };
}

/** The node does not know the step: it booted since, which may be what the step was for, or it never saw it. */
async function afterUnknown(tools: StepTools, task: StepTask, because: string): Promise<Ended | undefined> {
  const bootId = tools.boot.id;
  const look = await lookAt(tools, task.done ?? [], SILENT_MS);
  if (look.kind === 'unreachable') return failed({ kind: 'lost', because: look.because });
  if (tools.boot.id === bootId && bootId !== '') return tools.aborted.aborted ? failed({ kind: 'aborted' }) : undefined;
  if (task.done === undefined) return failed({ kind: 'lost', because });
  const outcome = await verified(tools, task);
  return outcome.kind === 'changed' ? { outcome, droppedBytes: 0 } : failed({ kind: 'lost', because });
}

/** Exit code 0 is not evidence: the facts must say so, now or soon. */
async function verified(tools: StepTools, { step, done }: StepTask): Promise<StepOutcome> {
  if (done === undefined || step.done === 'with-next') return { kind: 'changed' };
  // A node that boots is given as long as the step has; everything else follows its command at once or not at all.
  const withinMs = done.some(({ kind }) => kind === 'booted-since') ? step.timeoutMs : VERIFY_MS;
  const until = tools.clock.nowMs() + withinMs;
  for (;;) {
    const look = await lookAt(tools, done, Math.max(withinMs, REACH_MS));
    if (look.kind === 'unreachable') return { kind: 'failed', failure: { kind: 'lost', because: look.because } };
    const undone: Unmet | undefined = firstUnmet(tools.conditions, done, look.seen);
    if (undone === undefined) return { kind: 'changed' };
    if (tools.clock.nowMs() >= until || tools.aborted.aborted)
      return {
        kind: 'failed',
        failure: { kind: 'unverified', expected: undone.expected, found: undone.because },
      };
    await new Promise<void>((resolve) => void tools.clock.after(VERIFY_EVERY_MS, resolve));
  }
}

type Looked =
  | { readonly kind: 'seen'; readonly seen: Observed }
  | { readonly kind: 'unreachable'; readonly because: string };

/**
 * Asks what the conditions need and which boot this is, and waits for a node that is out of reach for a while. Where a question had no answer, all
 * are asked once more: a busy node is late with one, and facts that are judged together are of one time.
 */
async function lookAt(tools: StepTools, conditions: readonly Condition[], withinMs: number): Promise<Looked> {
  const needs = [...needsOf(tools.conditions, conditions), { kind: 'probe', probe: 'identity' } as const];
  const patience = startPatience(tools.clock, withinMs);
  for (let seenTimes = 0; ; ) {
    const look = await tools.hand.look(needs);
    if (look.kind === 'seen') {
      seenTimes += 1;
      if (seenTimes === 1 && look.seen.failed.size > 0 && !tools.aborted.aborted) continue;
      tools.boot.id = look.seen.facts.identity?.bootId ?? tools.boot.id;
      return look;
    }
    if (patience.isOver() || tools.aborted.aborted) return look;
    await patience.pause();
  }
}
