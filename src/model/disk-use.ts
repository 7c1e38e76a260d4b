import type { BlockDevice } from './facts.ts';
import { parseFstab } from './fstab.ts';

/** Mount points without which the node does not run. */
const SYSTEM = new Set(['/', '/boot', '/boot/efi', '/efi', '/usr', '/var', '/home', '/etc', '/nix', '/sysroot']);

/** Whether the node does not run without what is mounted there. */
export const isSystemPoint = (target: string): boolean => SYSTEM.has(target);

/** Filesystem types of lsblk(8) that are parts of something larger: RAID, LVM, ZFS, multipath, Ceph, bcache, DRBD, Stratis, ASM, VDO, journals apart from their filesystem. */
const MEMBER = /_member$|^(bcache|ceph_bluestore|drbd|LVM1|zfs|stratis|oracleasm|vdo|jbd|xfs_external_log)$/i;

/** Whether a type of lsblk(8) or wipefs(8) makes a device a part of something larger. */
export const isMember = (type: string): boolean => MEMBER.test(type);

/** A disk or partition and everything that stands on it, itself first. */
export function familyOf(device: string, devices: readonly BlockDevice[]): readonly BlockDevice[] {
  const family = new Set([device]);
  for (let grown = true; grown; ) {
    const found = devices.filter(
      ({ path, parent, otherParents }) =>
        !family.has(path) && [parent, ...(otherParents ?? [])].some((leg) => leg !== undefined && family.has(leg)),
    );
    for (const { path } of found) family.add(path);
    grown = found.length > 0;
  }
  return devices.filter(({ path }) => family.has(path)).toSorted((a, b) => rank(a, device) - rank(b, device));
}

const rank = ({ path }: BlockDevice, device: string): number => (path === device ? 0 : 1);

/** Its partitions, by path. */
export const partitionsOf = (device: string, devices: readonly BlockDevice[]): readonly BlockDevice[] =>
  devices.filter(({ parent, kind }) => parent === device && kind === 'part');

/** Why nothing may be written to a disk, e.g. `/dev/sdb1 is mounted at /data`; undefined where nothing uses it. `fstab` is the file's text. */
export function whyUsed(device: string, devices: readonly BlockDevice[], fstab: string): string | undefined {
  const family = familyOf(device, devices);
  if (family.length === 0) return `there is no ${device}`;
  for (const member of family) {
    const because = whyMemberUsed(member, family, devices);
    if (because !== undefined) return because;
  }
  const twin = otherPathOf(device, devices);
  if (twin !== undefined)
    return `${device} is reached as ${twin.path} as well (WWN ${twin.wwn}), and what uses it there is not seen here`;
  const isIn = (path: string): boolean => family.some((member) => member.path === path);
  for (const { source, target } of parseFstab(fstab)) {
    const named = family.find((member) => isNamed(source, member));
    if (named !== undefined) return `${named.path} stands in /etc/fstab as ${source}, for ${target}`;
    if (isUntold(source) && !devices.some(({ path, mountPoints }) => !isIn(path) && isAt(mountPoints, target)))
      return `/etc/fstab has ${source} for ${target}, which may be ${device}: no other disk is mounted there`;
  }
  return undefined;
}

/** The same disk by another path, where no multipath device joins the two. */
function otherPathOf(device: string, devices: readonly BlockDevice[]): BlockDevice | undefined {
  const own = devices.find(({ path }) => path === device);
  if (own?.wwn === undefined || own.kind !== 'disk') return undefined;
  return devices.find(
    ({ path, kind, wwn, serial, sizeBytes }) =>
      path !== device && kind === 'disk' && wwn === own.wwn && serial === own.serial && sizeBytes === own.sizeBytes,
  );
}

function whyMemberUsed(
  member: BlockDevice,
  family: readonly BlockDevice[],
  devices: readonly BlockDevice[],
): string | undefined {
  const { path, mountPoints, kind, fsType = '', isReadOnly } = member;
  const system = mountPoints.find((point) => SYSTEM.has(point));
  if (system !== undefined) return `${path} is the system's: ${system} is on it`;
  const [point] = mountPoints;
  if (point === '[SWAP]') return `${path} is in use as swap`;
  if (point !== undefined) return `${path} is mounted at ${point}`;
  if (isReadOnly === true || kind === 'rom') return `${path} is read-only`;
  if (isMember(fsType)) return `${path} is a member of something larger (${fsType})`;
  if (kind !== 'disk' && kind !== 'part' && member !== family[0]) {
    return `${path} (${kind}) is built on it`;
  }
  // A filesystem over several devices shows its mount point at one of them only.
  const sibling = devices.find(
    (other) =>
      other.path !== path && member.uuid !== undefined && other.uuid === member.uuid && other.mountPoints.length > 0,
  );
  return sibling === undefined
    ? undefined
    : `${path} belongs to the ${fsType} filesystem mounted at ${sibling.mountPoints[0]}`;
}

/** Whether a source of fstab(5) means this device, by path, tag or stable name. */
export function isNamed(source: string, device: BlockDevice): boolean {
  const [, tag = '', given = ''] = /^(UUID|LABEL|PARTUUID|PARTLABEL|ID)=(.*)$/i.exec(source) ?? [];
  const value = given.replace(/^"(.*)"$/, '$1');
  const isEqual = (own: string | undefined): boolean => own !== undefined && own.toLowerCase() === value.toLowerCase();
  switch (tag.toUpperCase()) {
    case 'UUID':
      return isEqual(device.uuid);
    case 'LABEL':
      return device.label === value;
    case 'PARTUUID':
      return isEqual(device.partitionUuid);
    case 'PARTLABEL':
      return device.partitionLabel === value;
    case 'ID':
      return device.stableIds.includes(value);
    default:
      return isPathOf(source, device);
  }
}

/** Names of udev that no fact translates, e.g. below /dev/disk/by-path. */
const isUntold = (source: string): boolean =>
  /^\/dev\/disk\/by-(?!(?:id|uuid|label|partuuid|partlabel)\/)/.test(source);

const isAt = (mountPoints: readonly string[], target: string): boolean => mountPoints.some((point) => point === target);

function isPathOf(source: string, device: BlockDevice): boolean {
  if (source === device.path) return true;
  const [, by = '', name = ''] = /^\/dev\/disk\/by-(\w+)\/(.+)$/.exec(source) ?? [];
  switch (by) {
    case 'id':
      return device.stableIds.includes(name);
    case 'uuid':
      return device.uuid?.toLowerCase() === name.toLowerCase();
    case 'label':
      return device.label === name;
    case 'partuuid':
      return device.partitionUuid?.toLowerCase() === name.toLowerCase();
    case 'partlabel':
      return device.partitionLabel === name;
    default:
      return false;
  }
}
