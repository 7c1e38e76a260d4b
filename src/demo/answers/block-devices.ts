import { HOSTILE_NAME } from '../hostile.ts';
import type { Disk, DiskContent, NodeState } from '../node-state.ts';
import { type Answerer, type Asked, text } from './reply.ts';

const DEFAULT_COLUMNS = 'NAME,KNAME,TYPE,SIZE,MODEL,SERIAL,TRAN,FSTYPE,LABEL,UUID,MOUNTPOINTS'.split(',');

/** `lsblk -J -b -p` and the names under /dev/disk/by-id. */
export const blockDevices = {
  isInline: false,
  isStill: true,
  answer: (asked) =>
    text(['== lsblk 0', JSON.stringify({ blockdevices: tree(asked) }, null, 3), '== by-id', ...byIdLines(asked.node)]),
} satisfies Answerer;

/** Values of one row by lower-case column; lsblk prints null where a device has no such thing. */
interface Row {
  readonly [column: string]: unknown;
}

function tree({ node, columns }: Asked): readonly Row[] {
  const shown = columns.lsblk.length > 0 ? columns.lsblk : DEFAULT_COLUMNS;
  const only = (row: Row): Row =>
    Object.fromEntries(shown.map((name) => [name.toLowerCase(), row[name.toLowerCase()] ?? null]));
  return node.disks.map((disk) => {
    const children = disk.partitions.map((part) => only(partitionRow(node, disk, part)));
    const row = only(diskRow(node, disk));
    return children.length === 0 ? row : { ...row, children };
  });
}

function diskRow(node: NodeState, disk: Disk): Row {
  return {
    ...common(node, disk.name, disk.content),
    type: 'disk',
    size: disk.sizeBytes,
    model: disk.model,
    serial: disk.serial,
    wwn: disk.wwn ?? null,
    tran: disk.transport === 'mmc' ? null : disk.transport,
    rota: disk.isRotational,
    ro: false,
    pttype: disk.partitions.length > 0 || disk.hasTable ? 'gpt' : null,
  };
}

function partitionRow(node: NodeState, disk: Disk, part: Disk['partitions'][number]): Row {
  return {
    ...common(node, part.name, part),
    type: 'part',
    size: part.sizeBytes,
    wwn: disk.wwn ?? null,
    tran: disk.transport === 'nvme' ? 'nvme' : null,
    rota: disk.isRotational,
    ro: false,
    pttype: 'gpt',
    partlabel: part.partitionLabel ?? null,
  };
}

function common(node: NodeState, name: string, content: DiskContent | undefined): Row {
  const path = `/dev/${name}`;
  const mountpoints = node.mounts.filter((mount) => mount.source === path).map((mount) => mount.target);
  const versions: { readonly [fsType: string]: string } = { ext4: '1.0', vfat: 'FAT32' };
  return {
    name: path,
    kname: path,
    path,
    fstype: content?.fsType ?? null,
    fsver: versions[content?.fsType ?? ''] ?? null,
    label: node.ailments.isHostile ? HOSTILE_NAME : (content?.label ?? null),
    uuid: content?.uuid ?? null,
    mountpoint: mountpoints[0] ?? null,
    mountpoints: mountpoints.length === 0 ? [null] : mountpoints,
  };
}

function byIdLines(node: NodeState): readonly string[] {
  const link = (name: string, device: string) => `lrwxrwxrwx 1 root root 13 Jan  1 00:00 ${name} -> ../../${device}`;
  const lines = node.disks.flatMap((disk) =>
    stableNames(disk).flatMap((name) => [
      link(name, disk.name),
      ...disk.partitions.map((part, at) => link(`${name}-part${at + 1}`, part.name)),
    ]),
  );
  return lines.length === 0 ? [] : ['total 0', ...lines];
}

function stableNames(disk: Disk): readonly string[] {
  const bus = { nvme: 'nvme', sata: 'ata', usb: 'usb', mmc: 'mmc' }[disk.transport];
  const wwn = disk.wwn === undefined ? [] : [disk.transport === 'nvme' ? `nvme-${disk.wwn}` : `wwn-${disk.wwn}`];
  return [`${bus}-${disk.model.replaceAll(' ', '_')}_${disk.serial}`, ...wwn];
}
