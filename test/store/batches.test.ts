import { expect, test } from 'vitest';
import { createDiagnosis, createDiagnosisInParts } from '../../src/diagnosis/diagnose.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import type { Outcome } from '../../src/model/observation.ts';
import type { Fact } from '../../src/model/probe.ts';
import type { State } from '../../src/store/state.ts';
import { initialState } from '../../src/store/store.ts';
import {
  answered,
  gpus,
  inventory,
  inventoryNode,
  lost,
  mount,
  mountSpec,
  observed,
  stateOf,
  T0,
  up,
  usage,
} from './builders.ts';

const NODES = ['gpu01', 'gpu02', 'nfs-a'];
const fleet = inventory([...NODES.slice(0, 2).map((name) => inventoryNode(name, { gpus: { count: 2 } })), 'nfs-a'], {
  mounts: [mountSpec(['gpu01', 'gpu02'])],
});

/** The same among more nodes than are looked at in one part. */
const wide = inventory(
  [
    ...NODES.slice(0, 2).map((name) => inventoryNode(name, { gpus: { count: 2 } })),
    ...Array.from({ length: 40 }, (_, index) => inventoryNode(`cpu${index}`)),
    'nfs-a',
  ],
  { mounts: [mountSpec(['gpu01', 'gpu02'])] },
);

/** Numbers from 0 to below `limit` that a seed decides (a linear congruence of Numerical Recipes). */
function chance(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** What a fleet in trouble may tell: links that flap, answers of every kind, some of them late. */
function trouble(seed: number, length: number): readonly FleetEvent[] {
  const pick = chance(seed);
  return Array.from({ length }, (_, index) => {
    const node = NODES[pick(NODES.length)] ?? 'gpu01';
    const over = { atMs: index * 100, seq: index + 10 - pick(10) };
    switch (pick(6)) {
      case 0:
        return pick(2) === 0 ? up(node, over.atMs) : lost(node, over.atMs);
      case 1:
        return answered(node, 'mounts', pick(2) === 0 ? [] : [mount('/data')], over);
      case 2:
        return answered(node, 'gpus', gpus(pick(3)), over);
      case 3:
        return observed(node, 'gpus', anyOutcome(pick, gpus(1)), over);
      default:
        return observed(node, 'usage', anyOutcome(pick, usage('/data', pick(100) / 100)), { ...over, target: '/data' });
    }
  });
}

function anyOutcome<T extends Fact<'gpus' | 'usage'>>(pick: (limit: number) => number, value: T): Outcome<T> {
  const all: readonly Outcome<T>[] = [
    { kind: 'asked' },
    { kind: 'ok', value },
    { kind: 'same' },
    { kind: 'absent', because: 'none here' },
    { kind: 'failed', because: 'garbled' },
    { kind: 'hung', sinceMs: T0 },
  ];
  return all[pick(all.length)] ?? { kind: 'same' };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('facts do not depend on how answers are batched (seed %i)', (seed) => {
  const events = trouble(seed, 400);
  const whole = stateOf(fleet, events, 0);
  let single: State = initialState(fleet);
  for (const event of events) single = stateOf(single, [event], 0);
  expect([...whole.nodes]).toEqual([...single.nodes]);
  expect([...whole.seen]).toEqual([...single.seen]);
  expect([...whole.links]).toEqual([...single.links]);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('a diagnosis that remembers finds what a fresh one finds (seed %i)', (seed) => {
  const remembering = createDiagnosis();
  const events = trouble(seed, 400);
  let state: State = initialState(fleet);
  for (let index = 0; index < events.length; index += 7) {
    state = stateOf(state, events.slice(index, index + 7), index * 100);
    const nowMs = T0 + index * 100;
    const fresh = createDiagnosis()(state, nowMs);
    const remembered = remembering(state, nowMs);
    // What must last needs the memory; everything else is the same.
    const lasting = new Set(['probe-failing', 'throttling', 'gpu-hot']);
    const comparable = (found: typeof fresh) =>
      found.filter(({ rule }) => !lasting.has(rule)).map(({ id, title, evidence }) => ({ id, title, evidence }));
    expect(comparable(remembered).toSorted(byId)).toEqual(comparable(fresh).toSorted(byId));
    state = { ...state, findings: remembered };
  }
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a diagnosis in parts finds what a whole one finds, however many were left before it (seed %i)',
  (seed) => {
    const pick = chance(seed);
    const whole = createDiagnosis();
    const inParts = createDiagnosisInParts();
    const events = trouble(seed, 400);
    let state: State = initialState(wide);
    for (let index = 0; index < events.length; index += 7) {
      state = stateOf(state, events.slice(index, index + 7), index * 100);
      const nowMs = T0 + index * 1_000;
      const parts = inParts(state, nowMs);
      const isLeft = pick(3) > 0;
      let part = parts.next();
      for (let more = isLeft ? pick(30) : Number.POSITIVE_INFINITY; more > 0 && part.done !== true; more -= 1) {
        part = parts.next();
      }
      if (part.done !== true) continue;
      expect(part.value).toEqual(whole(state, nowMs));
      state = { ...state, findings: part.value };
    }
  },
);

const byId = (left: { readonly id: string }, right: { readonly id: string }): number => (left.id < right.id ? -1 : 1);
