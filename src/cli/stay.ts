import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerCall } from '../journal/call-runner.ts';
import { readOrder } from '../journal/order.ts';
import type { RolloutPlaces } from '../journal/places.ts';
import { watchRollout } from '../journal/watch-rollout.ts';
import type { Rollout, RolloutId } from '../model/rollout.ts';
import { waitsForSomebody } from '../model/rollout-pause.ts';
import { authorOf, isOfDemo, readRollout, stateOf, wordsOf } from '../rollouts.ts';
import { EXIT } from './command.ts';
import type { CliContext } from './context.ts';
import { countsLine, hasSucceeded, nextMoves, outcomeLines } from './format-rollout.ts';
import { safeJson, safeText } from './output.ts';

/** Without a terminal a line of progress goes to standard error this often at most: a log of CI must not fill with them. */
const PROGRESS_MS = 10_000;

/** Readers of the journal look four times a second by themselves. */
const SETTLE_MS = 600;

/** A rollout somebody stays with. */
interface Stay {
  readonly id: RolloutId;
  readonly places: RolloutPlaces;
  /** Undefined where no process drives it. */
  readonly call: RunnerCall | undefined;
  readonly isJson: boolean;
  readonly context: CliContext;
}

/**
 * Follows a rollout to its end and prints what came of it; at an interrupt it leaves the rollout to itself and says how to come back. One that
 * its failures paused waits for a person: who sits there is asked, and without a terminal the exit code says so.
 */
export async function stay(
  id: RolloutId,
  places: RolloutPlaces,
  call: RunnerCall | undefined,
  isJson: boolean,
  context: CliContext,
): Promise<number> {
  const at: Stay = { id, places, call, isJson, context };
  const left = context.interrupted().then(() => 'left' as const);
  for (;;) {
    // A journal is read from its beginning, in pieces: an earlier pause in it is over already.
    const fromSeq = readRollout(stateOf(context.env), id)?.lastSeq ?? 0;
    const end = await follow(at, left, fromSeq);
    if (end === 'left') return leave(at);
    const last = typeof end === 'string' ? readRollout(stateOf(context.env), id) : end;
    if (last === undefined || !waitsForSomebody(last)) return tellEnd(at, last);
    const answer = await askHow(at, last);
    if (answer === 'leave') return EXIT.paused;
    const because = await call?.request({ kind: answer, author: authorOf(context.env) });
    if (because !== undefined) context.warn(safeText(`muster: ${because}`));
  }
}

/** Until it is over, waits for somebody, is left, or its runner is gone. */
async function follow(
  { id, places, call, isJson, context }: Stay,
  left: Promise<'left'>,
  fromSeq: number,
): Promise<Rollout | string> {
  const gone = (call?.gone ?? left).then(() => 'gone' as const);
  let toldAtMs = context.nowMs();
  const isEnough = (rollout: Rollout): boolean =>
    rollout.phase === 'ended' || (rollout.lastSeq >= fromSeq && waitsForSomebody(rollout));
  const end = await until(places, isEnough, Promise.race([left, gone]), (rollout, lines) => {
    if (isJson) for (const line of lines) context.print(line);
    else if (context.isAttended) context.progress(safeText(countsLine(rollout, context.nowMs())));
    else if (context.nowMs() - toldAtMs >= PROGRESS_MS) {
      toldAtMs = context.nowMs();
      context.warn(safeText(`muster: ${id}: ${countsLine(rollout, toldAtMs)}`));
    }
  });
  if (!isJson) context.progress('');
  return end;
}

function leave({ id, places, context }: Stay): number {
  if (isOfDemo(readOrder(places.request))) {
    context.warn(`muster: the demo's nodes end with this command, and ${id} with them`);
    return EXIT.interrupted;
  }
  context.warn(
    `muster: ${id} goes on without this command. Follow it: muster rollouts attach ${id}. Stop it: muster rollouts abort ${id}`,
  );
  return EXIT.interrupted;
}

/** What failed, then how to go on; without anybody who could answer, the commands that do. */
async function askHow(at: Stay, rollout: Rollout): Promise<'resume' | 'abort' | 'leave'> {
  const { id, call, isJson, context } = at;
  tellOutcome(at, rollout);
  const paused = safeText(`muster: ${id} is paused: ${rollout.pausedBecause ?? ''}`);
  if (isJson || !context.isAttended || call === undefined) {
    context.warn(paused);
    for (const line of nextMoves(rollout)) context.warn(line);
    return 'leave';
  }
  const typed = await context.askLine(
    `${paused}\nTo go on with the other nodes, type resume; to end it, abort; Enter leaves it paused: `,
    true,
  );
  const word = typed?.trim();
  if (word === 'resume' || word === 'abort') return word;
  for (const line of nextMoves(rollout)) context.warn(line);
  return 'leave';
}

function tellEnd(at: Stay, last: Rollout | undefined): number {
  const { id, isJson, context } = at;
  if (last?.phase !== 'ended') {
    const words = wordsOf(stateOf(context.env), id);
    context.warn(
      `muster: the process that drives ${id} is gone${words === '' ? '' : ` (${safeText(words)})`}; what runs on the nodes goes on. Take it over: muster rollouts resume ${id}`,
    );
    return EXIT.failed;
  }
  tellOutcome(at, last);
  // On standard error: what the nodes said may be on its way to another program.
  if (!isJson) for (const line of nextMoves(last)) context.warn(line);
  return hasSucceeded(last) ? EXIT.ok : EXIT.failed;
}

function tellOutcome({ places, isJson, context }: Stay, rollout: Rollout): void {
  if (isJson) context.print(safeJson({ schema: 'muster.rollout-result.v1', ...resultOf(rollout) }));
  else context.print(safeText([...outcomeLines(rollout, places), countsLine(rollout, context.nowMs())].join('\n')));
}

/** The end of a rollout, or its pause, for scripts. */
function resultOf({ id, action, phase, pausedBecause, stages, startedAtMs, endedAtMs }: Rollout): object {
  return {
    id,
    action,
    phase,
    ...(pausedBecause === undefined ? {} : { pausedBecause }),
    startedAt: startedAtMs === undefined ? null : new Date(startedAtMs).toISOString(),
    endedAt: endedAtMs === undefined ? null : new Date(endedAtMs).toISOString(),
    stages: stages.map((jobs) =>
      jobs.map(({ node, state, steps }) => ({ node, state, steps: steps.map(({ outcome }) => outcome ?? null) })),
    ),
  };
}

/** Resolves with the first state that is wanted, or with what came before it. */
export function until<T>(
  { journal }: RolloutPlaces,
  isWanted: (rollout: Rollout) => boolean,
  before: Promise<T>,
  onChange: (rollout: Rollout, lines: readonly string[]) => void = () => {},
): Promise<Rollout | T> {
  const found = Promise.withResolvers<Rollout>();
  let isFound = false;
  const stop = watchRollout(journal, ({ rollout, records }) => {
    if (isFound) return;
    const lines = records.map((record) => safeJson({ schema: 'muster.rollout.v1', id: rollout.id, ...record }));
    onChange(rollout, lines);
    isFound = isWanted(rollout);
    if (isFound) found.resolve(rollout);
  });
  // What the runner wrote last may be read a moment after its door has closed. A runner goes after every end, also one that was read
  // long ago: the wait must not be what keeps the command from ending.
  const late = before.then(async (value) => {
    if (value === 'gone') await sleep(SETTLE_MS, undefined, { ref: false });
    return value;
  });
  return Promise.race([found.promise, late]).finally(stop);
}
