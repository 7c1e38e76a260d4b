import type { Facts } from './facts.ts';
import type { NodeName } from './ids.ts';
import type { Fact, ProbeName } from './probe.ts';

/** One answer of one node to one question, or what came instead. Late answers lose by `seq`, which grows per node. */
export interface Observation<P extends ProbeName = ProbeName> {
  readonly node: NodeName;
  readonly probe: P;
  /** Only for probes with targets. */
  readonly target?: string;
  readonly seq: number;
  readonly atMs: number;
  /** From question to answer. */
  readonly tookMs: number;
  readonly outcome: Outcome<Fact<P>>;
}

export type Outcome<T = Fact<ProbeName>> =
  | { readonly kind: 'asked' }
  | { readonly kind: 'ok'; readonly value: T }
  /** Equal to the last good answer: only its age moves. */
  | { readonly kind: 'same' }
  | { readonly kind: 'absent'; readonly because: string }
  | { readonly kind: 'failed'; readonly because: string }
  /** No answer within the deadline; the question stays outstanding and is not asked again until it ends. */
  | { readonly kind: 'hung'; readonly sinceMs: number }
  /** The target is no longer asked about (unmounted). */
  | { readonly kind: 'gone' };

/**
 * What the console knows about one fact of one node. Five kinds of nothing are five types. The time of the last answer is not in
 * here but in `Seen`, so that an unchanged answer keeps this object and repaints nothing.
 */
export type Slot<T> =
  | { readonly kind: 'never' }
  | { readonly kind: 'waiting'; readonly sinceMs: number }
  | { readonly kind: 'ok'; readonly value: T; readonly changedAtMs: number }
  | { readonly kind: 'absent'; readonly because: string }
  | { readonly kind: 'failed'; readonly because: string; readonly sinceMs: number; readonly last?: LastGood<T> }
  | { readonly kind: 'hung'; readonly sinceMs: number; readonly last?: LastGood<T> };

export interface LastGood<T> {
  readonly value: T;
  readonly atMs: number;
}

/** The value to show: the present one, or the last good one. */
export function goodValueOf<T>(slot: Slot<T> | undefined): T | undefined {
  if (slot === undefined) return undefined;
  if (slot.kind === 'ok') return slot.value;
  return slot.kind === 'failed' || slot.kind === 'hung' ? slot.last?.value : undefined;
}

/** Probes whose facts are kept per target. */
export type TargetedProbe = 'usage' | 'directories';

/** Facts of one node by probe. `usage` and `directories` are kept per target. Same object as long as nothing changed. */
export interface NodeFacts {
  readonly name: NodeName;
  readonly slots: { readonly [P in Exclude<ProbeName, TargetedProbe>]?: Slot<Facts[P]> };
  readonly usage: { readonly [target: string]: Slot<Facts['usage']['byTarget'][string]> };
  /** By mount point; absent where the inventory lists no directories. */
  readonly directories?: { readonly [target: string]: Slot<Facts['directories']['byTarget'][string]> };
}
