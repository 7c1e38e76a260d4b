import type { Observed, ServiceState } from './check.ts';
import { checked } from './check.ts';
import type { Condition } from './condition.ts';
import { neutralise } from './neutralise.ts';

/** Lines of a unit told with a failure, and characters of each: a sentence, not a log. */
const MOST_LINES = 3;
const MOST_CHARACTERS = 160;

/** What systemd writes itself about any unit that starts, stops or fails. */
const MANAGER =
  /^(?:Starting|Started|Stopping|Stopped|Mounting|Mounted|Unmounting|Unmounted|Reloading|Reloaded|Failed to (?:start|mount|stop|reload)) |: (?:Main|Control|Mount) process exited, |: Failed with result |: Scheduled restart job|: Consumed |: Deactivated successfully|: Unit entered failed state/;

/** Where an attempt to start begins in a unit's log. */
const BEGIN = /^(?:Starting|Mounting) /;

/**
 * What a unit itself said when it was last started, systemd's own lines left out, harmless, at most three lines. Where it said nothing,
 * systemd's reason if it gave one, e.g. `mnt.mount: Failed at step EXEC spawning /x: No such file or directory`.
 */
export function unitWords({ lastLines }: Pick<ServiceState, 'lastLines'>): readonly string[] {
  const since = lastLines.slice(lastLines.findLastIndex((line) => BEGIN.test(line)) + 1);
  return since
    .filter((line) => line.trim() !== '' && !MANAGER.test(line))
    .slice(-MOST_LINES)
    .map((line) => neutralise(line.trim().slice(0, MOST_CHARACTERS)));
}

/** What is asked of units that a step was to start. */
export const startsIn = (done: readonly Condition[]): readonly Condition[] =>
  done.filter(({ kind, ...rest }) => kind === 'started-since' || ('active' in rest && rest.active === 'active'));

/** Why units did not start, in their own words: `UNIT said: LINE; LINE`. Empty where all run, or none said anything. */
export function whyNotStarted(done: readonly Condition[], seen: Observed): string {
  const said = startsIn(done).flatMap((condition) => {
    if (!('unit' in condition)) return [];
    const state = checked(seen, 'service', condition.unit);
    const words = state === undefined || state.active === 'active' ? [] : unitWords(state);
    return words.length === 0 ? [] : [`${condition.unit} said: ${words.join('; ')}`];
  });
  return said.join('. ');
}
