import { type InventoryNode, whyNeverAsked } from './inventory.ts';
import type { Slot } from './observation.ts';

/** Wished against seen, for one thing. Whether it works is another question, and how old the facts are a third. */
export type Drift =
  | { readonly kind: 'as-declared' }
  | { readonly kind: 'drifted'; readonly differences: readonly Difference[] }
  | { readonly kind: 'missing'; readonly because: string }
  /** There, although the inventory says it must not be, or does not know it. */
  | { readonly kind: 'unexpected'; readonly because: string }
  /** Nothing to compare with: not asked yet, not answered, or not to be seen without privilege. */
  | { readonly kind: 'unknown'; readonly because: string };

/** One thing that is not as wished, e.g. `vers`, `4.2`, `3`. */
export interface Difference {
  readonly about: string;
  readonly wished: string;
  readonly seen: string;
}

/** `vers: 4.2 wished, 3 seen`, for a list of differences. */
export const describeDifferences = (differences: readonly Difference[]): string =>
  differences
    // Flags speak for themselves.
    .map(({ about, wished, seen }) => `${about === 'option' ? '' : `${about}: `}${wished} wished, ${seen} seen`)
    .join('; ');

/** Drifted when there is any difference. */
export const compared = (differences: readonly Difference[]): Drift =>
  differences.length === 0 ? { kind: 'as-declared' } : { kind: 'drifted', differences };

/** A difference, or none where both are equal. */
export const differing = (about: string, wished: string, seen: string): readonly Difference[] =>
  wished === seen ? [] : [{ about, wished, seen }];

/** Nothing was asked so far, but will be. */
export const NOT_ASKED_YET = 'not asked yet';

/** Why a slot of a node has no value to compare with. */
export function whyUnknown(slot: Slot<unknown> | undefined, node: Pick<InventoryNode, 'via'> | undefined): string {
  switch (slot?.kind) {
    case undefined:
    case 'never': {
      const never = node && whyNeverAsked(node);
      return never === undefined ? NOT_ASKED_YET : `the node ${never}`;
    }
    case 'waiting':
      return 'waiting for the first answer';
    case 'absent':
    case 'failed':
      return slot.because;
    case 'hung':
      return 'no answer';
    case 'ok':
      return 'answered';
  }
}
