import { expect, test } from 'vitest';
import type { Hand, Look, StepEnd } from '../../src/engine/hand.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { observeUnknown } from '../../src/runner/old-rollout.ts';
import { createFakeClock } from '../sim/fake-clock.ts';

const a = nodeName('a');
const LOST = { kind: 'failed', failure: { kind: 'lost', because: 'no power' } } as const;
const OLD: Rollout = {
  id: rolloutId('20261122-103015-k3f9'),
  action: 'provision-disk',
  input: {},
  author: { user: 'ada', host: 'desk' },
  requestedAtMs: 0,
  phase: 'ended',
  stages: [[{ node: a, state: 'unknown', steps: [{ attempt: 1, outcome: LOST }] }]],
  lastSeq: 9,
};

/** A node that answers what a test lets it answer, when the test lets it. */
function slowNode() {
  const looked = Promise.withResolvers<Look>();
  const ended = Promise.withResolvers<StepEnd>();
  const hand = { look: () => looked.promise, follow: () => looked.promise.then(() => ended.promise) };
  return { looked, ended, hand: () => hand as Partial<Hand> as Hand };
}
const SEEN: Look = {
  kind: 'seen',
  seen: { atMs: 0, facts: {}, checks: new Map(), failed: new Map(), absent: new Map() },
};
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

test('a node that needs a minute to be logged in to is not taken for one whose step still runs', async () => {
  const clock = createFakeClock();
  const { looked, ended, hand } = slowNode();
  const observed = observeUnknown(OLD, hand, clock);
  await turn();
  clock.advance(60_000);
  looked.resolve(SEEN);
  ended.resolve({ kind: 'unknown', because: 'no step was ever started here' });
  expect(await observed).toEqual(OLD);
  expect(clock.timers()).toBe(0);
});

test('a step that gives no end to a node that answers still runs, and nothing is tried beside it', async () => {
  const clock = createFakeClock();
  const { looked, hand } = slowNode();
  const observed = observeUnknown(OLD, hand, clock).catch((error: Error) => error.message);
  looked.resolve(SEEN);
  await turn();
  clock.advance(60_000);
  expect(await observed).toBe('a step of 20261122-103015-k3f9 still runs on a; wait for it, or stop it there');
});

test('a step that went to its end while nobody looked is taken for what it came to', async () => {
  const clock = createFakeClock();
  const { looked, ended, hand } = slowNode();
  looked.resolve(SEEN);
  ended.resolve({ kind: 'exited', exitCode: 0, droppedBytes: 0 });
  const { stages } = await observeUnknown(OLD, hand, clock);
  expect(stages[0]?.[0]?.steps[0]?.outcome).toEqual({ kind: 'changed' });
  expect(clock.timers()).toBe(0);
});
