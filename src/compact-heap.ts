import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './engine/ports.ts';
import type { FleetEvent } from './model/fleet-event.ts';
import type { NodeName } from './model/ids.ts';

/** A burst of fewer nodes leaves too little behind. */
const BURST_NODES = 100;

/** A link that is up for longer tells its round trip: its node did not come up just now. */
const JUST_NOW_MS = 2_000;

/** A burst is over when no node came up for so long: the first answers to slow questions are there by then. */
const QUIET_MS = 8_000;

/** So much later a second thread compacts its heap: not both at once, on two cores and beside keys. */
export const SECOND_THREAD_MS = 1_500;

/**
 * Calls `compact` once after each burst of nodes that came up, `laterMs` later than it could. A handshake makes some hundred kilobytes of objects of which a few stay for
 * life, scattered over the heap: with 300 nodes 21 MB were in use of 52 MB held, and ordinary collections leave such holes.
 */
export function compactAfterBursts(
  clock: Clock,
  compact: () => void,
  laterMs = 0,
): (events: readonly FleetEvent[]) => void {
  const risen = new Set<NodeName>();
  let cancel: (() => void) | undefined;
  const end = (): void => {
    if (risen.size >= BURST_NODES) compact();
    risen.clear();
  };
  return (events) => {
    const before = risen.size;
    const nowMs = clock.nowMs();
    for (const event of events)
      if (event.kind === 'link' && event.link.kind === 'up' && nowMs - event.link.sinceMs < JUST_NOW_MS)
        risen.add(event.node);
    if (risen.size === before) return;
    cancel?.();
    cancel = clock.after(QUIET_MS + laterMs, end);
  };
}

/**
 * Collects and compacts the heap of this thread, whose pages then go back to the system: 40 ms of CPU with 300 nodes. V8 does it by itself
 * only when memory runs out, and hands the function to do so to a new context alone.
 */
export function compactHeap(): void {
  setFlagsFromString('--expose-gc');
  // Flags are the process's, not the thread's: another thread may have taken this one back already.
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
