import type { RunnerCall } from '../journal/call-runner.ts';
import { placesOf, type RolloutPlaces } from '../journal/places.ts';
import { phraseFor } from '../model/confirmation.ts';
import { UsageError } from '../model/errors.ts';
import { type Plan, riskOf } from '../model/plan.ts';
import type { RolloutId, RolloutLimits } from '../model/rollout.ts';
import { readLimits } from '../model/rollout-limits.ts';
import type { RunnerMessage } from '../model/rollout-request.ts';
import { authorOf, awaitRunner, type NewOrder, orderRollout, readRollout, stateOf, wordsOf } from '../rollouts.ts';
import { type CliOption, type CliValues, EXIT, text } from './command.ts';
import type { CliContext } from './context.ts';
import { planLines } from './format-plan.ts';
import { safeJson, safeText } from './output.ts';
import { stay, until } from './stay.ts';

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
  'max-failures': { type: 'string', value: 'N', help: 'with more failed nodes than this it pauses; default 0' },
  json: { type: 'boolean', help: 'every record as a JSON line (schema muster.rollout.v1), the result as the last' },
} as const satisfies { readonly [name: string]: CliOption };

/** A rollout whose plan is there, and the line to its runner. */
export interface Planned {
  readonly id: RolloutId;
  readonly places: RolloutPlaces;
  readonly plan: Plan;
  readonly planSeq: number | undefined;
  readonly call: RunnerCall;
}

/** Puts the runner's questions for passwords and secret fields to whoever sits at the terminal, one after the other. */
export function secretAnswers({ askLine }: CliContext): {
  readonly hear: (message: RunnerMessage) => void;
  readonly answerTo: (call: RunnerCall) => void;
} {
  const called = Promise.withResolvers<RunnerCall>();
  let last: Promise<unknown> = Promise.resolve();
  const answer = async ({ prompt, echo, id }: Extract<RunnerMessage, { kind: 'secret-wanted' }>) => {
    const text = await askLine(`${prompt}: `, echo);
    await (await called.promise).request({ kind: 'secret', id, ...(text === undefined ? {} : { text }) });
  };
  return {
    hear: (message) => {
      if (message.kind === 'secret-wanted') last = last.then(() => answer(message));
    },
    answerTo: called.resolve,
  };
}

/** Orders a rollout and waits for its plan; undefined where the user leaves before it is there. */
export async function planOrder(order: NewOrder, context: CliContext): Promise<Planned | undefined> {
  const state = stateOf(context.env);
  const id = orderRollout(order, context.env, context.nowMs());
  const places = placesOf(state, id);
  const secrets = secretAnswers(context);
  const call = await awaitRunner(state, id, secrets.hear);
  if (typeof call === 'string') throw new Error(`the rollout could not be planned: ${call}`);
  secrets.answerTo(call);
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
  limitsIn(values, MANY);
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

/** Numbers for the nodes of the plan; what is left out is as `inForce` has it, else as usual. Throws `UsageError`. */
export function limitsFor(plan: Plan, values: CliValues, inForce?: RolloutLimits): RolloutLimits {
  const nodes =
    plan.kind === 'change' ? new Set(plan.stages.flatMap(({ jobs }) => jobs.map(({ node }) => node))).size : 0;
  return limitsIn(values, Math.max(1, nodes), inForce);
}

/** Nodes enough for a percentage to be one at least: what is no limit is told before any node is looked at. */
const MANY = 100;

function limitsIn(values: CliValues, nodes: number, inForce?: RolloutLimits): RolloutLimits {
  const read = readLimits(
    {
      canary: text(values, 'canary') ?? inForce?.canary.toString(),
      maxUnavailable: text(values, 'max-unavailable') ?? inForce?.maxUnavailable.toString(),
      maxFailures: text(values, 'max-failures') ?? inForce?.maxFailures.toString(),
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
