import { createHash } from 'node:crypto';
import type { FleetView, NodeView } from '../model/action.ts';
import { checked, type FileState, type Need, type Signature } from '../model/check.ts';
import type { DeviceIdentity } from '../model/condition.ts';
import { familyOf, isMember, partitionsOf, whyUsed } from '../model/disk-use.ts';
import type { BlockDevice } from '../model/facts.ts';
import { type DevicePath, devicePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { isUnder, trimmed } from '../model/storage-source.ts';
import { formatBytes } from '../model/units.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { partitionStep, wipeStep } from '../storage/disk-steps.ts';
import { type DirectoryOwner, directoryStep } from '../storage/local-steps.ts';
import type { DirectoryWish } from '../storage/make-directory.ts';
import { mountedAs } from '../storage/mount-steps.ts';
import type { MountWish } from '../storage/mount-wish.ts';
import { BACKUPS } from '../storage/write-file.ts';
import { mountNeeds, planMount, realMountAt } from './mount-node.ts';
import { type NodePlan, type Refusal, refused, stepsOr } from './node-plans.ts';

/** How far a disk's size may be from the one that was named: makers count in powers of ten. */
const SIZE_TOLERANCE = 0.08;

/** A filesystem on a disk of its own, mounted, with directories. */
export interface DiskWish {
  /** Serial, WWN or name under /dev/disk/by-id; a path only where the disk has none of these. */
  readonly disk: string;
  readonly sizeBytes?: number;
  readonly backend: StorageBackend;
  readonly label: string;
  /** Otherwise any filesystem of the type on the disk is the one. */
  readonly isLabelNamed: boolean;
  /** Of a filesystem that is there already. */
  readonly uuid?: string;
  readonly reservedPercent: number;
  readonly target?: string;
  /** For a new mount; one that is there has to have those alone that were named. */
  readonly options: readonly string[];
  readonly namedOptions: readonly string[];
  readonly how: 'unit' | 'fstab';
  readonly directories: readonly DirectoryWish[];
  readonly wipe: boolean;
  readonly overwrite: boolean;
}

/** What to look at before a disk is touched. */
export function diskNeeds(
  { disk, target, directories }: Pick<DiskWish, 'disk' | 'target' | 'directories'>,
  view: NodeView | undefined,
): readonly Need[] {
  const devices = view?.seen.facts.blockDevices ?? [];
  const found = findDisk(disk, devices);
  const isMounted = view?.seen.facts.mounts?.some((mount) => mount.target === target) === true;
  return [
    ...(['privilege', 'mounts', 'tools', 'blockDevices'] as const).map((probe): Need => ({ kind: 'probe', probe })),
    ...['/etc/fstab', BACKUPS].map((path): Need => ({ kind: 'check', check: 'file', target: path })),
    ...(found.length === 1
      ? found.map(({ path }): Need => ({ kind: 'check', check: 'signatures', target: path }))
      : []),
    ...(target === undefined ? [] : mountNeeds(target, view)),
    ...(isMounted ? directories.map(({ path }): Need => ({ kind: 'check', check: 'file', target: path })) : []),
  ];
}

/** Disks a text means, by identity; by path only where a disk has no other name. */
export function findDisk(text: string, devices: readonly BlockDevice[]): readonly BlockDevice[] {
  const name = text.replace(/^\/dev\/disk\/by-id\//, '');
  return devices.filter(
    ({ kind, path, serial, wwn, stableIds }) =>
      (kind === 'disk' || kind === 'mpath') &&
      (serial === name ||
        wwn === name ||
        ownNames(stableIds).includes(name) ||
        (path === text && serial === undefined && wwn === undefined && ownNames(stableIds).length === 0)),
  );
}

/** The one disk a text means, or why there is none. */
export function theDisk(text: string, devices: readonly BlockDevice[] | undefined): BlockDevice | Refusal {
  if (devices === undefined) return refused('its disks are not known', 'plan again when it answers');
  const [disk, other] = findDisk(text, devices);
  if (disk !== undefined && other === undefined) return disk;
  if (other !== undefined && disk !== undefined)
    return refused(`${text} means ${disk.path} and ${other.path}`, 'name the disk under /dev/disk/by-id');
  const like = devices.find(({ stableIds }) => stableIds.includes(text.replace(/^\/dev\/disk\/by-id\//, '')));
  const named = devices.find(({ path }) => path === text) ?? like;
  const better = ownNames(named?.stableIds ?? [])[0] ?? named?.serial ?? named?.wwn;
  if (like !== undefined)
    return refused(
      `${text} tells what lies on ${like.path}, not which disk it is: a copy has that name, too`,
      better === undefined ? GIVE_A_SERIAL : `call the disk ${better}`,
    );
  return better === undefined
    ? refused(`there is no disk ${text}`, 'choose one by serial, WWN or name under /dev/disk/by-id')
    : refused(`${text} is a name that moves between boots`, `call the disk ${better}`);
}

/** Why nothing may be written to a disk: a kernel name and a size are no identity, because after a boot another disk may have both. */
export const whyNameless = ({ path, id, serial, wwn }: DeviceIdentity): string | undefined =>
  (id ?? serial ?? wwn) === undefined
    ? `${path} has no serial, no WWN and no name under /dev/disk/by-id: after a boot another disk may be called so`
    : undefined;

/** The next move for a disk without a name, which is nearly always one of a virtual machine. */
export const GIVE_A_SERIAL = 'give it a serial (libvirt: <serial>, QEMU: serial=), then plan again';

/** Names under /dev/disk/by-id that tell what lies on a disk, or how a node calls it: another disk may have them after a copy or a boot. */
const NAME_OF_CONTENT = /^(lvm-pv-uuid-|md-name-|md-uuid-|dm-name-)/;

/** Names that a disk has of itself. */
const ownNames = (stableIds: readonly string[]): readonly string[] =>
  stableIds.filter((name) => !NAME_OF_CONTENT.test(name));

/** What makes this disk this disk. */
export function identityOf({ path, stableIds, serial, wwn, sizeBytes }: BlockDevice): DeviceIdentity {
  const [id] = ownNames(stableIds);
  return {
    path,
    sizeBytes,
    ...(id === undefined ? {} : { id }),
    ...(serial === undefined ? {} : { serial }),
    ...(wwn === undefined ? {} : { wwn }),
  };
}

/** Plans a disk from whatever it is to a mounted filesystem with its directories. */
export function planDisk(wish: DiskWish, view: NodeView, fleet: FleetView): NodePlan {
  const { seen } = view;
  const { blockDevices: devices = [], tools } = seen.facts;
  const disk = theDisk(wish.disk, seen.facts.blockDevices);
  if ('because' in disk) return disk;
  const block = disk;
  const { backend, sizeBytes } = wish;
  if (sizeBytes !== undefined && Math.abs(block.sizeBytes - sizeBytes) > sizeBytes * SIZE_TOLERANCE) {
    return refused(
      `${block.path} has ${formatBytes(block.sizeBytes)}, not ${formatBytes(sizeBytes)}`,
      'look whether it is the right disk',
    );
  }
  const held = familyOf(block.path, devices).find((device) => isIt(device, wish));
  if (held?.uuid !== undefined) return onFilesystem(wish, held.uuid, [], view, fleet);
  const missing = [backend.program, 'parted', 'wipefs'].find((tool) => tools !== undefined && !tools.includes(tool));
  if (missing !== undefined)
    return refused(
      `${missing} is missing there`,
      `install ${missing === backend.program ? backend.package : missing === 'parted' ? 'parted' : 'util-linux'}`,
    );
  const made = newFilesystem(wish, block, view, fleet);
  return made.kind === 'refused' ? made : onFilesystem(wish, made.uuid, made.steps, view, fleet);
}

/** Whether a filesystem is the one that is wished: by its UUID where one is named, else by its label where one is, else by its type. */
function isIt(device: BlockDevice, { backend, label, uuid, isLabelNamed }: DiskWish): boolean {
  if (uuid !== undefined) return device.uuid?.toLowerCase() === uuid.toLowerCase();
  return device.fsType === backend.name && (!isLabelNamed || device.label === label);
}

interface Made {
  readonly kind: 'made';
  readonly uuid: string;
  readonly steps: readonly Step[];
}

/** Steps that lead from the disk as it is to the new filesystem, or why nothing may be written to it. */
function newFilesystem(wish: DiskWish, block: BlockDevice, { name, seen }: NodeView, fleet: FleetView): Made | Refusal {
  const { blockDevices: devices = [] } = seen.facts;
  const fstab = checked(seen, 'file', '/etc/fstab');
  if (fstab === undefined || (fstab.kind === 'file' && fstab.text === undefined))
    return refused('/etc/fstab could not be read', 'plan again when it can');
  const used = whyUsed(block.path, devices, fstab.kind === 'file' ? (fstab.text ?? '') : '');
  if (used !== undefined) return refused(used, 'choose another disk, or free this one first');
  const signatures = checked(seen, 'signatures', block.path);
  if (signatures === undefined)
    return refused(
      `what ${block.path} carries is not known: ${seen.failed.get(`signatures ${block.path}`) ?? 'no answer'}`,
      'plan again when it answers',
    );
  // wipefs reads the disk itself, where lsblk repeats what udev has noticed.
  const member = signatures.find(({ type }) => isMember(type));
  if (member !== undefined)
    return refused(`${member.device} is a member of something larger (${member.type})`, 'take it out of that first');
  if (signatures.length > 0 && !wish.wipe)
    return refused(
      `${block.path} carries ${told(signatures)}`,
      'look at what it holds, then allow it to be wiped (wipe)',
    );
  const identity = identityOf(block);
  const nameless = whyNameless(identity);
  if (nameless !== undefined) return refused(nameless, GIVE_A_SERIAL);
  const uuid = newUuid(`${name} ${identity.id ?? identity.serial ?? identity.path} ${wish.label} ${fleet.nowMs}`);
  const partName = `${wish.label}-${uuid.slice(0, 8)}`;
  const partition = devicePath(`${block.path}${/\d$/.test(block.path) ? 'p' : ''}1`);
  const { label, reservedPercent, backend } = wish;
  const backups =
    checked(seen, 'file', BACKUPS)?.kind === 'none' ? [directoryStep({ path: BACKUPS, mode: '0700' }, true)] : [];
  const parts = partitionsOf(block.path, devices).map(({ path }): DevicePath => path);
  return {
    kind: 'made',
    uuid,
    steps: [
      ...(signatures.length === 0 ? [] : [...backups, wipeStep(identity, signatures, parts, partName)]),
      partitionStep(identity, partName, backend.name),
      backend.provision({ disk: identity, partition, label, uuid, reservedPercent }),
    ],
  };
}

const told = (signatures: readonly Signature[]): string =>
  signatures
    .map(({ device, type, label, uuid }) =>
      [type, label === undefined ? (uuid ?? '') : `"${label}"`, 'on', device].filter((word) => word !== '').join(' '),
    )
    .join(', ');

/** A UUID that depends on what it is for and when: the plan stays a value, and no two are alike. */
function newUuid(about: string): string {
  const hex = createHash('sha256').update(about).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** Mount and directories upon a filesystem that is there or will be. */
function onFilesystem(
  wish: DiskWish,
  uuid: string,
  before: readonly Step[],
  view: NodeView,
  fleet: FleetView,
): NodePlan {
  const { target, backend, label } = wish;
  if (target === undefined) return stepsOr(before, `the ${backend.name} filesystem ${label} is there`);
  const mount: MountWish = {
    source: `UUID=${uuid}`,
    fsType: backend.name,
    target: trimmed(target),
    options: realMountAt(view.seen.facts.mounts ?? [], target) === undefined ? wish.options : wish.namedOptions,
    how: wish.how,
    idleSec: 0,
  };
  const planned = planMount(mount, { overwrite: wish.overwrite, verify: false }, view, fleet);
  if (planned.kind === 'refused') return planned;
  const mounting = planned.kind === 'steps' ? planned.steps : [];
  const why = wish.directories
    .map(({ path }) => whyNoDirectory(path, mount.target, view))
    .find((each) => each !== undefined);
  if (why !== undefined) return why;
  const directories = directorySteps(wish, mount, view);
  return stepsOr([...before, ...mounting, ...directories], `${label} is mounted at ${target}`);
}

/** Why a directory cannot be made or mended on the volume: another mount hides it, or something else has its name. */
function whyNoDirectory(path: string, target: string, { seen }: NodeView): Refusal | undefined {
  const cover = (seen.facts.mounts ?? []).find(
    (mount) => mount.target !== target && isUnder(mount.target, target) && isUnder(trimmed(path), mount.target),
  );
  if (cover !== undefined)
    return refused(
      `${path} is not on the volume at ${target}: ${cover.source} is mounted over it at ${cover.target}`,
      'unmount that, or take the directory out of the volume in the inventory',
    );
  const state = checked(seen, 'file', path);
  if (state === undefined || state.kind === 'none' || state.kind === 'directory') return undefined;
  return refused(
    `${path} is ${NO_DIRECTORY[state.kind]}, where a directory is wished`,
    'look what it is, and move it out of the way',
  );
}

const NO_DIRECTORY = { file: 'a file', link: 'a symbolic link', other: 'no directory' } as const;

/** Directories on the mounted filesystem, never on what the mount would cover. */
function directorySteps({ directories }: DiskWish, mount: MountWish, { seen }: NodeView): readonly Step[] {
  return directories.flatMap((directory) => {
    const state = checked(seen, 'file', directory.path);
    const isSame =
      state?.kind === 'directory' &&
      (directory.owner === undefined || [state.owner, String(state.uid)].includes(directory.owner)) &&
      (directory.group === undefined || [state.group, String(state.gid)].includes(directory.group)) &&
      (directory.mode === undefined || Number.parseInt(directory.mode, 8) === Number.parseInt(state.mode, 8));
    if (isSame) return [];
    const isNew = state === undefined || state.kind === 'none';
    // By the time of an undo users may have their files in a new one.
    const undo = isNew ? { never: 'it stays on the volume, with what is in it' } : undefined;
    const step = directoryStep(directory, isNew, undo, state?.kind === 'directory' ? ownerOf(state) : undefined);
    // Options may have been changed by hand since; what matters is that the filesystem is there.
    return [{ ...step, guard: [mountedAs({ ...mount, options: [] }), ...step.guard] }];
  });
}

/** A user or group without a name goes by its number. */
const ownerOf = ({ owner, group, uid, gid, mode }: Exclude<FileState, { kind: 'none' }>): DirectoryOwner => ({
  owner: owner === 'UNKNOWN' ? String(uid) : owner,
  group: group === 'UNKNOWN' ? String(gid) : group,
  mode,
});
