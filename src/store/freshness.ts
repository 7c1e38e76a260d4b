import type { Link } from '../model/link.ts';
import { type Seen, seenOf } from '../model/seen.ts';

/** How much a figure may be trusted as the present one. */
export type Freshness = 'fresh' | 'late' | 'stale';

/** Answers are due every period; one lost answer and the way of the next are forgiven before a figure counts as late. */
const LATE_PERIODS = 2.5;
const STALE_PERIODS = 6;
/** Periods below this are treated as this: a busy link is no reason to call a two-second figure old. */
const MIN_PERIOD_MS = 4_000;

/** The key of a question in `Seen`: the probe, or `usage:/data` for one target of a probe that has targets. */
export function questionKey(probe: string, target?: string): string {
  return target === undefined ? probe : `${probe}:${target}`;
}

/** Milliseconds since the question was last answered well; undefined when it never was. Never negative. */
export function ageMs(seen: Seen | undefined, question: string, nowMs: number): number | undefined {
  const atMs = seenOf(seen, question, 'atMs');
  return atMs === undefined ? undefined : Math.max(0, nowMs - atMs);
}

/**
 * Whether the last good answer still stands for the present. `everyMs` is the question's period; 0 means once per connection, so
 * it stays fresh while the link is up. Without a link nothing is fresh.
 */
export function freshness(
  seen: Seen | undefined,
  question: string,
  link: Link | undefined,
  nowMs: number,
  everyMs: number,
): Freshness {
  const age = ageMs(seen, question, nowMs);
  if (age === undefined || (link?.kind !== 'up' && link?.kind !== 'late')) return 'stale';
  if (link.kind === 'late') return 'late';
  if (everyMs === 0) return 'fresh';
  const periods = age / Math.max(everyMs, MIN_PERIOD_MS);
  if (periods <= LATE_PERIODS) return 'fresh';
  return periods <= STALE_PERIODS ? 'late' : 'stale';
}
