// Rollouts over simulated nodes with seeded chance: links that break after the effect, boots, hung commands, operators, killed runners.
import { expect, test } from 'vitest';
import type { RolloutRecord } from '../../src/model/rollout.ts';
import { foldJournal, foldRecord } from '../../src/model/rollout-fold.ts';
import { play, type Story } from './rollout-world.ts';

/** Commands that really began more often than once on one node, whatever the attempt was called. */
function twice({ nodes }: Story): readonly string[] {
  return [...nodes.values()].flatMap(({ name, began }) => {
    const steps = began.map((step) => step.split('-').slice(0, -1).join('-'));
    return steps.filter((step, index) => steps.indexOf(step) !== index).map((step) => `${name}: ${step}`);
  });
}

test('in 2,000 rollouts never more nodes are out than allowed, abort starts nothing, no step runs twice, and every rollout ends', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 2_000; seed++) {
    const story = await play(seed);
    expect({ seed, broken: story.broken, twice: twice(story) }).toEqual({ seed, broken: [], twice: [] });
    expect(story.rollout.phase, `seed ${seed}`).toBe('ended');
    const left = story.rollout.stages.flat().filter(({ state }) => state === 'running');
    expect(left, `seed ${seed}`).toEqual([]);
    for (const record of story.journal) seen.add(wordOf(record));
    if (story.kills > 0) seen.add('killed');
  }
  // The run is worth something only if everything happened in it.
  expect([...seen].sort()).toEqual(EVERYTHING);
}, 120_000);

const wordOf = (record: RolloutRecord): string => {
  if (record.kind !== 'step-ended') return record.kind;
  return record.outcome.kind === 'failed' ? `failed: ${record.outcome.failure.kind}` : record.outcome.kind;
};

const EVERYTHING = [
  'aborted',
  'already',
  'changed',
  'ended',
  'failed: aborted',
  'failed: exit',
  'failed: lost',
  'failed: not-started',
  'failed: timeout',
  'killed',
  'limited',
  'node-skipped',
  'paused',
  'planned',
  'requested',
  'resumed',
  'started',
  'step-starting',
  'taken-over',
  'waiting',
];

test('without trouble everything succeeds', async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { rollout } = await play(seed, { isCalm: true });
    const states = new Set(rollout.stages.flat().map(({ state }) => state));
    expect([...states], `seed ${seed}`).toEqual(['succeeded']);
  }
});

test('a runner killed at any record is taken over, and the rollout ends as it would have, with no step twice', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const { journal } = await play(seed, { isCalm: true });
    for (let killAt = 4; killAt < journal.length; killAt++) {
      const story = await play(seed, { isCalm: true, killAt });
      const states = new Set(story.rollout.stages.flat().map(({ state }) => state));
      expect({ seed, killAt, twice: twice(story), states: [...states] }).toEqual({
        seed,
        killAt,
        twice: [],
        states: ['succeeded'],
      });
    }
  }
}, 120_000);

test('every prefix of a journal folds to a state, one record at a time or at once', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const { journal, rollout } = await play(seed);
    let state: ReturnType<typeof foldRecord>;
    for (const [index, record] of journal.entries()) {
      state = foldRecord(state, record);
      expect(foldJournal(journal.slice(0, index + 1)), `seed ${seed}`).toEqual(state);
    }
    expect(state).toEqual(rollout);
  }
});
