import type { Input } from '../model/action.ts';
import { type Content, trashTime } from '../model/contents.ts';
import { neutralise } from '../model/neutralise.ts';
import { isUnder } from '../model/storage-source.ts';
import { formatDuration, parseFigure } from '../model/units.ts';
import { textOf } from './mount-fields.ts';

/** What is cleaned up in a directory. */
export type FolderKind = 'tarballs' | 'directories' | 'set-aside';

/** Which entries of a directory go. */
export interface FolderRules {
  readonly kind: FolderKind;
  readonly root: string;
  /** `job-*`; empty for all. */
  readonly pattern: string;
  /** Newest tarballs of each environment that stay. */
  readonly keep: number;
  readonly olderThanMs: number;
  /** Deleted in the same plan instead of set aside. */
  readonly atOnce: boolean;
}

/** Things that go, oldest first, with their ages; and those that stay, in words. */
export interface Chosen {
  readonly taken: readonly Aged[];
  readonly left: readonly string[];
}

/** An entry and how long nothing of it was changed. */
export interface Aged {
  readonly content: Content;
  readonly ageMs: number;
}

/** Folders where no operator means what the name says: the system lives in them and below. */
const SYSTEM = '/bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /proc /root /run /sbin /snap /sys /usr'.split(' ');
/** Below these are places of the system's own as well as of users; the folders themselves and the system's places are no roots. */
const SHARED =
  '/ /home /media /mnt /opt /srv /tmp /var /var/backups /var/cache /var/lib /var/lock /var/log /var/mail /var/opt /var/run /var/spool /var/tmp'.split(
    ' ',
  );
const SYSTEM_BELOW = [
  '/var/backups',
  '/var/cache',
  '/var/lib',
  '/var/lock',
  '/var/log',
  '/var/mail',
  '/var/run',
  '/var/spool',
];

/** The rules the fields say, or why they are none. */
export function folderRules(input: Input, kind: FolderKind): FolderRules | string {
  const root = textOf(input, 'root');
  if (root === undefined) return 'a root is needed: the directory whose entries are looked at';
  const because = whyNotRoot(root);
  if (because !== undefined) return because;
  const olderThanMs = ageOf(input);
  if (olderThanMs === undefined) return `"${String(input['olderThan'])}" is no age such as 7d or 12h`;
  return {
    kind,
    root,
    pattern: textOf(input, 'pattern') ?? '',
    keep: typeof input['keep'] === 'number' ? input['keep'] : 0,
    olderThanMs,
    atOnce: input['how'] === 'at-once',
  };
}

/** The age the fields say; undefined for what is none. */
export function ageOf(input: Input): number | undefined {
  const ageMs = parseFigure(textOf(input, 'olderThan') ?? '0', 'ms');
  return ageMs !== undefined && ageMs >= 0 ? ageMs : undefined;
}

/** Why nothing is cleaned up there, wherever it is; undefined for a place of users. */
export function whyNotRoot(root: string): string | undefined {
  if (root.split('/').some((part) => part === '..' || part === '.')) return `${root} has dots in it`;
  if (/\/\//.test(root)) return `${root} has an empty part`;
  if (SHARED.includes(root) || [...SYSTEM, ...SYSTEM_BELOW].some((folder) => isUnder(root, folder)))
    return `${root} is a folder of the system`;
  return /\/\.muster-trash-/.test(root) ? `${root} holds what was set aside; name the folder above it` : undefined;
}

/** Picks what goes by name and age alone. */
export function chosen(rules: FolderRules, entries: readonly Content[], nowMs: number): Chosen {
  const named = entries.filter((content) => isOfKind(rules, content));
  const newest = rules.kind === 'tarballs' ? newestOf(named, rules.keep) : new Set<Content>();
  const others = named.filter((content) => !newest.has(content));
  const aged = others.map((content) => ({ content, ageMs: ageOfContent(rules.kind, content, nowMs) }));
  const old = aged.flatMap(({ content, ageMs }) =>
    ageMs !== undefined && ageMs >= rules.olderThanMs ? [{ content, ageMs }] : [],
  );
  const unmeasured = aged.filter(({ ageMs }) => ageMs === undefined).map(({ content }) => content.name);
  const young = aged.length - old.length - unmeasured.length;
  return {
    taken: old.toSorted((a, b) => b.ageMs - a.ageMs),
    left: [
      ...(newest.size === 0 ? [] : [`the newest ${rules.keep} of each environment: ${newest.size}`]),
      ...(young === 0
        ? []
        : [
            `${rules.kind === 'set-aside' ? 'set aside' : 'changed'} within ${formatDuration(rules.olderThanMs)}: ${young}`,
          ]),
      ...unmeasured.map((name) => neutralise(`${name}: too large to be measured in time; clean it up by hand`)),
    ],
  };
}

/** `train-env-1763800000.tar`: environment, and when it was packed, in seconds. */
const TARBALL = /^(.+)-(\d{9,11})\.(?:tar|tar\.[a-z0-9]{1,4}|tgz)$/s;

function isOfKind({ kind, pattern }: FolderRules, content: Content): boolean {
  const { name } = content;
  if (kind === 'set-aside') return trashTime(name) !== undefined && content.kind === 'directory';
  if (!matcher(pattern)(name)) return false;
  if (kind === 'tarballs') return content.kind === 'file' && TARBALL.test(name);
  return content.kind === 'directory' && name !== 'lost+found';
}

/** A pattern with `*` and `?`, as a shell matches names: what begins with a dot only where the pattern does. */
export function matcher(pattern: string): (name: string) => boolean {
  const whole = pattern === '' ? '*' : pattern;
  const source = whole
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const rule = new RegExp(`^${source}$`, 's');
  return (name) => (name.startsWith('.') ? whole.startsWith('.') : true) && rule.test(name);
}

function newestOf(tarballs: readonly Content[], keep: number): ReadonlySet<Content> {
  const byEnvironment = Map.groupBy(tarballs, ({ name }) => TARBALL.exec(name)?.[1] ?? name);
  return new Set(
    [...byEnvironment.values()].flatMap((all) => all.toSorted((a, b) => packedAt(b) - packedAt(a)).slice(0, keep)),
  );
}

const packedAt = ({ name }: Content): number => Number(TARBALL.exec(name)?.[2] ?? 0) * 1_000;

/** The shorter of what the name says and what the clock of the node says: neither may be made up to have something deleted. */
function ageOfContent(kind: FolderKind, content: Content, nowMs: number): number | undefined {
  const { name, modifiedAtMs } = content;
  // What was set aside keeps its times; the folder is as old as its name says.
  if (kind === 'set-aside') return nowMs - (trashTime(name) ?? nowMs);
  if (modifiedAtMs === undefined) return undefined;
  return Math.max(0, nowMs - Math.max(modifiedAtMs, kind === 'tarballs' ? packedAt(content) : 0));
}
