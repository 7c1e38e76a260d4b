import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { RUNNER_GONE_MS, RUNNER_LOOK_MS } from './limits.ts';

/** Which process drives a rollout. */
export interface RunnerMark {
  readonly host: string;
  readonly pid: number;
  /** Since boot, in clock ticks, field 22 of proc_pid_stat(5): a process id used again does not look alive. */
  readonly startTicks: string;
  readonly bootId: string;
  /** pid_namespaces(7): a process of another container cannot be asked for. Empty where it is not known. */
  readonly pidSpace: string;
  /** machine-id(5), empty where there is none: tells this machine after a boot from another one of the same name. */
  readonly machineId: string;
  readonly socket: string;
}

/** More who try at once than this is no race but a folder in which nothing can be made. */
const TRIES = 20;

export type Claimed =
  | {
      readonly kind: 'claimed';
      /** A sign of life; false when another process has the rollout by now. */
      readonly sign: () => boolean;
      readonly isOurs: () => boolean;
      readonly release: () => void;
    }
  /** `stillMs`: of a runner elsewhere, how long its counter has been looked at without a change; less than before: it lives. */
  | { readonly kind: 'held'; readonly by: RunnerMark; readonly stillMs: number };

/** Goes on whatever is done to the clock of the day, and stands still while the machine sleeps. */
const monotonicMs = (): number => performance.now();

/** Takes a rollout for this process; one process at a time, also where two try at once to follow a dead one. */
export function claimRollout(path: string, socket: string, nowMs = monotonicMs): Claimed {
  const mark: RunnerMark = { ...here(), pid: process.pid, startTicks: ticksOf(process.pid), socket };
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(mark), { mode: 0o600 });
  try {
    for (let tries = 0; ; tries++) {
      const text = readText(path);
      const holder = linked(own, path) ? undefined : livingRunner(path, nowMs);
      if (holder !== undefined) return { kind: 'held', by: holder, stillMs: watched.get(path)?.stillMs ?? 0 };
      if (isOurs(path, mark)) break;
      if (tries === TRIES) throw new Error(`${path} cannot be taken: it changes hands again and again`);
      // A link is made only where there is none, so whoever takes the dead one away, one of those who try wins.
      if (text === readText(path)) removeDead(path, text);
    }
  } finally {
    rmSync(own, { force: true });
  }
  let beats = 0;
  const beat = (): void => writeBeat(path, `${mark.host} ${mark.pid} ${++beats}`);
  beat();
  return {
    kind: 'claimed',
    sign: () => {
      if (!isOurs(path, mark)) return false;
      beat();
      return true;
    },
    isOurs: () => isOurs(path, mark),
    release: () => {
      if (isOurs(path, mark)) for (const file of [path, beatFile(path)]) rmSync(file, { force: true });
      rmSync(socket, { force: true });
    },
  };
}

/** The process that drives a rollout now; undefined when nobody does. */
export function livingRunner(path: string, nowMs = monotonicMs): RunnerMark | undefined {
  const mark = readMark(path);
  if (mark === undefined) return undefined;
  // A state folder on a share: the process cannot be asked, its sign of life must do.
  if (isElsewhere(mark)) return isBeating(path, mark, nowMs()) ? mark : undefined;
  return mark.bootId === here().bootId && ticksOf(mark.pid) === mark.startTicks ? mark : undefined;
}

/** Whether it is a process that cannot be asked for from here: of another machine, or of another container. */
export function isElsewhere({ host, bootId, machineId, pidSpace }: RunnerMark): boolean {
  const own = here();
  if (own.bootId === '') return host !== own.host;
  if (bootId === own.bootId) return pidSpace !== '' && pidSpace !== own.pidSpace;
  // Another boot of this machine has ended with all its processes; a twin of the same name has not.
  return host !== own.host || machineId === '' || machineId !== own.machineId;
}

/** What was seen of the counters of runners elsewhere, by path, and how long each was looked at without a change. */
const watched = new Map<string, { readonly seen: string; readonly atMs: number; readonly stillMs: number }>();

/**
 * Whether a runner elsewhere may live: no clock of another machine and no time of the file server is asked, only whether its counter moved
 * while it was looked at. Time in which nobody looked, or in which a look hung with the share, counts for one look.
 */
function isBeating(path: string, mark: RunnerMark, atMs: number): boolean {
  const seen = `${JSON.stringify(mark)} ${readText(beatFile(path))}`;
  const known = watched.get(path);
  const stillMs = known?.seen === seen ? known.stillMs + Math.min(atMs - known.atMs, RUNNER_LOOK_MS) : 0;
  watched.set(path, { seen, atMs, stillMs });
  return stillMs < RUNNER_GONE_MS;
}

function removeDead(path: string, dead: string): void {
  const aside = `${path}.gone.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Somebody else took it away.
  }
  // Between the look and the rename somebody may have become the holder: give it back.
  if (readText(aside) !== dead) linked(aside, path);
  rmSync(aside, { force: true });
}

const beatFile = (path: string): string => `${path}.beat`;

function writeBeat(path: string, text: string): void {
  try {
    writeFileSync(beatFile(path), text, { mode: 0o600 });
  } catch {
    // The folder was removed under a running rollout; the journal says so soon enough.
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function isOurs(path: string, { host, pid, startTicks }: RunnerMark): boolean {
  const mark = readMark(path);
  return mark?.host === host && mark.pid === pid && mark.startTicks === startTicks;
}

function readMark(path: string): RunnerMark | undefined {
  try {
    const mark: Partial<RunnerMark> = JSON.parse(readText(path));
    const { host, pid, socket, startTicks = '', bootId = '', pidSpace = '', machineId = '' } = mark;
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof socket !== 'string') return undefined;
    return { host, pid, startTicks, bootId, pidSpace, machineId, socket };
  } catch {
    return undefined;
  }
}

/** Empty for a process that is gone, and where there is no /proc. */
function ticksOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; a zombie is no runner any more.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return isThere(pid) ? 'unknown' : '';
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

let known: Pick<RunnerMark, 'host' | 'bootId' | 'pidSpace' | 'machineId'> | undefined;

/** Where this process is; none of it changes while it lives. */
function here(): NonNullable<typeof known> {
  known ??= {
    host: hostname(),
    bootId: readText('/proc/sys/kernel/random/boot_id').trim(),
    pidSpace: pidSpace(),
    machineId: readText('/etc/machine-id').trim(),
  };
  return known;
}

function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
