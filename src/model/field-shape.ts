import { whyNoMountOptions } from './inline-secrets.ts';
import { nearest } from './nearest.ts';
import { isUnder } from './storage-source.ts';
import { parseFigure } from './units.ts';

/** Linux takes no longer path, and no longer part of one. */
const PATH_BYTES = 4_095;
const NAME_BYTES = 255;

/** Longest text of a field that stands for one thing, and what is quoted of a value in a sentence. */
const TEXT_LENGTH = 4_096;
const QUOTED_LENGTH = 60;

/** Where nothing is ever mounted by an operator: the kernel's own, and what a system cannot be without. */
const KERNEL = ['/proc', '/sys', '/dev'];
const SYSTEM = '/ /bin /boot /etc /lib /lib32 /lib64 /libx32 /root /run /sbin /usr /var'.split(' ');

/** exports(5). */
const EXPORT_OPTIONS =
  'ro rw sync async wdelay no_wdelay secure insecure hide nohide crossmnt subtree_check no_subtree_check insecure_locks secure_locks auth_nlm no_auth_nlm mp mountpoint fsid refer replicas pnfs no_pnfs security_label acl no_acl root_squash no_root_squash all_squash no_all_squash anonuid anongid sec xprtsec'.split(
    ' ',
  );
const CLIENT = /^(\*|@[\w.-]+|[\w:*?[\]][\w.:*?[\]-]{0,254}(\/\d[\d.]*)?)(\(.*\))?$/;

const GPU = /^(all|([^:\s]+:)?(gpu)?\d{1,4}|(GPU|MIG)-[0-9a-f][0-9a-f-]{3,})$/i;

/** What the text of a field has to look like. `free` may hold anything but NUL, as a script does; `exact` also keeps the blanks around it. */
const SHAPES = {
  free: () => undefined,
  exact: () => undefined,
  age: (text) => {
    if (/^\d+$/.test(text) && Number(text) > 0) return `${quoted(text)} has no unit; write an age such as 7d or 12h`;
    const ageMs = parseFigure(text, 'ms');
    return ageMs === undefined || ageMs < 0 ? `${quoted(text)} is no age such as 7d or 12h` : undefined;
  },
  // Of a bare number nobody knows whether it means bytes or terabytes, unless it is long.
  size: (text) =>
    (parseFigure(text, 'bytes') ?? 0) >= 1_000_000 ? undefined : `${quoted(text)} is no size of a disk such as 1TB`,
  label: (text) =>
    /^[A-Za-z0-9_.-]{1,16}$/.test(text)
      ? undefined
      : `${quoted(text)} is no label: at most 16 letters, digits, "_", "." and "-"`,
  directories: (text) =>
    /^\S+(\s+[\w.-]+(:[\w.-]+)?)?(\s+0?[0-7]{3,4})?$/.test(text.trim()) && !text.split(/[\s/]/).includes('..')
      ? undefined
      : `${quoted(text)} is no directory such as: data 1000:1000 0775`,
  'octal-mode': (text) => (/^0?[0-7]{3,4}$/.test(text) ? undefined : `${quoted(text)} is no mode such as 0644`),
  'filesystem-type': (text) =>
    /^[A-Za-z0-9][\w.+-]{0,62}$/.test(text) ? undefined : `${quoted(text)} is no type of a filesystem such as nfs4`,
  source: (text) =>
    text.startsWith('-') ? `${quoted(text)} begins with "-", which programs take for an option` : undefined,
  'mount-options': (text) => {
    const because = whyNoMountOptions(text);
    if (because !== undefined) return `${because}; leave it out`;
    const parts = text.split(',').map((part) => part.trim());
    const blank = parts.find((part) => /\s/.test(part));
    return blank === undefined ? undefined : `${quoted(blank)} has a blank in it; options are parted by commas`;
  },
  'own-place': (text) =>
    SYSTEM.includes(text) || KERNEL.some((folder) => isUnder(text, folder))
      ? `${quoted(text)} is a place of the system; choose another`
      : undefined,
  'written-file': (text) =>
    KERNEL.some((folder) => isUnder(text, folder))
      ? `${quoted(text)} is the kernel's; no file is written there`
      : undefined,
  unit: (text) =>
    /^[\w:.\\@-]{1,255}$/.test(text) && !text.startsWith('-')
      ? undefined
      : `${quoted(text)} is no name of a unit such as nfs-server.service`,
  clients: (text) => {
    const stranger = text.split(/\s+(?![^(]*\))/).find((word) => !CLIENT.test(word));
    if (stranger !== undefined)
      return `${quoted(stranger)} is no client of exports(5) such as 10.0.0.0/8, gpu01(ro) or @gpu`;
    return [...text.matchAll(/\(([^)]*)\)/g)].map(([, options = '']) => whyNoExportOptions(options)).find(Boolean);
  },
  'export-options': (text) => whyNoExportOptions(text),
  gpus: (text) => {
    const stranger = text.split(/[\s,]+/).find((word) => word !== '' && !GPU.test(word));
    return stranger === undefined
      ? undefined
      : `${quoted(stranger)} is no GPU, which is named by index (0, gpu3), by node (gpu01:gpu3) or by UUID`;
  },
  pod: (text) =>
    /^[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9.-]{0,252}$/.test(text)
      ? undefined
      : `${quoted(text)} is no pod, which is written NAMESPACE/NAME`,
} as const satisfies { readonly [name: string]: (text: string) => string | undefined };

/** A name of a shape, as a field has it. */
export type FieldShape = keyof typeof SHAPES;

function whyNoExportOptions(options: string): string | undefined {
  const words = options.split(',').map((option) => option.trim().replace(/=.*$/s, ''));
  const stranger = words.find((word) => word !== '' && !EXPORT_OPTIONS.includes(word));
  if (stranger === undefined) return undefined;
  const meant = nearest(stranger, EXPORT_OPTIONS);
  return `exports(5) knows no option ${quoted(stranger)}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** Why a text does not fit its field; undefined where it does. */
export function whyMisshapen(text: string, shape: FieldShape | undefined): string | undefined {
  if (text.includes('\0')) return 'it holds a NUL byte';
  if (shape === 'free' || shape === 'exact') return undefined;
  if (/[^\P{Cc}\t]/u.test(text)) return `${quoted(text)} holds a control character`;
  if (text.length > TEXT_LENGTH) return `${quoted(text)} is longer than ${TEXT_LENGTH} characters`;
  return shape === undefined ? undefined : SHAPES[shape](text);
}

/** Why a text is no path of a node; of this machine's (`isLocal`) the parts may be dots. */
export function whyNoPath(text: string, isLocal: boolean): string | undefined {
  if (!text.startsWith('/') || /[\0\n]/.test(text)) return `${quoted(text)} is not an absolute path`;
  if (/[^\P{Cc}\t]/u.test(text)) return `${quoted(text)} holds a control character`;
  const parts = text.split('/');
  if (!isLocal && parts.some((part) => part === '.' || part === '..'))
    return `${quoted(text)} has dots for a folder in it; write the path that is meant`;
  const isLong = bytesOf(text) > PATH_BYTES || parts.some((part) => bytesOf(part) > NAME_BYTES);
  return isLong ? `${quoted(text)} is longer than a path can be` : undefined;
}

/** A value as a sentence quotes it: of a very long one the beginning. */
export const quoted = (text: string): string =>
  text.length > QUOTED_LENGTH ? `"${text.slice(0, QUOTED_LENGTH - 1)}…"` : `"${text}"`;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
