import { compared, type Difference, type Drift, whyUnknown } from './comparison.ts';
import type { BlockDevice } from './facts.ts';
import type { VolumeSpec } from './inventory.ts';
import { goodValueOf, type NodeFacts } from './observation.ts';
import { trimmed } from './storage-source.ts';
import type { NodeWish } from './wishes.ts';

/** One declared volume of one node: the disk found by identity, the filesystem on it, and where it is mounted. */
export interface VolumeDrift {
  readonly spec: VolumeSpec;
  /** The device that holds the filesystem: the disk itself or what is built on it. */
  readonly seen?: BlockDevice;
  readonly drift: Drift;
}

/** Volumes in inventory order. A kernel name is never an identity, so none is compared. */
export function volumeDrifts(wish: NodeWish, facts: NodeFacts): readonly VolumeDrift[] {
  if (wish.volumes.length === 0) return [];
  const devices = goodValueOf(facts.slots.blockDevices);
  if (devices === undefined) {
    const because = whyUnknown(facts.slots.blockDevices, wish.node);
    return wish.volumes.map((spec) => ({ spec, drift: { kind: 'unknown', because } }));
  }
  return wish.volumes.map((spec) => volumeDrift(spec, devices));
}

function volumeDrift(spec: VolumeSpec, devices: readonly BlockDevice[]): VolumeDrift {
  const disk = hasIdentity(spec) ? devices.find((device) => isDisk(spec, device)) : undefined;
  if (hasIdentity(spec) && disk === undefined) {
    return { spec, drift: { kind: 'missing', because: `no disk with ${identityOf(spec)}` } };
  }
  const candidates = disk === undefined ? devices : withDescendants(disk, devices);
  const seen =
    candidates.find((device) => isFilesystem(spec, device)) ?? candidates.find((device) => isTypeOnly(spec, device));
  if (seen === undefined) {
    const where = disk === undefined ? 'any disk' : disk.path;
    return { spec, drift: { kind: 'missing', because: `no ${spec.fsType} filesystem on ${where}` } };
  }
  return { spec, seen, drift: compared(differencesOf(spec, seen)) };
}

function differencesOf(spec: VolumeSpec, seen: BlockDevice): readonly Difference[] {
  const named = (about: string, wished: string | undefined, found: string | undefined): readonly Difference[] =>
    wished === undefined || wished === found ? [] : [{ about, wished, seen: found ?? 'none' }];
  const targets = seen.mountPoints.map(trimmed);
  const target = trimmed(spec.target);
  return [
    ...named('type', spec.fsType, seen.fsType),
    ...named('label', spec.label, seen.label),
    ...named('uuid', spec.uuid?.toLowerCase(), seen.uuid?.toLowerCase()),
    ...(targets.includes(target)
      ? []
      : [{ about: 'mounted at', wished: target, seen: targets.join(', ') || 'not mounted' }]),
  ];
}

const hasIdentity = ({ disk }: VolumeSpec): boolean =>
  disk.id !== undefined || disk.serial !== undefined || disk.wwn !== undefined || disk.sizeBytes !== undefined;

function identityOf({ disk }: VolumeSpec): string {
  if (disk.id !== undefined) return `id ${disk.id}`;
  if (disk.serial !== undefined) return `serial ${disk.serial}`;
  return disk.wwn === undefined ? `size ${disk.sizeBytes} bytes` : `wwn ${disk.wwn}`;
}

/** Every part of the identity that was given must hold. */
function isDisk({ disk }: VolumeSpec, device: BlockDevice): boolean {
  const id = disk.id?.replace('/dev/disk/by-id/', '');
  return (
    (id === undefined || device.stableIds.some((known) => known.replace('/dev/disk/by-id/', '') === id)) &&
    (disk.serial === undefined || device.serial === disk.serial) &&
    (disk.wwn === undefined || device.wwn === disk.wwn) &&
    (disk.sizeBytes === undefined || device.sizeBytes === disk.sizeBytes)
  );
}

function withDescendants(disk: BlockDevice, devices: readonly BlockDevice[]): readonly BlockDevice[] {
  const family = new Set<string>([disk.path]);
  // Parents come before their children in lsblk's answer; a second pass costs nothing and asks no such order.
  for (let pass = 0; pass < 4; pass += 1) {
    for (const device of devices) if (device.parent !== undefined && family.has(device.parent)) family.add(device.path);
  }
  return devices.filter((device) => family.has(device.path));
}

function isFilesystem(spec: VolumeSpec, device: BlockDevice): boolean {
  if (spec.uuid !== undefined) return device.uuid?.toLowerCase() === spec.uuid.toLowerCase();
  return spec.label === undefined ? device.fsType === spec.fsType : device.label === spec.label;
}

/** Something is on the disk, only not under the wished name: then the names are the difference. */
const isTypeOnly = (spec: VolumeSpec, device: BlockDevice): boolean => hasIdentity(spec) && device.fsType !== undefined;
