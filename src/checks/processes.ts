import type { Check, RunningProcess } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { READ_COMMAND } from '../model/find-users.ts';
import { failedInWords, MAX_ROWS, nonEmptyLines, section, sections, wholeNumber } from '../probes/text.ts';

const NAME = 'processes';

/**
 * Processes whose command line holds the pattern `$1` (with `*` and `?`): `== processes`, then `pid start-ticks age-seconds user group command` each. Threads
 * of the kernel, process 1 and those that have ended already are none.
 */
export const processes = {
  name: NAME,
  deadlineMs: 30_000,
  sh: `
echo '== processes'
pattern=$1
read -r up rest </proc/uptime
tick=$(getconf CLK_TCK 2>/dev/null || echo 100)
for dir in /proc/[0-9]*; do
  pid=\${dir#/proc/}
  { read -r stat <"$dir/stat"; } 2>/dev/null || continue
  set -- \${stat##*) }
  case \${20-} in '' | *[!0-9]*) continue ;; esac
  start=\${20}
  [ "$1" != Z ] && [ "$2" != 2 ] && [ "$pid" -gt 2 ] || continue
  ${READ_COMMAND}
  case $command in *$pattern*) ;; *) continue ;; esac
  group=
  { while IFS=: read -r number kind path; do case $number:$kind in 0:* | *:name=systemd) group=$path ;; esac; done <"$dir/cgroup"; } 2>/dev/null
  printf '%s %s %s %s %s %s\\n' "$pid" "$start" "$((\${up%%.*} - start / tick))" "$(stat -c %U "$dir" 2>/dev/null || echo '?')" "/\${group#/}" "$command"
done | head -n 2000`,
  parse: ({ stdout, exitCode }): readonly RunningProcess[] => {
    const listed = section(sections(stdout), 'processes');
    if (listed === undefined) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    return nonEmptyLines(listed.text)
      .slice(0, MAX_ROWS)
      .map((line, index) => parseProcess(line, listed.line + index));
  },
} satisfies Check<'processes'>;

function parseProcess(line: string, number: number): RunningProcess {
  const [, ...figures] = /^(\d{1,10}) (\d{1,20}) (-?\d{1,20}) (\S{1,256}) (\/\S{0,1024}) ?(.{0,1024})/.exec(line) ?? [];
  const [first = '', start = '', age = '', user = '', group = '', command = ''] = figures;
  const [pid, startTicks] = [wholeNumber(first), wholeNumber(start)];
  if (pid === undefined || startTicks === undefined) throw new ParseError(NAME, number, line);
  return { pid, startTicks, ageMs: Math.max(0, Number(age)) * 1_000, user, group, command };
}
