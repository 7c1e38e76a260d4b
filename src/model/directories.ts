import type { Mount } from './facts.ts';
import type { VolumeSpec } from './inventory.ts';
import { automountAt, topMounts } from './mounts.ts';
import { isUnder, trimmed } from './storage-source.ts';

/** Directories of one mounted volume, as the node showed them, and the numbers of the owners the inventory names. */
export interface VolumeDirectories {
  readonly target: string;
  /** The root of the mounted filesystem first, then what the inventory lists. */
  readonly directories: readonly DirectoryState[];
  readonly owners: readonly OwnerId[];
}

/** One directory: stat(1)'s figures, or why there are none. */
export interface DirectoryState {
  readonly path: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Four octal digits: `1777`. */
  readonly mode?: string;
  /** `directory`, or what stands there instead. */
  readonly kind?: string;
  /** In the node's words (`No such file or directory`), or that a link stands in the way, which is not followed. */
  readonly problem?: string;
}

/** What a name means on the node; without `id` it means nothing there. */
export interface OwnerId {
  readonly kind: 'user' | 'group';
  readonly name: string;
  readonly id?: number;
}

/** What to ask about one volume of a node: plain data, because it crosses into the worker. */
export interface DirectoryWish {
  readonly target: string;
  readonly paths: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** One question within a target: a directory, a user or a group. */
export interface AskedLine {
  readonly kind: 'directory' | 'user' | 'group';
  readonly name: string;
}

/** Characters of one question; the node's shell reads it as one line, and a volume with more directories than fit is no volume of directories. */
const QUESTION_LENGTH = 4_000;

const WORDS = { d: 'directory', u: 'user', g: 'group' } as const;

/** What the volumes of a node give reason to ask; volumes without directories give none. */
export function directoryWishes(volumes: readonly VolumeSpec[]): readonly DirectoryWish[] {
  return volumes
    .filter(({ directories }) => directories.length > 0)
    .map(({ target, directories }) => ({
      target: trimmed(target),
      paths: [...new Set(directories.map(({ path }) => trimmed(path)))],
      users: namesIn(directories.map(({ owner }) => owner)),
      groups: namesIn(directories.map(({ group }) => group)),
    }));
}

const namesIn = (names: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(names.filter((name) => name !== undefined && !isNumber(name)).filter((name) => name !== undefined)),
];

/** Whether an owner is given by number. */
export const isNumber = (owner: string): boolean => /^\d{1,10}$/.test(owner);

/**
 * One question for each volume that is mounted, as text: its mount point, the same as mountinfo writes it, then lines `d PATH`, `u USER`,
 * `g GROUP`. Only what lies on the mounted volume itself is asked about: what is mounted below it may hang, and may be a waiting automount.
 */
export function directoryTargets(mounts: readonly Mount[], wishes: readonly DirectoryWish[]): readonly string[] {
  return wishes.flatMap(({ target, paths, users, groups }) => {
    if (whyNotLooked(mounts, target) !== undefined) return [];
    const inside = paths.filter((path) => path !== target && whyNotAsked(mounts, target, path) === undefined);
    const lines = [
      `d ${target}`,
      ...users.map((name) => `u ${name}`),
      ...groups.map((name) => `g ${name}`),
      ...inside.map((path) => `d ${path}`),
    ].filter((line) => !line.includes('\n'));
    let text = `${target}\n${escaped(target)}`;
    for (const line of lines) if (text.length + line.length < QUESTION_LENGTH) text += `\n${line}`;
    return [text];
  });
}

/** A target taken apart again. */
export function askedAt(text: string): { readonly target: string; readonly lines: readonly AskedLine[] } {
  const [target = '', , ...lines] = text.split('\n');
  return {
    target,
    lines: lines.flatMap((line) => {
      const [letter] = line;
      const kind = letter === 'd' || letter === 'u' || letter === 'g' ? WORDS[letter] : undefined;
      return kind === undefined ? [] : [{ kind, name: line.slice(2) }];
    }),
  };
}

/** Why nothing below a mount point is looked at, or undefined when it is. */
export function whyNotLooked(mounts: readonly Mount[], target: string): string | undefined {
  if (target.includes('\n')) return 'its mount point holds a line break';
  const { visible } = topMounts(mounts);
  const mount = visible.find((candidate) => trimmed(candidate.target) === target);
  if (mount === undefined) return 'the volume is not mounted';
  if (mount.fsType === 'autofs') return 'its automount waits, and a look would mount it';
  const automounts = mounts.filter(({ fsType }) => fsType === 'autofs');
  const isExpiring = (automountAt(automounts, target)?.timeoutSec ?? 0) > 0;
  return isExpiring ? 'its automount may expire, and a look would keep it mounted' : undefined;
}

/** Why one directory of a mounted volume is not asked about, or undefined when it is. */
export function whyNotAsked(mounts: readonly Mount[], target: string, path: string): string | undefined {
  if (!isUnder(path, target)) return `it is not below ${target}`;
  const covers = topMounts(mounts).visible.some(
    (mount) => trimmed(mount.target) !== target && isUnder(mount.target, target) && isUnder(path, mount.target),
  );
  return covers ? 'another filesystem is mounted over it' : undefined;
}

/** As the kernel writes it in mountinfo: blank, tab, newline and backslash as three octal digits. */
function escaped(path: string): string {
  return path.replace(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
