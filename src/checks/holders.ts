import type { Check } from '../model/check.ts';
import type { Holder } from '../model/contents.ts';
import { ParseError } from '../model/errors.ts';
import { FIND_HOLDERS, READ_COMMAND } from '../model/find-users.ts';
import { failedInWords, MAX_ROWS, nonEmptyLines, section, sections, wholeNumber } from '../probes/text.ts';

const NAME = 'holders';

/**
 * Who has which entry of a directory open, or something below it: `== holders`, then the entry on a line and `> pid user command` below it. Read from /proc alone,
 * as for `users`; a name is always followed by its line, so one that looks like that line is none.
 */
export const holders = {
  name: NAME,
  deadlineMs: 30_000,
  sh: `
[ -n "\${sudo-}" ] || [ "$(id -u)" = 0 ] || { echo '== refused'; exit 0; }
echo '== holders'
${FIND_HOLDERS} | LC_ALL=C sort -u | head -n 2000 | while read -r pid name; do
  case $pid in '' | *[!0-9]*) continue ;; esac
  [ -n "$name" ] || name=.
  ${READ_COMMAND}
  printf '%s\\n> %s %s %s\\n' "$name" "$pid" "$(stat -c %U "/proc/$pid" 2>/dev/null || echo '?')" "$command"
done`,
  parse: ({ stdout, exitCode }): readonly Holder[] => {
    const parts = sections(stdout);
    if (section(parts, 'refused') !== undefined)
      throw new ParseError(NAME, 1, '', 'only root sees what other users have open, and root is refused');
    const at = stdout.indexOf('== holders\n');
    if (at < 0) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    const lines = nonEmptyLines(stdout.slice(at + '== holders\n'.length)).slice(0, 2 * MAX_ROWS);
    return lines.flatMap((name, index): readonly Holder[] => {
      if (index % 2 === 1) return [];
      return [parseHolder(name, lines[index + 1] ?? '', index + 3)];
    });
  },
} satisfies Check<'holders'>;

function parseHolder(name: string, line: string, number: number): Holder {
  const [, pid = '', user = '', command = ''] = /^> (\d{1,10}) (\S{1,256}) ?(.{0,1024})/.exec(line) ?? [];
  const id = wholeNumber(pid);
  if (id === undefined || user === '') throw new ParseError(NAME, number, line);
  return { pid: id, user, command, name };
}
