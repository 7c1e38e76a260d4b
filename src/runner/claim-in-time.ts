import { setTimeout as sleep } from 'node:timers/promises';
import { type Claimed, claimRollout, isElsewhere } from '../journal/claim.ts';
import { RUNNER_LOOK_EVERY_MS } from '../journal/limits.ts';

/**
 * Takes a rollout, and where a runner on another machine or in another container had it, looks for as long as it takes to know whether that one
 * lives. Throws with a sentence where it does: it is to be steered from there.
 */
export async function claimInTime(
  path: string,
  socket: string,
  claim: (path: string, socket: string) => Claimed = claimRollout,
  pause: () => Promise<unknown> = () => sleep(RUNNER_LOOK_EVERY_MS),
): Promise<Claimed> {
  for (let stillMs = 0; ; ) {
    const claimed = claim(path, socket);
    if (claimed.kind === 'claimed' || !isElsewhere(claimed.by)) return claimed;
    const { by } = claimed;
    if (claimed.stillMs < stillMs)
      throw new Error(`process ${by.pid} on ${by.host} drives it and lives; steer it there, or end it there first`);
    stillMs = claimed.stillMs;
    await pause();
  }
}
