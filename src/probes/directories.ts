import { askedAt, type DirectoryState, directoryTargets, type OwnerId } from '../model/directories.ts';
import { ParseError } from '../model/errors.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import { present, wholeNumber } from './text.ts';

const NAME = 'directories';

/**
 * Owner and mode of the directories that the inventory wishes on a mounted volume. `$1` is the mount point, the same as mountinfo writes
 * it, then a line for each thing to look at; the answer has a line for each: `d 0 0 1777 directory`, `d link`, `d error WORDS`, `u 1000`.
 * The mount table is read again just before, links are not followed, and one child looks at one mount: what hangs there hangs alone.
 */
export const directories = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 5_000,
    sh: `
nl='
'
rest=$1$nl
at=\${rest%%"$nl"*} rest=\${rest#*"$nl"}
written=\${rest%%"$nl"*} rest=\${rest#*"$nl"}
kind=
while read -r id parent device root where more; do
  [ "$where" != "$written" ] || kind=\${more#* - }
done < /proc/self/mountinfo
look() {
  below=\${1#"\${at%/}"} path=\${at%/}
  while [ -n "\${below#/}" ]; do
    below=\${below#/} path=$path/\${below%%/*}
    [ ! -L "$path" ] || { echo 'd link'; return; }
    case $below in */*) below=/\${below#*/} ;; *) below= ;; esac
  done
  words=$(stat -c '%u %g %a %F' -- "$1" 2>&1) ||
    { [ -n "\${sudo-}" ] && words=$($sudo stat -c '%u %g %a %F' -- "$1" 2>&1); } || words="error $words"
  printf 'd %s\\n' "\${words%%"$nl"*}"
}
group() {
  getent group -- "$1" 2>/dev/null | { IFS=: read -r name password number members && echo "$number"; } && return
  while IFS=: read -r name password number members; do [ "$name" != "$1" ] || echo "$number"; done < /etc/group
}
case $kind in
  '' | 'autofs '*) echo 'not mounted' ;;
  *) while [ -n "$rest" ]; do
    line=\${rest%%"$nl"*} rest=\${rest#*"$nl"}
    case $line in
      'd '*) look "\${line#d }" ;;
      'u '*) printf 'u %s\\n' "$(id -u -- "\${line#u }" 2>/dev/null)" ;;
      'g '*) printf 'g %s\\n' "$(group "\${line#g }" 2>/dev/null)" ;;
    esac
  done ;;
esac`,
  },
  everyMs: 60_000,
  targets: (facts, wished) => (wished.length === 0 ? [] : directoryTargets(facts.mounts ?? [], wished)),
  targetName: (target) => askedAt(target).target,
  parse: ({ stdout }, { target = '' }) => {
    const asked = askedAt(target);
    const lines = stdout.split('\n').slice(0, -1);
    if (lines[0] === 'not mounted') return absent(`nothing is mounted at ${asked.target}`);
    if (lines.length !== asked.lines.length) throw new ParseError(NAME, 1, stdout);
    const found: DirectoryState[] = [];
    const owners: OwnerId[] = [];
    for (const [index, { kind, name }] of asked.lines.entries()) {
      const line = lines[index] ?? '';
      if (!line.startsWith(`${kind.charAt(0)} `)) throw new ParseError(NAME, index + 1, line);
      if (kind === 'directory') found.push(directoryOf(name, line, index));
      else owners.push({ kind, name, ...present<{ id: number }>({ id: idIn(line.slice(2)) }) });
    }
    return fact({ target: asked.target, directories: found, owners });
  },
} satisfies Probe<'directories'>;

/** Words of a node kept of an error. */
const WORDS_KEPT = 200;

function directoryOf(path: string, line: string, index: number): DirectoryState {
  if (line === 'd link')
    return { path, problem: 'a symbolic link stands in its place or above it, which is not followed' };
  if (line.startsWith('d error ')) return { path, problem: errorOf(line.slice(8)) };
  const [, owner = '', group = '', mode = '', kind = ''] =
    /^d (\d{1,10}) (\d{1,10}) ([0-7]{1,5}) ([a-z ]{1,40})$/.exec(line) ?? [];
  const uid = idIn(owner);
  const gid = idIn(group);
  if (uid === undefined || gid === undefined || kind === '') throw new ParseError(NAME, index + 1, line);
  return { path, uid, gid, mode: mode.padStart(4, '0'), kind };
}

/** A user or group number: 32 bits. */
function idIn(text: string): number | undefined {
  const id = wholeNumber(text);
  return id !== undefined && id < 2 ** 32 ? id : undefined;
}

/** `stat: cannot statx '/data/x': No such file or directory` -> `No such file or directory`. */
function errorOf(words: string): string {
  const quote = words.lastIndexOf("': ");
  return (quote < 0 ? words : words.slice(quote + 3)).slice(0, WORDS_KEPT) || 'stat gave no reason';
}
