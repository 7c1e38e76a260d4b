import type { Signature } from '../model/check.ts';
import { lasting } from '../model/command.ts';
import type { Condition, DeviceIdentity } from '../model/condition.ts';
import type { DevicePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import type { NewFilesystem } from './backend.ts';
import { onlyOn } from './disk-lock.ts';
import { CHANGE } from './local-steps.ts';
import { BACKUPS } from './write-file.ts';

/** Making a filesystem on a slow disk of many terabytes. */
const DISK_MS = 1_800_000;

/** What must hold before anything is written to a disk: it is the one that was chosen, and nothing uses it. */
const guardOf = (disk: DeviceIdentity): readonly [Condition, ...Condition[]] => [
  { kind: 'same-disk', disk },
  { kind: 'disk-unused', device: disk.path },
];

/** How a signature is compared: `ext4:5bc38d5b-…`. */
export const signatureKey = ({ type, uuid }: Signature): string => `${type}:${uuid ?? ''}`;

/**
 * Makes a disk blank: its partitions first, else a filesystem in one comes back with the next partition at the same place. Never -f, which would
 * erase a mounted device as well.
 */
export function wipeStep(
  disk: DeviceIdentity,
  signatures: readonly Signature[],
  partitions: readonly DevicePath[],
  unlessPartition?: string,
): Step {
  const shown = signatures.map(({ device, type, label, uuid }) => `${device}: ${type} ${label ?? uuid ?? ''}`.trim());
  return {
    ...CHANGE,
    title: `wipe ${disk.path}`,
    // wipefs, parted and mkfs sync the disk themselves, but nothing syncs the backup.
    run: lasting(
      onlyOn(disk, undefined, [
        'env',
        `HOME=${BACKUPS}`,
        'wipefs',
        '--all',
        '--backup',
        '--',
        ...partitions,
        disk.path,
      ]),
      `${BACKUPS}/*`,
    ),
    risk: 'destroys-data',
    guard: [
      ...guardOf(disk),
      { kind: 'same-signatures', device: disk.path, signatures: [...new Set(signatures.map(signatureKey))].sort() },
    ],
    done: [{ kind: 'disk-blank', device: disk.path, ...(unlessPartition === undefined ? {} : { unlessPartition }) }],
    timeoutMs: DISK_MS,
    preview: [{ kind: 'state', now: shown.join('; '), after: 'blank' }],
    undo: { never: `what is on ${disk.path} is lost; its signatures alone are kept in ${BACKUPS}` },
  };
}

/** One aligned partition over the whole disk, with a name that only this plan gives. */
export function partitionStep(disk: DeviceIdentity, name: string, fsType: string): Step {
  return {
    ...CHANGE,
    title: `make one partition on ${disk.path}`,
    run: onlyOn(disk, disk.path, [
      'parted',
      '-s',
      '-a',
      'optimal',
      disk.path,
      'mklabel',
      'gpt',
      'mkpart',
      name,
      fsType,
      '0%',
      '100%',
    ]),
    risk: 'destroys-data',
    guard: [...guardOf(disk), { kind: 'disk-blank', device: disk.path }],
    done: [{ kind: 'partitioned', device: disk.path, table: 'gpt', partitions: 1, name }],
    preview: [{ kind: 'state', now: `${disk.path}, blank`, after: `gpt, one partition ${name}` }],
    undo: { never: 'nothing was on the disk before; retire it to make it blank again' },
  };
}

/** Makes a filesystem on a partition that carries nothing. */
export function makeFilesystemStep(fsType: string, wish: NewFilesystem, argv: readonly string[], after: string): Step {
  const { disk, partition, label, uuid } = wish;
  return {
    ...CHANGE,
    title: `make the ${fsType} filesystem ${label} on ${partition}`,
    run: onlyOn(disk, partition, argv),
    risk: 'destroys-data',
    guard: [...guardOf(disk), { kind: 'disk-blank', device: partition }],
    done: [{ kind: 'filesystem', device: partition, fsType, label, uuid }],
    timeoutMs: DISK_MS,
    preview: [{ kind: 'state', now: `${partition}, blank`, after }],
    undo: { never: 'nothing was on the partition before; retire the disk to make it blank again' },
  };
}
