import { Buffer } from 'node:buffer';
import { cmd, lasting } from '../model/command.ts';
import type { Condition, EntriesWish } from '../model/condition.ts';
import { absolutePath } from '../model/ids.ts';
import { neutralise } from '../model/neutralise.ts';
import type { Preview, Step } from '../model/plan.ts';
import { CHANGE, NO_UNDO } from './local-steps.ts';

/** A rename takes no time, but a server that is busy may take its own. */
const MOVE_MS = 300_000;
/** Deleting millions of small files from slow disks. */
const PURGE_MS = 6 * 3_600_000;

/**
 * What all scripts here begin with. `$1` directory, without links on the way; `$2` its identity; on standard input a line `NUMBER DEVICE:INODE NAME`
 * for each entry, odd bytes of the name as `\0ooo`. Everything happens relative to the directory once it was entered, so that nobody who may
 * rename a folder above it can turn it to another place. A mount anywhere in an entry stops it: what is mounted is somebody else's.
 */
const HEAD = `set -u
LC_ALL=C root=$1 id=$2
stop() { printf '%s\\n' "$1" >&2; exit 1; }
ident() { stat -c %d:%i -- "$1" 2>/dev/null; }
cd -P -- "$root" && [ "$(pwd -P)" = "$root" ] && [ "$(ident .)" = "$id" ] || stop "$root is another directory than the plan showed"
[ -r /proc/self/mountinfo ] || stop 'the mounts of the node cannot be read'
list=$(cat; echo x)
list=\${list%x}
is_mounted() {
  MUSTER_AT=\${root%/}/$1 awk '{
    at = $5; gsub(/\\\\040/, " ", at); gsub(/\\\\011/, "\\t", at); gsub(/\\\\012/, "\\n", at); gsub(/\\\\134/, "\\\\", at)
    if (at == ENVIRON["MUSTER_AT"] || index(at, ENVIRON["MUSTER_AT"] "/") == 1) found = 1
  } END { exit !found }' /proc/self/mountinfo
}
each() {
  while read -r number want coded; do
    name=$(printf '%bx' "$coded")
    name=\${name%x}
    case $number in '' | *[!0-9]*) stop 'the list did not arrive whole' ;; esac
    case $name in '' | . | .. | */*) stop "the list holds a name that is none: $name" ;; esac
    "$1"
  done <<END
\${list%?}
END
}
whole() { [ "$(stat -c %u:%a -- "./$1" 2>/dev/null)" = "$(id -u):700" ] && [ -d "./$1" ] && [ ! -L "./$1" ]; }
`;

/**
 * Moves entries into a folder of root's alone beside them. `$3` the folder. All are looked at before the first is moved, and each right before and
 * right after its own move; one that was replaced between the two goes back. The list stays in the folder as \`manifest\`.
 */
const SET_ASIDE = `${HEAD}trash=$3
look() {
  [ "$(ident "./$trash/$number")" = "$want" ] && return
  [ "$(ident "./$name")" = "$want" ] || stop "$root/$name is not what the plan showed; nothing was moved"
  ! is_mounted "$name" || stop "something is mounted in $root/$name; nothing was moved"
}
move() {
  [ "$(ident "./$trash/$number")" = "$want" ] && return
  [ "$(ident "./$name")" = "$want" ] || stop "$root/$name was replaced; it and what follows were left"
  [ ! -e "./$trash/$number" ] && [ ! -L "./$trash/$number" ] || stop "$root/$trash/$number is there already"
  mv -- "./$name" "./$trash/$number" || stop "$root/$name could not be moved"
  [ "$(ident "./$trash/$number")" = "$want" ] && return
  mv -n -- "./$trash/$number" "./$name"
  stop "$root/$name was replaced at the last moment; it and what follows were left"
}
each look
if [ -e "./$trash" ] || [ -L "./$trash" ]; then whole "$trash" || stop "$root/$trash is not root's alone"
else
  mkdir -- "./$trash" || stop "no folder can be made in $root; nothing was moved"
  # Of a directory whose group or list of rights is handed down, too.
  chmod u=rwx,go=,g-s -- "./$trash"
  whole "$trash" || { rmdir -- "./$trash"; stop "a folder in $root is not root's alone: clean up on the node that serves it; nothing was moved"; }
fi
if [ -e "./$trash/manifest" ]; then [ "$(cat -- "./$trash/manifest"; echo x)" = "\${list}x" ] || stop "$root/$trash is of another plan"
else
  # On the disk before anything moves: what was moved is known by it alone.
  { printf %s "$list" >"./$trash/new" && dd if=/dev/null of="./$trash/new" conv=notrunc,fsync 2>/dev/null && mv -- "./$trash/new" "./$trash/manifest"; } ||
    { rm -f -- "./$trash/new"; rmdir -- "./$trash"; stop "there is no room for a list in $root; nothing was moved"; }
fi
each move`;

/** Moves them back where their names are free, and takes the folder away when it is empty. */
const PUT_BACK = `${HEAD}trash=$3
whole "$trash" || stop "$root/$trash is not there, or not root's alone"
bad=
back() {
  [ "$(ident "./$trash/$number")" = "$want" ] || return 0
  if [ -e "./$name" ] || [ -L "./$name" ]; then printf '%s\\n' "$root/$name is there again; $root/$trash/$number stays" >&2; bad=1; return 0; fi
  mv -- "./$trash/$number" "./$name" || bad=1
}
each back
[ -z "$bad" ] || exit 1
for left in "./$trash"/[0-9]*; do [ ! -e "$left" ] && [ ! -L "$left" ] || exit 1; done
rm -f -- "./$trash/manifest"
rmdir -- "./$trash"`;

/**
 * Deletes folders of what was set aside, never into another filesystem. The list goes last, so that an end in the middle can be gone on with. `$3` is the
 * checksum of the list a folder must have, or nothing.
 */
const PURGE = `${HEAD}sum=$3
erase() {
  [ -e "./$name" ] || [ -L "./$name" ] || return 0
  case $name in .muster-trash-*) ;; *) stop "$root/$name is no folder of what was set aside" ;; esac
  whole "$name" || stop "$root/$name is not root's alone"
  [ "$want" = 0:0 ] || [ "$(ident "./$name")" = "$want" ] || stop "$root/$name is another one than the plan showed"
  [ -f "./$name/manifest" ] && [ ! -L "./$name/manifest" ] || stop "$root/$name has no list of what was set aside"
  [ -z "$sum" ] || [ "$(sha256sum <"./$name/manifest" | cut -d ' ' -f 1)" = "$sum" ] || stop "$root/$name is of another plan"
  ! is_mounted "$name" || stop "something is mounted in $root/$name; it stays"
  if rm --help 2>&1 | grep -q one-file-system; then rm -rf --one-file-system -- "./$name"/[0-9]*
  else
    find "./$name" -xdev -depth -path "./$name/[0-9]*" ! -type d -exec rm -f -- {} +
    find "./$name" -xdev -depth -path "./$name/[0-9]*" -type d -exec rmdir -- {} +
  fi
  for left in "./$name"/[0-9]*; do [ ! -e "$left" ] && [ ! -L "$left" ] || stop "$left in $root could not be deleted whole"; done
  rm -f -- "./$name/manifest" && rmdir -- "./$name" || stop "$root/$name holds more than what was set aside; the rest stays"
}
each erase`;

/** The list the scripts read: `1 64768:132 two\0040words`. */
export const entryList = (entries: EntriesWish['entries']): string =>
  entries.map(({ name, id }, index) => `${index + 1} ${id} ${coded(name)}\n`).join('');

function coded(name: string): string {
  let text = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9_.-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

const script = (text: string, name: string, wish: EntriesWish, last: string): Step['run'] => ({
  ...cmd('sh', '-c', text, name, wish.folder, wish.folderId, last),
  stdin: entryList(wish.entries),
});

const pathIn = ({ folder }: EntriesWish, name: string): string => `${folder === '/' ? '' : folder}/${name}`;

/** Sets entries aside within their directory; undoing it moves them back. */
export function setAsideStep(
  wish: EntriesWish,
  trash: string,
  title: string,
  preview: Preview,
  left: readonly string[],
): Step {
  const names = wish.entries.map(({ name }) => name);
  return {
    ...CHANGE,
    title,
    run: lasting(script(SET_ASIDE, 'muster-set-aside', wish, trash), pathIn(wish, trash)),
    guard: [
      { kind: 'entries-same', ...wish },
      { kind: 'entries-unused', folder: wish.folder, names },
    ],
    done: [{ kind: 'entries-gone', ...wish }],
    timeoutMs: MOVE_MS,
    preview: [preview],
    undo: [putBackStep(wish, trash)],
    warnings: left,
  };
}

function putBackStep(wish: EntriesWish, trash: string): Step {
  const count = wish.entries.length;
  return {
    ...CHANGE,
    title: `put ${count === 1 ? neutralise(wish.entries[0]?.name ?? '') : `${count} entries`} back into ${wish.folder}`,
    run: lasting(script(PUT_BACK, 'muster-put-back', wish, trash), wish.folder),
    done: [{ kind: 'entries-same', ...wish }],
    timeoutMs: MOVE_MS,
    preview: [{ kind: 'state', now: `${wish.folder}/${trash}`, after: `back in ${wish.folder}` }],
    undo: NO_UNDO,
  };
}

/** Deletes what was set aside: folders the plan saw. */
export function purgeStep(wish: EntriesWish, title: string, preview: Preview, left: readonly string[]): Step {
  return {
    ...purging(lasting(script(PURGE, 'muster-purge', wish, ''), wish.folder), title, [
      { kind: 'entries-same', ...wish },
      { kind: 'entries-unused', folder: wish.folder, names: wish.entries.map(({ name }) => name) },
    ]),
    done: [{ kind: 'entries-gone', ...wish }],
    preview: [preview],
    warnings: left,
  };
}

/** Deletes what the step before set aside, known by its list alone: the folder was not there when the plan was made. */
export function purgeNowStep(wish: EntriesWish, trash: string, listSum: string, title: string): Step {
  const path = absolutePath(pathIn(wish, trash));
  const purge = script(PURGE, 'muster-purge', { ...wish, entries: [{ name: trash, id: '0:0' }] }, listSum);
  const run = lasting(purge, wish.folder);
  return {
    ...purging(run, title, [
      { kind: 'entries-gone', ...wish },
      { kind: 'entries-unused', folder: wish.folder, names: [trash] },
    ]),
    done: [{ kind: 'no-file', path }],
    preview: [{ kind: 'state', now: path, after: 'deleted for good' }],
  };
}

const purging = (run: Step['run'], title: string, guard: readonly [Condition, ...Condition[]]) =>
  ({
    ...CHANGE,
    title,
    run,
    risk: 'destroys-data',
    guard,
    timeoutMs: PURGE_MS,
    undo: { never: 'what is deleted is gone' },
  }) as const satisfies Partial<Step>;
