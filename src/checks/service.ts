import type { Check, ServiceState } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { absolutePath } from '../model/ids.ts';
import { failedInWords, nonEmptyLines, section, sections, wholeNumber } from '../probes/text.ts';

const NAME = 'service';

/** Lines of the unit's journal that are kept, and characters of each. */
const LINES = 20;
const LINE_CHARACTERS = 500;

/**
 * One unit of any kind: `== show` with `Key=value` lines of systemctl(1), `== needed` with the names of active units that require or want
 * it, and last, because it may hold anything, `== journal` with the end of its log.
 */
export const service = {
  name: NAME,
  // journalctl(1) and a systemctl(1) for each unit that needs it: a node on a machine with thirty times its work had not answered after 10 s.
  deadlineMs: 20_000,
  sh: `
command -v systemctl >/dev/null 2>&1 || { echo '== none'; exit 0; }
shown=$(systemctl --no-pager show -p LoadState,ActiveState,SubState,Result,UnitFileState,KillMode,MainPID,InvocationID,NeedDaemonReload,Description,FragmentPath -- "$1" 2>&1)
printf '== show %s\\n%s\\n== needed\\n' "$?" "$shown"
systemctl --no-pager show --value -p RequiredBy -p WantedBy -p BoundBy -- "$1" 2>/dev/null | tr ' ' '\\n' | sort -u | head -n 50 |
while read -r unit; do [ -z "$unit" ] || ! systemctl is-active --quiet -- "$unit" 2>/dev/null || printf '%s\\n' "$unit"; done
echo '== journal'
\${sudo-} journalctl --no-pager -q -o cat -n ${LINES} -u "$1" 2>/dev/null | cut -c 1-${LINE_CHARACTERS}
:`,
  parse: ({ stdout, exitCode }): ServiceState => {
    const parts = sections(stdout);
    if (section(parts, 'none') !== undefined) throw new ParseError(NAME, 1, '', 'no systemd on this node');
    const shown = section(parts, 'show');
    if (shown === undefined) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    if (!/^(?:0|$)/.test(shown.rest)) throw failedInWords(NAME, shown.text, `systemctl ended with ${shown.rest}`);
    const values = new Map(
      nonEmptyLines(shown.text).flatMap((line): readonly (readonly [string, string])[] => {
        const at = line.indexOf('=');
        return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
      }),
    );
    const value = (key: string): string => (values.get(key) ?? '').slice(0, LINE_CHARACTERS);
    if (value('LoadState') === '' || value('ActiveState') === '') throw new ParseError(NAME, shown.line, shown.text);
    const path = value('FragmentPath');
    return {
      load: value('LoadState'),
      active: value('ActiveState'),
      sub: value('SubState'),
      result: value('Result'),
      fileState: value('UnitFileState'),
      killMode: value('KillMode'),
      mainPid: wholeNumber(value('MainPID')) ?? 0,
      invocationId: value('InvocationID'),
      isStale: value('NeedDaemonReload') === 'yes',
      description: value('Description'),
      lastLines: journalOf(stdout),
      neededBy: nonEmptyLines(section(parts, 'needed')?.text ?? '').slice(0, 50),
      ...(path.startsWith('/') && !path.includes('\0') ? { fragmentPath: absolutePath(path) } : {}),
    };
  },
} satisfies Check<'service'>;

/** Everything after the first such line: a log may hold lines that look like ours. */
function journalOf(stdout: string): readonly string[] {
  const mark = '\n== journal\n';
  const at = stdout.indexOf(mark);
  return at < 0
    ? []
    : nonEmptyLines(stdout.slice(at + mark.length))
        .slice(-LINES)
        .map((line) => line.slice(0, LINE_CHARACTERS));
}
