import type { ProbeSet } from '../model/probe.ts';
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS } from './limits.ts';
import type { Random } from './ports.ts';

/** Where in its period a question stands: the same text always gives the same place, and a thousand nodes give a thousand places. */
export function phaseMs(text: string, everyMs: number): number {
  // FNV-1a with murmur's finish: names that differ in their last digit must land far apart.
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return everyMs > 0 ? ((hash ^ (hash >>> 16)) >>> 0) % everyMs : 0;
}

/** Questions of one node fall on the same moments of each such stretch, so that slow ones go out in the write of a fast one. */
const BEAT_MS = 2_000;

/**
 * Where a question of a node stands: on the node's own beat, and within its period on a beat of its own. A thousand nodes are spread
 * over the beat, the questions of one node over the beats, and yet a node is written to once a beat: each write costs a packet both ways.
 */
export function phaseOnBeatMs(node: string, question: string, everyMs: number): number {
  const beat = Math.floor(phaseMs(`${node} ${question}`, everyMs) / BEAT_MS);
  return everyMs > 0 ? (beat * BEAT_MS + phaseMs(node, BEAT_MS)) % everyMs : 0;
}

/** The next turn in phase that is at least half a period away, so that a question asked out of turn is not asked again at once. */
export function nextTurnMs(nowMs: number, everyMs: number, phase: number): number {
  const earliest = nowMs + everyMs / 2;
  return Math.ceil((earliest - phase) / everyMs) * everyMs + phase;
}

/** The wait after failed attempt number `attempt`: by chance up to 1 s, 2 s, 4 s … 60 s, so that nobody comes back in step. */
export function backoffMs(attempt: number, random: Random): number {
  const cap = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(Math.max(0, attempt - 1), 16));
  return Math.round(cap * random());
}

/** The period of what a single look asks: longer than any look. */
export const ONCE_MS = 24 * 3_600_000;

/**
 * The periods of a single look. It takes as long as its slowest node, and asking the others again meanwhile is work whose answers nobody sees.
 * Only the sign of life goes on, so that a node that falls silent is told as late.
 */
export function oncePeriods(probes: ProbeSet): { readonly [probe: string]: number } {
  return Object.fromEntries(Object.keys(probes).map((name) => [name, ONCE_MS]));
}
