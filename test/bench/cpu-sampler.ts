import { readdirSync, readFileSync } from 'node:fs';
import { cpuByThread } from './process-figures.ts';

/**
 * What ends before it was seen again is lost: a process of a stream of a second by a tenth or two. A look takes 5 ms of the processors that are
 * measured; 16 of them a second were a tenth of a core beside muster's streams, and none beside the peer's.
 */
const EVERY_MS = 250;

/** Who uses the processors meanwhile. */
export interface CpuSampler {
  /** Ends it; CPU ms by name since the start, the dearest first. What a process does beside its main thread is named apart. */
  readonly end: () => ReadonlyMap<string, number>;
}

/** CPU ms of a main thread and of all others. */
type Cpu = readonly [main: number, others: number];

interface Watched {
  readonly name: string;
  readonly before: Cpu;
  now: Cpu;
}

/** Watches all processes that come from `roots`, or carry the mark in their environment; `nameOf` names a process. */
export function sampleCpu(
  roots: readonly number[],
  mark: string,
  nameOf: (pid: number, program: string) => string,
): CpuSampler {
  const watched = new Map<number, Watched>();
  const strangers = new Set<number>();
  let isFirst = true;
  const look = () => {
    for (const pid of readdirSync('/proc').map(Number)) {
      if (!Number.isInteger(pid) || strangers.has(pid)) continue;
      try {
        const known = watched.get(pid);
        // Of a process that has ended only the main thread is left.
        if (known !== undefined) known.now = most(known.now, cpuOf(pid));
        else if (isOurs(pid, roots, mark, watched)) {
          const now = cpuOf(pid);
          const program = readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
          watched.set(pid, { name: nameOf(pid, program), before: isFirst ? now : [0, 0], now });
        } else strangers.add(pid);
      } catch {
        // It ended meanwhile.
      }
    }
    isFirst = false;
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      look();
      const byName = new Map<string, number>();
      const add = (name: string, ms: number) => ms > 0 && byName.set(name, (byName.get(name) ?? 0) + ms);
      for (const { name, before, now } of watched.values()) {
        add(name, now[0] - before[0]);
        add(`${name} beside`, now[1] - before[1]);
      }
      return new Map([...byName].sort(([, a], [, b]) => b - a));
    },
  };
}

const most = (a: Cpu, b: Cpu): Cpu => [Math.max(a[0], b[0]), Math.max(a[1], b[1])];

function cpuOf(pid: number): Cpu {
  const threads = [...cpuByThread(pid)];
  const sum = (isMain: boolean) =>
    threads.reduce((total, [name, ms]) => (name.endsWith(' main') === isMain ? total + ms : total), 0);
  return [sum(true), sum(false)];
}

function isOurs(pid: number, roots: readonly number[], mark: string, watched: ReadonlyMap<number, Watched>): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  return (
    roots.includes(pid) ||
    roots.includes(parent) ||
    watched.has(parent) ||
    readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)
  );
}
