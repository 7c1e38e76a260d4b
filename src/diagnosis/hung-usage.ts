import type { Usage } from '../model/facts.ts';
import type { Slot } from '../model/observation.ts';

/** Since when the question for a filesystem's usage has had no answer; undefined when it has one, or fails for another reason. */
export function hungSince(slot: Slot<Usage>): number | undefined {
  if (slot.kind === 'hung') return slot.sinceMs;
  // A child that could be killed in its wait ends as a failure; the filesystem hangs all the same.
  return slot.kind === 'failed' && /no answer|timed? ?out/i.test(slot.because) ? slot.sinceMs : undefined;
}

/** Errors that a filesystem gives for good: its export was made anew, its FUSE program died, its disk fails. */
export const BROKEN = /stale (nfs )?file handle|transport endpoint is not connected|input\/output error/i;
