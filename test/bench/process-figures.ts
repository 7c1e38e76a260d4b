import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Time a command took and the CPU time of it and of all children it waited for. */
export interface CommandCost {
  readonly wallSec: number;
  readonly cpuSec: number;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command under a shell that reads times(2) of its children afterwards; killed after `withinSec`. */
export async function costOf(
  argv: readonly string[],
  withinSec: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandCost> {
  const startedAtMs = performance.now();
  const child = spawn('sh', ['-c', '"$@" 3>&-; m_code=$?; times >&3; exit $m_code', 'cost', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env,
  });
  const texts = ['', '', ''];
  for (const [index, stream] of [child.stdout, child.stderr, child.stdio[3]].entries()) {
    stream?.on('data', (chunk: Buffer) => {
      texts[index] = `${texts[index]}${chunk}`;
    });
  }
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, withinSec * 1_000);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  const wallSec = (performance.now() - startedAtMs) / 1_000;
  const [stdout = '', stderr = '', times = ''] = texts;
  return { wallSec, cpuSec: childSeconds(times), exitCode, stdout, stderr };
}

/** The second line of the shell's `times`: user and system time of its children, as `1m2.5s 0m0.3s`. */
function childSeconds(text: string): number {
  const words = (text.split('\n')[1] ?? '').split(' ');
  return words.reduce((sum, word) => {
    const [, minutes = '0', seconds = '0'] = /^(\d+)m([\d.]+)s$/.exec(word) ?? [];
    return sum + Number(minutes) * 60 + Number(seconds);
  }, 0);
}

/** CPU ms a process has used so far in all its threads, without children. proc_pid_schedstat counts per thread, to the nanosecond. */
export function cpuMsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + threadCpuMs(pid, task), 0);
}

function threadCpuMs(pid: number, task: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
  } catch {
    // The thread ended meanwhile.
    return 0;
  }
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

/** CPU ms by thread name, to see which thread works. */
export function cpuByThread(pid: number): ReadonlyMap<string, number> {
  const byName = new Map<string, number>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const name = `${readFileSync(`/proc/${pid}/task/${task}/comm`, 'latin1').trim()} ${task === String(pid) ? 'main' : task}`;
    byName.set(name, threadCpuMs(pid, task));
  }
  return byName;
}
