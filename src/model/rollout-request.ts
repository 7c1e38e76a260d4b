import type { NodeName } from './ids.ts';
import type { Author, RolloutLimits } from './rollout.ts';

/** What consoles and commands ask of the runner that holds a rollout: one JSON line each over its socket, one line of answer each. */
export type RolloutRequest =
  /** `typed` is what the operator wrote where the plan's risk asks for a phrase (`confirmation.ts`); the runner checks it again. */
  | {
      readonly kind: 'start';
      readonly author: Author;
      readonly limits: RolloutLimits;
      readonly typed?: string;
      /** Of the plan that was read; a runner that has another one starts nothing. */
      readonly planSeq: number | undefined;
    }
  /** Gives up a plan that was not started; its folder goes. */
  | { readonly kind: 'discard' }
  | { readonly kind: 'pause'; readonly author: Author }
  | { readonly kind: 'resume'; readonly author: Author }
  /** Starts nothing more and stops what runs. */
  | { readonly kind: 'abort'; readonly author: Author }
  | { readonly kind: 'skip'; readonly author: Author; readonly node: NodeName }
  | { readonly kind: 'limit'; readonly author: Author; readonly limits: RolloutLimits }
  /** An answer to `secret-wanted`; undefined declines. */
  | { readonly kind: 'secret'; readonly id: number; readonly text?: string };

/** What the runner says over its socket, a JSON line each; everything else stands in the journal, which readers follow by themselves. */
export type RunnerMessage =
  | { readonly kind: 'done'; readonly request: number }
  | { readonly kind: 'refused'; readonly request: number; readonly because: string }
  | { readonly kind: 'secret-wanted'; readonly id: number; readonly prompt: string; readonly echo: boolean }
  /** The last words of a running step, at most one a second and node. */
  | {
      readonly kind: 'says';
      readonly node: NodeName;
      readonly stage: number;
      readonly step: number;
      readonly text: string;
    };
