import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { RunnerCall } from '../journal/call-runner.ts';
import { listRollouts } from '../journal/keep.ts';
import { placesOf } from '../journal/places.ts';
import { droppedWords } from '../model/dropped-words.ts';
import { UsageError } from '../model/errors.ts';
import { nodeName } from '../model/ids.ts';
import { whyNeverStarted } from '../model/not-started.ts';
import type { Rollout, RolloutId } from '../model/rollout.ts';
import type { RolloutRequest } from '../model/rollout-request.ts';
import { authorOf, callRollout, readRollout, stateOf } from '../rollouts.ts';
import { again, takeOver, wake } from './again.ts';
import { type CliCommand, type CliValues, EXIT, FLEET_OPTIONS } from './command.ts';
import type { CliContext } from './context.ts';
import { planLines } from './format-plan.ts';
import { briefCounts, byNode, countsLine, hasSucceeded, nextMoves, outcomeLines } from './format-rollout.ts';
import { APPLY_OPTIONS, limitsFor, secretAnswers } from './order.ts';
import { safeJson, safeText } from './output.ts';
import { type PlainColumn, plainTable } from './plain-table.ts';
import { stay } from './stay.ts';

/** What can be asked of rollouts. */
export const VERBS = [
  'list',
  'show',
  'attach',
  'log',
  'pause',
  'resume',
  'abort',
  'skip',
  'limit',
  'discard',
  'retry',
  'undo',
] as const;
type Verb = (typeof VERBS)[number];

/** `muster rollouts`: what muster is doing and has done, and the reins of what it is doing. */
export const rolloutsCommand = {
  name: 'rollouts',
  summary: 'list rollouts, show or follow one, steer one that runs, take one over, retry or undo one',
  usage: `${VERBS.join('|')} [ID] [NODE]`,
  options: {
    ...APPLY_OPTIONS,
    'failed-step': { type: 'boolean', help: 'retry: nothing but the step that failed on each node' },
    inventory: {
      ...FLEET_OPTIONS.inventory,
      help: 'retry, undo: the inventory of today; default: the one the rollout was made from, read again',
    },
    'read-only': { type: 'boolean', help: 'retry, undo: plan, and refuse every change' },
    reason: { type: 'string', value: 'TEXT', help: 'retry, undo: why, for the record' },
    json: { type: 'boolean', help: 'as JSON lines' },
  },
  async run({ values, positionals: [verb = 'list', id, node] }, context) {
    if (!isVerb(verb)) throw new UsageError(`muster rollouts ${VERBS.join('|')}: there is no ${JSON.stringify(verb)}`);
    const state = stateOf(context.env);
    if (verb === 'list') return list(state, values, context);
    const rollout = wantedRollout(state, id);
    return steer(verb, { state, rollout, node, values, context });
  },
} satisfies CliCommand;

const isVerb = (word: string): word is Verb => VERBS.some((verb) => verb === word);

interface Call {
  readonly state: string;
  readonly rollout: Rollout;
  readonly node: string | undefined;
  readonly values: CliValues;
  readonly context: CliContext;
}

async function steer(verb: Exclude<Verb, 'list'>, call: Call): Promise<number> {
  const { state, rollout, node, values, context } = call;
  const author = authorOf(context.env);
  switch (verb) {
    case 'show':
      return show(call);
    case 'log':
      return log(call);
    case 'attach':
      return attach(call);
    case 'resume':
      if (context.isAttended) return attach(call, { kind: 'resume', author });
      if (rollout.phase !== 'ended' && (await wake(state, rollout, context)) && rollout.phase !== 'paused') {
        context.print(`${rollout.id}: taken over; follow it with: muster rollouts attach ${rollout.id}`);
        return EXIT.ok;
      }
      return ask(call, { kind: 'resume', author });
    case 'pause':
    case 'abort':
      return ask(call, { kind: verb, author });
    case 'discard':
      return ask(call, { kind: 'discard' });
    case 'skip':
      if (node === undefined) throw new UsageError('muster rollouts skip ID NODE: which node?');
      return ask(call, { kind: 'skip', author, node: nodeName(node) });
    case 'limit': {
      if (rollout.plan === undefined) throw new UsageError(`${rollout.id} has no plan yet`);
      if (!['canary', 'max-unavailable', 'max-failures'].some((name) => values[name] !== undefined))
        throw new UsageError(`muster rollouts limit ID: with --canary, --max-unavailable or --max-failures`);
      return ask(call, { kind: 'limit', author, limits: limitsFor(rollout.plan, values, rollout.limits) });
    }
    case 'retry':
    case 'undo':
      return again(verb, state, rollout, values, context);
  }
}

/** One call from the beginning to the end: a runner that finds nobody attached declines what it would have to ask. */
async function attach({ state, rollout, values, context }: Call, request?: RolloutRequest): Promise<number> {
  const secrets = secretAnswers(context);
  const living = await callRollout(state, rollout.id, secrets.hear);
  const call =
    living ?? (rollout.phase === 'ended' ? undefined : await takeOver(state, rollout, context, secrets.hear));
  if (call !== undefined) secrets.answerTo(call);
  try {
    // What was left alone while it ran goes on by being taken over.
    if (request !== undefined && (living !== undefined || rollout.phase === 'paused'))
      await asked(rollout, call, request);
    return await stay(rollout.id, placesOf(state, rollout.id), call, values['json'] === true, context);
  } finally {
    call?.close();
  }
}

async function ask({ state, rollout, context }: Call, request: RolloutRequest): Promise<number> {
  const call = await callRollout(state, rollout.id);
  await asked(rollout, call, request).finally(() => call?.close());
  context.print(`${rollout.id}: ${request.kind === 'limit' ? 'limits changed' : DONE[request.kind]}`);
  return EXIT.ok;
}

async function asked({ id, phase }: Rollout, call: RunnerCall | undefined, request: RolloutRequest): Promise<void> {
  if (call === undefined)
    throw new UsageError(
      phase === 'ended' ? `${id} is over` : `no process drives ${id}; muster rollouts resume ${id} takes it over`,
    );
  const because = await call.request(request);
  if (because !== undefined) throw new UsageError(`${id}: ${because}`);
}

const DONE: { readonly [K in RolloutRequest['kind']]: string } = {
  start: 'started',
  discard: 'discarded',
  pause: 'paused; nodes under way finish, no further one starts',
  resume: 'resumed',
  abort: 'aborting; nothing more starts, and what runs is stopped',
  skip: 'node taken out',
  limit: 'limits changed',
  secret: 'answered',
};

/** The rollout an id, the end of one, or `last` names. */
function wantedRollout(state: string, given: string | undefined): Rollout {
  const ids = listRollouts(state);
  if (given === undefined) throw new UsageError('which rollout? muster rollouts list names them; `last` is the newest');
  const found =
    given === 'last' ? ids.slice(-1) : ids.filter((id) => id === given || id.startsWith(given) || id.endsWith(given));
  const [id, ...others] = found;
  if (id === undefined) throw new UsageError(`no rollout ${JSON.stringify(given)}; muster rollouts list names them`);
  if (others.length > 0) throw new UsageError(`${JSON.stringify(given)} could be ${found.join(', ')}`);
  const rollout = readRollout(state, id);
  if (rollout === undefined) throw new UsageError(`${id} has not begun to plan, or its journal cannot be read`);
  return rollout;
}

/** Titles are cut first, then who asked; an id is of use only whole. */
const LIST_COLUMNS: readonly PlainColumn<Rollout>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'STATE', text: stateWord },
  { title: 'NODES', text: (rollout) => briefCounts(rollout) },
  { title: 'TITLE', text: ({ plan, action }) => plan?.title ?? action, atLeast: 12 },
  { title: 'BY', text: ({ author }) => `${author.user}@${author.host}`, atLeast: 6 },
];

function stateWord(rollout: Rollout): string {
  return whyNeverStarted(rollout) ?? rollout.phase;
}

async function list(state: string, values: CliValues, context: CliContext): Promise<number> {
  const rollouts = listRollouts(state).flatMap((id: RolloutId) => readRollout(state, id) ?? []);
  if (values['json'] === true) {
    for (const rollout of rollouts) context.print(safeJson({ schema: 'muster.rollout-state.v1', ...rollout }));
    return EXIT.ok;
  }
  if (rollouts.length === 0) {
    context.print('There are no rollouts yet; `muster apply ACTION` makes one.');
    return EXIT.ok;
  }
  for (const line of plainTable(LIST_COLUMNS, rollouts, context.isTerminal ? context.columns : undefined))
    context.print(safeText(line));
  return EXIT.ok;
}

function show({ state, rollout, values, context }: Call): number {
  if (values['json'] === true) {
    context.print(safeJson({ schema: 'muster.rollout-state.v1', ...rollout }));
    return EXIT.ok;
  }
  const { id, author, reason, after, phase, requestedAtMs, plan } = rollout;
  const lines = [
    `${id}: ${stateWord(rollout)}`,
    `asked for by ${author.user}@${author.host}${author.from === undefined ? '' : ` from ${author.from}`} at ${new Date(requestedAtMs).toISOString()}`,
    ...(reason === undefined ? [] : [`because: ${reason}`]),
    ...(after === undefined ? [] : [`${after.how} of ${after.id}`]),
    ...(plan === undefined ? [] : ['', ...planLines(plan)]),
    ...(rollout.startedAtMs === undefined
      ? []
      : ['', ...outcomeLines(rollout, placesOf(state, id)), countsLine(rollout, context.nowMs())]),
  ];
  context.print(safeText(lines.join('\n')));
  for (const line of nextMoves(rollout)) context.print(line);
  return phase === 'ended' && !hasSucceeded(rollout) ? EXIT.failed : EXIT.ok;
}

/** What a node said, line by line and harmless; of all nodes with their names where none is named. */
async function log({ state, rollout, node, context }: Call): Promise<number> {
  const places = placesOf(state, rollout.id);
  const nodes = node === undefined ? [...byNode(rollout).keys()] : [nodeName(node)];
  for (const name of nodes) {
    const path = places.log(name);
    if (!existsSync(path)) {
      if (node !== undefined) throw new UsageError(`${name} said nothing in ${rollout.id}, or is no part of it`);
      continue;
    }
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
      context.print(safeText(node === undefined ? `${name}: ${line}` : line));
    const dropped = droppedWords(rollout, name);
    if (dropped !== undefined) context.print(safeText(node === undefined ? `${name}: ${dropped}` : dropped));
  }
  return EXIT.ok;
}
