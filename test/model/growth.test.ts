import { expect, test } from 'vitest';
import { type Growth, grown, totalOf } from '../../src/model/growth.ts';

const at = (value: number | undefined, atMs: number) => ({ value, atMs });

/** Growth after a counter was read at these minutes. */
const after = (...readings: readonly (readonly [minute: number, value: number | undefined])[]): Growth => {
  let growth: Growth = [];
  for (const [index, [minute, value]] of readings.entries()) {
    const [beforeMinute, before] = readings[index - 1] ?? [];
    const last = beforeMinute === undefined ? undefined : at(before, beforeMinute * 60_000);
    growth = grown(growth, last, at(value, minute * 60_000));
  }
  return growth;
};

test('a counter that stands still has grown by nothing, whatever it stands at', () => {
  expect(after([0, 4_000], [1, 4_000], [2, 4_000])).toEqual([]);
});

test('what is added is kept for five minutes', () => {
  expect(after([0, 0], [1, 60], [2, 100])).toEqual([
    { atMs: 60_000, added: 60 },
    { atMs: 120_000, added: 40 },
  ]);
  expect(totalOf(after([0, 0], [1, 60], [2, 100], [5, 110], [6, 110]))).toBe(50);
});

test('growth within half a minute is one entry, so that there are few', () => {
  expect(after([1, 0], [1.1, 5], [1.2, 7], [1.6, 8])).toEqual([
    { atMs: 72_000, added: 7 },
    { atMs: 96_000, added: 1 },
  ]);
});

test('after a long silence only the share of the last five minutes counts', () => {
  expect(after([0, 0], [50, 500])).toEqual([{ atMs: 3_000_000, added: 50 }]);
});

test('a counter that was reset, or is not given, begins anew', () => {
  expect(after([0, 900], [1, 950], [2, 3])).toEqual([]);
  expect(after([0, 900], [1, undefined], [2, 950])).toEqual([]);
});
