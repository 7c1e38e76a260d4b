import type { Hand } from './hand.ts';

/** A hand that looks and changes nothing, whoever asks: the last lock of read-only mode. */
export const readOnlyHand = (hand: Hand, because: string): Hand => ({
  ...hand,
  start: () => Promise.resolve({ kind: 'refused', because }),
  stop: () => Promise.resolve({ kind: 'lost', because }),
  lock: () => Promise.resolve({ kind: 'refused', because }),
});
