/** What a counter grew by at recent answers, oldest first: the rate of something rare, such as errors. Empty while nothing is added. */
export type Growth = readonly { readonly atMs: number; readonly added: number }[];

/** How far back growth is kept. Alerts of GPU fleets count errors within five minutes. */
export const GROWTH_WINDOW_MS = 300_000;

/** Growth this close together is one entry, so that there are few however often is asked. */
const STEP_MS = 30_000;

/** A counter at a moment; undefined where the node does not give it. */
export interface Count {
  readonly value: number | undefined;
  readonly atMs: number;
}

/**
 * Growth after another answer. A counter that ran backwards was reset, and growth begins anew. What was added since an answer longer ago
 * than the window is spread evenly over that time, and the part within the window counts.
 */
export function grown(growth: Growth, before: Count | undefined, now: Count): Growth {
  if (now.value === undefined || before?.value === undefined || now.value < before.value) return [];
  const recent = growth.filter(({ atMs }) => now.atMs - atMs < GROWTH_WINDOW_MS);
  const passedMs = Math.max(1, now.atMs - before.atMs);
  const added = Math.round((now.value - before.value) * Math.min(1, GROWTH_WINDOW_MS / passedMs));
  if (added === 0) return recent;
  const last = recent.at(-1);
  const isSameStep = last !== undefined && Math.floor(last.atMs / STEP_MS) === Math.floor(now.atMs / STEP_MS);
  return isSameStep
    ? [...recent.slice(0, -1), { atMs: now.atMs, added: last.added + added }]
    : [...recent, { atMs: now.atMs, added }];
}

/** All that was added. */
export const totalOf = (growth: Growth): number => growth.reduce((sum, { added }) => sum + added, 0);
