import { Buffer } from 'node:buffer';

/**
 * systemd's name of the mount unit of a path: `/mnt/gpu-storage` is `mnt-gpu\x2dstorage.mount`. systemd-escape(1) --path; computed here,
 * because a unit whose name does not fit its `Where=` is refused.
 */
export const unitName = (path: string, suffix: 'mount' | 'automount'): string => `${escapedPath(path)}.${suffix}`;

/** systemd-escape(1) --path of an absolute path. */
export function escapedPath(path: string): string {
  const bare = path
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  if (bare === '') return '-';
  return [...Buffer.from(bare, 'utf8')].map((byte, at) => escapedByte(byte, at)).join('');
}

function escapedByte(byte: number, at: number): string {
  const char = String.fromCharCode(byte);
  if (char === '/') return '-';
  return /[A-Za-z0-9:_.]/.test(char) && !(char === '.' && at === 0) ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** A value of a unit file in which systemd reads `%` as the start of a specifier. systemd.unit(5), Specifiers. */
export const unitValue = (text: string): string => text.replaceAll('%', '%%');
