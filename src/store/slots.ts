import type { LastGood, Outcome, Slot } from '../model/observation.ts';
import { unreachable } from '../model/unreachable.ts';
import { compact } from './compact.ts';
import { share } from './memo.ts';

/**
 * What a slot becomes when an outcome arrives; the same object when there is nothing new to show. `lastGoodAtMs` is when the question
 * was last answered well, for the age of a value that outlives a failure. Undefined: the slot goes away.
 */
export function nextSlot<T>(
  slot: Slot<T> | undefined,
  outcome: Outcome<T>,
  atMs: number,
  lastGoodAtMs: number | undefined,
): Slot<T> | undefined {
  switch (outcome.kind) {
    case 'asked':
      return slot === undefined || slot.kind === 'never' ? { kind: 'waiting', sinceMs: atMs } : slot;
    case 'ok':
      return answered(slot, outcome.value, atMs);
    case 'same':
      return repeated(slot, atMs);
    case 'absent':
      return slot?.kind === 'absent' && slot.because === outcome.because
        ? slot
        : { kind: 'absent', because: outcome.because };
    case 'failed':
      return failed(slot, outcome.because, atMs, lastGoodAtMs);
    case 'hung':
      return hung(slot, outcome.sinceMs, lastGoodAtMs);
    case 'gone':
      return undefined;
    default:
      return unreachable(outcome);
  }
}

/** Whether an outcome is a good answer, so that the age of the fact starts anew. */
export function isGood(outcome: Outcome<unknown>, slot: Slot<unknown> | undefined): boolean {
  if (outcome.kind === 'ok' || outcome.kind === 'absent') return true;
  // "The same as before" says nothing when nothing good is kept.
  return outcome.kind === 'same' && (slot?.kind === 'ok' || slot?.kind === 'absent');
}

function answered<T>(slot: Slot<T> | undefined, value: T, atMs: number): Slot<T> {
  if (slot === undefined) return { kind: 'ok', value: compact(value), changedAtMs: atMs };
  if (slot.kind === 'ok') {
    const kept = share(slot.value, value);
    return Object.is(kept, slot.value) ? slot : { kind: 'ok', value: kept, changedAtMs: atMs };
  }
  const last = slot.kind === 'failed' || slot.kind === 'hung' ? slot.last : undefined;
  return { kind: 'ok', value: last === undefined ? compact(value) : share(last.value, value), changedAtMs: atMs };
}

function repeated<T>(slot: Slot<T> | undefined, atMs: number): Slot<T> | undefined {
  const last = slot?.kind === 'failed' || slot?.kind === 'hung' ? slot.last : undefined;
  return last === undefined ? slot : { kind: 'ok', value: last.value, changedAtMs: atMs };
}

function failed<T>(
  slot: Slot<T> | undefined,
  because: string,
  atMs: number,
  lastGoodAtMs: number | undefined,
): Slot<T> {
  if (slot?.kind === 'failed' && slot.because === because) return slot;
  // A question that hung and then failed has been without an answer since it hung.
  const sinceMs = slot?.kind === 'failed' || slot?.kind === 'hung' ? slot.sinceMs : atMs;
  return { kind: 'failed', because, sinceMs, ...lastOf(slot, lastGoodAtMs) };
}

function hung<T>(slot: Slot<T> | undefined, sinceMs: number, lastGoodAtMs: number | undefined): Slot<T> {
  if (slot?.kind === 'hung') return slot.sinceMs <= sinceMs ? slot : { ...slot, sinceMs };
  return { kind: 'hung', sinceMs, ...lastOf(slot, lastGoodAtMs) };
}

function lastOf<T>(slot: Slot<T> | undefined, lastGoodAtMs: number | undefined): { readonly last?: LastGood<T> } {
  if (slot?.kind === 'ok') return { last: { value: slot.value, atMs: lastGoodAtMs ?? slot.changedAtMs } };
  if ((slot?.kind === 'failed' || slot?.kind === 'hung') && slot.last !== undefined) return { last: slot.last };
  return {};
}
