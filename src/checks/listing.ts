import { Buffer } from 'node:buffer';
import type { Content, Contents } from '../model/contents.ts';
import { ParseError } from '../model/errors.ts';
import type { Answer } from '../model/probe.ts';
import { failedInWords, nonEmptyLines, present, section, sections, wholeNumber } from '../probes/text.ts';
import { kindOf } from './file.ts';

/** Entries a directory is asked for; the rest is counted. */
const MOST = 2_000;

/** Seconds that measuring may take together; what comes after is told without size and age, and so is left alone. */
const MEASURE_SEC = 90;

/**
 * What lies directly in `$1`, not followed where it is a link: `== folder 64768:131 1048576` (identity, free KiB) with the real path below it, then
 * `== entries` with `81a4 64768:132 12582912 1700000000 root name` each, the name with every odd byte as `\0ooo`; `-` for what was not
 * measured; last `== untold 3`. A directory is measured by one walk of find(1) on its own filesystem: blocks of each file once,
 * and the newest change. stat(1) never prints a name, so nothing in a tree can look like an answer.
 */
export const listingSh = (measures: boolean): string => `
\${sudo-} sh -c '
export LC_ALL=C
if ! words=$(stat -c %F -- "$1" 2>&1); then printf "== error\\n%s\\n" "$words"; exit 0; fi
case $words in *link*) printf "== error\\n%s is a link to %s\\n" "$1" "$(readlink -- "$1")"; exit 0 ;; esac
cd -P -- "$1" 2>/dev/null || { printf "== error\\n%s is a %s, not to be entered\\n" "$1" "$words"; exit 0; }
free=$(df -Pk . 2>/dev/null | awk "END { print \\$4 }")
printf "== folder %s %s\\n%s\\n== entries\\n" "$(stat -c %d:%i .)" "\${free:--}" "$(pwd -P)"
left=${MOST} untold=0
read -r now rest </proc/uptime
end=$((\${now%%.*} + ${MEASURE_SEC}))
measure() {
  read -r now rest </proc/uptime
  now=\${now%%.*}
  [ "$now" -lt "$end" ] || return 0
  limit=
  ! command -v timeout >/dev/null || limit="timeout $((end - now))"
  $limit find "./$name" -xdev -exec stat -c "%Y %b %h %d:%i" {} + 2>/dev/null | awk "
    \\$1 > newest { newest = \\$1 }
    \\$3 < 2 || !seen[\\$4]++ { blocks += \\$2 }
    END { if (NR) printf \\"%.0f %.0f\\", blocks * 512, newest }"
  read -r now rest </proc/uptime
  [ "\${now%%.*}" -lt "$end" ] || printf " late"
}
for name in * .[!.]* ..?*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  [ "$left" -gt 0 ] || { untold=$((untold + 1)); continue; }
  line=$(stat -c "%f %d:%i %b %Y %U" -- "./$name") || continue
  left=$((left - 1))
  head=\${line%% *} line=\${line#* }
  id=\${line%% *} line=\${line#* }
  blocks=\${line%% *} line=\${line#* }
  sizes="$((blocks * 512)) \${line%% *}" owner=\${line#* }
  if [ -d "$name" ] && [ ! -L "$name" ]; then
    sizes=${measures ? '$(measure)' : ''}
    case $sizes in "" | *late) sizes="- -" ;; esac
  fi
  case $name in *[!A-Za-z0-9_.,:=@%+-]*)
    name=$(printf %s "$name" | od -An -v -to1 | tr -d "\\n" | sed "s/ /\\\\\\\\0/g") ;;
  esac
  printf "%s %s %s %s %s\\n" "$head" "$id" "$sizes" "\${owner%% *}" "$name"
done
printf "== untold %s\\n" "$untold"' muster "$1"`;

/** Reads what that printed. */
export function parseListing(check: string, { stdout, exitCode }: Answer): Contents {
  const parts = sections(stdout);
  const error = section(parts, 'error')?.text;
  if (error !== undefined) {
    if (/No such file or directory/.test(error)) return { kind: 'none' };
    if (/ is a (link|\w+).*\n?$/.test(error)) return { kind: 'other', because: error.trim().slice(0, 300) };
    throw failedInWords(check, error, 'stat said nothing');
  }
  const [folder, listed] = [section(parts, 'folder'), section(parts, 'entries')];
  const untold = section(parts, 'untold');
  if (folder === undefined || listed === undefined || untold === undefined)
    throw failedInWords(check, stdout, `the question ended with exit code ${exitCode}`);
  const [id = '', free = ''] = folder.rest.split(' ');
  const path = folder.text.replace(/\n$/, '');
  const more = wholeNumber(untold.rest);
  if (!isId(id) || !path.startsWith('/') || more === undefined) throw new ParseError(check, folder.line, folder.rest);
  const lines = nonEmptyLines(listed.text).slice(0, MOST);
  const entries = lines.map((line, index) => parseEntry(check, line, listed.line + index));
  const freeKib = wholeNumber(free);
  return {
    kind: 'directory',
    id,
    path,
    ...present<{ freeBytes?: number }>({ freeBytes: freeKib === undefined ? undefined : freeKib * 1_024 }),
    entries: entries.filter((entry) => entry !== undefined),
    untold: more + entries.filter((entry) => entry === undefined).length,
  };
}

const isId = (text: string): boolean => /^\d{1,20}:\d{1,20}$/.test(text);

/** Undefined for a name that is no text. */
function parseEntry(check: string, line: string, number: number): Content | undefined {
  const [, raw = '', id = '', size = '', seconds = '', owner = '', coded = ''] =
    /^([0-9a-f]{1,8}) (\d{1,20}:\d{1,20}) (\d{1,20}|-) (\d{1,20}|-) (\S{1,256}) (\S{1,2048})$/.exec(line) ?? [];
  if (coded === '') throw new ParseError(check, number, line);
  const bytes = Buffer.from(
    coded.replaceAll(/\\0([0-3][0-7]{2})/g, (_whole, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    'latin1',
  );
  const name = bytes.toString('utf8');
  if (!Buffer.from(name, 'utf8').equals(bytes)) return undefined;
  if (name === '.' || name === '..' || /[/\0]/.test(name)) throw new ParseError(check, number, line);
  const bits = Number.parseInt(raw, 16);
  const [sizeBytes, modified] = [wholeNumber(size), wholeNumber(seconds)];
  return {
    name,
    id,
    kind: kindOf(bits),
    mode: (bits & 0o7777).toString(8).padStart(4, '0'),
    owner,
    ...present<{ sizeBytes?: number; modifiedAtMs?: number }>({
      sizeBytes,
      modifiedAtMs: modified === undefined ? undefined : modified * 1_000,
    }),
  };
}
