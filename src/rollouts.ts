import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { homeOf, stateFolder } from './config/places.ts';
import { callRunner, type RunnerCall } from './journal/call-runner.ts';
import { isElsewhere, livingRunner } from './journal/claim.ts';
import { sweepRollouts } from './journal/keep.ts';
import { RUNNER_GONE_MS } from './journal/limits.ts';
import { BOUND, type RolloutOrder, writeOrder } from './journal/order.ts';
import { makePlaces, placesOf } from './journal/places.ts';
import { readLines } from './journal/record.ts';
import type { Author, Rollout, RolloutId } from './model/rollout.ts';
import { rolloutId } from './model/rollout.ts';
import { foldJournal } from './model/rollout-fold.ts';
import type { RunnerMessage } from './model/rollout-request.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A runner that has not opened its door after this long will not: starting Node and reading a large inventory takes a second or two. */
const DOOR_MS = 20_000;

/**
 * How a runner collects. A stream is thousands of short-lived packets whose bytes lie outside the heap: with a large young generation it is
 * those that bring on collections of the whole heap, 19 for 200 MB; with a small one there are 3, and memory is used again while it is still
 * in the processor's cache. Helper threads that wake up for each of many short collections cost more than they save. 200 MB over ssh2
 * alone took 0.62 s of CPU without and 0.35 s with both, three runs each in turn; either alone saves little.
 */
const COLLECTING = ['--max-semi-space-size=1', '--single-threaded-gc'];

/** What it takes a new runner to know that one on another machine is gone, or lives. */
const ELSEWHERE_MS = 2 * RUNNER_GONE_MS;

/** Between looks for the door. */
const DOOR_EVERY_MS = 20;

/** Where this user's rollouts are. */
export const stateOf = (env: Env): string => stateFolder({ env, home: homeOf(env) });

/** Who asks, and from where. */
export function authorOf(env: Env): Author {
  const from = env['SSH_CONNECTION']?.split(' ')[0];
  return { user: userInfo().username, host: hostname(), ...(from === undefined || from === '' ? {} : { from }) };
}

/** `20261122-103015-k3f9`, in UTC. */
export function newRolloutId(nowMs: number): RolloutId {
  const [date = '', time = ''] = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  const chance = randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return rolloutId(`${date}-${time}-${chance}`);
}

/** What is ordered; id and version are given here. */
export type NewOrder = Omit<RolloutOrder, 'version' | 'id'>;

/** Writes an order down and starts its runner, a process of its own that plans and then waits for the start. */
export function orderRollout(order: NewOrder, env: Env, nowMs: number): RolloutId {
  const state = stateOf(env);
  const id = newRolloutId(nowMs);
  const places = placesOf(state, id);
  makePlaces(places);
  writeOrder(places.request, { version: 1, id, folder: process.cwd(), ...order });
  startRunner(state, id, env, isOfDemo(order));
  sweepRollouts(state, (other) => (readRollout(state, other)?.phase ?? 'ended') === 'ended');
  return id;
}

/** The demo's nodes end with whoever asked for them: what was ordered for them ends then, too. */
export const isOfDemo = ({ from, inventory }: Pick<NewOrder, 'from' | 'inventory'>): boolean =>
  from === undefined && inventory.files.length === 0;

/**
 * Starts the process that drives a rollout; it leaves by itself where another one does so already. `isBound`: it ends with this process, however
 * that ends, because it holds a pipe of which nobody but this process has the other end.
 */
export function startRunner(state: string, id: RolloutId, env: Env, isBound = false): void {
  const words = openSync(placesOf(state, id).words, 'w', 0o600);
  const entry = fileURLToPath(new URL('./runner.js', import.meta.url));
  const runner = spawn(process.execPath, [...COLLECTING, entry, state, id, ...(isBound ? [BOUND] : [])], {
    detached: true,
    cwd: '/',
    stdio: [isBound ? 'pipe' : 'ignore', 'ignore', words],
    env: { ...env },
  });
  closeSync(words);
  runner.on('error', () => {});
  // The pipe must not be what keeps this process alive.
  if (runner.stdin instanceof Socket) runner.stdin.unref();
  runner.unref();
}

/** The state of a rollout as its journal says now; undefined where there is none. */
export function readRollout(state: string, id: RolloutId): Rollout | undefined {
  const { journal } = placesOf(state, id);
  try {
    return foldJournal(readLines(readFileSync(journal, 'utf8')).records);
  } catch (error) {
    // Whoever plans sweeps old ones away, also while somebody else looks through them.
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** A call to the runner of a rollout; undefined when no process drives it. */
export async function callRollout(
  state: string,
  id: RolloutId,
  onMessage?: (message: RunnerMessage) => void,
): Promise<RunnerCall | undefined> {
  const runner = livingRunner(placesOf(state, id).runner);
  return runner === undefined ? undefined : callRunner(runner.socket, onMessage);
}

/** A runner with nothing to do, because the plan was a refusal or a no-op, may leave before anybody could call it. */
const GONE_AGAIN: RunnerCall = {
  request: async () => 'it is over already',
  gone: Promise.resolve(),
  close: () => {},
};

/** A call to a runner that was just started; a sentence when it did not come up, with its own words. */
export async function awaitRunner(
  state: string,
  id: RolloutId,
  onMessage?: (message: RunnerMessage) => void,
): Promise<RunnerCall | string> {
  const holder = livingRunner(placesOf(state, id).runner);
  const longestMs = DOOR_MS + (holder !== undefined && isElsewhere(holder) ? ELSEWHERE_MS : 0);
  for (let waitedMs = 0; waitedMs < longestMs; waitedMs += DOOR_EVERY_MS) {
    const call = await callRollout(state, id, onMessage);
    if (call !== undefined) return call;
    if (readRollout(state, id)?.phase === 'ended') return GONE_AGAIN;
    const words = wordsOf(state, id);
    if (words !== '') return words;
    await sleep(DOOR_EVERY_MS);
  }
  return 'the process that drives it did not come up';
}

/** What a runner that failed had to say; empty when it said nothing. */
export function wordsOf(state: string, id: RolloutId): string {
  const { words } = placesOf(state, id);
  return existsSync(words) ? readFileSync(words, 'utf8').trim().slice(-2_000) : '';
}
