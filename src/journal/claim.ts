import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { RUNNER_GONE_MS } from './limits.ts';

/** Which process drives a rollout. */
export interface RunnerMark {
  readonly host: string;
  readonly pid: number;
  /** Since boot, in clock ticks, field 22 of proc_pid_stat(5): a process id used again does not look alive. */
  readonly startTicks: string;
  readonly bootId: string;
  readonly socket: string;
}

/** More who try at once than this is no race but a folder in which nothing can be made. */
const TRIES = 20;

export type Claimed =
  | { readonly kind: 'claimed'; readonly sign: () => void; readonly release: () => void }
  | { readonly kind: 'held'; readonly by: RunnerMark };

/** Takes a rollout for this process; one process at a time, also where two try at once to follow a dead one. */
export function claimRollout(path: string, socket: string): Claimed {
  const mark: RunnerMark = {
    host: hostname(),
    pid: process.pid,
    startTicks: ticksOf(process.pid),
    bootId: bootId(),
    socket,
  };
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(mark), { mode: 0o600 });
  try {
    for (let tries = 0; ; tries++) {
      const holder = linked(own, path) ? undefined : livingRunner(path);
      if (holder !== undefined) return { kind: 'held', by: holder };
      if (isOurs(path, mark)) break;
      if (tries === TRIES) throw new Error(`${path} cannot be taken: it changes hands again and again`);
      // A link is made only where there is none, so whoever takes the dead one away, one of those who try wins.
      removeDead(path);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    kind: 'claimed',
    sign: () => touch(path),
    release: () => {
      if (isOurs(path, mark)) rmSync(path, { force: true });
      rmSync(socket, { force: true });
    },
  };
}

/** The process that drives a rollout now; undefined when nobody does. */
export function livingRunner(path: string): RunnerMark | undefined {
  const mark = readMark(path);
  if (mark === undefined) return undefined;
  // A state folder on a share: the process cannot be asked, its sign of life must do.
  if (mark.host !== hostname()) return Date.now() - modifiedAtMs(path) < RUNNER_GONE_MS ? mark : undefined;
  return mark.bootId === bootId() && ticksOf(mark.pid) === mark.startTicks ? mark : undefined;
}

function removeDead(path: string): void {
  const aside = `${path}.gone.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Somebody else took it away.
  }
  // Between the look and the rename somebody may have become the holder: give it back.
  if (livingRunner(aside) !== undefined) linked(aside, path);
  rmSync(aside, { force: true });
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
    const { host, pid, startTicks, bootId: boot, socket }: Partial<RunnerMark> = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof socket !== 'string') return undefined;
    return { host, pid, startTicks: startTicks ?? '', bootId: boot ?? '', socket };
  } catch {
    return undefined;
  }
}

function modifiedAtMs(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The folder was removed under a running rollout; the journal says so soon enough.
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

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
