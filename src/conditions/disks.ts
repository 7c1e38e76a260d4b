import type { ConditionRules, DeviceIdentity } from '../model/condition.ts';
import { familyOf, partitionsOf, whyUsed } from '../model/disk-use.ts';
import type { BlockDevice } from '../model/facts.ts';
import { formatBytes } from '../model/units.ts';
import { ask, fails, HOLDS, look, onCheck, onFact, unless } from './verdicts.ts';

/** What is asked of disks, partitions and the filesystems on them. */
export const diskRules = {
  'same-disk': {
    needs: () => [ask('blockDevices')],
    judge: ({ disk }, seen) => onFact(seen, 'blockDevices', (devices) => unless(whyAnother(disk, devices))),
    words: ({ disk }) => `${disk.path} is the disk ${nameOf(disk)}`,
  },
  'disk-unused': {
    needs: () => [ask('blockDevices'), look('file', '/etc/fstab')],
    judge: ({ device }, seen) =>
      onFact(seen, 'blockDevices', (devices) =>
        onCheck(seen, 'file', '/etc/fstab', (fstab) => {
          if (fstab.kind !== 'none' && fstab.text === undefined) {
            return { kind: 'unknown', because: '/etc/fstab cannot be read as text' };
          }
          return unless(whyUsed(device, devices, fstab.kind === 'none' ? '' : (fstab.text ?? '')));
        }),
      ),
    words: ({ device }) => `nothing uses ${device}`,
  },
  'disk-blank': {
    needs: ({ device, unlessPartition }) =>
      unlessPartition === undefined ? [look('signatures', device)] : [look('signatures', device), ask('blockDevices')],
    judge: ({ device, unlessPartition }, seen) => {
      const parts = unlessPartition === undefined ? [] : partitionsOf(device, seen.facts.blockDevices ?? []);
      if (parts.some(({ partitionLabel }) => partitionLabel === unlessPartition)) return HOLDS;
      return onCheck(seen, 'signatures', device, ([first]) =>
        unless(first === undefined ? undefined : `${first.device} carries ${first.type} ${first.label ?? ''}`.trim()),
      );
    },
    words: ({ device, unlessPartition }) =>
      `${device} and its partitions are blank${unlessPartition === undefined ? '' : `, or it has the partition ${unlessPartition} already`}`,
  },
  'same-signatures': {
    needs: ({ device }) => [look('signatures', device)],
    // Less than was shown is what an interrupted wipe leaves; more is something nobody has seen.
    judge: ({ device, signatures }, seen) =>
      onCheck(seen, 'signatures', device, (found) => {
        const stranger = found.find(({ type, uuid }) => !signatures.includes(`${type}:${uuid ?? ''}`));
        return unless(
          stranger === undefined
            ? undefined
            : `${stranger.device} carries ${stranger.type} ${stranger.uuid ?? stranger.label ?? ''}, which the plan did not show`,
        );
      }),
    words: ({ device }) => `${device} carries nothing but what the plan showed`,
  },
  partitioned: {
    needs: () => [ask('blockDevices')],
    judge: ({ device, table, partitions, name }, seen) =>
      onFact(seen, 'blockDevices', (devices) => {
        const [disk] = familyOf(device, devices);
        if (disk === undefined) return fails(`there is no ${device}`);
        const found = partitionsOf(device, devices);
        const isNamed = name === undefined || found.every(({ partitionLabel }) => partitionLabel === name);
        if (disk.partitionTable === table && found.length === partitions && isNamed) return HOLDS;
        const names = found.map(({ partitionLabel }) => partitionLabel ?? 'without a name').join(', ');
        return fails(
          `${device} has ${disk.partitionTable ?? 'no'} partition table and ${found.length} partitions ${names}`.trim(),
        );
      }),
    words: ({ device, table, partitions }) =>
      `${device} has a ${table} table with ${partitions} partition${partitions === 1 ? '' : 's'}`,
  },
  extent: {
    needs: ({ device }) => [look('extent', device)],
    judge: ({ device, of, leastBytes }, seen) =>
      onCheck(seen, 'extent', device, ({ deviceBytes, filesystemBytes }) => {
        const found = of === 'device' ? deviceBytes : filesystemBytes;
        if (found === undefined) return { kind: 'unknown', because: `${device}: its filesystem did not say its size` };
        return found >= leastBytes ? HOLDS : fails(`${nameOfExtent(device, of)} has ${formatBytes(found)}`);
      }),
    words: ({ device, of, leastBytes }) => `${nameOfExtent(device, of)} has at least ${formatBytes(leastBytes)}`,
  },
  filesystem: {
    needs: () => [ask('blockDevices')],
    judge: ({ device, fsType, label, uuid }, seen) =>
      onFact(seen, 'blockDevices', (devices) => {
        const found = devices.find(({ path }) => path === device);
        if (found === undefined) return fails(`there is no ${device}`);
        const isIt =
          found.fsType === fsType &&
          (label === undefined || found.label === label) &&
          (uuid === undefined || found.uuid?.toLowerCase() === uuid.toLowerCase());
        return isIt ? HOLDS : fails(`${device} holds ${contentOf(found)}`);
      }),
    words: ({ device, fsType, label, uuid }) =>
      `${device} holds ${fsType}${label === undefined ? '' : ` labelled ${label}`}${uuid === undefined ? '' : ` with UUID ${uuid}`}`,
  },
} satisfies Pick<
  ConditionRules,
  'same-disk' | 'disk-unused' | 'disk-blank' | 'same-signatures' | 'partitioned' | 'extent' | 'filesystem'
>;

const nameOfExtent = (device: string, of: 'device' | 'filesystem'): string =>
  of === 'device' ? device : `the filesystem on ${device}`;

function whyAnother(disk: DeviceIdentity, devices: readonly BlockDevice[]): string | undefined {
  const found = devices.find(({ path }) => path === disk.path);
  if (found === undefined) return `there is no ${disk.path}`;
  if (disk.id !== undefined && !found.stableIds.includes(disk.id)) {
    return `${disk.path} is ${found.stableIds[0] ?? 'a disk without a stable name'}, not ${disk.id}`;
  }
  if (disk.serial !== undefined && found.serial !== disk.serial) {
    return `${disk.path} has serial ${found.serial ?? 'none'}, not ${disk.serial}`;
  }
  if (disk.wwn !== undefined && found.wwn !== disk.wwn)
    return `${disk.path} has WWN ${found.wwn ?? 'none'}, not ${disk.wwn}`;
  return found.sizeBytes === disk.sizeBytes
    ? undefined
    : `${disk.path} has ${found.sizeBytes} bytes, not ${disk.sizeBytes}`;
}

const nameOf = ({ id, serial, wwn, sizeBytes }: DeviceIdentity): string =>
  serial ?? id ?? wwn ?? `of ${formatBytes(sizeBytes)}`;

const contentOf = ({ fsType, label, uuid }: BlockDevice): string =>
  fsType === undefined
    ? 'no filesystem'
    : `${fsType}${label === undefined ? '' : ` labelled ${label}`}${uuid === undefined ? '' : ` with UUID ${uuid}`}`;
