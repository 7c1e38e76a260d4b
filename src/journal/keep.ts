import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutId } from '../model/rollout.ts';
import { rolloutId } from '../model/rollout.ts';
import { livingRunner } from './claim.ts';
import { ROLLOUTS_BYTES, ROLLOUTS_KEPT } from './limits.ts';
import { placesOf, rolloutsFolder } from './places.ts';

/** Every rollout of this user, oldest first; ids begin with their time. */
export function listRollouts(state: string): readonly RolloutId[] {
  const folder = rolloutsFolder(state);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).sort().flatMap(readId);
}

/** Removes the oldest rollouts beyond the limits. One that a process drives stays, and so does one that was cut off and is not over. */
export function sweepRollouts(state: string, isOver: (id: RolloutId) => boolean): void {
  const newestFirst = listRollouts(state).toReversed();
  let bytes = 0;
  for (const [index, id] of newestFirst.entries()) {
    const places = placesOf(state, id);
    bytes += bytesOf(places.folder);
    if (index < ROLLOUTS_KEPT && bytes <= ROLLOUTS_BYTES) continue;
    if (livingRunner(places.runner) !== undefined || !isOver(id)) continue;
    rmSync(places.folder, { recursive: true, force: true });
  }
}

function readId(name: string): readonly RolloutId[] {
  try {
    return [rolloutId(name)];
  } catch {
    return [];
  }
}

function bytesOf(path: string): number {
  try {
    const found = statSync(path);
    if (!found.isDirectory()) return found.size;
    return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}
