import { ParseError } from '../model/errors.ts';
import type { BlockDevice } from '../model/facts.ts';
import type { DevicePath } from '../model/ids.ts';
import { absent, fact, type Probe } from '../model/probe.ts';
import {
  exitCodeOf,
  failedInWords,
  MAX_ROWS,
  nonEmptyLines,
  nothing,
  present,
  section,
  sections,
  wholeNumber,
} from './text.ts';

const NAME = 'blockDevices';

/** util-linux 2.37 and later. Never a column of the FSUSED kind: those call statvfs(3), which hangs on a dead mount. */
const COLUMNS =
  'NAME,KNAME,TYPE,SIZE,MODEL,SERIAL,WWN,TRAN,ROTA,RO,PTTYPE,FSTYPE,FSVER,LABEL,UUID,PARTLABEL,PARTUUID,MOUNTPOINTS';

/**
 * Disks, partitions and devices built on them: `== lsblk CODE` with the tree that lsblk(8) prints as JSON (older versions: one
 * mount point per device, no FSVER, numbers as strings; before 2.27 `NAME="sda" …` pairs), and `== by-id` with `ls -l` of the names
 * that survive a reboot.
 */
export const blockDevices = {
  name: NAME,
  ask: {
    kind: 'child',
    brief: true,
    deadlineMs: 10_000,
    sh: `
if command -v lsblk >/dev/null 2>&1; then
  tree=$(lsblk -J -b -p -o ${COLUMNS} 2>&1) ||
    tree=$(lsblk -J -b -p -o ${COLUMNS.replace(',FSVER', '').replace('MOUNTPOINTS', 'MOUNTPOINT')} 2>&1) ||
    tree=$(lsblk -J -b -p -o NAME,KNAME,TYPE,SIZE,MODEL,SERIAL,ROTA,RO,FSTYPE,LABEL,UUID,MOUNTPOINT 2>&1) ||
    tree=$(lsblk -P -b -p -o NAME,KNAME,PKNAME,TYPE,SIZE,MODEL,SERIAL,ROTA,RO,FSTYPE,LABEL,UUID,MOUNTPOINT 2>&1)
  printf '== lsblk %s\\n%s\\n== by-id\\n' "$?" "$tree"
  [ ! -d /dev/disk/by-id ] || ls -l /dev/disk/by-id 2>/dev/null || :
fi`,
  },
  everyMs: 30_000,
  parse: ({ stdout, exitCode }) => {
    const parts = sections(stdout);
    const tree = section(parts, 'lsblk');
    if (tree === undefined) return nothing(NAME, exitCode, 'no lsblk on this node');
    if (exitCodeOf(tree) !== 0) throw failedInWords(NAME, tree.text, `lsblk ended with ${exitCodeOf(tree)}`);
    const stableIds = byId(section(parts, 'by-id')?.text ?? '');
    const rows = tree.text.trimStart().startsWith('{')
      ? fromJson(tree.text, tree.line)
      : fromPairs(tree.text, tree.line);
    const devices = new Map<string, BlockDevice>();
    for (const row of rows) {
      const device = deviceOf(row, stableIds);
      const known = devices.get(device.path);
      devices.set(device.path, known === undefined ? device : withLeg(known, device.parent));
      if (devices.size >= MAX_ROWS) break;
    }
    return devices.size === 0 ? absent('no block devices on this node') : fact([...devices.values()]);
  },
} satisfies Probe<'blockDevices'>;

/** Multipath, RAID and LVM list one device below each of its legs; a leg left out would look like a free disk. */
function withLeg(device: BlockDevice, leg: DevicePath | undefined): BlockDevice {
  if (leg === undefined || leg === device.parent || device.otherParents?.includes(leg)) return device;
  return { ...device, otherParents: [...(device.otherParents ?? []), leg].slice(0, MAX_ROWS) };
}

/** One device as lsblk gave it, whatever its version: values by lower-case column, and the path of the device it stands on. */
interface Row {
  readonly values: { readonly [column: string]: unknown };
  readonly parent?: string;
  readonly line: number;
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The tree in the order it is printed, without recursion: a hostile answer may nest deeper than the stack. */
function fromJson(text: string, line: number): readonly Row[] {
  const wrong = (): ParseError => new ParseError(NAME, line, text.trim());
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (!isRecord(tree) || !Array.isArray(tree['blockdevices'])) throw wrong();
  const rows: Row[] = [];
  const open: { readonly value: unknown; readonly parent?: string }[] = [];
  const push = (children: readonly unknown[], parent?: string): void => {
    for (const value of children.toReversed()) open.push(parent === undefined ? { value } : { value, parent });
  };
  push(tree['blockdevices']);
  for (let next = open.pop(); next !== undefined && rows.length < MAX_ROWS; next = open.pop()) {
    if (!isRecord(next.value)) throw wrong();
    const row: Row = { values: next.value, line, ...present<{ parent?: string }>({ parent: next.parent }) };
    rows.push(row);
    const children = next.value['children'];
    if (Array.isArray(children)) push(children, pathOf(row));
  }
  return rows;
}

/** `NAME="/dev/sda" TYPE="disk" …`; what a blank in a value would break is quoted and `\x20`-escaped by lsblk. */
function fromPairs(text: string, firstLine: number): readonly Row[] {
  return nonEmptyLines(text)
    .slice(0, MAX_ROWS)
    .map((line, index) => {
      const values: { [column: string]: string } = {};
      for (const [, key = '', value = ''] of line.matchAll(/([A-Z:-]+)="([^"]*)"/g)) {
        values[key.toLowerCase()] = value.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
      }
      if (values['name'] === undefined) throw new ParseError(NAME, firstLine + index, line);
      return {
        values,
        line: firstLine + index,
        ...present<{ parent?: string }>({ parent: values['pkname'] || undefined }),
      };
    });
}

/** Scalars only: what hangs below a device may nest deeper than a text of it could be made. */
function wrongRow(values: Row['values'], line: number): ParseError {
  const scalars = Object.entries(values).filter(([, value]) => typeof value !== 'object');
  return new ParseError(NAME, line, scalars.map(([key, value]) => `${key}=${String(value)}`).join(' '));
}

/** `path` where lsblk gives it; else `name`, which -p makes a path and which old captures have bare. */
function pathOf({ values, line }: Row): string {
  const name = text(values['path']) ?? text(values['name']) ?? text(values['kname']);
  const path = name === undefined || name.startsWith('/') ? name : `/dev/${name}`;
  if (path === undefined || !/^\/dev\/[^\0]+$/.test(path)) throw wrongRow(values, line);
  return path;
}

function deviceOf(row: Row, stableIds: ReadonlyMap<string, readonly string[]>): BlockDevice {
  const { values, line, parent } = row;
  const path = pathOf(row);
  const kind = text(values['type']) ?? 'disk';
  const sizeBytes = bytes(values['size']);
  if (sizeBytes === undefined) throw wrongRow(values, line);
  const kernelName = text(values['kname'])?.split('/').at(-1) ?? path.split('/').at(-1) ?? '';
  return {
    path: path as DevicePath,
    kind,
    sizeBytes,
    stableIds: stableIds.get(kernelName) ?? [],
    mountPoints: mountPointsOf(values),
    ...present<Partial<Omit<BlockDevice, 'path' | 'kind' | 'sizeBytes' | 'stableIds' | 'mountPoints'>>>({
      parent: parent === undefined ? undefined : devicePathOf(parent),
      model: text(values['model']),
      serial: text(values['serial']),
      wwn: text(values['wwn']),
      transport: text(values['tran']),
      isRotational: flag(values['rota']),
      isReadOnly: flag(values['ro']),
      partitionTable: text(values['pttype']),
      fsType: text(values['fstype']),
      fsVersion: text(values['fsver']),
      label: text(values['label']),
      uuid: text(values['uuid']),
      partitionLabel: text(values['partlabel']),
      partitionUuid: text(values['partuuid']),
    }),
  };
}

const devicePathOf = (name: string): DevicePath => (name.startsWith('/') ? name : `/dev/${name}`) as DevicePath;

/** A value with something in it; lsblk pads models and vendors with blanks. */
function text(value: unknown): string | undefined {
  const given = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return typeof given === 'string' && given.trim() !== '' ? given.trim().slice(0, 4_096) : undefined;
}

/** Bytes as a number (2.33 and later) or a string; `1.8T` is what a demo or a person without -b would send. */
function bytes(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 && value <= 2 ** 64 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const whole = wholeNumber(value.trim());
  if (whole !== undefined) return whole;
  const [, amount, unit = ''] = /^\s*(\d{1,7}(?:\.\d{1,3})?)([BKMGTPE])\s*$/.exec(value) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * 1_024 ** 'BKMGTPE'.indexOf(unit));
}

function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === '1' || value === 1 ? true : value === '0' || value === 0 ? false : undefined;
}

function mountPointsOf(values: Row['values']): readonly string[] {
  const many = values['mountpoints'];
  const list: readonly unknown[] = Array.isArray(many) ? many : [values['mountpoint']];
  return list.slice(0, MAX_ROWS).flatMap((value) => text(value) ?? []);
}

/** A line of `ls -l` with two names of the longest kind. */
const MAX_LISTED = 1_024;

/** Kernel name to by-id names, from lines `lrwxrwxrwx … wwn-0x5000c500 -> ../../sda`. */
function byId(listing: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of nonEmptyLines(listing)) {
    const arrow = line.lastIndexOf(' -> ');
    if (arrow < 0 || line.length > MAX_LISTED) continue;
    const name = line.slice(line.lastIndexOf(' ', arrow - 1) + 1, arrow);
    const target = line.slice(line.lastIndexOf('/') + 1);
    if (name === '' || target === '') continue;
    const names = found.get(target);
    if (names === undefined) found.set(target, [name]);
    else names.push(name);
  }
  return found;
}
