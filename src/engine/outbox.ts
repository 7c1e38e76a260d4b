import type { FleetEvent } from '../model/fleet-event.ts';
import { BATCH_EVENTS, BETWEEN_BATCHES_MS, FLUSH_MS } from './limits.ts';
import type { Clock } from './ports.ts';

/** Gathers events into batches for the consumer. */
export interface Outbox {
  readonly push: (event: FleetEvent) => void;
  /** Delivers at once, with all that waits before it: bytes of a shell under somebody's fingers. */
  readonly urgent: (event: FleetEvent) => void;
  readonly flush: () => void;
  readonly isEmpty: () => boolean;
  readonly close: () => void;
}

/** An outbox that delivers at most every `FLUSH_MS`. */
export function createOutbox(clock: Clock, deliver: (batch: readonly FleetEvent[]) => void): Outbox {
  let waiting: FleetEvent[] = [];
  let cancel: (() => void) | undefined;
  let isClosed = false;

  const flush = () => {
    cancel?.();
    cancel = undefined;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    deliver(batch);
  };
  /** The rest of a burst follows in a moment: a batch is taken in whole, and a key must be heard in between. */
  const flushSome = () => {
    const rest = waiting.slice(BATCH_EVENTS);
    waiting.length = Math.min(waiting.length, BATCH_EVENTS);
    flush();
    if (rest.length === 0) return;
    waiting = [...rest, ...waiting];
    cancel?.();
    cancel = clock.after(BETWEEN_BATCHES_MS, flushSome);
  };
  const push = (event: FleetEvent) => {
    if (isClosed) return;
    waiting.push(event);
    cancel ??= clock.after(FLUSH_MS, flushSome);
  };
  return {
    push,
    urgent: (event) => {
      push(event);
      flush();
    },
    flush,
    isEmpty: () => waiting.length === 0,
    close: () => {
      flush();
      isClosed = true;
    },
  };
}
