import type { FileState } from '../model/check.ts';
import { cmd, lasting } from '../model/command.ts';
import { type AbsolutePath, absolutePath } from '../model/ids.ts';
import { inlineSecrets, withoutInlineSecrets } from '../model/inline-secrets.ts';
import type { Step } from '../model/plan.ts';
import { ownerOf, sha256 } from './managed.ts';

/** Where the old text of a file goes before it is replaced, under its own path. */
export const BACKUPS = '/var/lib/muster/backups';

/**
 * Writes a file so that it is there whole or not at all: into a new file beside it, synced, then renamed; the rename is brought to the disk by the step.
 * What is synced is so by dd(1): sync(1) of some nodes knows no paths and would wait for every filesystem, a hung mount among them. What the file was is checked
 * once more, so that nothing anybody wrote meanwhile is lost. Root writes only in folders that are root's all the way up; owner, mode and attributes stay. `$1` path, `$2` mode of a new file, `$3` checksum
 * before or `none`, `$4` checksum after, `$5` a line of shell that tries the new file (its `$1`), or nothing; `$6` is
 * `base64` where the input is that.
 */
export const WRITE = `set -eu
path=$1 mode=$2 before=$3 after=$4
[ ! -L "$path" ] || path=$(readlink -f -- "$path")
folder=\${path%/*}
others() { case $(stat -c %u:%a -- "$1") in 0:*[2367]) [ "$1" = "$folder" ] || [ ! -k "$1" ];; 0:*) false;; *) true;; esac; }
if [ "$(id -u)" = 0 ]; then
  folder=$(readlink -f -- "\${folder:-/}") at=$folder
  while :; do
    ! others "$at" || { echo "$at is not root's alone: whoever writes there could turn what root writes to another file" >&2; exit 1; }
    [ "$at" != / ] || break
    at=\${at%/*} at=\${at:-/}
  done
fi
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
kept() { dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null || { echo "$path stays as it was: $1 could not be brought to the disk" >&2; exit 1; }; }
now=none
[ ! -e "$path" ] || now=$(sum "$path")
[ "$now" != "$after" ] || exit 0
[ "$now" = "$before" ] || { echo "$path changed since the plan was made" >&2; exit 1; }
new=$(mktemp "\${folder:-/}/.muster.XXXXXX")
trap 'rm -f "$new"' EXIT
chmod "$mode" "$new"
if [ "$now" != none ]; then
  backup=${BACKUPS}$path.$(echo "$now" | cut -c 1-12)
  mkdir -p -m 0700 ${BACKUPS} && mkdir -p "\${backup%/*}" && cp -p "$path" "$backup"
  kept "$backup"
  cp --attributes-only --preserve=all "$path" "$new" 2>/dev/null || { chown "$(stat -c %u:%g "$path")" "$new"; chmod "$(stat -c %a "$path")" "$new"; }
fi
fill() { if [ "$1" = base64 ]; then base64 -d; else cat; fi; }
why=$(LC_ALL=C fill "\${6-}" 2>&1 >"$new") || { echo "$path stays as it was: writing beside it in $folder: \${why##*: }" >&2; exit 1; }
[ "$(sum "$new")" = "$after" ] || { echo "the new text of $path did not arrive whole" >&2; exit 1; }
[ -z "\${5-}" ] || sh -c "$5" muster-try "$new" || { echo "$path stays as it was: the new text was tried and refused" >&2; exit 1; }
kept "$new"
mv -f "$new" "$path"`;

/** How long writing a small file may take; a disk that needs longer is ill. */
export const WRITE_MS = 60_000;

/** A file as it should be, and as it was seen. */
export interface FileWish {
  readonly path: string;
  readonly text: string;
  readonly mode: string;
  readonly seen: FileState | undefined;
  /** What the file is, for the title: `the mount unit`. */
  readonly what: string;
  /** A file that is not ours, or was edited by hand since we wrote it, may be replaced. */
  readonly overwrite: boolean;
}

export type FilePlan =
  | { readonly kind: 'as-wished' }
  | { readonly kind: 'write'; readonly step: Step }
  | { readonly kind: 'refused'; readonly because: string; readonly tryThis: string };

/** What is to be done about a file of ours. */
export function planFile(wish: FileWish): FilePlan {
  const { path, text, seen, overwrite } = wish;
  if (seen === undefined) return refused(`${path} could not be read`, 'see why with doctor, then plan again');
  if (seen.kind === 'none') return { kind: 'write', step: writeStep(wish, undefined) };
  if (seen.kind !== 'file' || seen.text === undefined) {
    return refused(
      `${path} is a ${seen.kind === 'file' ? 'file too large or no text' : seen.kind}`,
      'move it away, then plan again',
    );
  }
  if (seen.text === text) return { kind: 'as-wished' };
  const owner = ownerOf(seen.text);
  if (owner !== 'ours' && !overwrite) {
    const because =
      owner === 'edited' ? 'was edited by hand since muster wrote it' : 'is there already and not from muster';
    return refused(`${path} ${because}`, 'look at the file, then allow it to be replaced (overwrite)');
  }
  return {
    kind: 'write',
    step: writeStep(
      wish,
      seen.text,
      owner === 'ours' ? [] : [`${path} was not as muster left it; the old text is kept in ${BACKUPS}`],
    ),
  };
}

const refused = (because: string, tryThis: string): FilePlan => ({ kind: 'refused', because, tryThis });

/** Replaces or makes a file; its undo puts the old text back. */
export function writeStep(
  { path, text, mode, what }: Pick<FileWish, 'path' | 'text' | 'mode' | 'what'>,
  before: string | undefined,
  warnings: readonly string[] = [],
): Step {
  const at = absolutePath(path);
  const back: Step =
    before === undefined
      ? removeStep(path, text, what, { never: 'undoing an undo is a plan of its own' })
      : {
          ...writing(at, before, mode, text),
          title: `put ${what} ${path} back as it was`,
          undo: { never: 'undoing an undo is a plan of its own' },
          warnings: [],
          preview: [shownFile(path, text, before)],
        };
  return {
    ...writing(at, text, mode, before),
    title: `write ${what} ${path}`,
    preview: [shownFile(path, before, text)],
    undo: [back],
    warnings,
  };
}

type Writing = Pick<Step, 'run' | 'as' | 'done' | 'timeoutMs' | 'guard'> & { readonly risk: 'changes' };

function writing(path: AbsolutePath, text: string, mode: string, before: string | undefined): Writing {
  const was = before === undefined ? undefined : sha256(before);
  const secrets = inlineSecrets(text, before ?? '');
  return {
    run: {
      ...lasting(cmd('sh', '-c', WRITE, 'muster-write', path, mode, was ?? 'none', sha256(text)), path),
      stdin: text,
      ...(secrets.length === 0 ? {} : { secrets }),
    },
    as: 'root',
    risk: 'changes',
    guard: [was === undefined ? { kind: 'file-unchanged', path } : { kind: 'file-unchanged', path, sha256: was }],
    done: [{ kind: 'file', path, sha256: sha256(text) }],
    timeoutMs: WRITE_MS,
  };
}

/** A file's change as it may be seen and written down: another's line of fstab may have a password among its options. */
const shownFile = (path: string, before: string | undefined, after: string | undefined): Step['preview'][number] => ({
  kind: 'file',
  path,
  ...(before === undefined ? {} : { before: withoutInlineSecrets(before) }),
  ...(after === undefined ? {} : { after: withoutInlineSecrets(after) }),
});

/** Takes a file of ours away, as long as it is as it was shown. */
export function removeStep(path: string, text: string, what: string, undo?: Step['undo']): Step {
  const at = absolutePath(path);
  return {
    title: `remove ${what} ${path}`,
    run: lasting(cmd('rm', '-f', '--', path), path),
    as: 'root',
    risk: 'changes',
    guard: [{ kind: 'file-unchanged', path: at, sha256: sha256(text) }],
    done: [{ kind: 'no-file', path: at }],
    timeoutMs: WRITE_MS,
    preview: [shownFile(path, text, undefined)],
    undo: undo ?? [writeStep({ path, text, mode: '0644', what }, undefined)],
    warnings: [],
  };
}
