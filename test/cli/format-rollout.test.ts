import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { briefCounts, countsLine, nextMoves, outcomeLines } from '../../src/cli/format-rollout.ts';
import { placesOf } from '../../src/journal/places.ts';
import { droppedWords } from '../../src/model/dropped-words.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { RolloutEvent } from '../../src/model/rollout.ts';
import { aStep } from '../engine/a-step.ts';
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

test('a rollout that was never started says what became of it instead of counting no node', () => {
  const after = (plan: Plan) => countsLine(rolloutOf([...planned().slice(0, 1), { kind: 'planned', plan }, ended]), 1);
  expect(after({ kind: 'no-op', title: 'mount', because: 'it is mounted', already: [] })).toBe(
    'nothing to do: nothing was run',
  );
  expect(after({ kind: 'refused', title: 'mount', because: 'no', tryThis: 'yes', refused: [] })).toBe(
    'refused: nothing was run',
  );
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
    '… 5.7M of what was said were left out, where a line says so: there was room for the beginning and the end of each step; let the command write to a file on gpu03',
  );
  expect(droppedWords(rollout, nodeName('gpu01'))).toBeUndefined();
});

test('of an output that is too long to be shown the beginning and the end are, for each step, with what stands in between in the log', () => {
  const state = mkdtempSync(join(tmpdir(), 'muster-format-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const places = placesOf(state, ID);
  mkdirSync(places.logs, { recursive: true });
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
  writeFileSync(places.log(nodeName('gpu03')), `short\n${lines}`);
  const node = nodeName('gpu03');
  const at = { node, stage: 0 };
  const ran = (index: number, fromByte: number, toByte: number, droppedBytes: number): readonly RolloutEvent[] => [
    { kind: 'step-starting', attempt: 1, bootId: 'b', ...at, step: index },
    {
      ...{ kind: 'step-ended', attempt: 1, tookMs: 1, outcome: { kind: 'changed' }, ...at, step: index },
      log: { fromByte, toByte, droppedBytes },
    },
  ];
  const jobs = [{ node, steps: [aStep('first'), aStep('second')] }] as const;
  const [requested, planning] = planned();
  if (requested === undefined || planning?.kind !== 'planned' || planning.plan.kind !== 'change')
    throw new Error('no plan');
  const rollout = rolloutOf([
    requested,
    { ...planning, plan: { ...planning.plan, stages: [{ title: 'say', jobs }] } },
    {
      kind: 'started',
      author: { user: 'ops', host: 'jump' },
      limits: { canary: 1, maxUnavailable: 1, maxFailures: 0 },
    },
    ...ran(0, 0, 6, 0),
    ...ran(1, 6, 6 + lines.length, 5_000_000),
    ended,
  ]);
  const said = outcomeLines(rollout, places);
  expect(said.slice(0, 4)).toEqual(['gpu03: succeeded', '  short', '  line 0', '  line 1']);
  expect(said.filter((line) => line.includes('...'))).toEqual([
    `  ... 140K in between stand in ${places.log(node)} ...`,
    '  ... 4.8M of it were kept nowhere; a line in it says where',
  ]);
  expect(said.slice(-3)).toEqual(['  line 19999', '  ', said.at(-1)]);
});
