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

/** Why systemd would not read a value of a unit file as it is: a `\\` at its end joins the next line to it, blanks around it are cut. systemd.syntax(7). */
export function whyNotUnitValue(text: string): string | undefined {
  if (/[\0\n\r]/.test(text)) return 'a unit file cannot hold a line break';
  if (text.endsWith('\\')) return `systemd takes the "\\" at the end of "${text}" for a line that goes on`;
  return text.trim() === text ? undefined : `systemd cuts the blanks around "${text}" off`;
}
