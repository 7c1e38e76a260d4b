import { rmSync } from 'node:fs';
import { actionsOf } from './actions/registry.ts';
import { makeDemoFolder } from './demo/own-folder.ts';
import { requestOf } from './desk-requests.ts';
import { createDeskSource, type DeskSource } from './desk-source.ts';
import { callRunner, type RunnerCall } from './journal/call-runner.ts';
import { livingRunner } from './journal/claim.ts';
import { followLog } from './journal/follow-log.ts';
import { readOrder } from './journal/order.ts';
import { placesOf } from './journal/places.ts';
import { watchRollouts } from './journal/watch-rollouts.ts';
import type { LiveSource } from './live.ts';
import type { Input } from './model/action.ts';
import type { FleetEvent } from './model/fleet-event.ts';
import type { FleetRequest } from './model/fleet-request.ts';
import type { NodeName } from './model/ids.ts';
import type { Rollout, RolloutId } from './model/rollout.ts';
import { withSays } from './model/rollout-fold.ts';
import { waitsForSomebody } from './model/rollout-pause.ts';
import type { RunnerMessage } from './model/rollout-request.ts';
import { authorOf, awaitRunner, type NewOrder, orderRollout, startRunner, stateOf } from './rollouts.ts';
import type { FleetStore } from './store/store.ts';
import type { AskedRollout, RolloutDesk } from './ui/run.ts';
import type { RolloutAsk } from './ui/view.ts';

/** Rollouts that nobody drives are looked for this often. */
const ORPHANS_MS = 2_000;

/** What the console's desk needs: where the fleet comes from, where its state goes, and how a runner's questions reach the operator. */
export interface DeskParts {
  readonly store: FleetStore;
  readonly source: LiveSource;
  /** Reads the inventory again; a demo has none. */
  readonly reread?: () => Promise<LiveSource>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The demo's nodes end with the console, and so does what is done to them: its rollouts are kept apart and then thrown away. */
  readonly isDemo: boolean;
  /** Why nothing may be changed, where the operator works read-only. */
  readonly readOnly?: string;
  /** Questions for secrets, in the form the fleet's own have; their ids are below zero. */
  readonly tell: (batch: readonly FleetEvent[]) => void;
}

/** The console's hand on rollouts: it orders them, speaks to their runners and keeps the store in step with their journals. */
export interface OpenDesk extends RolloutDesk {
  /** Takes an answer to one of its own questions; false when it asked no such thing. */
  readonly answer: (request: Extract<FleetRequest, { kind: 'secret' }>) => boolean;
  readonly close: () => void;
}

interface Desk extends Omit<DeskParts, 'source' | 'reread'> {
  readonly source: DeskSource;
  readonly state: string;
  readonly calls: Map<RolloutId, RunnerCall>;
  /** Questions that wait for the operator, by the id they were told under. */
  readonly questions: Map<number, { readonly call: RunnerCall; readonly id: number }>;
  /** Values of secret fields, by rollout and by the field's title, which is all of the runner's question. */
  readonly secrets: Map<RolloutId, ReadonlyMap<string, string>>;
  readonly says: Map<string, string>;
  /** Questions so far: each has an id of its own, or an answer would reach the wrong runner. */
  asked: number;
  endLog: () => void;
}

/** Opens the desk; rollouts of this user are in the store from now on, until it is closed. */
export function openRolloutDesk(parts: DeskParts): OpenDesk {
  const env = parts.isDemo ? { ...parts.env, XDG_STATE_HOME: makeDemoFolder() } : parts.env;
  const desk: Desk = {
    ...parts,
    source: createDeskSource(parts.source, parts.reread),
    env,
    state: stateOf(env),
    calls: new Map(),
    questions: new Map(),
    secrets: new Map(),
    says: new Map(),
    asked: 0,
    endLog: () => {},
  };
  const endWatch = watchRollouts(desk.state, (rollouts) => show(desk, rollouts));
  const timer = setInterval(() => markOrphans(desk), ORPHANS_MS);
  return {
    actions: parts.readOnly === undefined ? actionsOf(parts.source.inventory) : [],
    plan: async (action, input, insteadOf) => {
      const came = await plan(desk, action, input);
      if (insteadOf !== undefined) giveUp(desk, insteadOf, came);
      return came;
    },
    ask: (ask) => askRunner(desk, ask),
    answer: ({ id, text }) => {
      const question = desk.questions.get(id);
      if (question === undefined) return false;
      desk.questions.delete(id);
      void question.call.request({ kind: 'secret', id: question.id, ...(text === undefined ? {} : { text }) });
      return true;
    },
    close: () => {
      endWatch();
      clearInterval(timer);
      desk.endLog();
      for (const call of desk.calls.values()) call.close();
      if (desk.isDemo) throwAway(desk);
    },
  };
}

/** Ends the runners of the demo's rollouts, which have nothing left to drive, and removes what they kept. */
function throwAway({ store, state, env }: Desk): void {
  for (const id of store.getState().rollouts.keys()) {
    const runner = livingRunner(placesOf(state, id).runner);
    if (runner === undefined) continue;
    try {
      process.kill(runner.pid, 'SIGTERM');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  rmSync(env['XDG_STATE_HOME'] ?? state, { recursive: true, force: true });
}

function show(desk: Desk, rollouts: ReadonlyMap<RolloutId, Rollout>): void {
  desk.store.setState({ rollouts: withSays(rollouts, desk.says) });
}

/** Rollouts that were begun and that no process drives: the operator is told, and takes them up again or not. */
function markOrphans({ store, state }: Desk): void {
  const { rollouts, orphans } = store.getState();
  const found = [...rollouts.values()]
    .filter(({ phase, id }) => phase !== 'ended' && livingRunner(placesOf(state, id).runner) === undefined)
    .map(({ id }) => id);
  if (found.length !== orphans.size || found.some((id) => !orphans.has(id)))
    store.setState({ orphans: new Set(found) });
}

async function plan(desk: Desk, action: string, input: Input): Promise<AskedRollout> {
  if (desk.readOnly !== undefined) return { kind: 'problem', because: desk.readOnly };
  const fields = actionsOf(desk.source.now().inventory).find(({ name }) => name === action)?.fields ?? {};
  const isSecret = (name: string): boolean => fields[name]?.kind === 'secret';
  const plain = Object.entries(input).filter(([name]) => !isSecret(name));
  const secret = Object.entries(input).flatMap(([name, value]): readonly (readonly [string, string])[] =>
    isSecret(name) && typeof value === 'string' ? [[fields[name]?.title ?? name, value]] : [],
  );
  return order(desk, { action, input: Object.fromEntries(plain) }, new Map(secret));
}

async function order(
  desk: Desk,
  what: Pick<NewOrder, 'action' | 'input' | 'after'>,
  secrets: ReadonlyMap<string, string>,
): Promise<AskedRollout> {
  try {
    const { inventory, endpoints, from } = await desk.source.today(what.after !== undefined);
    const today = { inventory, endpoints, ...(from === undefined ? {} : { from }) };
    const id = orderRollout({ ...what, author: authorOf(desk.env), ...today }, desk.env, Date.now());
    desk.secrets.set(id, secrets);
    const because = await attach(desk, id);
    return because === undefined ? { kind: 'planning', id } : { kind: 'problem', because };
  } catch (error) {
    return { kind: 'problem', because: error instanceof Error ? error.message : String(error) };
  }
}

/** Calls a runner that was just started; a sentence when it did not come up. */
async function attach(desk: Desk, id: RolloutId): Promise<string | undefined> {
  let call: RunnerCall | undefined;
  const early: RunnerMessage[] = [];
  const hear = (message: RunnerMessage): void => {
    if (call === undefined) early.push(message);
    else heard(desk, id, call, message);
  };
  const came = await awaitRunner(desk.state, id, hear);
  if (typeof came === 'string') return came;
  call = came;
  keep(desk, id, came);
  for (const message of early) heard(desk, id, came, message);
  return undefined;
}

function keep(desk: Desk, id: RolloutId, call: RunnerCall): void {
  desk.calls.set(id, call);
  void call.gone.then(() => {
    if (desk.calls.get(id) === call) desk.calls.delete(id);
  });
}

function heard(desk: Desk, id: RolloutId, call: RunnerCall, message: RunnerMessage): void {
  if (message.kind === 'says') {
    desk.says.set(`${id}/${message.stage}/${message.node}`, message.text);
    show(desk, desk.store.getState().rollouts);
  }
  if (message.kind !== 'secret-wanted') return;
  // No less than the whole question: others are put by nodes, and may begin with anything.
  const known = desk.secrets.get(id)?.get(message.prompt);
  if (known !== undefined) return void call.request({ kind: 'secret', id: message.id, text: known });
  desk.asked += 1;
  const own = -desk.asked;
  desk.questions.set(own, { call, id: message.id });
  desk.tell([{ kind: 'secret-wanted', id: own, prompt: message.prompt, echo: message.echo }]);
}

async function askRunner(desk: Desk, ask: RolloutAsk): Promise<AskedRollout> {
  const { rollout } = ask;
  if (ask.kind === 'open-log') return openLog(desk, rollout.id, ask.node);
  if (desk.readOnly !== undefined) return { kind: 'problem', because: desk.readOnly };
  if (ask.kind === 'retry' || ask.kind === 'undo') {
    const { action, input, id } = rollout;
    const because = waitsForSomebody(rollout) ? await endPaused(desk, id) : undefined;
    if (because !== undefined) return { kind: 'problem', because };
    const after = { id, how: ask.kind, ...(ask.onlyFailedStep === true ? { onlyFailedStep: true } : {}) };
    return order(desk, { action, input, after }, new Map());
  }
  if (ask.kind === 'replan') return planAgain(desk, rollout.id);
  if (ask.kind === 'resume' && desk.store.getState().orphans.has(rollout.id)) return takeUp(desk, rollout.id);
  const request = requestOf(ask, authorOf(desk.env));
  const call = await callFor(desk, rollout.id, ask.kind);
  if (typeof call === 'string') return { kind: 'problem', because: call };
  const because = await call.request(request);
  if (because !== undefined) return { kind: 'problem', because };
  return ask.kind === 'start' ? { kind: 'started', id: rollout.id } : { kind: 'done' };
}

/** The same question over facts of now; the plan that was not started goes once the new one is being made. */
async function planAgain(desk: Desk, id: RolloutId): Promise<AskedRollout> {
  const { action, input, after } = readOrder(placesOf(desk.state, id).request);
  const came = await order(
    desk,
    { action, input, ...(after === undefined ? {} : { after }) },
    desk.secrets.get(id) ?? new Map(),
  );
  giveUp(desk, id, came);
  return came;
}

/** A plan goes once the one in its place is being made; of one that was refused nothing is left to go. */
function giveUp({ calls }: Desk, id: RolloutId, came: AskedRollout): void {
  if (came.kind === 'planning') void calls.get(id)?.request({ kind: 'discard' });
}

/** What its failures paused is ended first: what is tried again or taken back is not gone on with as well. */
async function endPaused(desk: Desk, id: RolloutId): Promise<string | undefined> {
  const call = await callFor(desk, id, 'abort');
  if (typeof call === 'string') return call;
  const because = await call.request({ kind: 'abort', author: authorOf(desk.env) });
  if (because === undefined) await call.gone;
  return because;
}

/** A new runner for what another left; it looks at what was running before it does anything. */
async function takeUp(desk: Desk, id: RolloutId): Promise<AskedRollout> {
  startRunner(desk.state, id, desk.env, desk.isDemo);
  const because = await attach(desk, id);
  return because === undefined
    ? { kind: 'done', text: 'taken up again: what was running is looked at first' }
    : { kind: 'problem', because };
}

/** The runner of a rollout; one that nobody drives gets a new one. */
async function callFor(desk: Desk, id: RolloutId, kind: RolloutAsk['kind']): Promise<RunnerCall | string> {
  const known = desk.calls.get(id);
  if (known !== undefined) return known;
  const mark = livingRunner(placesOf(desk.state, id).runner);
  if (mark === undefined) {
    if (kind === 'discard') return 'nobody waits with it any more; it goes by itself';
    startRunner(desk.state, id, desk.env, desk.isDemo);
    const because = await attach(desk, id);
    if (because !== undefined) return because;
    return desk.calls.get(id) ?? 'the process that drives it went away';
  }
  let call: RunnerCall | undefined;
  call = await callRunner(mark.socket, (message) => {
    if (call !== undefined) heard(desk, id, call, message);
  });
  if (call === undefined) return 'the process that drives it does not answer';
  keep(desk, id, call);
  return call;
}

function openLog(desk: Desk, id: RolloutId, node: NodeName | undefined): AskedRollout {
  if (node === undefined) return { kind: 'problem', because: 'no node was named' };
  const path = placesOf(desk.state, id).log(node);
  desk.endLog();
  desk.store.setState({ log: { rollout: id, node, firstNumber: 1, lines: [], path } });
  desk.endLog = followLog(path, (tail) => {
    desk.store.setState({ log: { rollout: id, node, path, ...tail } });
  });
  return { kind: 'done' };
}
