// What happens when nodes fail: the rollout pauses for a person, and goes on, ends or is taken back as that person says.
import { expect, test } from 'vitest';
import { nextJobs, whyPause } from '../../src/engine/rollout.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Job, Plan } from '../../src/model/plan.ts';
import type { Rollout, RolloutEvent, RolloutLimits } from '../../src/model/rollout.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { foldJournal } from '../../src/model/rollout-fold.ts';
import { waitsForSomebody } from '../../src/model/rollout-pause.ts';
import { aStep } from './a-step.ts';

const author = { user: 'ada', host: 'desk' };
const [a, b, c] = [nodeName('a'), nodeName('b'), nodeName('c')];
const job = (node: typeof a): Job => ({ node, steps: [aStep('do it')] });
const PLAN: Plan = {
  kind: 'change',
  title: 'do it',
  stages: [{ title: 'do it', jobs: [job(a), job(b), job(c)] }],
  already: [],
  refused: [],
};
const ended = (node: typeof a, exitCode: number): RolloutEvent => ({
  kind: 'step-ended',
  stage: 0,
  node,
  step: 0,
  attempt: 1,
  outcome:
    exitCode === 0 ? { kind: 'changed' } : { kind: 'failed', failure: { kind: 'exit', exitCode, lastWords: '' } },
  tookMs: 1,
  log: { fromByte: 0, toByte: 0, droppedBytes: 0 },
});
const begun = (node: typeof a): RolloutEvent => ({
  kind: 'step-starting',
  stage: 0,
  node,
  step: 0,
  attempt: 1,
  bootId: 'b',
});

function rolloutAfter(limits: Partial<RolloutLimits>, events: readonly RolloutEvent[], isUndo = false): Rollout {
  const all: readonly RolloutEvent[] = [
    {
      kind: 'requested',
      id: rolloutId('20261122-103015-k3f9'),
      action: 'test',
      input: {},
      author,
      ...(isUndo ? { after: { id: rolloutId('20261122-103015-k3f8'), how: 'undo' } as const } : {}),
    },
    { kind: 'planned', plan: PLAN },
    { kind: 'started', author, limits: { canary: 1, maxUnavailable: 1, maxFailures: 0, ...limits } },
    ...events,
  ];
  const rollout = foldJournal(all.map((event, index) => ({ seq: index + 1, atMs: index, ...event })));
  if (rollout === undefined) throw new Error('no rollout');
  return rollout;
}

test('more failures than may be are a reason to pause while nodes are left, and none once no node is', () => {
  const one = [begun(a), ended(a, 1)];
  expect(whyPause(rolloutAfter({}, one), false)).toBe('a failed, and none may');
  expect(whyPause(rolloutAfter({ canary: 3, maxFailures: 1, maxUnavailable: 3 }, one), false)).toBeUndefined();
  const two = [...one, begun(b), ended(b, 1)];
  expect(whyPause(rolloutAfter({ maxFailures: 1, maxUnavailable: 3 }, two), false)).toBe('a,b failed, and 1 may');
  expect(whyPause(rolloutAfter({}, [...two, begun(c), ended(c, 1)]), false)).toBeUndefined();
});

test('failures that may be, but take all the room there is, are a reason to pause when nothing runs any more', () => {
  const rollout = rolloutAfter({ maxFailures: 2 }, [begun(a), ended(a, 1)]);
  expect(whyPause(rollout, true)).toBeUndefined();
  expect(whyPause(rollout, false)).toBe('a failed and counts as out, and only 1 may be out at once');
  const canary = rolloutAfter({ maxFailures: 2, maxUnavailable: 2 }, [begun(a), ended(a, 1)]);
  expect(whyPause(canary, false)).toBe('a failed, and the canary is to succeed first');
});

test('a resume accepts the failures it was paused for: they are not out any more, and counting begins anew', () => {
  const paused: readonly RolloutEvent[] = [
    begun(a),
    ended(a, 1),
    { kind: 'paused', because: 'a failed, and none may' },
  ];
  expect(waitsForSomebody(rolloutAfter({}, paused))).toBe(true);
  const resumed = [...paused, { kind: 'resumed', author } as const];
  expect(whyPause(rolloutAfter({}, resumed), false)).toBeUndefined();
  expect(nextJobs(rolloutAfter({}, resumed))).toEqual([{ stage: 0, node: b }]);
  const again = rolloutAfter({}, [...resumed, begun(b), ended(b, 1)]);
  expect(whyPause(again, false)).toBe('b failed, and none may');
});

test('who resumes what a person paused accepts nothing', () => {
  const byHand: readonly RolloutEvent[] = [begun(a), { kind: 'paused', author, because: 'paused by ada' }, ended(a, 1)];
  expect(waitsForSomebody(rolloutAfter({}, byHand))).toBe(false);
  expect(whyPause(rolloutAfter({}, [...byHand, { kind: 'resumed', author }]), false)).toBe('a failed, and none may');
});

test('an undo is never paused by failures', () => {
  const undo = rolloutAfter({}, [begun(a), ended(a, 1)], true);
  expect(whyPause(undo, false)).toBeUndefined();
  expect(nextJobs(undo)).toEqual([{ stage: 0, node: b }]);
});
