/** Lets `limit` holders in at a time, the rest wait in order. */
export interface Limiter {
  limit: number;
  held: number;
  readonly waiting: Set<() => void>;
}

/** A limiter with nobody in it. */
export function createLimiter(limit: number): Limiter {
  return { limit: Math.max(1, limit), held: 0, waiting: new Set() };
}

/** Waits for a place; the returned function gives it back (once; further calls do nothing). An aborted wait gets no place and no error. */
export async function enter(limiter: Limiter, signal: AbortSignal): Promise<() => void> {
  if (limiter.held >= limiter.limit && !signal.aborted) await turn(limiter, signal);
  if (signal.aborted) {
    letIn(limiter);
    return () => {};
  }
  limiter.held += 1;
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    limiter.held -= 1;
    letIn(limiter);
  };
}

/** Halves the limit: the far side said that it is too much. */
export function narrow(limiter: Limiter): void {
  limiter.limit = Math.max(1, Math.floor(limiter.limit / 2));
}

async function turn(limiter: Limiter, signal: AbortSignal): Promise<void> {
  do {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        limiter.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      limiter.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  } while (limiter.held >= limiter.limit && !signal.aborted);
}

function letIn(limiter: Limiter): void {
  const [next] = limiter.waiting;
  if (limiter.held < limiter.limit) next?.();
}
