import type { FleetView, NodeView } from '../model/action.ts';
import { type CheckFacts, checked, type FileState, type Need } from '../model/check.ts';
import { describeDifferences } from '../model/comparison.ts';
import { isNamed } from '../model/disk-use.ts';
import type { Mount } from '../model/facts.ts';
import { quoted } from '../model/field-shape.ts';
import { isNetworkFilesystem, isNfs, isStorageFilesystem } from '../model/filesystem-types.ts';
import { parseFstab } from '../model/fstab.ts';
import { compareOptions } from '../model/mount-options.ts';
import { automountAt, stackedAt } from '../model/mounts.ts';
import type { Step } from '../model/plan.ts';
import { isSameServer, isUnder, remoteSource, trimmed } from '../model/storage-source.ts';
import { unitName } from '../model/unit-name.ts';
import { nodeOfHost } from '../model/wishes.ts';
import { ownerOf } from '../storage/managed.ts';
import { type MountGround, mountSteps, touchStep } from '../storage/mount-steps.ts';
import { unitPaths } from '../storage/mount-units.ts';
import { helperOf, type MountWish } from '../storage/mount-wish.ts';
import { keepLogin } from './cifs-login.ts';
import { already, type NodePlan, type Refusal, refused, stepsOr } from './node-plans.ts';

/** Files that would be hidden are named, at most. */
const MOST_NAMED = 3;

/** What else the operator said about a mount. */
export interface MountChoices {
  /** Files that are not ours may be replaced. */
  readonly overwrite: boolean;
  /** The mount is used once and has to answer. */
  readonly verify: boolean;
  /** The export comes in an earlier stage of the same plan. */
  readonly isExportPlanned?: true;
}

/** What to look at on a client before a mount is planned; more once the mount table is known. */
export function mountNeeds(target: string, view: NodeView | undefined): readonly Need[] {
  const [mount, automount] = unitPaths(target);
  const base: Need[] = [
    ...(['privilege', 'mounts', 'tools', 'units'] as const).map((probe): Need => ({ kind: 'probe', probe })),
    ...[mount, automount, '/etc/fstab'].map((path): Need => ({ kind: 'check', check: 'file', target: path })),
  ];
  const mounts = view?.seen.facts.mounts;
  // Whether that disk is the one a UUID or a label names, only its own facts say.
  if (mounts !== undefined && realMountAt(mounts, target)?.source.startsWith('/dev/'))
    base.push({ kind: 'probe', probe: 'blockDevices' });
  // A path below an automount is not touched: looking would mount it.
  if (mounts === undefined || isCovered(mounts, target)) return base;
  return [...base, ...(['file', 'entries'] as const).map((check): Need => ({ kind: 'check', check, target }))];
}

/** Whether looking at a path could touch a share: something is mounted there, or an automount or a network filesystem is above it. */
export function isCovered(mounts: readonly Mount[], target: string): boolean {
  const above = mounts.filter((mount) => isUnder(target, mount.target) && isNetworkFilesystem(mount.fsType));
  return stackedAt(mounts, target).length > 0 || automountAt(mounts, target) !== undefined || above.length > 0;
}

/** What to look at on the node a share comes from, so that the server is checked before its clients. */
export const serverNeeds = (): readonly Need[] =>
  (['privilege', 'mounts', 'exports', 'nfsServer'] as const).map((probe) => ({ kind: 'probe', probe }));

/** The mount on top at a target, automounts not counted. */
export const realMountAt = (mounts: readonly Mount[], target: string): Mount | undefined =>
  stackedAt(mounts, target).findLast(({ fsType }) => fsType !== 'autofs');

/** Plans one mount on one node where it is missing; one that is there with other options is a matter for `remount`. */
export function planMount(asked: MountWish, choices: MountChoices, view: NodeView, fleet: FleetView): NodePlan {
  const { mounts } = view.seen.facts;
  if (mounts === undefined) return refused('its mounts are not known', 'plan again when it answers');
  const present = realMountAt(mounts, asked.target);
  const wish = keepLogin(asked, present, view);
  if (present !== undefined) return planPresent(wish, present, choices, view, fleet);
  const waits = already(`the automount at ${wish.target} waits for the first touch, which is healthy`);
  if (isWaitingFor(wish, view, fleet)) return waits;
  const because = whyNotMounted(wish, choices, view, fleet);
  if (because !== undefined) return because;
  const ground = groundOf(wish.target, view, choices.overwrite);
  const planned = mountSteps(wish, ground, fleet.render);
  if (planned.kind === 'refused') return planned;
  const isWaiting = automountAt(mounts, wish.target)?.mount.target === wish.target;
  const steps = planned.steps.filter((step) => !isStart(step, wish) || !isWaiting || planned.steps.length > 1);
  if (steps.length === 0) return waits;
  const hidden = hiddenBelow(wish.target, view);
  const [first, ...others] = steps;
  const warned = first === undefined ? [] : [{ ...first, warnings: [...first.warnings, ...hidden] }, ...others];
  return stepsOr([...warned, ...(choices.verify ? [touchStep(wish)] : [])], 'nothing to do');
}

const isStart = (step: Step, { target, how }: MountWish): boolean =>
  how === 'automount' && step.run.argv.includes('enable') && step.run.argv.includes(unitName(target, 'automount'));

/** What was seen on a node that writing a mount down depends on. */
export function groundOf(target: string, { seen }: NodeView, overwrite: boolean): MountGround {
  const file = (path: string): FileState | undefined => checked(seen, 'file', path);
  return {
    files: new Map(unitPaths(target).map((path) => [path, file(path)])),
    fstab: file('/etc/fstab'),
    target: file(target),
    overwrite,
    hasSystemd: seen.facts.units !== undefined,
  };
}

/** Something is mounted there: the same, the same with other options, or something else. */
function planPresent(
  wish: MountWish,
  present: Mount,
  choices: MountChoices,
  view: NodeView,
  fleet: FleetView,
): NodePlan {
  if (!isSameMount(wish, present, view, fleet)) {
    return refused(
      `${present.source} is mounted at ${wish.target}`,
      `unmount ${wish.target} first, or choose another mount point`,
    );
  }
  const { differences } = compareOptions(wish.options, present);
  if (differences.length > 0) {
    return refused(
      `${wish.target} is mounted with other options (${describeDifferences(differences)})`,
      'remount it to change its options',
    );
  }
  return planKept(wish, choices, view, fleet);
}

/** It is mounted as wished; what keeps it over a boot may still be missing. Whoever wrote that is as good as we are. */
function planKept(wish: MountWish, choices: MountChoices, view: NodeView, fleet: FleetView): NodePlan {
  const units = view.seen.facts.units?.units ?? [];
  const [unit, trigger] = (['mount', 'automount'] as const).map((suffix) =>
    units.find(({ name }) => name === unitName(wish.target, suffix)),
  );
  const isTriggered = trigger?.active === 'active';
  const isKept = wish.how === 'plain' || (wish.how === 'automount' ? isTriggered : unit?.fragmentPath !== undefined);
  if (isKept) return already(`${wish.source} is mounted at ${wish.target}`);
  if (wish.how === 'automount') {
    return refused(
      `${wish.source} is mounted at ${wish.target} without an automount, which cannot start below a mount`,
      'remount it to bring the automount in',
    );
  }
  const planned = mountSteps(wish, groundOf(wish.target, view, choices.overwrite), fleet.render);
  if (planned.kind === 'refused') return planned;
  return stepsOr(
    planned.steps.filter((step) => step.run.argv[0] !== 'mount'),
    `${wish.source} is mounted at ${wish.target}`,
  );
}

/** An automount of somebody else's that waits for the same source is as good as ours. */
function isWaitingFor(wish: MountWish, view: NodeView, { inventory }: FleetView): boolean {
  const { mounts = [], units } = view.seen.facts;
  if (wish.how !== 'automount' || automountAt(mounts, wish.target)?.mount.target !== wish.target) return false;
  const [path] = unitPaths(wish.target);
  const file = checked(view.seen, 'file', path);
  if (file?.kind === 'file' && file.text !== undefined && ownerOf(file.text) !== 'theirs') return false;
  const what = units?.units.find(({ name }) => name === unitName(wish.target, 'mount'))?.what;
  const [wished, found] = [remoteSource(wish.source, wish.fsType), remoteSource(what ?? '', wish.fsType)];
  if (wished === undefined || found === undefined) return what === wish.source;
  return wished.path === found.path && isSameServer(inventory, wished.server, found.server, { superOptions: [] });
}

/** Whether a mount in force comes from where the wish says. */
export function isSameMount(
  wish: Pick<MountWish, 'source' | 'fsType'>,
  present: Mount,
  view: NodeView,
  { inventory }: FleetView,
): boolean {
  if (/^[A-Z]+=/i.test(wish.source)) {
    const device = view.seen.facts.blockDevices?.find(({ path }) => path === present.source);
    return device !== undefined && isNamed(wish.source, device);
  }
  const wished = remoteSource(wish.source, wish.fsType);
  const found = remoteSource(present.source, present.fsType);
  if (wished === undefined || found === undefined) return trimmed(wish.source) === trimmed(present.source);
  return wished.path === found.path && isSameServer(inventory, wished.server, found.server, present);
}

/** What stands against a mount: its helper, the server being the node itself, a server that does not export, another definition. */
function whyNotMounted(wish: MountWish, choices: MountChoices, view: NodeView, fleet: FleetView): Refusal | undefined {
  const misread = whyNoSource(wish);
  if (misread !== undefined) return misread;
  const helper = helperOf(wish.fsType);
  const { tools } = view.seen.facts;
  if (helper !== undefined && tools !== undefined && !tools.includes(helper.program)) {
    return refused(
      `${helper.program} is missing, without which mount says "bad superblock"`,
      `install ${helper.package} there`,
    );
  }
  const remote = remoteSource(wish.source, wish.fsType);
  const server = remote === undefined ? undefined : nodeOfHost(fleet.inventory, remote.server);
  if (server !== undefined && server === view.name) {
    return refused(
      `${wish.source} is its own export`,
      'leave the server out: a node that mounts from itself can hang at shutdown',
    );
  }
  if (wish.how !== 'fstab' && wish.how !== 'plain') {
    if (view.seen.facts.units === undefined) {
      return refused('no systemd runs there', 'choose fstab');
    }
    if (fstabHas(wish.target, checked(view.seen, 'file', '/etc/fstab'))) {
      return refused(`${wish.target} stands in /etc/fstab already`, 'choose fstab, or take the line out first');
    }
  }
  if (server === undefined || remote === undefined || choices.isExportPlanned === true || !isNfs(wish.fsType))
    return undefined;
  return whyNotServed(server, remote.path, fleet);
}

/** A source its filesystem cannot read, which would be found out when the mount is first touched. */
function whyNoSource({ source, fsType }: MountWish): Refusal | undefined {
  const shape = isNfs(fsType)
    ? { form: 'SERVER:/PATH', rule: /^(\[[^\]]+\]|[^:/\s]+):\// }
    : fsType === 'cifs' || fsType === 'smb3'
      ? { form: '//SERVER/SHARE', rule: /^\/\/[^/\s]+\/[^/]/ }
      : !isNetworkFilesystem(fsType) && isStorageFilesystem(fsType) && fsType !== 'zfs' // whose sources are datasets: tank/data
        ? { form: '/dev/… or UUID=…', rule: /^(\/|(UUID|LABEL|PARTUUID|PARTLABEL|ID)=.)/ }
        : undefined;
  return shape === undefined || shape.rule.test(source)
    ? undefined
    : refused(
        `${quoted(source)} is no source of ${fsType}, which is written ${shape.form}`,
        'correct the source, or name the filesystem (type)',
      );
}

const fstabHas = (target: string, fstab: CheckFacts['file'] | undefined): boolean =>
  fstab?.kind === 'file' && parseFstab(fstab.text ?? '').some((entry) => trimmed(entry.target) === target);

/** Why a server of the inventory does not serve a path; undefined where it does, or where it cannot be asked. */
export function whyNotServed(server: string, path: string, { nodes }: FleetView): Refusal | undefined {
  const view = [...nodes.values()].find(({ name }) => name === server);
  if (view === undefined || view.unreachable !== undefined) {
    return refused(
      `its server ${server} does not answer: ${view?.unreachable ?? 'not looked at'}`,
      `mend ${server} first: a mount would hang`,
    );
  }
  const { facts, absent } = view.seen;
  if (facts.nfsServer?.threads === 0 || absent.has('nfsServer')) {
    return refused(`its server ${server} runs no NFS server`, `start it on ${server}, or export with muster`);
  }
  const table = facts.exports?.kernel;
  if (table === undefined) return undefined;
  const isServed = table.some(
    (entry) =>
      isUnder(path, entry.path) || entry.options.some((option) => option === 'fsid=0' || option === 'fsid=root'),
  );
  return isServed
    ? undefined
    : refused(
        `its server ${server} does not export ${path}`,
        `export ${path} on ${server} first, or use share-storage`,
      );
}

/** What a mount would hide. */
function hiddenBelow(target: string, { seen }: NodeView): readonly string[] {
  const entries = checked(seen, 'entries', target) ?? [];
  if (entries.length === 0) return [];
  const names = entries.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = entries.length > MOST_NAMED ? ` and ${entries.length - MOST_NAMED} more` : '';
  return [`${target} is not empty: ${names.join(', ')}${more} will be hidden below the mount`];
}
