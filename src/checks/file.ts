import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Check, FileState } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { failedInWords, nonEmptyLines, present, section, sections, wholeNumber } from '../probes/text.ts';

const NAME = 'file';

/** Larger files are told by their checksum alone. */
const TEXT_BYTES = 65_536;
/** Of larger files not even the checksum: reading them would take longer than the question may. */
const SUM_BYTES = 67_108_864;

/**
 * One path, not followed where it is a link: `== stat`, a line `81a4 0 0 612 1700000000 root root` of stat(1), then `== sum` and the
 * base64 `== text` of a regular file, so that what is edited is exactly what is there; or `== error` and stat's own words.
 */
export const file = {
  name: NAME,
  deadlineMs: 10_000,
  sh: `
\${sudo-} sh -c '
export LC_ALL=C
if ! words=$(stat -c "%f %u %g %s %Y %U %G" -- "$1" 2>&1); then printf "== error\\n%s\\n" "$words"; exit 0; fi
printf "== stat\\n%s\\n" "$words"
if [ -L "$1" ]; then printf "== link\\n"; readlink -- "$1"; exit 0; fi
[ -f "$1" ] || exit 0
size=\${words#* * * } size=\${size%% *}
[ "$size" -le ${SUM_BYTES} ] || exit 0
sum=$(sha256sum <"$1") || exit 0
printf "== sum\\n%s\\n" "$sum"
[ "$size" -gt ${TEXT_BYTES} ] || { printf "== text\\n"; base64 <"$1"; }
' muster "$1"`,
  parse: ({ stdout, exitCode }): FileState => {
    const parts = sections(stdout);
    const error = section(parts, 'error')?.text;
    if (error !== undefined) {
      if (/No such file or directory|Not a directory/.test(error)) return { kind: 'none' };
      throw failedInWords(NAME, error, 'stat said nothing');
    }
    const stat = section(parts, 'stat');
    if (stat === undefined) throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    const state = stated(stat.text, stat.line);
    const sum = /^[0-9a-f]{64}\b/.exec(section(parts, 'sum')?.text ?? '')?.[0];
    const linkTo = section(parts, 'link')?.text.replace(/\n$/, '');
    return {
      ...state,
      ...present<{ sha256?: string; text?: string; linkTo?: string }>({
        sha256: sum,
        text: textOf(section(parts, 'text')?.text, sum),
        linkTo: linkTo === undefined || linkTo === '' ? undefined : linkTo,
      }),
    };
  },
} satisfies Check<'file'>;

function stated(text: string, line: number): Exclude<FileState, { kind: 'none' }> {
  const [raw = '', uid = '', gid = '', size = '', seconds = '', owner = '', group = ''] = text.trim().split(' ', 7);
  const bits = /^[0-9a-f]{1,8}$/.test(raw) ? Number.parseInt(raw, 16) : undefined;
  const [user, team, sizeBytes, modified] = [uid, gid, size, seconds].map(wholeNumber);
  if (bits === undefined || user === undefined || team === undefined || owner === '' || group === '')
    throw new ParseError(NAME, line, text);
  if (sizeBytes === undefined || modified === undefined) throw new ParseError(NAME, line, text);
  return {
    kind: kindOf(bits),
    uid: user,
    gid: team,
    owner,
    group,
    mode: (bits & 0o7777).toString(8).padStart(4, '0'),
    sizeBytes,
    modifiedAtMs: modified * 1_000,
  };
}

/** The type bits of inode(7). */
export function kindOf(bits: number): 'file' | 'directory' | 'link' | 'other' {
  switch (bits & 0o170000) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'directory';
    case 0o120000:
      return 'link';
    default:
      return 'other';
  }
}

/** Undefined for what is no text, and for an answer that does not have the checksum of the file: it changed between two reads. */
function textOf(encoded: string | undefined, sum: string | undefined): string | undefined {
  if (encoded === undefined || sum === undefined) return undefined;
  const bytes = Buffer.from(nonEmptyLines(encoded).join(''), 'base64');
  if (createHash('sha256').update(bytes).digest('hex') !== sum) return undefined;
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) && !text.includes('\0') ? text : undefined;
}
