import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait for a runner that clears away what a rollout left on its nodes. */
const WITHIN_MS = 60_000;

/** The processes that drive rollouts of a state folder now. */
export function runnersOf(state: string): readonly number[] {
  const folder = join(state, 'muster', 'rollouts');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((id) => {
    const file = join(folder, id, 'runner.json');
    if (!existsSync(file)) return [];
    const { pid }: { readonly pid?: number } = JSON.parse(readFileSync(file, 'utf8'));
    return pid !== undefined && existsSync(`/proc/${pid}`) ? [pid] : [];
  });
}

/** Resolves when none is left; one that stays is ended. */
export async function runnersGone(state: string): Promise<void> {
  for (const untilMs = Date.now() + WITHIN_MS; runnersOf(state).length > 0; await sleep(50)) {
    if (Date.now() < untilMs) continue;
    for (const pid of runnersOf(state)) process.kill(pid, 'SIGKILL');
    return;
  }
}
