import { readFileSync } from 'node:fs';
import { type Hand, stepName } from '../engine/hand.ts';
import type { Clock } from '../engine/ports.ts';
import type { RolloutPlaces } from '../journal/places.ts';
import { readLines } from '../journal/record.ts';
import type { Need } from '../model/check.ts';
import type { NodeName } from '../model/ids.ts';
import type { Rollout, StepOutcome } from '../model/rollout.ts';
import { foldJournal, foldRecord } from '../model/rollout-fold.ts';

/** A step of an old rollout whose end is not told so long after its node answered counts as still running; the node may be busy. */
const STILL_RUNS_MS = 10_000;
/** Costs a node no process. */
const SIGN_OF_LIFE: readonly Need[] = [{ kind: 'probe', probe: 'load' }];

/** What the journal of another rollout tells; throws with a sentence where it tells nothing. */
export function readOldRollout({ journal, folder }: RolloutPlaces): Rollout {
  const { records } = readLines(readFileSync(journal, 'utf8'));
  const rollout = foldJournal(records);
  if (rollout === undefined) throw new Error(`${folder} holds no rollout`);
  if (rollout.phase !== 'ended') throw new Error(`${rollout.id} is not over; attach to it, or resume it`);
  return rollout;
}

/** Asks each node whose outcome is unknown what became of the step, by its name: observed before anything is tried again. */
export async function observeUnknown(
  rollout: Rollout,
  hand: (node: NodeName, stage: number) => Hand,
  clock: Clock,
): Promise<Rollout> {
  const unknown = rollout.stages.flatMap((jobs, stage) =>
    jobs
      .filter(({ state }) => state === 'unknown')
      .map(({ node, steps }) => {
        const step = steps.findIndex(({ outcome }) => outcome?.kind === 'failed' && outcome.failure.kind === 'lost');
        const { attempt = 0, isRoot } = steps[step] ?? {};
        return { stage, node, step, attempt, isRoot };
      }),
  );
  const found = await Promise.all(
    unknown.map(async ({ isRoot, ...place }) => ({
      place,
      outcome: await outcomeOf(rollout, place, { hand: hand(place.node, place.stage), wasRoot: isRoot, clock }),
    })),
  );
  return found.reduce<Rollout>((state, { place, outcome }) => {
    if (outcome === undefined) return state;
    const log = { fromByte: 0, toByte: 0, droppedBytes: 0 };
    const record = { kind: 'step-ended', ...place, outcome, tookMs: 0, log, seq: state.lastSeq + 1, atMs: 0 } as const;
    return foldRecord(state, record) ?? state;
  }, rollout);
}

type Place = { readonly stage: number; readonly node: NodeName; readonly step: number; readonly attempt: number };

/** Undefined: nobody can tell, and the facts decide. Throws where it still runs: a second start beside it would be harm. */
async function outcomeOf(
  { id }: Rollout,
  place: Place,
  { hand, wasRoot, clock }: { readonly hand: Hand; readonly wasRoot: boolean | undefined; readonly clock: Clock },
): Promise<StepOutcome | undefined> {
  const name = stepName(id, place.stage, place.step, place.attempt);
  // A login may take longer than any patience with a step: a node that has just booted was told to run a step it had forgotten.
  await hand.look(SIGN_OF_LIFE);
  const { promise: late, resolve: isLate } = Promise.withResolvers<'late'>();
  const cancel = clock.after(STILL_RUNS_MS, () => isLate('late'));
  const end = await Promise.race([hand.follow(name, 0, () => {}, wasRoot), late]);
  cancel();
  if (end !== 'late' && end.kind === 'lost' && wasRoot !== undefined && hand.isRoot() === !wasRoot)
    throw new Error(`what became of a step of ${id} on ${place.node} cannot be asked: ${end.because}`);
  if (end === 'late') throw new Error(`a step of ${id} still runs on ${place.node}; wait for it, or stop it there`);
  if (end.kind !== 'exited') return undefined;
  return end.exitCode === 0
    ? { kind: 'changed' }
    : { kind: 'failed', failure: { kind: 'exit', exitCode: end.exitCode, lastWords: '' } };
}
