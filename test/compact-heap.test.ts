import { getHeapSpaceStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { compactAfterBursts, compactHeap, SECOND_THREAD_MS } from '../src/compact-heap.ts';
import type { FleetEvent } from '../src/model/fleet-event.ts';
import { createFakeClock } from './sim/fake-clock.ts';
import { linked } from './store/builders.ts';

const clock = createFakeClock();
const nodes = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `gpu${index}`);
const upSince = (names: readonly string[], sinceMs: number): readonly FleetEvent[] =>
  names.map((name) => linked(name, { kind: 'up', sinceMs, transport: 'ssh' }));

test('a heap is compacted once, when a burst of nodes has come up and all is quiet', () => {
  let times = 0;
  const see = compactAfterBursts(clock, () => (times += 1));
  for (const name of nodes(120)) {
    see(upSince([name], clock.nowMs()));
    clock.advance(1_000);
  }
  expect(times).toBe(0);
  clock.advance(60_000);
  expect(times).toBe(1);
});

test('a second thread compacts its heap later than the first', () => {
  const order: string[] = [];
  const second = compactAfterBursts(clock, () => order.push('second'), SECOND_THREAD_MS);
  const first = compactAfterBursts(clock, () => order.push('first'));
  for (const see of [second, first]) see(upSince(nodes(120), clock.nowMs()));
  clock.advance(8_000);
  expect(order).toEqual(['first']);
  clock.advance(SECOND_THREAD_MS);
  expect(order).toEqual(['first', 'second']);
});

test('a few nodes, and nodes that only tell their round trip, are no burst', () => {
  let times = 0;
  const see = compactAfterBursts(clock, () => (times += 1));
  see(upSince(nodes(50), clock.nowMs()));
  see(upSince(nodes(50), clock.nowMs()));
  clock.advance(60_000);
  see(upSince(nodes(1_000), clock.nowMs() - 60_000));
  clock.advance(60_000);
  expect(times).toBe(0);
});

test('compacting gives back what holes in the heap hold, and leaves no way to collect behind', () => {
  const old = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_size ?? 0;
  let kept: object[] = Array.from({ length: 300_000 }, (_, index) => ({ index, text: [index] }));
  compactHeap();
  const full = old();
  kept = kept.filter((_, index) => index % 100 === 0);
  compactHeap();
  expect(full - old()).toBeGreaterThan(10_000_000);
  expect(kept.length).toBe(3_000);
  expect(runInNewContext('typeof gc')).toBe('undefined');
});
