import type { Clock } from '../engine/ports.ts';

/** The real clock: milliseconds since 1970, and timers that keep the process alive until they are cancelled. */
export const clock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};
