import type { FleetEvent } from '../model/fleet-event.ts';
import { FLUSH_MS } from './limits.ts';
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
  const push = (event: FleetEvent) => {
    if (isClosed) return;
    waiting.push(event);
    cancel ??= clock.after(FLUSH_MS, flush);
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
