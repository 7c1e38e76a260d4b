import { expect, test } from 'vitest';
import { leavePaused } from '../../src/runner/leave-paused.ts';

test('a rollout is left after it was idle all the time, and what happens meanwhile begins the time anew', async () => {
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  let nowMs = 0;
  let isIdle = true;
  const after = (ms: number, run: () => void) => {
    const timer = { atMs: nowMs + ms, run };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const timed = leavePaused(
    {
      after: (ms, run) => {
        const off = after(ms, run);
        return () => void off();
      },
    },
    100,
    () => isIdle,
  );
  const passTo = (atMs: number): boolean => {
    nowMs = atMs;
    for (const timer of [...timers]) if (timer.atMs <= nowMs && timers.delete(timer)) timer.run();
    return timed.isLeaving();
  };
  timed.look();
  const told = [passTo(99)];
  timed.look();
  told.push(passTo(150));
  isIdle = false;
  timed.look();
  told.push(passTo(400));
  isIdle = true;
  timed.look();
  told.push(passTo(499), passTo(500));
  await timed.left;
  expect(told).toEqual([false, false, false, false, true]);
});
