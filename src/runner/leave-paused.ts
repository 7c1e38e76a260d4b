import type { Clock } from '../engine/ports.ts';

/**
 * A paused rollout that nobody looks at is left after this long, a working day: its process holds passwords, connections and memory for a decision that
 * may never come. Everything it knows but the passwords is in the journal, nothing runs, and no node is held; whoever resumes it starts another.
 */
export const PAUSED_MS = 8 * 60 * 60_000;

/** The wait of a runner whose rollout is paused. */
export interface PausedWait {
  /** To be called whenever somebody comes or goes and whenever the rollout changes: the time begins anew. */
  readonly look: () => void;
  /** Resolves when it has been idle for so long. */
  readonly left: Promise<void>;
  readonly isLeaving: () => boolean;
  readonly close: () => void;
}

/** Waits for a rollout to be idle all the time: paused, nothing under way, nobody attached. */
export function leavePaused({ after }: Pick<Clock, 'after'>, afterMs: number, isIdle: () => boolean): PausedWait {
  const left = Promise.withResolvers<void>();
  let isLeaving = false;
  let cancel = (): void => {};
  const close = (): void => cancel();
  return {
    look: () => {
      cancel();
      cancel = isIdle() ? after(afterMs, leave) : () => {};
    },
    left: left.promise,
    isLeaving: () => isLeaving,
    close,
  };

  function leave(): void {
    isLeaving = isIdle();
    if (isLeaving) left.resolve();
  }
}
