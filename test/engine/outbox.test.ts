import { expect, test } from 'vitest';
import { BATCH_EVENTS } from '../../src/engine/limits.ts';
import { createOutbox } from '../../src/engine/outbox.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { createFakeClock } from '../sim/fake-clock.ts';

const event = (shell: number): FleetEvent => ({ kind: 'shell-closed', shell, message: 'over' });
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test('a burst leaves in batches of a bounded size, in order and without loss', () => {
  const clock = createFakeClock();
  const batches: (readonly FleetEvent[])[] = [];
  const outbox = createOutbox(clock, (batch) => batches.push(batch));
  for (const shell of numbers(0, 2 * BATCH_EVENTS + 10)) outbox.push(event(shell));
  clock.advance(1_000);
  expect(batches.map(({ length }) => length)).toEqual([BATCH_EVENTS, BATCH_EVENTS, 10]);
  expect(batches.flat()).toEqual(numbers(0, 2 * BATCH_EVENTS + 10).map(event));
  expect(outbox.isEmpty()).toBe(true);
});

test('what is pushed while a batch is delivered comes after the rest of the burst', () => {
  const clock = createFakeClock();
  const told: FleetEvent[] = [];
  const outbox = createOutbox(clock, (batch) => {
    if (told.length === 0) outbox.push(event(-1));
    told.push(...batch);
  });
  for (const shell of numbers(0, BATCH_EVENTS + 1)) outbox.push(event(shell));
  clock.advance(1_000);
  expect(told).toEqual([...numbers(0, BATCH_EVENTS + 1), -1].map(event));
});

test('an urgent event goes at once, with all that waits before it', () => {
  const batches: (readonly FleetEvent[])[] = [];
  const outbox = createOutbox(createFakeClock(), (batch) => batches.push(batch));
  for (const shell of numbers(0, BATCH_EVENTS + 5)) outbox.push(event(shell));
  outbox.urgent(event(-1));
  expect(batches.flat()).toEqual([...numbers(0, BATCH_EVENTS + 5), -1].map(event));
});
