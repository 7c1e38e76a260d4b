import type { Clock } from '../../src/engine/ports.ts';

/** A clock that stands until it is turned. */
export interface FakeClock extends Clock {
  /** Goes on by this much, calling what falls due on the way, in order. */
  readonly advance: (ms: number) => void;
  /** Jumps without calling anything on the way, as a laptop that slept does; what is overdue is called at the next turn. */
  readonly sleep: (ms: number) => void;
  /** Goes on to the next timer and calls it; false when none waits. */
  readonly toNext: () => boolean;
  /** Timers that wait. */
  readonly timers: () => number;
}

interface Timer {
  readonly atMs: number;
  readonly call: () => void;
  isCancelled: boolean;
}

export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  /** Latest first, so that the next one is taken off the end. */
  const timers: Timer[] = [];
  let nowMs = startMs;

  /** Before its equals, because the end is called first: first set, first called. */
  const placeOf = (atMs: number): number => {
    let low = 0;
    let high = timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((timers[middle]?.atMs ?? 0) > atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const nextUntil = (untilMs: number): Timer | undefined => {
    const next = timers.at(-1);
    if (next === undefined || next.atMs > untilMs) return undefined;
    return timers.pop();
  };
  return {
    nowMs: () => nowMs,
    after: (delayMs, call) => {
      const timer = { atMs: nowMs + delayMs, call, isCancelled: false };
      timers.splice(placeOf(timer.atMs), 0, timer);
      return () => {
        timer.isCancelled = true;
      };
    },
    advance: (ms) => {
      const untilMs = nowMs + ms;
      for (let next = nextUntil(untilMs); next !== undefined; next = nextUntil(untilMs)) {
        nowMs = Math.max(nowMs, next.atMs);
        if (!next.isCancelled) next.call();
      }
      nowMs = untilMs;
    },
    toNext: () => {
      for (;;) {
        const next = timers.pop();
        if (next === undefined) return false;
        if (next.isCancelled) continue;
        nowMs = Math.max(nowMs, next.atMs);
        next.call();
        return true;
      }
    },
    sleep: (ms) => {
      nowMs += ms;
    },
    timers: () => timers.filter(({ isCancelled }) => !isCancelled).length,
  };
}
