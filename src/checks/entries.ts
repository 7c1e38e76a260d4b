import type { Check, DirectoryEntry } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { failedInWords, MAX_ROWS, nonEmptyLines, section, sections, wholeNumber } from '../probes/text.ts';
import { kindOf } from './file.ts';

const NAME = 'entries';

/** Entries a directory is asked for; each directory among them costs a walk of du(1). */
const MOST = 2_000;

/**
 * What lies directly in a directory: `== entries`, then a line `81a4 612 1700000000 root name` each; a directory's size is that of all below
 * it on the same filesystem, after `du `. Names with control characters are left out: nothing may be deleted by such a name.
 */
export const entries = {
  name: NAME,
  deadlineMs: 60_000,
  sh: `
\${sudo-} sh -c '
export LC_ALL=C
if ! words=$(stat -c %F -- "$1" 2>&1); then printf "== error\\n%s\\n" "$words"; exit 0; fi
cd -- "$1" 2>/dev/null || { printf "== error\\n%s, not to be entered\\n" "$words"; exit 0; }
echo "== entries"
left=${MOST}
for name in * .[!.]* ..?*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  case $name in *[[:cntrl:]]*) continue ;; esac
  [ "$left" -gt 0 ] || break
  left=$((left - 1))
  line=$(stat -c "%f %s %Y %U" -- "./$name") || continue
  if [ -d "$name" ] && [ ! -L "$name" ]; then
    kib=$(du -skx -- "./$name" 2>/dev/null)
    line="\${line%% *} $((\${kib%%[!0-9]*} * 1024)) \${line#* * }"
  fi
  printf "%s %s\\n" "$line" "$name"
done' muster "$1"`,
  parse: ({ stdout, exitCode }): readonly DirectoryEntry[] => {
    const parts = sections(stdout);
    const listed = section(parts, 'entries');
    const error = section(parts, 'error')?.text;
    if (error !== undefined && /No such file or directory/.test(error)) return [];
    if (error !== undefined || listed === undefined)
      throw failedInWords(NAME, error ?? stdout, `the question ended with exit code ${exitCode}`);
    return nonEmptyLines(listed.text)
      .slice(0, MAX_ROWS)
      .map((line, index) => parseEntry(line, listed.line + index));
  },
} satisfies Check<'entries'>;

function parseEntry(line: string, number: number): DirectoryEntry {
  const [, raw = '', size = '', seconds = '', owner = '', name = ''] =
    /^([0-9a-f]{1,8}) (\d{1,20}) (\d{1,20}) (\S{1,256}) ([^/]{1,1024})$/.exec(line) ?? [];
  const [sizeBytes, modified] = [size, seconds].map(wholeNumber);
  if (sizeBytes === undefined || modified === undefined || name === '' || name === '.' || name === '..')
    throw new ParseError(NAME, number, line);
  return { name, kind: kindOf(Number.parseInt(raw, 16)), sizeBytes, modifiedAtMs: modified * 1_000, owner };
}
