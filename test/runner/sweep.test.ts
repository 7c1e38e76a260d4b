// Tidying up after a rollout: whom it asks, and how often where a link is lost.
import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import { type JobState, rolloutId } from '../../src/model/rollout.ts';
import { sweepNodes } from '../../src/runner/sweep.ts';
import { createFakeClock } from '../sim/fake-clock.ts';

const ID = rolloutId('20261122-103015-k3f9');

/** `SECOND NODE` of each question, where the first answers of some are lost. */
async function asked(
  states: { readonly [node: string]: JobState },
  lost: { readonly [node: string]: number } = {},
): Promise<readonly string[]> {
  const clock = createFakeClock(0);
  const questions: string[] = [];
  const hand = (node: string) => ({
    sweep: async (id: string) => {
      expect(id).toBe(ID);
      questions.push(`${clock.nowMs() / 1_000} ${node}`);
      return questions.filter((line) => line.endsWith(` ${node}`)).length > (lost[node] ?? 0);
    },
  });
  const jobs = Object.entries(states).map(([node, state]) => ({
    node: nodeName(node),
    state,
    steps: [{ attempt: state === 'queued' ? 0 : 1 }],
  }));
  let isOver = false;
  void sweepNodes({ of: hand, here: () => hand('here') }, { id: ID, stages: [jobs] }, clock).then(() => {
    isOver = true;
  });
  do await new Promise((resolve) => setImmediate(resolve));
  while (!isOver && clock.toNext());
  expect(isOver).toBe(true);
  return questions;
}

test('nodes on which something ran are tidied, but not where its outcome is unknown', async () => {
  expect(await asked({ a: 'succeeded', b: 'failed', c: 'unknown', d: 'queued' })).toEqual(['0 a', '0 b']);
});

test('a node whose link was lost just then is asked again, and one that stays away for a minute only', async () => {
  expect(await asked({ a: 'succeeded', b: 'succeeded' }, { b: 2 })).toEqual(['0 a', '0 b', '1 b', '3 b']);
  expect(await asked({ a: 'succeeded' }, { a: 99 })).toEqual([
    '0 a',
    '1 a',
    '3 a',
    '7 a',
    '15 a',
    '30 a',
    '45 a',
    '60 a',
  ]);
});
