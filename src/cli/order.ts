import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerCall } from '../journal/call-runner.ts';
import { placesOf, type RolloutPlaces } from '../journal/places.ts';
import { watchRollout } from '../journal/watch-rollout.ts';
import { phraseFor } from '../model/confirmation.ts';
import { UsageError } from '../model/errors.ts';
import { type Plan, riskOf } from '../model/plan.ts';
import type { Rollout, RolloutId, RolloutLimits } from '../model/rollout.ts';
import { readLimits } from '../model/rollout-limits.ts';
import { authorOf, awaitRunner, type NewOrder, orderRollout, readRollout, stateOf, wordsOf } from '../rollouts.ts';
import { type CliOption, type CliValues, EXIT, text } from './command.ts';
import type { CliContext } from './context.ts';
import { planLines } from './format-plan.ts';
import { countsLine, hasSucceeded, nextMoves, outcomeLines } from './format-rollout.ts';
import { safeJson, safeText } from './output.ts';

/** How wide and how patient a rollout is, and how it is confirmed. */
export const APPLY_OPTIONS = {
  yes: { type: 'boolean', short: 'y', help: 'start without asking, unless the risk wants a phrase' },
  confirm: {
    type: 'string',
    value: 'PHRASE',
    help: 'the phrase the plan asks for, where it interrupts users or destroys data',
  },
  canary: { type: 'string', value: 'N', help: 'so many nodes first, number or percentage; default 1' },
  'max-unavailable': { type: 'string', value: 'N', help: 'so many nodes at once, number or percentage; default 10%' },
  'max-failures': { type: 'string', value: 'N', help: 'with more failed nodes than this no more start; default 0' },
  json: { type: 'boolean', help: 'every record as a JSON line (schema muster.rollout.v1), the result as the last' },
} as const satisfies { readonly [name: string]: CliOption };

/** Without a terminal a line of progress goes to standard error this often at most: a log of CI must not fill with them. */
const PROGRESS_MS = 10_000;

/** Readers of the journal look four times a second by themselves. */
const SETTLE_MS = 600;

/** A rollout whose plan is there, and the line to its runner. */
export interface Planned {
  readonly id: RolloutId;
  readonly places: RolloutPlaces;
  readonly plan: Plan;
  readonly planSeq: number | undefined;
  readonly call: RunnerCall;
}

/** Orders a rollout and waits for its plan; undefined where the user leaves before it is there. */
export async function planOrder(order: NewOrder, context: CliContext): Promise<Planned | undefined> {
  const state = stateOf(context.env);
  const id = orderRollout(order, context.env, context.nowMs());
  const places = placesOf(state, id);
  const called = Promise.withResolvers<RunnerCall>();
  const call = await awaitRunner(state, id, (message) => {
    if (message.kind !== 'secret-wanted') return;
    void context.askLine(`${message.prompt}: `, message.echo).then(async (answer) => {
      const text = answer === undefined ? {} : { text: answer };
      await (await called.promise).request({ kind: 'secret', id: message.id, ...text });
    });
  });
  if (typeof call === 'string') throw new Error(`the rollout could not be planned: ${call}`);
  called.resolve(call);
  const gone = Promise.race([call.gone, context.interrupted()]).then(() => undefined);
  const planned = await until(places, ({ plan }) => plan !== undefined, gone);
  const { plan, planSeq } = planned ?? readRollout(state, id) ?? {};
  if (plan !== undefined) return { id, places, plan, planSeq, call };
  await call.request({ kind: 'discard' });
  const words = wordsOf(state, id);
  if (words !== '') throw new Error(words);
  return undefined;
}

/** Shows a plan, has it confirmed, starts it and stays with it to its end. The exit code. */
export async function applyOrder(order: NewOrder, values: CliValues, context: CliContext): Promise<number> {
  const isJson = values['json'] === true;
  if (values['yes'] !== true && !context.isAttended)
    throw new UsageError(
      'without a terminal a plan is started with --yes, and where it asks for a phrase with --confirm',
    );
  const planned = await planOrder(order, context);
  if (planned === undefined) return EXIT.interrupted;
  const { plan, planSeq, call, id, places } = planned;
  if (isJson) context.print(safeJson({ schema: 'muster.plan.v1', id, plan }));
  else context.print(safeText(planLines(plan).join('\n')));
  if (plan.kind !== 'change') return plan.kind === 'refused' ? EXIT.refused : EXIT.ok;
  try {
    const limits = limitsFor(plan, values);
    const typed = await confirmed(plan, values, context);
    if (typed === undefined) {
      await call.request({ kind: 'discard' });
      context.warn('muster: nothing was started and nothing was changed.');
      return EXIT.usage;
    }
    const because = await call.request({
      kind: 'start',
      author: authorOf(context.env),
      limits,
      planSeq,
      ...(typed === '' ? {} : { typed }),
    });
    if (because !== undefined) throw new UsageError(because);
    const code = await stay(id, places, call, isJson, context);
    return code === EXIT.ok && plan.refused.length > 0 ? EXIT.refused : code;
  } catch (error) {
    // What was not started is of no use to anybody.
    await call.request({ kind: 'discard' });
    throw error;
  } finally {
    call.close();
  }
}

/** Numbers for the nodes of the plan; throws `UsageError`. */
export function limitsFor(plan: Plan, values: CliValues): RolloutLimits {
  const nodes =
    plan.kind === 'change' ? new Set(plan.stages.flatMap(({ jobs }) => jobs.map(({ node }) => node))).size : 0;
  const read = readLimits(
    {
      canary: text(values, 'canary'),
      maxUnavailable: text(values, 'max-unavailable'),
      maxFailures: text(values, 'max-failures'),
    },
    nodes,
  );
  if (read.kind === 'limits') return read.limits;
  throw new UsageError(`--${read.field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${read.because}`);
}

/** The phrase that was typed, empty where none is asked for; undefined when it is not to be. */
async function confirmed(plan: Plan, values: CliValues, context: CliContext): Promise<string | undefined> {
  const phrase = phraseFor(plan);
  const given = text(values, 'confirm');
  if (phrase !== undefined) {
    if (given === phrase.phrase) return given;
    if (given !== undefined)
      throw new UsageError(`--confirm ${JSON.stringify(given)} is not the phrase: ${phrase.phrase}`);
    if (!context.isAttended)
      throw new UsageError(`${phrase.because}; --confirm ${JSON.stringify(phrase.phrase)} starts it`);
    const typed = await context.askLine(`${phrase.because}. To start it, type: ${phrase.phrase}\n> `, true);
    return typed?.trim() === phrase.phrase ? typed.trim() : undefined;
  }
  // What only reads is started as soon as its plan is shown.
  if (values['yes'] === true || riskOf(plan) === 'reads') return '';
  const typed = await context.askLine('To start it, type yes: ', true);
  return typed?.trim() === 'yes' ? '' : undefined;
}

/** Follows a rollout to its end and prints what came of it; at an interrupt it leaves the rollout to itself and says how to come back. */
export async function stay(
  id: RolloutId,
  places: RolloutPlaces,
  call: RunnerCall | undefined,
  isJson: boolean,
  context: CliContext,
): Promise<number> {
  const left = context.interrupted().then(() => 'left' as const);
  const gone = (call?.gone ?? left).then(() => 'gone' as const);
  const isOver = ({ phase }: Rollout) => phase === 'ended';
  let toldAtMs = context.nowMs();
  const end = await until(places, isOver, Promise.race([left, gone]), (rollout, lines) => {
    if (isJson) for (const line of lines) context.print(line);
    else if (context.isAttended) context.progress(safeText(countsLine(rollout, context.nowMs())));
    else if (context.nowMs() - toldAtMs >= PROGRESS_MS) {
      toldAtMs = context.nowMs();
      context.warn(safeText(`muster: ${id}: ${countsLine(rollout, toldAtMs)}`));
    }
  });
  if (!isJson) context.progress('');
  const last = typeof end === 'string' ? readRollout(stateOf(context.env), id) : end;
  if (end === 'left') {
    context.warn(
      `muster: ${id} goes on without this command. Follow it: muster rollouts attach ${id}. Stop it: muster rollouts abort ${id}`,
    );
    return EXIT.interrupted;
  }
  if (last?.phase !== 'ended') {
    const words = wordsOf(stateOf(context.env), id);
    context.warn(
      `muster: the process that drives ${id} is gone${words === '' ? '' : ` (${safeText(words)})`}; what runs on the nodes goes on. Take it over: muster rollouts resume ${id}`,
    );
    return EXIT.failed;
  }
  if (isJson) context.print(safeJson({ schema: 'muster.rollout-result.v1', ...resultOf(last) }));
  else context.print(safeText([...outcomeLines(last, places), countsLine(last, context.nowMs())].join('\n')));
  // On standard error: what the nodes said may be on its way to another program.
  if (!isJson) for (const line of nextMoves(last)) context.warn(line);
  return hasSucceeded(last) ? EXIT.ok : EXIT.failed;
}

/** The end of a rollout for scripts. */
function resultOf({ id, action, stages, startedAtMs, endedAtMs }: Rollout): object {
  return {
    id,
    action,
    startedAt: startedAtMs === undefined ? null : new Date(startedAtMs).toISOString(),
    endedAt: endedAtMs === undefined ? null : new Date(endedAtMs).toISOString(),
    stages: stages.map((jobs) =>
      jobs.map(({ node, state, steps }) => ({ node, state, steps: steps.map(({ outcome }) => outcome ?? null) })),
    ),
  };
}

/** Resolves with the first state that is wanted, or with what came before it. */
function until<T>(
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
  // What the runner wrote last may be read a moment after its door has closed.
  const late = before.then(async (value) => {
    if (value === 'gone') await sleep(SETTLE_MS);
    return value;
  });
  return Promise.race([found.promise, late]).finally(stop);
}
