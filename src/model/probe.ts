import type { DirectoryWish } from './directories.ts';
import type { Facts, PerTarget } from './facts.ts';

/** The name of a probe is the name of the fact it yields. */
export type ProbeName = keyof Facts;

/**
 * A question as a POSIX `sh` fragment that prints its answer on stdout; it runs in the node's one long-lived program under
 * `LC_ALL=C` in `/`. Fragments are constants of ours: nothing from an inventory or a node is ever pasted into one. A target
 * arrives as `$1`. `$sudo` is `sudo -n` where that works, empty for root, and unset (`${sudo-}`) where privilege is refused.
 *
 * - `inline` runs in the program's own loop: builtins and /proc only, never anything that can block on a filesystem or a driver.
 *   With `builtinsOnly` it also leaves its answer, less the last newline, in `$answer`, which spares the program a fork.
 * - `child` runs as a killable background child with a deadline, at most one outstanding per question and target. A `brief` one
 *   promises an answer without need of a guard: bounded by what it reads (a table of the kernel, a file cut by head(1)), with nothing on
 *   standard error that is worth telling. It costs the node two forks where a guarded one costs seven.
 *
 * `early` spares most nodes those forks: builtins that run in the program's own loop first and look at local files and /proc only. Where they
 * succeed, `$answer`, mostly empty, is the whole answer (no GPU, no NFS server); where they fail the question itself is asked. `lacks NAME`
 * succeeds where a program is not installed, and never looks into a folder that may be a network mount.
 */
export type Question = { readonly sh: string; readonly early?: string } & (
  | { readonly kind: 'inline'; readonly builtinsOnly?: true }
  | { readonly kind: 'child'; readonly deadlineMs: number; readonly brief?: true }
);

/** What came back for one question. `stdout` is capped at 1 MiB, decoded as UTF-8 with replacement, and may be hostile. */
export interface Answer {
  readonly stdout: string;
  readonly exitCode: number;
}

/** What a parser may lean on besides the answer: the node's last good value and the times of both, for rates of counters. */
export interface ParseContext<T> {
  /** When the answer arrived, in console time. */
  readonly atMs: number;
  /** From question to answer; the clock probe halves it. 0 or undefined where nobody measured. */
  readonly tookMs?: number;
  readonly previous?: { readonly value: T; readonly atMs: number } | undefined;
  /** The target asked about, for probes with targets. */
  readonly target?: string | undefined;
}

/** What a parser yields: a fact, or the reason this node has no such thing (no GPU, no NFS server), which is not a failure. */
export type Parsed<T> =
  | { readonly kind: 'fact'; readonly value: T }
  | { readonly kind: 'absent'; readonly because: string };

/**
 * A read-only question, its period and its parser. Members in this order: `name, ask, everyMs, targets?, targetName?, parse`.
 * `parse` is pure and throws `ParseError` and nothing else, whatever the node sends.
 */
export interface Probe<P extends ProbeName> {
  readonly name: P;
  readonly ask: Question;
  /** Default period; classes and a view in front of the operator may change it. 0: once per connection and boot. */
  readonly everyMs: number;
  /**
   * For a probe asked once per thing (usage per mount): what to ask about, from the facts so far and what the inventory wishes.
   */
  readonly targets?: (facts: KnownFacts, wished: readonly DirectoryWish[]) => readonly string[];
  /** What a target is called in facts, where its text says more than that; else a target is its own name. */
  readonly targetName?: (target: string) => string;
  readonly parse: (answer: Answer, context: ParseContext<Fact<P>>) => Parsed<Fact<P>>;
}

/** The fact a probe yields for one question: one element where the fact is kept per target. */
export type Fact<P extends ProbeName> = P extends ProbeName
  ? Facts[P] extends PerTarget<infer T>
    ? T
    : Facts[P]
  : never;

/** The probes an engine runs, by name; a test may pass a few. */
export type ProbeSet = { readonly [P in ProbeName]?: Probe<P> };

/** The last good facts of one node; absent keys have no good value. */
export type KnownFacts = { readonly [P in ProbeName]?: Facts[P] };

/** Shorthand for parsers. */
export const fact = <T>(value: T): Parsed<T> => ({ kind: 'fact', value });
/** Shorthand for parsers. */
export const absent = (because: string): { readonly kind: 'absent'; readonly because: string } => ({
  kind: 'absent',
  because,
});
