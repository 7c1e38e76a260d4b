import { existsSync, rmSync } from 'node:fs';
import { conditions } from '../conditions/registry.ts';
import { nodeIo } from '../config/node-io.ts';
import { homeOf } from '../config/places.ts';
import { readOnlySetting } from '../config/read-only.ts';
import { withoutSecrets } from '../engine/plan-secrets.ts';
import { driveRollout, type RolloutDrive } from '../engine/run-rollout.ts';
import { audit } from '../journal/audit.ts';
import { type JournalFile, openJournal } from '../journal/journal-file.ts';
import { RUNNER_SIGN_MS } from '../journal/limits.ts';
import { openLogs } from '../journal/node-logs.ts';
import { type RolloutOrder, readOrder } from '../journal/order.ts';
import { placesOf, type RolloutPlaces, socketPath } from '../journal/places.ts';
import { openDoor, type RunnerDoor } from '../journal/runner-door.ts';
import { phraseFor } from '../model/confirmation.ts';
import { type Plan, refuse } from '../model/plan.ts';
import type { Author, Rollout, RolloutEvent, RolloutId, RolloutRecord } from '../model/rollout.ts';
import { foldJournal, foldRecord } from '../model/rollout-fold.ts';
import type { RolloutRequest, RunnerMessage } from '../model/rollout-request.ts';
import { clock } from '../transport/clock.ts';
import { endedEntry, startedEntry, steeredEntry } from './audit-entries.ts';
import { claimInTime } from './claim-in-time.ts';
import { type Hands, openHands } from './hands.ts';
import { leavePaused, PAUSED_MS, type PausedWait } from './leave-paused.ts';
import { planOrder } from './plan-order.ts';
import { createSecretPost, type SecretPost } from './secrets.ts';
import { oweSweep, sweepLeftovers, sweepNodes } from './sweep.ts';

/** A plan that nobody starts and nobody looks at is given up after this long. */
const UNATTENDED_MS = 60 * 60_000;

/** Somebody who asked for a rollout has this long to attach before questions for secrets are declined. */
const EXPECTED_MS = 15_000;

interface Runner {
  readonly state: string;
  readonly places: RolloutPlaces;
  readonly order: RolloutOrder;
  readonly journal: JournalFile;
  readonly hands: Hands;
  readonly secrets: SecretPost;
  readonly me: Author;
  /** No other process has taken the rollout. */
  readonly isOurs: () => boolean;
  /** Bounds the time it is paused and nobody is there. */
  readonly paused: PausedWait;
  rollout: Rollout | undefined;
  /** With its secrets, which stand nowhere else. */
  plan: Plan | undefined;
  drive: RolloutDrive | undefined;
  /** Resolves once `drive` is there: what is asked of a rollout that is under way waits for it. */
  readonly driven: PromiseWithResolvers<void>;
  /** Ends the wait for a start: the request, or undefined when the plan is given up. */
  readonly start: PromiseWithResolvers<Extract<RolloutRequest, { kind: 'start' }> | undefined>;
}

/**
 * Plans a rollout, waits for its start, and drives it to its end; or takes over what another runner left. Resolves when there is nothing more
 * to do, also where another process drives it already. Throws with a sentence where it cannot go on.
 */
export async function serveRollout(state: string, id: RolloutId, me: Author, pausedMs = PAUSED_MS): Promise<void> {
  const places = placesOf(state, id);
  const order = withSettings(readOrder(places.request));
  const socket = socketPath(id, process.env);
  const claimed = await claimInTime(places.runner, socket);
  if (claimed.kind === 'held') return;
  const journal = await openJournal(places.journal, clock.nowMs);
  let door: RunnerDoor | undefined;
  const bornAtMs = clock.nowMs();
  const tell = (message: RunnerMessage) => door?.tell(message);
  const attached = () => door?.attached() ?? 0;
  const secrets = createSecretPost(tell, attached, () => clock.nowMs() - bornAtMs < EXPECTED_MS);
  const runner: Runner = {
    state,
    places,
    order,
    journal,
    hands: openHands(order, secrets.ask),
    secrets,
    me,
    isOurs: claimed.isOurs,
    paused: leavePaused(clock, pausedMs, () => attached() === 0 && isIdle(runner.rollout)),
    rollout: foldJournal(journal.records),
    plan: undefined,
    drive: undefined,
    driven: Promise.withResolvers(),
    start: Promise.withResolvers(),
  };
  const signs = setInterval(() => {
    if (!claimed.sign()) yieldIt();
    // Somebody removed the folder: a plan that nobody can read is not waited for.
    if (!existsSync(places.journal)) runner.start.resolve(undefined);
  }, RUNNER_SIGN_MS);
  door = await openDoor(socket, (request) => take(runner, request), attendance(runner));
  try {
    const [broken] = journal.broken;
    if (broken !== undefined)
      throw new Error(`${places.journal}: line ${broken} cannot be read; look at the nodes, then plan again`);
    await live(runner, tell);
  } finally {
    clearInterval(signs);
    runner.paused.close();
    secrets.declineAll();
    await runner.hands.close();
    await journal.close();
    door.close();
    claimed.release();
  }
}

/** Paused, with nothing under way: only a person can say how it goes on. */
const isIdle = (rollout: Rollout | undefined): boolean =>
  rollout?.phase === 'paused' && rollout.stages.every((jobs) => jobs.every(({ state }) => state !== 'running'));

const isUnderWay = (rollout: Rollout | undefined): boolean =>
  rollout?.phase === 'running' || rollout?.phase === 'paused' || rollout?.phase === 'aborting';

/**
 * Another process took the rollout while this one was stopped or cut off from the share: two writers would spoil the journal. Not a word of it,
 * because the file for words is the other one's by now.
 */
const yieldIt = (): never => process.exit(1);

/** What the settings forbid is forbidden here, too, whoever wrote the order. */
function withSettings(order: RolloutOrder): RolloutOrder {
  const { env } = process;
  const readOnly = order.readOnly ?? readOnlySetting({ env, home: homeOf(env) }, nodeIo);
  return readOnly === undefined ? order : { ...order, readOnly };
}

/** From wherever the journal is to its end. */
async function live(runner: Runner, tell: (message: RunnerMessage) => void): Promise<void> {
  const phase = runner.rollout?.phase;
  if (phase === 'ended') return;
  if (isUnderWay(runner.rollout)) {
    if (runner.order.readOnly !== undefined) throw new Error(`it is not taken over: ${runner.order.readOnly}`);
    await write(runner, { kind: 'taken-over', author: runner.me });
    return drive(runner, tell);
  }
  if (runner.rollout === undefined) await write(runner, requestOf(runner.order));
  runner.plan = await planned(runner);
  await write(runner, { kind: 'planned', plan: withoutSecrets(runner.plan) });
  if (runner.plan.kind !== 'change') return write(runner, { kind: 'ended' });
  const start = await runner.start.promise;
  if (start === undefined) return rmSync(runner.places.folder, { recursive: true, force: true });
  await write(runner, { kind: 'started', author: start.author, limits: start.limits });
  const { rollout } = runner;
  if (rollout !== undefined) audit(runner.state, startedEntry(rollout, clock.nowMs()));
  await drive(runner, tell);
}

/** What cannot be planned is a refusal like any other: whoever waits for the plan must learn why. */
async function planned({ order, state, hands, secrets }: Runner): Promise<Plan> {
  try {
    return await planOrder(order, state, hands, secrets.ask);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return refuse(order.action, because, 'put this right, then plan again');
  }
}

async function drive(runner: Runner, tell: (message: RunnerMessage) => void): Promise<void> {
  const { rollout, plan, journal, hands, places } = runner;
  if (rollout === undefined) return;
  oweSweep(places);
  const logs = openLogs(places.log);
  const driven = driveRollout(plan === undefined ? rollout : { ...rollout, plan }, {
    conditions,
    clock,
    hand: hands.of,
    here: hands.here,
    append: (event) => {
      // The last look before anything is sent to a node.
      if (event.kind === 'step-starting' && !runner.isOurs()) yieldIt();
      const written = journal.append(event);
      fold(runner, written.record);
      return written;
    },
    logs,
    says: (node, stage, step, text) => tell({ kind: 'says', node, stage, step, text }),
  });
  runner.drive = driven;
  runner.driven.resolve();
  runner.paused.look();
  const end = await Promise.race([driven.ended, runner.paused.left]);
  logs.close();
  // The journal says that it is paused, and that is where the next runner goes on.
  if (end === undefined) return;
  audit(runner.state, endedEntry(end, clock.nowMs()));
  if (await sweepNodes(hands, end, clock)) rmSync(places.unswept, { force: true });
  await sweepLeftovers(hands, end, runner.state);
}

const requestOf = ({ id, action, input, author, reason, after }: RolloutOrder): RolloutEvent => ({
  kind: 'requested',
  id,
  action,
  input,
  author,
  ...(reason === undefined ? {} : { reason }),
  ...(after === undefined ? {} : { after: { id: after.id, how: after.how } }),
});

function write(runner: Runner, event: RolloutEvent): Promise<void> {
  const { record, synced } = runner.journal.append(event);
  fold(runner, record);
  return synced;
}

function fold(runner: Runner, record: RolloutRecord): void {
  runner.rollout = foldRecord(runner.rollout, record);
  runner.paused.look();
}

/** Undefined when it is done, else why not. */
async function take(runner: Runner, request: RolloutRequest): Promise<string | undefined> {
  if (request.kind === 'secret') return runner.secrets.answer(request.id, request.text);
  if (runner.paused.isLeaving()) return 'it was paused for long, and its process is just ending; try again';
  // The journal tells that it goes on a moment before somebody drives it.
  if (isUnderWay(runner.rollout)) await runner.driven.promise;
  if (runner.drive !== undefined) {
    const because = await runner.drive.request(request);
    const entry = because === undefined ? steeredEntry(runner.order, request, clock.nowMs()) : undefined;
    if (entry !== undefined) audit(runner.state, entry);
    return because;
  }
  const phase = runner.rollout?.phase ?? 'planning';
  switch (request.kind) {
    case 'start': {
      const because = whyNotStart(runner, request);
      if (because === undefined) runner.start.resolve(request);
      return because;
    }
    case 'discard':
    case 'abort':
      if (phase === 'planning') leavePlanning(runner);
      runner.start.resolve(undefined);
      return undefined;
    default:
      return `it has not been started: it is ${phase}`;
  }
}

/** Looks may take a while on nodes that do not answer, and nobody waits for them any more. */
function leavePlanning({ places }: Runner): void {
  rmSync(places.folder, { recursive: true, force: true });
  setImmediate(() => process.exit(0));
}

/** The phrase is asked for by whoever shows the plan, and once more here, where it cannot be left out. */
function whyNotStart(
  { plan, rollout }: Runner,
  { typed, limits, planSeq }: Extract<RolloutRequest, { kind: 'start' }>,
): string | undefined {
  if (plan === undefined || rollout?.phase !== 'planned') return 'it is still being planned';
  // A runner that follows another plans anew, and nobody has read that yet.
  if (planSeq !== rollout.planSeq) return 'the plan was made anew; read it again';
  if (plan.kind !== 'change') return 'there is nothing to do';
  const phrase = phraseFor(plan);
  if (phrase !== undefined && typed?.trim() !== phrase.phrase)
    return `${phrase.because}; it starts only with the phrase: ${phrase.phrase}`;
  const isWide = [limits.canary, limits.maxUnavailable].every((limit) => Number.isInteger(limit) && limit >= 1);
  return isWide && limits.maxFailures >= 0 ? undefined : 'a canary and a width of at least 1 node are needed';
}

/** Questions are told to whoever comes and declined when nobody is left; a plan that nobody looks at is given up. */
function attendance(runner: Runner): (attached: number, isNew: boolean) => void {
  let cancel = clock.after(UNATTENDED_MS, () => runner.start.resolve(undefined));
  return (attached, isNew) => {
    cancel();
    runner.paused.look();
    if (isNew) runner.secrets.tellAgain();
    if (attached > 0) return;
    runner.secrets.declineAll();
    cancel = clock.after(UNATTENDED_MS, () => runner.start.resolve(undefined));
  };
}
