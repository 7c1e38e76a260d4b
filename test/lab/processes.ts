import { readdir, readFile } from 'node:fs/promises';
import { pause } from './run.ts';

/** A process told apart from a later one with the same number by the time it started, in clock ticks since boot. proc_pid_stat(5). */
export interface ProcessMark {
  readonly pid: number;
  readonly started: string;
}

/** The mark of a living process, or undefined. */
export async function markOf(pid: number): Promise<ProcessMark | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = words;
  const started = words[19];
  return started === undefined || state === 'Z' || state === 'X' ? undefined : { pid, started };
}

/** The mark of this program. */
export async function thisProcess(): Promise<ProcessMark> {
  return (await markOf(process.pid)) ?? { pid: process.pid, started: '0' };
}

/** Whether the very process still lives. */
export async function isAlive({ pid, started }: ProcessMark): Promise<boolean> {
  return (await markOf(pid))?.started === started;
}

/** Kills the very process and waits until it is gone, 5 s at most. */
export async function kill(mark: ProcessMark): Promise<void> {
  for (let turn = 0; turn < 100 && (await isAlive(mark)); turn++) {
    try {
      if (turn % 20 === 0) process.kill(mark.pid, 'SIGKILL');
    } catch {
      // It ended between the look and the kill.
    }
    await pause(50);
  }
}

/**
 * Kills every process with a word in its argument vector and waits until none is left, 20 s at most. A user-mode kernel is many of
 * them, and those that do its disks' work outlive the first one, with the locks of its disks. One that ends has lost its argument
 * vector before it lets go of its files, so each is watched to its end.
 */
export async function killAllWith(word: string): Promise<void> {
  let dying: readonly ProcessMark[] = [];
  for (let turn = 0; turn < 1_000; turn++) {
    const found = await Promise.all((await pidsWith(word)).map(markOf));
    const known = new Set(dying.map(({ pid }) => pid));
    dying = [...dying, ...found.filter((mark) => mark !== undefined && !known.has(mark.pid))].filter(
      (mark) => mark !== undefined,
    );
    const living = await Promise.all(dying.map(isAlive));
    dying = dying.filter((_, at) => living[at]);
    if (dying.length === 0) return;
    for (const { pid } of dying) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended between the look and the kill.
      }
    }
    await pause(20);
  }
}

/** Living processes with that very word in their argument vector. */
export async function pidsWith(word: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const has = async (pid: number): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').includes(word);
  const found = await Promise.all(pids.map(async (pid) => ((await has(pid)) ? [pid] : [])));
  return found.flat().filter((pid) => pid !== process.pid);
}
