import type { Field, FleetView, Input } from '../model/action.ts';
import type { NodeName } from '../model/ids.ts';
import type { VolumeSpec } from '../model/inventory.ts';
import { trimmed } from '../model/storage-source.ts';
import { parseFigure } from '../model/units.ts';
import { wishOf } from '../model/wishes.ts';
import type { DirectoryWish } from '../storage/make-directory.ts';
import { backends } from '../storage/registry.ts';
import type { DiskWish } from './disk-node.ts';
import { textOf } from './mount-fields.ts';

/** Inputs that everything about a disk shares. */
export const diskFields = {
  volume: {
    kind: 'text',
    title: 'Volume',
    help: 'A volume of the inventory, which then says what the other fields leave out.',
    completes: 'volumes',
  },
  disk: {
    kind: 'disk',
    title: 'Disk',
    help: 'By serial, WWN or name under /dev/disk/by-id; kernel names move between boots.',
    completes: 'disks',
  },
  size: { kind: 'text', title: 'Expected size', help: 'Refuse a disk of another size, e.g. 1TB.', shape: 'size' },
  type: {
    kind: 'choice',
    title: 'Filesystem',
    help: 'ext4 or xfs; as-declared without a volume is ext4.',
    choices: ['as-declared', 'ext4', 'xfs'],
    default: 'as-declared',
  },
  label: {
    kind: 'text',
    title: 'Label',
    help: 'Label of the filesystem: at most 16 characters, for xfs 12.',
    shape: 'label',
  },
  reserved: {
    kind: 'count',
    title: 'Reserved per cent',
    help: 'Share of ext4 that only root may fill.',
    min: 0,
    max: 50,
    default: 1,
  },
  target: {
    kind: 'path',
    title: 'Mount point',
    help: 'Where it is mounted by its UUID; empty for not at all.',
    completes: 'mount-points',
    shape: 'own-place',
  },
  options: {
    kind: 'text',
    title: 'Options',
    help: 'Mount options with commas; empty for noatime.',
    shape: 'mount-options',
  },
  how: {
    kind: 'choice',
    title: 'How',
    help: 'A systemd unit, or a line in fstab.',
    choices: ['unit', 'fstab'],
    default: 'unit',
  },
  directories: {
    kind: 'lines',
    title: 'Directories',
    help: 'To be made on it, one a line: data 1000:1000 0775.',
    shape: 'directories',
    default: [],
  },
  wipe: { kind: 'flag', title: 'Wipe', help: 'Destroy what the disk carries now; look at it first.', default: false },
  overwrite: {
    kind: 'flag',
    title: 'Overwrite',
    help: 'Replace files that are not from muster; the old text is kept.',
    default: false,
  },
} as const satisfies { readonly [field: string]: Field };

/** What is asked for on one node: the fields, and where they say nothing the volume. A sentence where something is missing or cannot be. */
export function diskWish(input: Input, fleet: FleetView, node: NodeName): DiskWish | string {
  const named = textOf(input, 'volume');
  const spec =
    named === undefined ? undefined : wishOf(fleet.inventory, node)?.volumes.find(({ name }) => name === named);
  if (named !== undefined && spec === undefined) return `the inventory has no volume ${named} there`;
  const disk = textOf(input, 'disk') ?? spec?.disk.id ?? spec?.disk.serial ?? spec?.disk.wwn;
  if (disk === undefined) return 'no disk is named';
  const type = input['type'] === 'ext4' || input['type'] === 'xfs' ? input['type'] : (spec?.fsType ?? 'ext4');
  const backend = backends.find(({ name }) => name === type);
  if (backend === undefined) return `muster makes ${backends.map(({ name }) => name).join(' and ')}, not ${type}`;
  const label = textOf(input, 'label') ?? spec?.label ?? spec?.name;
  if (label === undefined) return 'a label is needed: it is what a filesystem is known by';
  if (!/^[A-Za-z0-9_.-]+$/.test(label) || label.length > backend.labelLength) {
    return `"${label}" is no label of ${type}: at most ${backend.labelLength} letters, digits, "_", "." and "-"`;
  }
  const size = textOf(input, 'size');
  const sizeBytes = size === undefined ? spec?.disk.sizeBytes : parseFigure(size, 'bytes');
  if (size !== undefined && sizeBytes === undefined) return `"${size}" is no size such as 1TB`;
  const target = textOf(input, 'target') ?? spec?.target;
  const directories = directoriesOf(input, spec, target);
  if (typeof directories === 'string') return directories;
  const options = textOf(input, 'options')?.split(',') ?? spec?.options ?? [];
  return {
    disk,
    backend,
    label,
    isLabelNamed: textOf(input, 'label') !== undefined || spec === undefined || spec.label !== undefined,
    reservedPercent: typeof input['reserved'] === 'number' ? input['reserved'] : 1,
    options: options.length > 0 ? options : backend.mountOptions,
    namedOptions: options,
    how: input['how'] === 'fstab' ? 'fstab' : 'unit',
    directories,
    wipe: input['wipe'] === true,
    overwrite: input['overwrite'] === true,
    ...(target === undefined ? {} : { target: trimmed(target) }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(spec?.uuid === undefined ? {} : { uuid: spec.uuid }),
  };
}

function directoriesOf(
  input: Input,
  spec: VolumeSpec | undefined,
  target: string | undefined,
): readonly DirectoryWish[] | string {
  const lines: readonly string[] = Array.isArray(input['directories']) ? input['directories'] : [];
  const given = lines.length > 0 ? lines.map(parseDirectory) : (spec?.directories ?? []);
  const wrong = lines.find((_, index) => given[index] === undefined);
  if (wrong !== undefined) return `"${wrong}" is no directory such as: data 1000:1000 0775`;
  if (given.length > 0 && target === undefined) return 'directories need a mount point';
  return given.flatMap((directory) =>
    directory === undefined ? [] : [{ ...directory, path: below(directory.path, target ?? '/') }],
  );
}

const below = (path: string, target: string): string =>
  path.startsWith('/') ? path : trimmed(`${trimmed(target)}/${path}`);

function parseDirectory(line: string): DirectoryWish | undefined {
  const [, path, owner, group, mode] =
    /^(\S+)(?:\s+([\w.-]+)(?::([\w.-]+))?)?(?:\s+(0?[0-7]{3,4}))?$/.exec(line.trim()) ?? [];
  if (path === undefined || path.split('/').includes('..')) return undefined;
  return {
    path,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode: mode.padStart(4, '0') }),
  };
}
