import type { Check } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import type { GpuHolder } from '../model/gpu-state.ts';
import { containerOf, failedInWords, MAX_ROWS, nonEmptyLines, section, sections, wholeNumber } from '../probes/text.ts';

const NAME = 'gpuHolders';

/**
 * Who has a device of the NVIDIA driver open, in whatever container: `== holders` and `pid user nvidia0,nvidiactl command` each, then
 * `== cgroup PID` and its cgroup file. Read from /proc alone, so that a driver that hangs holds nothing up. The target is `all`.
 */
export const gpuHolders = {
  name: NAME,
  deadlineMs: 15_000,
  sh: `
[ -n "\${sudo-}" ] || [ "$(id -u)" = 0 ] || { echo '== refused'; exit 0; }
held=$(\${sudo-} sh -c 'LC_ALL=C ls -l /proc/[0-9]*/fd' 2>/dev/null | awk '
/^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
{ at = index($0, " -> /dev/nvidia"); if (!at) next
  name = substr($0, at + 9); sub(/ .*/, "", name)
  if (!seen[pid, name]++) list[pid] = list[pid] (list[pid] == "" ? "" : ",") name }
END { for (pid in list) print pid, list[pid] }' | sort -n | head -n 500)
echo '== holders'
printf '%s\\n' "$held" | while read -r pid devices; do
  [ -n "$pid" ] || continue
  command=$(tr '\\000\\n' '  ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-300)
  [ -n "$command" ] || { read -r command <"/proc/$pid/comm"; } 2>/dev/null || continue
  printf '%s %s %s %s\\n' "$pid" "$(stat -c %U "/proc/$pid" 2>/dev/null || echo '?')" "$devices" "$command"
done
printf '%s\\n' "$held" | while read -r pid devices; do
  [ -n "$pid" ] && [ -r "/proc/$pid/cgroup" ] && printf '== cgroup %s\\n' "$pid" && head -c 4000 "/proc/$pid/cgroup" && echo
done 2>/dev/null
:`,
  parse: ({ stdout, exitCode }): readonly GpuHolder[] => {
    const parts = sections(stdout);
    if (section(parts, 'refused') !== undefined)
      throw new ParseError(NAME, 1, '', 'only root sees what other users have open, and root is refused');
    const listed = section(parts, 'holders');
    if (listed === undefined) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    const containers = new Map(
      parts.flatMap(({ name, rest, text }) => {
        const id = name === 'cgroup' ? containerOf(text) : undefined;
        return id === undefined ? [] : [[rest, id] as const];
      }),
    );
    return nonEmptyLines(listed.text)
      .slice(0, MAX_ROWS)
      .map((line, index) => parseHolder(line, listed.line + index, containers));
  },
} satisfies Check<'gpuHolders'>;

function parseHolder(line: string, number: number, containers: ReadonlyMap<string, string>): GpuHolder {
  const [, pid = '', user = '', devices = '', command = ''] =
    /^(\d{1,10}) (\S{1,256}) ([a-z0-9/,-]{1,1000}) (.{1,1024})/.exec(line) ?? [];
  const id = wholeNumber(pid);
  if (id === undefined || command === '') throw new ParseError(NAME, number, line);
  const container = containers.get(pid);
  return {
    pid: id,
    user,
    devices: devices.split(','),
    command: command.trim(),
    ...(container === undefined ? {} : { container }),
  };
}
