import type { Hand, StepEnd, StepName } from './hand.ts';
import {
  NEWEST_AFTER_BYTES,
  NEWEST_EVERY_MS,
  NEWEST_MAX_MS,
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
  SILENT_MS,
} from './limits.ts';
import type { Clock } from './ports.ts';

/** What following needs of the world. */
export interface FollowTools {
  readonly hand: Pick<Hand, 'follow' | 'newest' | 'stop'>;
  readonly clock: Clock;
  readonly aborted: AbortSignal;
  /** Whether the hand was root when the step was started, where that is known. */
  readonly wasRoot?: boolean | undefined;
  /** As for `Hand.follow`. */
  readonly onOutput: (chunk: Buffer) => void | Promise<void>;
  /** The newest output of a step that is past its node's room, while it runs. */
  readonly onNewest?: (text: string) => void;
  /** The link is gone for now: why. */
  readonly onWaiting: (because: string) => void;
}

/** How a step that may be running came to its end; `remains`: it was told to stop and something of it is still there. */
export type Followed = StepEnd | { readonly kind: 'remains'; readonly because: string };

/** Follows a step to its end over every loss of the link, and stops it when the rollout is aborted. */
export async function followStep(tools: FollowTools, name: StepName, fromByte = 0): Promise<Followed> {
  const { promise: stuck, resolve: isStuck } = Promise.withResolvers<Followed>();
  const stop = () =>
    void stopStep(tools, name).then((because) => because !== undefined && isStuck({ kind: 'remains', because }));
  if (tools.aborted.aborted) stop();
  else tools.aborted.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([followOn(tools, name, fromByte), stuck]);
  } finally {
    tools.aborted.removeEventListener('abort', stop);
  }
}

async function followOn(tools: FollowTools, name: StepName, firstByte: number): Promise<StepEnd> {
  const { hand, clock, wasRoot, onOutput, onWaiting } = tools;
  let fromByte = firstByte;
  const patience = startPatience(clock);
  let leave: (() => void) | undefined;
  const watch = () => {
    if (fromByte >= NEWEST_AFTER_BYTES) leave ??= watchNewest(tools, name, () => fromByte);
  };
  watch();
  for (;;) {
    const end = await hand.follow(
      name,
      fromByte,
      (chunk) => {
        fromByte += chunk.length;
        patience.renew();
        watch();
        return onOutput(chunk);
      },
      wasRoot,
    );
    if (end.kind !== 'lost' || patience.isOver()) {
      leave?.();
      return end;
    }
    onWaiting(end.because);
    await patience.pause();
  }
}

/** Asks for the newest output whenever the stream rests, until the returned function is called: past its room a node sends nothing more before the end. */
function watchNewest({ hand, clock, onNewest }: FollowTools, name: StepName, said: () => number): () => void {
  if (onNewest === undefined) return () => {};
  let isOver = false;
  let waitMs = NEWEST_EVERY_MS;
  let saidBytes = said();
  let told: string | undefined;
  let cancel = () => {};
  const look = async (): Promise<void> => {
    const rests = said() === saidBytes;
    saidBytes = said();
    const text = rests ? await hand.newest(name) : undefined;
    if (isOver) return;
    if (text !== undefined && text !== told) onNewest(text);
    told = text ?? told;
    waitMs = rests && text === undefined ? Math.min(2 * waitMs, NEWEST_MAX_MS) : NEWEST_EVERY_MS;
    next();
  };
  const next = () => {
    cancel = clock.after(waitMs, () => void look());
  };
  next();
  return () => {
    isOver = true;
    cancel();
  };
}

/** Undefined when it is gone; else what is left of it. */
async function stopStep({ hand, clock, wasRoot }: FollowTools, name: StepName): Promise<string | undefined> {
  const patience = startPatience(clock);
  for (;;) {
    const stopped = await hand.stop(name, wasRoot);
    if (stopped.kind === 'remains') return stopped.because;
    if (stopped.kind !== 'lost') return undefined;
    if (patience.isOver()) return stopped.because;
    await patience.pause();
  }
}

/** Time between tries, and when to give a silent node up. */
export interface Patience {
  readonly renew: () => void;
  readonly isOver: () => boolean;
  readonly pause: () => Promise<void>;
}

/** Tries again after a second, then twice as long each time, until the node was silent for `limitMs`. */
export function startPatience(clock: Clock, limitMs = SILENT_MS): Patience {
  let since = clock.nowMs();
  let delayMs = RETRY_FIRST_MS;
  return {
    renew: () => {
      since = clock.nowMs();
      delayMs = RETRY_FIRST_MS;
    },
    isOver: () => clock.nowMs() - since >= limitMs,
    pause: () => {
      const left = Math.max(1, since + limitMs - clock.nowMs());
      const waitMs = Math.min(delayMs, left);
      delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
      return new Promise((resolve) => void clock.after(waitMs, resolve));
    },
  };
}
