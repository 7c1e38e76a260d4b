/** A clock the demo reads and waits by, so that tests can turn it by hand. */
export interface DemoClock {
  readonly nowMs: () => number;
  /** Calls once after `delayMs`; the returned function cancels. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

/** The machine's own time. Its timers do not keep the process alive. */
export const systemClock: DemoClock = {
  nowMs: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A 32-bit number that depends on every part: the same parts give the same number in every run. FNV-1a, then mixed. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  const text = parts.join('\0');
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** Chance without memory: 0 inclusive to 1 exclusive, fixed by the seed and the step. */
export function chance(seed: number, step: number): number {
  return mix(seed ^ Math.imul(step | 0, 0x9e3779b1)) / 2 ** 32;
}

/** One of the choices, fixed by the seed and the step. */
export function pick<C extends readonly [unknown, ...unknown[]]>(choices: C, seed: number, step: number): C[number] {
  return choices[Math.floor(chance(seed, step) * choices.length)] ?? choices[0];
}

/** A value between 0 and 1 that wanders without jumps and takes about `periodMs` from one turn to the next. */
export function wander(seed: number, atMs: number, periodMs: number): number {
  const step = Math.floor(atMs / periodMs);
  const part = atMs / periodMs - step;
  const eased = part * part * (3 - 2 * part);
  return chance(seed, step) * (1 - eased) + chance(seed, step + 1) * eased;
}

/**
 * Seconds of activity up to now: a counter that never falls and whose rate swings between 0.2 and 1.8 per second. The
 * integral of two waves, so any moment is computed without knowing the ones before.
 */
export function activitySec(seed: number, elapsedMs: number): number {
  const sec = Math.max(0, elapsedMs) / 1000;
  const slow = (2 * Math.PI) / (180 + chance(seed, 1) * 240);
  const fast = (2 * Math.PI) / (20 + chance(seed, 2) * 40);
  const phase = chance(seed, 3) * 2 * Math.PI;
  const swing = (wave: number, share: number) => (share / wave) * (Math.sin(wave * sec + phase) - Math.sin(phase));
  return sec + swing(slow, 0.5) + swing(fast, 0.3);
}

/** How busy that activity is at the moment, 0.2 to 1.8: the rate behind `activitySec`. */
export function activityRate(seed: number, elapsedMs: number): number {
  return (
    (activitySec(seed, elapsedMs + 500) - activitySec(seed, elapsedMs - 500)) / Math.min(1, (elapsedMs + 500) / 1000)
  );
}

/** A universally unique id in its usual form, fixed by the seed. */
export function uuidOf(seed: number): string {
  const hex = [0, 1, 2, 3]
    .map((step) =>
      mix(seed + Math.imul(step, 0x85ebca6b))
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Upper-case serial number of `length` letters and digits, fixed by the seed. */
export function serialOf(seed: number, length: number): string {
  const letters = '0123456789ABCDEFGHJKLMNPRSTUVWXYZ';
  return Array.from({ length }, (_, at) => letters[Math.floor(chance(seed, at) * letters.length)]).join('');
}

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
