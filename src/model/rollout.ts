import type { Input } from './action.ts';
import type { NodeName } from './ids.ts';
import type { Plan } from './plan.ts';
import type { StepFailure } from './step-failure.ts';

/** `20261122-103015-k3f9`: time of the request, then chance; it names a folder, units on nodes and a lock. */
export type RolloutId = string & { readonly __brand: 'RolloutId' };

/** Checks and brands an id; throws a `RangeError`. */
export function rolloutId(text: string): RolloutId {
  if (!/^\d{8}-\d{6}-[a-z0-9]{4}$/.test(text)) throw new RangeError(`${JSON.stringify(text)}: not the id of a rollout`);
  return text as RolloutId;
}

/** How many nodes may be out at once and how many may fail. Numbers of nodes; percentages are turned into numbers when a rollout starts. */
export interface RolloutLimits {
  /** This many nodes go first, and must succeed, before the width opens; at least 1. */
  readonly canary: number;
  readonly maxUnavailable: number;
  /** With more failed nodes than this no further node starts. */
  readonly maxFailures: number;
}

/** Who asked, and from where. */
export interface Author {
  readonly user: string;
  readonly host: string;
  /** Address of the admin's SSH session, where there is one. */
  readonly from?: string;
}

/** How a step ended. */
export type StepOutcome =
  /** Its facts said so before it ran. */
  | { readonly kind: 'already' }
  | { readonly kind: 'changed' }
  /** The operator took the node out. */
  | { readonly kind: 'skipped' }
  /** A condition of its own said no: `when` of a task. */
  | { readonly kind: 'omitted'; readonly because: string }
  /** It failed, and whoever wrote it had said that this does not matter. */
  | { readonly kind: 'ignored'; readonly failure: StepFailure }
  | { readonly kind: 'failed'; readonly failure: StepFailure };

/** Where in the plan: indexes from 0. */
export interface StepPlace {
  readonly stage: number;
  readonly node: NodeName;
  readonly step: number;
}

/** A part of a node's log file that belongs to one step. */
export interface LogSpan {
  readonly fromByte: number;
  readonly toByte: number;
  /** Bytes the node had to drop because the step said more than the spool takes. */
  readonly droppedBytes: number;
}

/** What a rollout's journal says, one JSON line each, in this order of time; `seq` from 1 without a gap. The state of a rollout is its journal folded. */
export type RolloutRecord = { readonly seq: number; readonly atMs: number } & RolloutEvent;

export type RolloutEvent =
  | {
      readonly kind: 'requested';
      readonly id: RolloutId;
      readonly action: string;
      readonly input: Input;
      readonly author: Author;
      readonly reason?: string;
      /** The rollout this one retries or undoes. */
      readonly after?: { readonly id: RolloutId; readonly how: 'retry' | 'undo' };
    }
  /** Secrets are no part of it. */
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'started'; readonly author: Author; readonly limits: RolloutLimits }
  | { readonly kind: 'waiting'; readonly node: NodeName; readonly because: string }
  /** Written and synced before anything is sent to the node. */
  | ({
      readonly kind: 'step-starting';
      readonly attempt: number;
      readonly bootId: string;
      /** Whose spool the node keeps it in; without it nobody can tell. */
      readonly isRoot?: boolean;
    } & StepPlace)
  | ({
      readonly kind: 'step-ended';
      readonly attempt: number;
      readonly outcome: StepOutcome;
      readonly tookMs: number;
      readonly log: LogSpan;
    } & StepPlace)
  /** A driven stage does something on the node that no plan foretold; it runs already. */
  | ({ readonly kind: 'step-appeared'; readonly title: string; readonly does: string } & StepPlace)
  | { readonly kind: 'paused'; readonly author?: Author; readonly because: string }
  | { readonly kind: 'resumed'; readonly author: Author }
  | { readonly kind: 'limited'; readonly author: Author; readonly limits: RolloutLimits }
  | { readonly kind: 'node-skipped'; readonly author: Author; readonly node: NodeName }
  | { readonly kind: 'aborted'; readonly author: Author }
  /** A new runner took over what another left. */
  | { readonly kind: 'taken-over'; readonly author: Author }
  | { readonly kind: 'ended' };

/** A node within a stage. `unknown`: the outcome of its running step is to be looked at before anything else. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'timed-out' | 'unknown' | 'skipped';

export interface StepState {
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** The boot of the node that the last attempt was started in. */
  readonly bootId?: string;
  /** Whether the hand was root when it was started. */
  readonly isRoot?: boolean;
  readonly attempt: number;
  readonly outcome?: StepOutcome;
  readonly log?: LogSpan;
}

export interface JobProgress {
  readonly node: NodeName;
  readonly state: JobState;
  readonly steps: readonly StepState[];
  /** Why it waits, while it does. */
  readonly waiting?: string;
  readonly says?: string;
}

/** One rollout as its journal tells it. */
export interface Rollout {
  readonly id: RolloutId;
  readonly action: string;
  readonly input: Input;
  readonly author: Author;
  readonly reason?: string;
  readonly after?: { readonly id: RolloutId; readonly how: 'retry' | 'undo' };
  readonly requestedAtMs: number;
  readonly phase: 'planning' | 'planned' | 'running' | 'paused' | 'aborting' | 'ended';
  readonly plan?: Plan;
  /** The number of the record that holds the plan: a plan that was made anew has another one. */
  readonly planSeq?: number;
  readonly limits?: RolloutLimits;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly pausedBecause?: string;
  /** Who paused it; undefined while it is paused: its failures did. */
  readonly pausedBy?: Author;
  /** Nodes whose failure somebody has seen, who then resumed: they neither pause it again nor take any room. */
  readonly accepted?: readonly NodeName[];
  /** By stage, in the plan's order. */
  readonly stages: readonly (readonly JobProgress[])[];
  readonly lastSeq: number;
}
