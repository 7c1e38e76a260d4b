import { type Difference, differing } from './comparison.ts';
import type { Mount } from './facts.ts';
import { isNfs } from './filesystem-types.ts';

/** What comes of comparing requested options with effective ones. */
export interface OptionComparison {
  readonly differences: readonly Difference[];
  /** Requests that are as wished but worth a word: ignored by the kernel, or lowering throughput. */
  readonly notes: readonly string[];
}

/** Options for mount(8), systemd and the boot, which never reach the kernel's table. fstab(5), systemd.mount(5), nfs(5). */
const NOT_IN_TABLE =
  /^(defaults|auto|noauto|user|users|nouser|owner|group|nofail|fail|_netdev|bg|fg|retry|comment|loop|x-.*|X-.*|port|mountport|mountvers|mountproto|credentials|password|username|user|uid|gid|helper|sloppy)$/;

/** Flags with their opposites: the table shows one of a pair, or nothing for the default, which stands first. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['rw', 'ro'],
  ['suid', 'nosuid'],
  ['dev', 'nodev'],
  ['exec', 'noexec'],
  ['async', 'sync'],
  ['diratime', 'nodiratime'],
  ['hard', 'soft'],
  ['ac', 'noac'],
  ['cto', 'nocto'],
  ['resvport', 'noresvport'],
  ['sharecache', 'nosharecache'],
  ['nodiscard', 'discard'],
];

/** Values of nfs(5) that the kernel leaves out of the table when they are its defaults. */
const NFS_DEFAULTS: { readonly [key: string]: string } = {
  acregmin: '3',
  acregmax: '60',
  acdirmin: '30',
  acdirmax: '60',
  nconnect: '1',
  max_connect: '1',
  lookupcache: 'all',
  local_lock: 'none',
  sec: 'sys',
};
/** Shown for every NFS mount, so that their absence is a difference. */
const NFS_ALWAYS = new Set(['vers', 'rsize', 'wsize', 'proto', 'timeo', 'retrans', 'namlen']);
/** The Linux client's largest transfer; unset options negotiate up to it. */
const NFS_LARGEST_TRANSFER = 1_048_576;

/**
 * Compares the options an operator named with those in force; options nobody named are nobody's wish. mountinfo shows flags of the
 * mount and options of the superblock in two lists, and the stricter of both holds.
 */
export function compareOptions(requested: readonly string[], mount: Mount): OptionComparison {
  const seen = effectiveOptions(mount);
  const compared = expanded(requested).map((option) => compareOption(option, seen, mount));
  return {
    differences: compared.flatMap(({ differences }) => differences),
    notes: compared.flatMap(({ notes }) => notes),
  };
}

/** Options in force, by key; flags map to an empty value. `ro` anywhere wins over `rw`. */
export function effectiveOptions(mount: Pick<Mount, 'options' | 'superOptions'>): ReadonlyMap<string, string> {
  const all = new Map([...mount.superOptions, ...mount.options].map(keyAndValue));
  if (mount.options.includes('ro') || mount.superOptions.includes('ro')) all.delete('rw');
  return all;
}

function compareOption(option: string, seen: ReadonlyMap<string, string>, mount: Mount): OptionComparison {
  const [key, value] = keyAndValue(option);
  if (key === 'intr' || key === 'nointr') return noted(`${key} is ignored since Linux 2.6.25`);
  if (NOT_IN_TABLE.test(key)) return noted();
  if (key.endsWith('atime')) return { differences: compareTimes(key, seen), notes: [] };
  const pair = PAIRS.find((flags) => flags.includes(key));
  if (pair !== undefined && value === '') return { differences: comparePair(pair, key, seen), notes: [] };
  if (isNfs(mount.fsType)) return compareNfs(key, value, seen);
  const shown = seen.get(key);
  // Other filesystems leave their defaults out, so only another value is proof of a difference.
  return shown === undefined || value === '' ? noted() : { differences: differing(key, value, shown), notes: [] };
}

function compareTimes(key: string, seen: ReadonlyMap<string, string>): readonly Difference[] {
  if (key === 'nodiratime' || key === 'diratime') return comparePair(['diratime', 'nodiratime'], key, seen);
  const inForce = ['noatime', 'relatime'].find((flag) => seen.has(flag)) ?? 'strictatime';
  const isMet = key === inForce || (key === 'atime' && inForce !== 'noatime');
  return isMet ? [] : [{ about: 'atime', wished: key, seen: inForce }];
}

function comparePair(
  [usual, other]: readonly [string, string],
  key: string,
  seen: ReadonlyMap<string, string>,
): readonly Difference[] {
  // `softerr` is a soft mount that reports another error.
  const isOther = seen.has(other) || (other === 'soft' && seen.has('softerr'));
  return differing(other, key, isOther ? other : usual).map((difference) => ({ ...difference, about: 'option' }));
}

function compareNfs(key: string, value: string, seen: ReadonlyMap<string, string>): OptionComparison {
  const shown = seen.get(key) ?? NFS_DEFAULTS[key];
  if (shown === undefined) {
    return NFS_ALWAYS.has(key)
      ? { differences: [{ about: key, wished: value, seen: 'not shown' }], notes: [] }
      : noted();
  }
  if (key === 'rsize' || key === 'wsize') return compareTransfer(key, value, shown);
  // `vers=4` asks for the highest 4.x, and `proto=tcp` is shown as tcp6 over IPv6.
  const isMet = shown === value || (key === 'vers' && shown.startsWith(`${value}.`)) || shown === `${value}6`;
  const isVersionZero = key === 'vers' && value === '4.0' && shown === '4';
  return isMet || isVersionZero ? noted() : { differences: [{ about: key, wished: value, seen: shown }], notes: [] };
}

function compareTransfer(key: string, wished: string, shown: string): OptionComparison {
  if (wished !== shown)
    return { differences: [{ about: key, wished, seen: `${shown}, as negotiated with the server` }], notes: [] };
  return Number(wished) < NFS_LARGEST_TRANSFER
    ? noted(
        `${key}=${wished} keeps transfers below the ${NFS_LARGEST_TRANSFER} bytes that would be negotiated without it`,
      )
    : noted();
}

/** Spellings that mean the same, brought to the one the kernel shows. */
function expanded(requested: readonly string[]): readonly string[] {
  return requested
    .flatMap((entry) => entry.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .flatMap((option) => {
      const [key, value] = keyAndValue(option);
      if (key === 'nfsvers') return [`vers=${value}`];
      if (key === 'actimeo') return ['acregmin', 'acregmax', 'acdirmin', 'acdirmax'].map((name) => `${name}=${value}`);
      if (option === 'tcp' || option === 'udp' || option === 'rdma') return [`proto=${option}`];
      return [option];
    });
}

function keyAndValue(option: string): readonly [string, string] {
  const at = option.indexOf('=');
  return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
}

const noted = (...notes: readonly string[]): OptionComparison => ({ differences: [], notes });
