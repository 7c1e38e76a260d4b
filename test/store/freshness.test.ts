import { expect, test } from 'vitest';
import type { Link } from '../../src/model/link.ts';
import { seenFrom } from '../../src/model/seen.ts';
import { ageMs, freshness, questionKey } from '../../src/store/freshness.ts';
import { T0 } from './builders.ts';

const seen = seenFrom({ load: { atMs: T0 }, 'usage:/data': { atMs: T0 - 5_000 } });
const isUp: Link = { kind: 'up', sinceMs: T0, transport: 'ssh' };
const isLate: Link = { kind: 'late', sinceMs: T0, lastHeardMs: T0 };
const isLost: Link = { kind: 'lost', sinceMs: T0, because: 'refused', retryAtMs: T0, attempt: 1 };

test('age is counted from the last good answer and is unknown before the first', () => {
  expect(ageMs(seen, questionKey('usage', '/data'), T0)).toBe(5_000);
  expect(ageMs(seen, 'gpus', T0)).toBeUndefined();
  expect(ageMs(seen, 'load', T0 - 9)).toBe(0);
});

test('a figure is fresh for its period, late for a few more, then stale', () => {
  const at = (afterMs: number) => freshness(seen, 'load', isUp, T0 + afterMs, 10_000);
  expect([at(10_000), at(25_000), at(30_000), at(60_000), at(61_000)]).toEqual([
    'fresh',
    'fresh',
    'late',
    'late',
    'stale',
  ]);
});

test('without a link nothing is fresh', () => {
  const of = (link: Link | undefined) => freshness(seen, 'load', link, T0 + 1, 10_000);
  expect([of(isUp), of(isLate), of(isLost), of(undefined)]).toEqual(['fresh', 'late', 'stale', 'stale']);
});

test('what is asked once per connection stays fresh while it stands', () => {
  expect(freshness(seen, 'load', isUp, T0 + 86_400_000, 0)).toBe('fresh');
  expect(freshness(seen, 'identity', isUp, T0, 0)).toBe('stale');
});
