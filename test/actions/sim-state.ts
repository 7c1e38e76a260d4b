// What a simulated node is made of, and how the short words of a case file become it.
import type { Extent } from '../../src/model/check.ts';
import type { BlockDevice, Mount } from '../../src/model/facts.ts';
import { absolutePath, devicePath } from '../../src/model/ids.ts';
import type { CardsSpec } from './sim-cards.ts';
import type { KubeSpec } from './sim-kube.ts';
import type { SharingSpec } from './sim-sharing.ts';

/** A node of a case file: everything not named is not there. */
export interface NodeSpec {
  readonly unreachable?: string;
  readonly offLimits?: string;
  /** Sudo's words where root is refused. */
  readonly noRoot?: string;
  readonly systemd?: false;
  /** Probes that do not answer: probe to reason. */
  readonly silent?: { readonly [probe: string]: string };
  readonly tools?: readonly string[];
  /** `source target type options` each; `autofs` waits. */
  readonly mounts?: readonly string[];
  /** Mount points that do not answer: target to reason. */
  readonly hung?: { readonly [target: string]: string };
  readonly disks?: readonly DiskSpec[];
  readonly files?: { readonly [path: string]: string };
  readonly directories?: readonly string[];
  /** `pid ticks seconds user group command` each. */
  readonly running?: readonly string[];
  /** What lies around: `directory 4G 30d alice [0700]` each, by path. */
  readonly leavings?: { readonly [path: string]: string };
  /** Lines `path client(options)` the kernel exports. */
  readonly exported?: readonly string[];
  /** Undefined: no NFS server. */
  readonly threads?: number;
  readonly users?: { readonly [target: string]: readonly string[] };
  /** `active enabled` each. */
  readonly services?: { readonly [unit: string]: string };
  readonly gpus?: number;
  /** How the cluster of its kubectl shares GPUs. */
  readonly cluster?: SharingSpec;
  /** Cards that can be set, used and lost; instead of `gpus`. */
  readonly cards?: CardsSpec;
  /** The cluster its kubectl works on. */
  readonly kube?: KubeSpec;
  /** `pid user name` each, on a GPU. */
  readonly computing?: readonly string[];
}

export interface DiskSpec {
  readonly path: string;
  readonly serial?: string;
  readonly id?: string;
  readonly size?: number;
  readonly table?: string;
  readonly fs?: string;
  /** Bytes of the filesystem on the whole disk, where it is smaller. */
  readonly fsBytes?: number;
  readonly partitions?: readonly { readonly size?: number; readonly fs?: string; readonly fsBytes?: number }[];
}

export interface SimFile {
  readonly kind: 'file' | 'directory';
  readonly text?: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly sizeBytes?: number;
  readonly modifiedAtMs?: number;
}

export interface SimUnit {
  active: string;
  enabled: boolean;
  invocation: number;
}

export interface Content {
  readonly type: string;
  readonly label?: string;
  readonly uuid?: string;
}

export interface SimDisk {
  readonly path: string;
  readonly serial?: string;
  readonly id?: string;
  readonly size: number;
  table?: string;
  /** On the disk itself. */
  content?: Content;
  fsBytes?: number;
  partitions: { path: string; name?: string; content?: Content; size?: number; fsBytes?: number }[];
}

/** `ext4 data 1111-2222` -> type, label, uuid. */
function contentOf(text: string | undefined): Content | undefined {
  const [type, label, uuid] = text?.split(' ') ?? [];
  if (type === undefined) return undefined;
  return { type, ...(label === undefined ? {} : { label }), ...(uuid === undefined ? {} : { uuid }) };
}

/** `/dev/nvme0n1` -> `/dev/nvme0n1p1`, `/dev/sdb` -> `/dev/sdb1`. */
export const partitionPath = (disk: string, number: number): string => `${disk}${/\d$/.test(disk) ? 'p' : ''}${number}`;

export function simDisk({
  path,
  serial,
  id,
  size = 1_000_000_000_000,
  table,
  fs,
  fsBytes,
  partitions = [],
}: DiskSpec): SimDisk {
  const content = contentOf(fs);
  return {
    path,
    size,
    ...(serial === undefined ? {} : { serial }),
    ...(id === undefined ? {} : { id }),
    ...(table === undefined ? {} : { table }),
    ...(content === undefined ? {} : { content }),
    ...(fsBytes === undefined ? {} : { fsBytes }),
    partitions: partitions.map((part, index) => {
      const inside = contentOf(part.fs);
      return {
        path: partitionPath(path, index + 1),
        ...(inside === undefined ? {} : { content: inside }),
        ...(part.size === undefined ? {} : { size: part.size }),
        ...(part.fsBytes === undefined ? {} : { fsBytes: part.fsBytes }),
      };
    }),
  };
}

/** Disks as lsblk would tell them. */
export function blockDevices(disks: readonly SimDisk[], mounts: readonly Mount[]): readonly BlockDevice[] {
  const pointsOf = (path: string): readonly string[] =>
    mounts.filter(({ source }) => source === path).map(({ target }) => target);
  const told = (content: Content | undefined): Partial<BlockDevice> =>
    content === undefined
      ? {}
      : {
          fsType: content.type,
          ...(content.label === undefined ? {} : { label: content.label }),
          ...(content.uuid === undefined ? {} : { uuid: content.uuid }),
        };
  return disks.flatMap((disk) => [
    {
      path: devicePath(disk.path),
      kind: 'disk',
      sizeBytes: disk.size,
      stableIds: disk.id === undefined ? [] : [disk.id],
      mountPoints: pointsOf(disk.path),
      ...(disk.serial === undefined ? {} : { serial: disk.serial }),
      ...(disk.table === undefined ? {} : { partitionTable: disk.table }),
      ...told(disk.content),
    },
    ...disk.partitions.map(({ path, name, content, size }) => ({
      ...(name === undefined ? {} : { partitionLabel: name }),
      path: devicePath(path),
      kind: 'part',
      parent: devicePath(disk.path),
      sizeBytes: size ?? disk.size - 2_097_152,
      stableIds: [],
      mountPoints: pointsOf(path),
      ...told(content),
    })),
  ]);
}

/** How large a disk, its partition and the filesystem on it are. */
export function extentOf(disks: readonly SimDisk[], target: string): Extent | undefined {
  const disk = disks.find(({ path, partitions }) => path === target || partitions.some((part) => part.path === target));
  if (disk === undefined) return undefined;
  const part = disk.partitions.find(({ path }) => path === target);
  const deviceBytes = part === undefined ? disk.size : (part.size ?? disk.size - 2_097_152);
  const filesystemBytes = (part === undefined ? disk.fsBytes : part.fsBytes) ?? deviceBytes;
  const base = { diskBytes: disk.size, deviceBytes, filesystemBytes };
  return part === undefined
    ? base
    : { ...base, partition: { number: 1, startBytes: 1_048_576, count: disk.partitions.length } };
}

/** What the kernel fills in for an NFS mount. */
const NFS_SHOWN = {
  vers: '4.2',
  rsize: '1048576',
  wsize: '1048576',
  namlen: '255',
  proto: 'tcp',
  timeo: '600',
  retrans: '2',
  sec: 'sys',
};

/** A mount with the options it was asked for, in the two lists of mountinfo. */
export function simMount(id: number, source: string, target: string, type: string, options: readonly string[]): Mount {
  const flags = options.filter((option) => /^(ro|rw|noatime|nodiratime|nosuid|nodev|noexec)$/.test(option));
  const values = new Map<string, string>(/^nfs/.test(type) ? Object.entries(NFS_SHOWN) : []);
  for (const option of options) {
    const [key = '', value] = option.split('=', 2);
    if (value !== undefined && !key.startsWith('x-')) values.set(key === 'nfsvers' ? 'vers' : key, value);
  }
  const isSoft = options.includes('soft');
  return {
    id,
    parentId: 1,
    device: `0:${id}`,
    root: '/',
    target: absolutePath(target),
    source,
    fsType: type === 'nfs' ? 'nfs4' : type,
    options: [
      flags.includes('ro') ? 'ro' : 'rw',
      ...flags.filter((flag) => flag !== 'ro' && flag !== 'rw'),
      ...(flags.includes('noatime') ? [] : ['relatime']),
    ],
    superOptions:
      type === 'autofs'
        ? ['rw', 'direct', 'timeout=600']
        : [
            'rw',
            ...[...values].map(([key, value]) => `${key}=${value}`),
            ...(/^nfs/.test(type) ? [isSoft ? 'soft' : 'hard'] : []),
          ],
  };
}
