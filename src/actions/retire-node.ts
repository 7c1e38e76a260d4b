import type { FleetView, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import { familyOf, isMember, isNamed, isSystemPoint, partitionsOf, whyUsed } from '../model/disk-use.ts';
import type { BlockDevice, Mount } from '../model/facts.ts';
import { parseFstab } from '../model/fstab.ts';
import type { DevicePath } from '../model/ids.ts';
import { stackedAt } from '../model/mounts.ts';
import type { Step } from '../model/plan.ts';
import { isUnder, trimmed } from '../model/storage-source.ts';
import { wishOf } from '../model/wishes.ts';
import { wipeStep } from '../storage/disk-steps.ts';
import { linesFor, ownFstabTargets, withoutFstabLine } from '../storage/fstab-lines.ts';
import { directoryStep } from '../storage/local-steps.ts';
import { ownerOf } from '../storage/managed.ts';
import { unitPaths } from '../storage/mount-units.ts';
import { BACKUPS } from '../storage/write-file.ts';
import { findDisk, GIVE_A_SERIAL, identityOf, theDisk, whyNameless } from './disk-node.ts';
import { fstabOf, isReload, lastSteps, withoutLine } from './gone-mounts.ts';
import { type NodePlan, type Refusal, refused, stepsOr } from './node-plans.ts';
import { planUnmount, unmountNeeds } from './unmount-node.ts';

/** A disk that goes out of use. */
export interface RetireWish {
  readonly disk: string;
  readonly users: 'refuse' | 'end';
  readonly wipe: boolean;
}

/** What to look at before a disk is retired: where it is used is known after the first look. */
export function retireNeeds(wish: RetireWish | undefined, view: NodeView | undefined): readonly Need[] {
  const base: readonly Need[] = [
    ...(['privilege', 'mounts', 'units', 'exports', 'tools', 'blockDevices'] as const).map(
      (probe): Need => ({ kind: 'probe', probe }),
    ),
    ...['/etc/fstab', BACKUPS].map((path): Need => ({ kind: 'check', check: 'file', target: path })),
  ];
  if (wish === undefined || view === undefined) return base;
  const [disk] = findDisk(wish.disk, view.seen.facts.blockDevices ?? []);
  if (disk === undefined) return base;
  return [
    ...base,
    { kind: 'check', check: 'signatures', target: disk.path },
    ...targetsOf(disk, view).flatMap(unmountNeeds),
  ];
}

/** Mounts of a disk: by its device files, and by the number of a device, which a bind mount shares. */
function mountsOf(disk: BlockDevice, { seen }: NodeView): readonly Mount[] {
  const { mounts = [], blockDevices = [] } = seen.facts;
  const paths = new Set<string>(familyOf(disk.path, blockDevices).map(({ path }) => path));
  const numbers = new Set(mounts.filter(({ source }) => paths.has(source)).map(({ device }) => device));
  return mounts.filter(
    ({ source, device, fsType }) => fsType !== 'autofs' && (paths.has(source) || numbers.has(device)),
  );
}

/** Where the disk is mounted, or would be by a unit or a line of fstab, the deepest first. */
function targetsOf(disk: BlockDevice, view: NodeView): readonly string[] {
  const family = familyOf(disk.path, view.seen.facts.blockDevices ?? []);
  const isOurs = (source: string): boolean => family.some((device) => isNamed(source, device));
  const lines = parseFstab(fstabOf(view) ?? '').filter(
    ({ source, target }) => target.startsWith('/') && isOurs(source),
  );
  const units = (view.seen.facts.units?.units ?? []).flatMap(({ kind, what, where }) =>
    kind === 'mount' && what !== undefined && where !== undefined && isOurs(what) ? [where] : [],
  );
  const all = [...mountsOf(disk, view).map(({ target }) => target), ...lines.map(({ target }) => target), ...units];
  return [...new Set(all.map(trimmed))].toSorted((a, b) => b.length - a.length);
}

/** Unmounts a disk everywhere, takes what is ours of it away, and makes it blank where that is wished. */
export function planRetire(wish: RetireWish, view: NodeView, fleet: FleetView): NodePlan {
  const disk = theDisk(wish.disk, view.seen.facts.blockDevices);
  if ('because' in disk) return disk;
  if (fstabOf(view) === undefined) return refused('/etc/fstab could not be read', 'plan again when it can');
  const targets = targetsOf(disk, view);
  const because = whyNotRetired(disk, targets, wish, view);
  if (because !== undefined) return because;
  const taken = takenAway(targets, wish, view);
  if ('because' in taken) return taken;
  const wiped = wish.wipe ? wipeSteps(disk, view) : [];
  if ('because' in wiped) return wiped;
  const [first, ...others] = [
    ...(wiped.length > 0 ? taken.map((step) => undoneOn(step, disk, view)) : taken),
    ...wiped,
  ];
  if (first === undefined) return stepsOr([], `nothing uses ${disk.path}${wish.wipe ? ', and it is blank' : ''}`);
  const warnings = [...first.warnings, ...stillWished(disk, view, fleet)];
  return { kind: 'steps', steps: [{ ...first, warnings }, ...others] };
}

/** What stands against it that no step here may change. */
function whyNotRetired(
  disk: BlockDevice,
  targets: readonly string[],
  { wipe }: RetireWish,
  view: NodeView,
): Refusal | undefined {
  const system = targets.find(isSystemPoint);
  if (system !== undefined)
    return refused(
      `${disk.path} is the system's: ${system} is on it`,
      'choose another disk: the node does not run without it',
    );
  const left = (view.seen.facts.blockDevices ?? []).map((device) => ({
    ...device,
    mountPoints: device.mountPoints.filter((point) => !targets.includes(trimmed(point))),
    ...(wipe ? {} : { isReadOnly: false }),
  }));
  const lines = targets.reduce(withoutFstabLine, fstabOf(view) ?? '');
  const used = whyUsed(disk.path, left, lines);
  if (used !== undefined) return refused(used, 'take it out of that first');
  const exported = view.seen.facts.exports?.files?.find(({ path }) => targets.some((target) => isUnder(path, target)));
  if (exported !== undefined)
    return refused(`${exported.path} is exported by ${exported.from}`, `unexport ${exported.path} first`);
  return targets.map((target) => whyForeign(target, disk, view)).find((each) => each !== undefined);
}

/** Something at one of its mount points that is not the disk's, or not ours to take away. */
function whyForeign(target: string, disk: BlockDevice, view: NodeView): Refusal | undefined {
  const { mounts = [], units } = view.seen.facts;
  const own = new Set(mountsOf(disk, view).map(({ id }) => id));
  const other = stackedAt(mounts, target).find(({ id, fsType }) => fsType !== 'autofs' && !own.has(id));
  if (other !== undefined)
    return refused(`${other.source} is mounted at ${target} as well`, `unmount ${target} by itself first`);
  const paths = unitPaths(target);
  const fstab = fstabOf(view) ?? '';
  const next = 'unmount it by itself (unmount, keep: gone), then plan again';
  const foreign = units?.units.find(
    ({ kind, where, fragmentPath }) =>
      kind === 'mount' &&
      where === target &&
      fragmentPath !== undefined &&
      !isGenerated(fragmentPath) &&
      !paths.some((path) => path === fragmentPath),
  );
  if (foreign?.fragmentPath !== undefined)
    return refused(`${foreign.fragmentPath} mounts it and is not ours`, 'take that unit away by hand, then plan again');
  for (const path of paths) {
    const file = checked(view.seen, 'file', path);
    const owner = file?.kind === 'file' && file.text !== undefined ? ownerOf(file.text) : undefined;
    if (owner === 'theirs')
      return refused(`${path} mounts it and is not ours`, `take ${path} away by hand, then plan again`);
    if (owner === 'edited') return refused(`${path} was edited by hand since muster wrote it`, next);
  }
  return linesFor(fstab, target).length > 0 && !ownFstabTargets(fstab).map(trimmed).includes(target)
    ? refused(`/etc/fstab has a line for ${target} that is not ours`, next)
    : undefined;
}

const isGenerated = (path: string): boolean => path.startsWith('/run/');

/** Unmounts and forgets each mount point; lines of fstab go in one write. */
function takenAway(targets: readonly string[], { users }: RetireWish, view: NodeView): readonly Step[] | Refusal {
  const choices = { forget: true, users, firmness: 'gentle' } as const;
  const steps: Step[] = [];
  let left = targets.reduce(withoutLine, view);
  for (const target of targets) {
    const plan = planUnmount(target, choices, left);
    if (plan.kind === 'refused') return plan;
    if (plan.kind === 'steps') steps.push(...plan.steps.filter((step) => !isReload(step)));
    left = withoutMount(left, target);
  }
  const units = targets.filter((target) =>
    unitPaths(target).some((path) => checked(view.seen, 'file', path)?.kind === 'file'),
  );
  return [
    ...steps,
    ...lastSteps(
      targets,
      units.map((target) => unitPaths(target)[0].replace(/^.*\//, '')),
      view,
    ),
  ];
}

/** The node as it is once that mount is gone. */
const withoutMount = (view: NodeView, target: string): NodeView => {
  const mounts = (view.seen.facts.mounts ?? []).filter((mount) => mount.target !== target);
  return { ...view, seen: { ...view.seen, facts: { ...view.seen.facts, mounts } } };
};

/** Erases every signature that was shown; nothing where it is blank. */
function wipeSteps(disk: BlockDevice, { seen }: NodeView): readonly Step[] | Refusal {
  const identity = identityOf(disk);
  const nameless = whyNameless(identity);
  if (nameless !== undefined) return refused(nameless, GIVE_A_SERIAL);
  const signatures = checked(seen, 'signatures', disk.path);
  if (signatures === undefined) {
    const because = seen.failed.get(`signatures ${disk.path}`) ?? 'no answer';
    return refused(`what ${disk.path} carries is not known: ${because}`, 'plan again when it answers');
  }
  const member = signatures.find(({ type }) => isMember(type));
  if (member !== undefined)
    return refused(`${member.device} is a member of something larger (${member.type})`, 'take it out of that first');
  if (signatures.length === 0) return [];
  const parts = partitionsOf(disk.path, seen.facts.blockDevices ?? []).map(({ path }): DevicePath => path);
  const backups =
    checked(seen, 'file', BACKUPS)?.kind === 'none' ? [directoryStep({ path: BACKUPS, mode: '0700' }, true)] : [];
  return [...backups, wipeStep(identity, signatures, parts)];
}

/** Nothing is put back for a filesystem that is not there any more: a unit that cannot mount would fail at every boot. */
function undoneOn(step: Step, disk: BlockDevice, { seen }: NodeView): Step {
  const held = familyOf(disk.path, seen.facts.blockDevices ?? []).find(({ uuid }) => uuid !== undefined);
  if (held?.uuid === undefined || held.fsType === undefined || 'never' in step.undo) return step;
  const { path: device, fsType, uuid } = held;
  return {
    ...step,
    undo: step.undo.map(
      (back): Step => ({ ...back, guard: [{ kind: 'filesystem', device, fsType, uuid }, ...back.guard] }),
    ),
  };
}

/** Volumes the inventory still has on the disk: converge would bring them back. */
function stillWished(disk: BlockDevice, { name }: NodeView, { inventory }: FleetView): readonly string[] {
  const volumes = wishOf(inventory, name)?.volumes ?? [];
  return volumes
    .filter(({ disk: { id, serial, wwn } }) =>
      [id, serial, wwn].some((text) => text !== undefined && findDisk(text, [disk]).length > 0),
    )
    .map(
      (volume) =>
        `the inventory still has the volume ${volume.name} on it: take it out there, or converge makes it again`,
    );
}
