import type { GpuProcess } from '../model/facts.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import {
  containerOf,
  exitCodeOf,
  failedInWords,
  MAX_ROWS,
  nonEmptyLines,
  nothing,
  podUidOf,
  present,
  section,
  sections,
  wholeNumber,
} from './text.ts';

const NAME = 'gpuProcesses';

/**
 * Processes that hold GPU memory: `== apps CODE` with the CSV `uuid, pid, name, MiB` of nvidia-smi, then `== ps` with a line
 * `pid user seconds args…` for each that /proc still shows, and `== cgroup PID` with its cgroup file.
 */
export const gpuProcesses = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 15_000,
    // Start times in /proc/PID/stat are in hundredths of a second on every architecture NVIDIA ships for.
    early: 'lacks nvidia-smi',
    sh: `
if command -v nvidia-smi >/dev/null 2>&1; then
  apps=$(nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv,noheader,nounits 2>&1 </dev/null)
  printf '== apps %s\\n%s\\n== ps\\n' "$?" "$apps"
  pids=$(printf '%s\\n' "$apps" | sed -n 's/^[A-Za-z]*-[^,]*, \\([0-9]*\\), .*/\\1/p' | sort -un | head -n 500)
  read -r now rest < /proc/uptime
  for pid in $pids; do
    read -r line < "/proc/$pid/stat" || continue
    set -- \${line##*) }
    shift 19
    printf '%s %s %s ' "$pid" "$(stat -c %U "/proc/$pid" || echo '?')" "$(( \${now%%.*} - $1 / 100 ))"
    tr '\\000\\n' '  ' < "/proc/$pid/cmdline" | head -c 1000
    echo
  done 2>/dev/null
  for pid in $pids; do
    [ -r "/proc/$pid/cgroup" ] && printf '== cgroup %s\\n' "$pid" && head -c 4000 "/proc/$pid/cgroup" && echo
  done 2>/dev/null
  :
fi`,
  },
  everyMs: 10_000,
  parse: ({ stdout, exitCode }) => {
    const parts = sections(stdout);
    const apps = section(parts, 'apps');
    if (apps === undefined) return nothing(NAME, exitCode, 'no nvidia-smi on this node');
    const lines = nonEmptyLines(apps.text).slice(0, MAX_ROWS);
    if (/^No devices were found/i.test(lines[0] ?? '')) return absent('the driver finds no GPU on this node');
    const code = exitCodeOf(apps);
    const rows = lines.flatMap((line) => parseApp(line));
    if (rows.length === 0 && (code !== 0 || lines.length > 0))
      throw failedInWords(NAME, lines.slice(0, 2).join('; '), `nvidia-smi ended with ${code}`);
    const people = new Map(
      nonEmptyLines(section(parts, 'ps')?.text ?? '')
        .slice(0, MAX_ROWS)
        .flatMap((line) => parseOwner(line)),
    );
    const places = new Map(
      parts.flatMap(({ name, rest, text }) =>
        name === 'cgroup'
          ? [[rest, present<Partial<GpuProcess>>({ container: containerOf(text), podUid: podUidOf(text) })] as const]
          : [],
      ),
    );
    return fact(
      rows.map(
        (row): GpuProcess => ({
          ...row,
          ...people.get(row.pid),
          ...places.get(String(row.pid)),
        }),
      ),
    );
  },
} satisfies Probe<'gpuProcesses'>;

/** `GPU-…, 5268, ffmpeg, 370`; only the name may hold a comma. */
function parseApp(line: string): readonly GpuProcess[] {
  const words = line.split(', ');
  const [gpuUuid = '', pidText = ''] = words;
  const pid = wholeNumber(pidText);
  const used = wholeNumber(words.at(-1) ?? '');
  if (words.length < 4 || pid === undefined || pid > 2 ** 31 || !/^(?:GPU|MIG)-[0-9A-Za-z/-]{1,120}$/.test(gpuUuid))
    return [];
  const memoryBytes = used === undefined || used > 2 ** 40 ? undefined : used * 1_048_576;
  return [
    {
      gpuUuid,
      pid,
      name: words.slice(2, -1).join(', ').slice(0, 1_000),
      ...present<Partial<GpuProcess>>({ memoryBytes }),
    },
  ];
}

/** `2165 alice 86400 python train.py` */
function parseOwner(line: string): readonly (readonly [number, Partial<GpuProcess>])[] {
  const [, pid, user, seconds, command = ''] = /^\s*(\d{1,10}) (\S{1,256}) +(\d{1,12})(?: (.*))?$/s.exec(line) ?? [];
  if (pid === undefined || user === undefined) return [];
  const text = command.trim().slice(0, 1_000);
  return [
    [
      Number(pid),
      present<Partial<GpuProcess>>({
        user: user === '?' ? undefined : user,
        command: text || undefined,
        startedSecAgo: wholeNumber(seconds ?? ''),
      }),
    ],
  ];
}
