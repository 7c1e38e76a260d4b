import { ParseError } from '../model/errors.ts';
import type { Load } from '../model/facts.ts';
import { fact, type Probe } from '../model/probe.ts';

/**
 * Load, uptime, processor time and memory: the lines of proc_loadavg(5) and proc_uptime(5), the first of proc_stat(5), and those of
 * proc_meminfo(5) down to `MemAvailable:`. Builtins only, because it is asked every two seconds and a fork would cost the node more
 * than all the rest.
 */
export const load = {
  name: 'load',
  ask: {
    kind: 'inline',
    builtinsOnly: true,
    sh: `
IFS= read -r answer < /proc/loadavg
IFS= read -r line < /proc/uptime; answer="$answer
$line"
IFS= read -r line < /proc/stat; answer="$answer
$line"
while IFS= read -r line; do answer="$answer
$line"; case $line in MemAvailable:*|Cached:*) break ;; esac; done < /proc/meminfo
printf '%s\\n' "$answer"`,
  },
  everyMs: 2_000,
  parse: ({ stdout }, { previous }) => {
    const lines = stdout.split('\n', 10);
    const averages = numbers(lines[0], 0, 3);
    const uptime = numbers(lines[1], 0, 1);
    const cpuJiffies = jiffies(lines[2]);
    const memory = memoryBytes(lines);
    const [load1, load5, load15] = averages;
    const uptimeSec = uptime[0];
    if (load1 === undefined || load5 === undefined || load15 === undefined || uptimeSec === undefined) {
      throw new ParseError('load', 1, stdout);
    }
    const cpuBusyRatio = busySince(previous?.value, cpuJiffies, uptimeSec);
    const value: Load = { load1, load5, load15, uptimeSec, cpuJiffies, ...memory };
    return fact(cpuBusyRatio === undefined ? value : { ...value, cpuBusyRatio });
  },
} satisfies Probe<'load'>;

/** Up to `count` numbers of a line, from word `from` on; stops at the first that is none. */
function numbers(line: string | undefined, from: number, count: number): readonly number[] {
  if (line === undefined || line.length > 400) return [];
  const words = line.split(' ', from + count);
  const found: number[] = [];
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? '';
    const value = Number(word);
    if (word === '' || !(value >= 0 && value <= 2 ** 63)) break;
    found.push(value);
  }
  return found;
}

/** `cpu  7664 0 4259 278394 2057 0 76 244 0 0`: user nice system idle iowait irq softirq steal; guest time is within user. */
function jiffies(line: string | undefined): Load['cpuJiffies'] {
  const times = line?.startsWith('cpu  ') ? numbers(line, 2, 8) : [];
  if (times.length < 4) throw new ParseError('load', 3, line ?? '');
  const total = times.reduce((sum, time) => sum + time, 0);
  return { busy: total - (times[3] ?? 0) - (times[4] ?? 0), total };
}

/** Kernels before 3.14 have no MemAvailable; free, buffers and cache is what free(1) showed for them. */
function memoryBytes(lines: readonly string[]): Pick<Load, 'memoryTotalBytes' | 'memoryAvailableBytes'> {
  let total: number | undefined;
  let available: number | undefined;
  let reclaimable = 0;
  for (let at = 3; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const value = kibibytes(line);
    if (value === undefined) continue;
    if (line.startsWith('MemTotal:')) total = value;
    else if (line.startsWith('MemAvailable:')) available = value;
    else if (/^(?:MemFree|Buffers|Cached):/.test(line)) reclaimable += value;
  }
  if (total === undefined) throw new ParseError('load', 4, lines[3] ?? '');
  return { memoryTotalBytes: total, memoryAvailableBytes: Math.min(available ?? reclaimable, total) };
}

function kibibytes(line: string): number | undefined {
  if (!line.endsWith(' kB')) return undefined;
  const value = Number(line.slice(line.indexOf(':') + 1, -3));
  return value >= 0 && value <= 2 ** 53 ? value * 1_024 : undefined;
}

/** Undefined at the first answer, after a reboot, and when no time passed. iowait may run backwards, hence the clamp. */
function busySince(before: Load | undefined, now: Load['cpuJiffies'], uptimeSec: number): number | undefined {
  if (before === undefined || uptimeSec < before.uptimeSec) return undefined;
  const total = now.total - before.cpuJiffies.total;
  if (total <= 0) return undefined;
  return Math.min(1, Math.max(0, (now.busy - before.cpuJiffies.busy) / total));
}
