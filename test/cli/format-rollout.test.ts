import { expect, test } from 'vitest';
import { briefCounts, nextMoves } from '../../src/cli/format-rollout.ts';
import { droppedWords } from '../../src/model/dropped-words.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { RolloutEvent } from '../../src/model/rollout.ts';
import { ID, planned, rolloutOf, underWay } from '../views/a-rollout.ts';

const ended: RolloutEvent = { kind: 'ended' };

test('a rollout that left nodes behind ends with the commands for the log, another try and the way back', () => {
  expect(nextMoves(rolloutOf([...underWay, ended]))).toEqual([
    `What gpu03 said: muster rollouts log ${ID} gpu03`,
    `Try again what is left: muster rollouts retry ${ID}`,
    `Take back what was done: muster rollouts undo ${ID}`,
  ]);
  expect(nextMoves(rolloutOf(underWay))).toEqual([]);
});

test('counts of a rollout fit into a cell', () => {
  expect(briefCounts(rolloutOf(underWay))).toBe('3/13 ok, 2 failed');
  expect(briefCounts(rolloutOf(planned().slice(0, 1)))).toBe('');
});

test('what a node said and nobody kept is told with its size and what to do', () => {
  const rollout = rolloutOf(
    underWay.map((event) =>
      event.kind === 'step-ended' && event.node === 'gpu03'
        ? { ...event, log: { ...event.log, droppedBytes: 3_000_000 } }
        : event,
    ),
  );
  expect(droppedWords(rollout, nodeName('gpu03'))).toBe(
    '… 5.7M of what was said were left out: gpu03 had no room for them; let the command write them to a file there',
  );
  expect(droppedWords(rollout, nodeName('gpu01'))).toBeUndefined();
});
