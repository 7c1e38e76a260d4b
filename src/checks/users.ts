import type { Check, PathUser } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { FIND_USERS, READ_COMMAND } from '../model/find-users.ts';
import { failedInWords, MAX_ROWS, nonEmptyLines, section, sections, wholeNumber } from '../probes/text.ts';

const NAME = 'users';

/**
 * Who has something open at or below a mount point: `== users`, then `pid user command` each. Read from /proc alone: fuser(1) and lsof(8)
 * ask the filesystem itself, which a hung one never answers. Not even the command line of a process in uninterruptible sleep is read.
 */
export const users = {
  name: NAME,
  deadlineMs: 15_000,
  sh: `
[ -n "\${sudo-}" ] || [ "$(id -u)" = 0 ] || { echo '== refused'; exit 0; }
echo '== users'
${FIND_USERS} | sort -un | while read -r pid; do
  ${READ_COMMAND}
  printf '%s %s %s\\n' "$pid" "$(stat -c %U "/proc/$pid" 2>/dev/null || echo '?')" "$command"
done`,
  parse: ({ stdout, exitCode }): readonly PathUser[] => {
    const parts = sections(stdout);
    if (section(parts, 'refused') !== undefined)
      throw new ParseError(NAME, 1, '', 'only root sees what other users have open, and root is refused');
    const listed = section(parts, 'users');
    if (listed === undefined) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    return nonEmptyLines(listed.text)
      .slice(0, MAX_ROWS)
      .map((line, index) => parseUser(line, listed.line + index));
  },
} satisfies Check<'users'>;

function parseUser(line: string, number: number): PathUser {
  const [, pid = '', user = '', command = ''] = /^(\d{1,10}) (\S{1,256}) ?(.{0,1024})/.exec(line) ?? [];
  const id = wholeNumber(pid);
  if (id === undefined || user === '') throw new ParseError(NAME, number, line);
  return { pid: id, user, command };
}
