import type { Usage } from '../../model/facts.ts';
import type { MountDrift } from '../../model/mount-drift.ts';
import type { Slot } from '../../model/observation.ts';

/**
 * What is known of one mount on one node, the worst first: it does not answer, answers with a stale handle, is wished and not there, is
 * there and must not be, differs from what was wished, is covered by a later mount, waits for its first use, or is well.
 */
export type MountState =
  | { readonly kind: 'hung'; readonly sinceMs: number }
  | { readonly kind: 'stale'; readonly because: string }
  | { readonly kind: 'missing'; readonly because: string }
  | { readonly kind: 'unwanted'; readonly because: string }
  | { readonly kind: 'drifted' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'as-declared' }
  | { readonly kind: 'mounted' }
  /** Must not be mounted, and is not. */
  | { readonly kind: 'absent' }
  /** The node has not said yet, or could not say. */
  | { readonly kind: 'unknown'; readonly because: string };

/** The state of a mount that answers, on top at its target, from how it compares with the wish. */
export function stateOfMounted(drift: MountDrift | undefined): MountState {
  return drift?.spec === undefined ? { kind: 'mounted' } : stateOfDeclared(drift);
}

/** The state of a mount that does not answer, whatever it compares with; undefined of one that does. */
export function troubleOf(usage: Slot<Usage>): MountState | undefined {
  if (usage.kind === 'hung') return { kind: 'hung', sinceMs: usage.sinceMs };
  if (usage.kind !== 'failed' || !/stale (?:nfs )?(?:file )?handle/i.test(usage.because)) return undefined;
  return { kind: 'stale', because: usage.because };
}

/** The state of a declared mount as far as the comparison goes. */
export function stateOfDeclared({ spec, drift, isWaiting, seen }: MountDrift): MountState {
  switch (drift.kind) {
    case 'as-declared':
      if (isWaiting) return { kind: 'waiting' };
      return { kind: spec?.absent === true && seen === undefined ? 'absent' : 'as-declared' };
    case 'drifted':
      return { kind: 'drifted' };
    case 'missing':
    case 'unknown':
      return { kind: drift.kind, because: drift.because };
    case 'unexpected':
      return { kind: 'unwanted', because: drift.because };
  }
}
