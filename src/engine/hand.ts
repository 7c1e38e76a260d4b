import type { Need, Observed } from '../model/check.ts';
import type { Command } from '../model/command.ts';
import type { Author, RolloutId } from '../model/rollout.ts';

/**
 * A hand on one node: it looks, and it runs steps that outlive the link, this process and the admin's own terminal. Every promise settles
 * within its limits and none rejects; `unreachable` and `lost` say that the link is gone, not what became of the step.
 */
export interface Hand {
  /** Asks everything named, after this call, with the probes' and checks' own deadlines. */
  readonly look: (needs: readonly Need[]) => Promise<Look>;
  /**
   * Starts a step under its own name. A name the node has already seen since it booted is not started again: that is what keeps a step from
   * running twice when the answer to the first start was lost.
   */
  readonly start: (run: StepRun) => Promise<Started>;
  /**
   * Hands over output from this byte on until the step ends. While `onOutput` returns a promise that has not settled, the node's output is
   * held back. A second follow waits for the first to end. With `wasRoot`, whether this hand was root when the step was started: another
   * user looks into another spool, where it would seem that the step never was, so that is `lost`.
   */
  readonly follow: (
    name: StepName,
    fromByte: number,
    onOutput: (chunk: Buffer) => void | Promise<void>,
    wasRoot?: boolean,
  ) => Promise<StepEnd>;
  /**
   * The newest output of a running step that has said more than its node keeps of the beginning: some KiB, cut anywhere. Undefined where it has
   * not, and where the node cannot tell.
   */
  readonly newest: (name: StepName) => Promise<string | undefined>;
  /** Ends the step and everything it started, and answers when all of it is gone. `wasRoot` as for `follow`. */
  readonly stop: (name: StepName, wasRoot?: boolean) => Promise<Stopped>;
  /** Whether it is root there, or was when it last had a link; undefined before it ever had one. */
  readonly isRoot: () => boolean | undefined;
  /** Takes the node for this rollout: one rollout per node at a time. Taken again by the same rollout it is a sign of life. */
  readonly lock: (claim: LockClaim) => Promise<Locked>;
  readonly unlock: (rollout: RolloutId) => Promise<void>;
  /** Removes what the rollout left in the node's spool; false where the node may not have heard of it. */
  readonly sweep: (rollout: RolloutId) => Promise<boolean>;
  readonly close: () => void;
}

export type Look =
  | { readonly kind: 'seen'; readonly seen: Observed }
  | { readonly kind: 'unreachable'; readonly because: string };

/** `ROLLOUT-STAGE-STEP-ATTEMPT`, e.g. `20261122-103015-k3f9-0-2-1`: unit name, folder of the spool, both after `muster-`. */
export type StepName = string & { readonly __brand: 'StepName' };

/** The name of one attempt of one step on whatever node. */
export const stepName = (rollout: RolloutId, stage: number, step: number, attempt: number): StepName =>
  `${rollout}-${stage}-${step}-${attempt}` as StepName;

export interface StepRun {
  readonly name: StepName;
  readonly command: Command;
  readonly as: 'root' | 'login-user';
  /** Kept on the node, so that it holds without a link. */
  readonly timeoutMs: number;
}

export type Started =
  | { readonly kind: 'started' }
  /** The node knew the name: it runs or has ended; follow it. */
  | { readonly kind: 'known' }
  /** Nothing was started, surely: no privilege, no such program, no room, not detachable. */
  | { readonly kind: 'refused'; readonly because: string }
  /** It may have been started or not. */
  | { readonly kind: 'lost'; readonly because: string };

export type StepEnd =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly droppedBytes: number }
  | { readonly kind: 'killed'; readonly signal: string; readonly droppedBytes: number }
  | { readonly kind: 'timed-out'; readonly droppedBytes: number }
  /** The node does not know the name: it booted since, or it was never started. */
  | { readonly kind: 'unknown'; readonly because: string }
  /** The link went; the step goes on by itself. */
  | { readonly kind: 'lost'; readonly because: string };

export type Stopped =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'was-over' }
  /** Something of it is still there, e.g. a process in uninterruptible sleep. */
  | { readonly kind: 'remains'; readonly because: string }
  | { readonly kind: 'lost'; readonly because: string };

export interface LockClaim {
  readonly rollout: RolloutId;
  /**
   * Steps are named by it and not by node, so within a stage the node is had under one name only. Undefined where the steps are those of one
   * command elsewhere: a playbook may well name this machine and `localhost`.
   */
  readonly stage: number | undefined;
  readonly author: Author;
  readonly reason: string;
}

export type Locked =
  | { readonly kind: 'locked' }
  /** `by` is a sentence: `root@jump (10.0.0.7) since 14:03: mount /data`. Another's lock counts as stale after no sign of life for a minute, or after a boot. */
  | { readonly kind: 'held'; readonly by: string; readonly rollout?: RolloutId }
  /** The machine is had by this stage of this rollout already, under another name of the inventory. */
  | { readonly kind: 'twin'; readonly of: string }
  | { readonly kind: 'refused'; readonly because: string }
  | { readonly kind: 'lost'; readonly because: string };
