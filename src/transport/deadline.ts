/** A deadline that stands still while a person is asked. */
export interface Deadline {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
}

/** Starts a deadline of `afterMs`; `expire` is called at most once, and never after `stop`. */
export function startDeadline(afterMs: number, expire: () => void): Deadline {
  let leftMs = afterMs;
  let startedMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const pause = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    leftMs -= performance.now() - startedMs;
  };
  const resume = (): void => {
    if (timer !== undefined || leftMs === Number.NEGATIVE_INFINITY) return;
    startedMs = performance.now();
    timer = setTimeout(
      () => {
        leftMs = Number.NEGATIVE_INFINITY;
        expire();
      },
      Math.max(0, leftMs),
    );
  };
  resume();
  return {
    pause,
    resume,
    stop: () => {
      pause();
      leftMs = Number.NEGATIVE_INFINITY;
    },
  };
}
