import { expect, test } from 'vitest';
import { draftOfSeen, dropSeen, isHeardAfter, NEVER_SEEN, noteSeen, seenFrom, seenOf } from '../../src/model/seen.ts';

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

test('a draft leaves what it was made from as it was', () => {
  const before = seenFrom({ load: { atMs: 10 } });
  const draft = draftOfSeen(before);
  noteSeen(draft, 'load', 'atMs', 20);
  noteSeen(draft, 'gpus', 'seq', 1);
  expect(before).toEqual(seenFrom({ load: { atMs: 10 } }));
  expect(draft).toEqual(seenFrom({ load: { atMs: 20 }, gpus: { seq: 1 } }));
  expect(draftOfSeen(NEVER_SEEN)).toEqual({ places: new Map(), times: [] });
});

test('a question that is dropped takes its place with it, and the others keep their figures', () => {
  const draft = draftOfSeen(seenFrom({ a: { atMs: 1 }, b: { atMs: 2 }, c: { atMs: 3 } }));
  dropSeen(draft, 'b');
  dropSeen(draft, 'never there');
  expect(draft).toEqual(seenFrom({ a: { atMs: 1 }, c: { atMs: 3 } }));
});

test('only good answers count as heard', () => {
  const seen = seenFrom({ load: { atMs: 10, seq: 99, tookMs: 99 }, gpus: { seq: 100 } });
  expect([isHeardAfter(seen, 9), isHeardAfter(seen, 10), isHeardAfter(NEVER_SEEN, 0)]).toEqual([true, false, false]);
});
