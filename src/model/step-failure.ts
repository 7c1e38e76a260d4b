import { formatDuration } from './units.ts';
import { unreachable } from './unreachable.ts';

/** Why a step did not end in its wanted state. Each kind asks for a different next move. */
export type StepFailure =
  /** Not run: the node changed since the plan was made, or cannot say what the guard asks. */
  | { readonly kind: 'guarded'; readonly because: string }
  /** `unitWords`: what a unit that was to start said itself, already neutralised. */
  | { readonly kind: 'exit'; readonly exitCode: number; readonly lastWords: string; readonly unitWords?: string }
  /** Killed by a signal that was not ours. */
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** The command may have run: the connection is gone, or the node booted meanwhile. Looked at before anything else happens there. */
  | { readonly kind: 'lost'; readonly because: string }
  /** It ran and said nothing was wrong, yet what it should have brought about is not to be seen. */
  | { readonly kind: 'unverified'; readonly expected: string; readonly found: string }
  /** The node cannot run it at all: no such program, no privilege, no room for the spool, locked by somebody else. */
  | { readonly kind: 'not-started'; readonly because: string }
  /** Another program ran it there and says what went wrong: a task of a playbook. */
  | { readonly kind: 'task'; readonly task: string; readonly says: string }
  /** That program could not reach the node. */
  | { readonly kind: 'unreachable'; readonly because: string }
  | { readonly kind: 'aborted' };

/** One line for the board and the log: what happened, then what to do about it. Texts of nodes in it are not neutralised yet. */
export function describeFailure(failure: StepFailure): string {
  switch (failure.kind) {
    case 'guarded':
      return `stopped before running: ${failure.because}; plan again`;
    case 'exit': {
      // Where the unit says why, systemctl's advice to go and look is no news.
      const words = failure.unitWords ?? failure.lastWords;
      return words === '' ? `exited ${failure.exitCode} without a word` : `exited ${failure.exitCode}: ${words}`;
    }
    case 'killed':
      return `killed by ${failure.signal}; look at the node, then retry`;
    case 'timeout':
      return `no end after ${formatDuration(failure.afterMs)}; it was killed with everything it had started`;
    case 'lost':
      return `outcome unknown: ${failure.because}; it is looked at before anything is tried again`;
    case 'unverified':
      return `ran, but ${failure.expected} is not so: ${failure.found}; look there, then retry`;
    case 'not-started':
      return `not started: ${failure.because}`;
    case 'task':
      return failure.says === '' ? `${failure.task}: failed without a word` : `${failure.task}: ${failure.says}`;
    case 'unreachable':
      return `unreachable: ${failure.because}`;
    case 'aborted':
      return 'stopped by the operator';
    default:
      return unreachable(failure);
  }
}
