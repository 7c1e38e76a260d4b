import { expect, test } from 'vitest';
import { dropSeen, isHeardAfter, neverSeen, noteSeen, seenFrom, seenOf } from '../../src/model/seen.ts';

test('a figure is what was noted last, and undefined where nothing was', () => {
  const seen = seenFrom({ load: { atMs: 10, seq: 4, tookMs: 3 }, 'usage:/data': { seq: 5 } });
  expect(['load', 'usage:/data', 'gpus'].map((question) => seenOf(seen, question, 'atMs'))).toEqual([
    10,
    undefined,
    undefined,
  ]);
  expect(seenOf(seen, 'usage:/data', 'seq')).toBe(5);
  expect(seenOf(undefined, 'load', 'atMs')).toBeUndefined();
});

test('a figure is written in place, and a question that is new gets a place', () => {
  const seen = seenFrom({ load: { atMs: 10 } });
  noteSeen(seen, 'load', 'atMs', 20);
  noteSeen(seen, 'gpus', 'seq', 1);
  expect(seen).toEqual(seenFrom({ load: { atMs: 20 }, gpus: { seq: 1 } }));
  expect(neverSeen()).toEqual({ places: new Map(), times: [] });
});

test('a question that is dropped takes its place with it, and the others keep their figures', () => {
  const seen = seenFrom({ a: { atMs: 1 }, b: { atMs: 2 }, c: { atMs: 3 } });
  dropSeen(seen, 'b');
  dropSeen(seen, 'never there');
  expect(seen).toEqual(seenFrom({ a: { atMs: 1 }, c: { atMs: 3 } }));
});

test('only good answers count as heard', () => {
  const seen = seenFrom({ load: { atMs: 10, seq: 99, tookMs: 99 }, gpus: { seq: 100 } });
  expect([isHeardAfter(seen, 9), isHeardAfter(seen, 10), isHeardAfter(neverSeen(), 0)]).toEqual([true, false, false]);
});
