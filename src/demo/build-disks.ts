import { chance, seedOf, serialOf, uuidOf } from './chance.ts';
import type { NodePlan } from './cluster.ts';
import type { Disk } from './node-state.ts';

const GB = 1_000_000_000;
const MIB = 1_048_576;
const EFI_BYTES = 512 * MIB;

/** The disks of a new node: one to boot from, and for servers the exported disk and a blank spare. */
export function buildDisks(plan: NodePlan, seed: number): readonly Disk[] {
  switch (plan.role) {
    case 'storage':
      return [bootNvme(seed, 480 * GB), exportDisk(plan, seed), blankDisk('sdb', seed)];
    case 'gpu':
      return plan.gpus.length > 4 ? [bootNvme(seed, 1_920 * GB), localNvme(seed)] : [bootNvme(seed, 1_920 * GB)];
    case 'cpu':
      return [bootSata(seed)];
    case 'edge':
      return [bootCard(seed)];
  }
}

/** Name of the partition or disk that carries the root filesystem. */
export function rootDevice(plan: NodePlan): string {
  return { storage: 'nvme0n1p2', gpu: 'nvme0n1p2', cpu: 'sda2', edge: 'mmcblk0p2' }[plan.role];
}

function bootNvme(seed: number, sizeBytes: number): Disk {
  return boot({
    name: 'nvme0n1',
    sizeBytes,
    model: sizeBytes > 1_000 * GB ? 'SAMSUNG MZQL21T9HCJR-00A07' : 'SAMSUNG MZQL2480HCHQ-00A07',
    serial: `S64H${serialOf(seed, 10)}`,
    transport: 'nvme',
    wwn: `eui.${hex(seed + 1)}${hex(seed + 2)}`,
    isRotational: false,
  });
}

function bootSata(seed: number): Disk {
  return boot({
    name: 'sda',
    sizeBytes: 960 * GB,
    model: 'Micron_5400_MTFDDAK960TGA',
    serial: `23${serialOf(seed, 10)}`,
    transport: 'sata',
    wwn: `0x500a0751${hex(seed)}`,
    isRotational: false,
  });
}

function bootCard(seed: number): Disk {
  return boot({
    name: 'mmcblk0',
    sizeBytes: 64 * GB,
    model: 'SD64G',
    serial: `0x${hex(seed)}`,
    transport: 'mmc',
    isRotational: false,
  });
}

function boot(disk: Omit<Disk, 'partitions'>): Disk {
  const part = /\d$/.test(disk.name) ? `${disk.name}p` : disk.name;
  const seed = seedOf(disk.serial);
  return {
    ...disk,
    partitions: [
      {
        name: `${part}1`,
        sizeBytes: EFI_BYTES,
        fsType: 'vfat',
        uuid: uuidOf(seed).slice(0, 9).toUpperCase(),
        partitionLabel: 'EFI System Partition',
      },
      { name: `${part}2`, sizeBytes: disk.sizeBytes - EFI_BYTES - 2 * MIB, fsType: 'ext4', uuid: uuidOf(seed + 1) },
    ],
  };
}

/** A second NVMe disk of the big GPU nodes, for data that may be lost. */
function localNvme(seed: number): Disk {
  return {
    name: 'nvme1n1',
    sizeBytes: 3_840 * GB,
    model: 'KIOXIA KCD81RUG3T84',
    serial: `X3K0${serialOf(seed + 7, 8)}`,
    transport: 'nvme',
    wwn: `eui.${hex(seed + 8)}${hex(seed + 9)}`,
    isRotational: false,
    content: { fsType: 'xfs', label: 'local', uuid: uuidOf(seed + 7) },
    partitions: [],
  };
}

/** The disk a server exports; the inventory names it by its serial number. */
function exportDisk(plan: NodePlan, seed: number): Disk {
  const letter = plan.name.slice(-1);
  // The logical drive of its controller was enlarged, and nobody has told the filesystem.
  const enlarged = letter === 'b' ? { filesystemBytes: 12_000 * GB } : {};
  return {
    name: 'sda',
    sizeBytes: 16_000 * GB,
    model: 'ST16000NM001G-2KK103',
    serial: `DEMO0NFS${letter.toUpperCase()}0001`,
    transport: 'sata',
    wwn: `0x5000c500${hex(seed + 3)}`,
    isRotational: true,
    content: {
      fsType: letter === 'a' ? 'xfs' : 'ext4',
      label: `export-${letter}`,
      uuid: uuidOf(seed + 3),
      ...enlarged,
    },
    partitions: [],
  };
}

function blankDisk(name: string, seed: number): Disk {
  return {
    name,
    sizeBytes: 16_000 * GB,
    model: 'ST16000NM001G-2KK103',
    serial: `ZL2${serialOf(seed + 4, 5)}`,
    transport: 'sata',
    wwn: `0x5000c500${hex(seed + 4)}`,
    isRotational: true,
    partitions: [],
  };
}

function hex(seed: number): string {
  return Math.floor(chance(seed, 5) * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}
