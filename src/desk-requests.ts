import type { Author } from './model/rollout.ts';
import type { RolloutRequest } from './model/rollout-request.ts';
import { unreachable } from './model/unreachable.ts';
import type { RolloutAsk } from './ui/view.ts';

/** What a key of the board asks, as its runner is asked for it. Asks that are for somebody else are a mistake of the program. */
export function requestOf(ask: RolloutAsk, author: Author): RolloutRequest {
  const limits = ask.limits ?? ask.rollout.limits ?? { canary: 1, maxUnavailable: 1, maxFailures: 0 };
  switch (ask.kind) {
    case 'start':
      return {
        kind: 'start',
        author,
        limits,
        planSeq: ask.rollout.planSeq,
        ...(ask.typed === undefined ? {} : { typed: ask.typed }),
      };
    case 'limit':
      return { kind: 'limit', author, limits };
    case 'skip':
      return { kind: 'skip', author, node: ask.node ?? nobody(ask) };
    case 'discard':
      return { kind: 'discard' };
    case 'pause':
    case 'resume':
    case 'abort':
      return { kind: ask.kind, author };
    case 'retry':
    case 'replan':
    case 'edit':
    case 'undo':
    case 'open-log':
      throw new TypeError(`${ask.kind} is not asked of a runner`);
    default:
      return unreachable(ask.kind);
  }
}

function nobody(ask: RolloutAsk): never {
  throw new TypeError(`${ask.kind} names no node`);
}
