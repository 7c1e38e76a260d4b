import { nfsSuperOptions } from './build-mounts.ts';
import { dropFile, fileAt, made, putFile } from './files.ts';
import type { DemoMount, DiskContent, NodeState } from './node-state.ts';
import { isUnder, mount, unmount } from './transitions.ts';
import { usersBelow } from './users.ts';
import { findHost, type World } from './world.ts';

/** What mount(8) was asked for. */
export interface MountOrder {
  readonly source: string;
  readonly target: string;
  readonly fsType: string;
  readonly options: readonly string[];
}

/** Words and exit code of a mount(8) or umount(8) that could not. */
export interface Refused {
  readonly words: string;
  readonly exitCode: number;
}

/** Words that mean something to systemd or mount(8) and never reach the kernel. */
const NOT_FOR_KERNEL = /^(defaults|auto|noauto|nofail|_netdev|user|users|bg|fg|x-.*|remount)$/;
const FLAGS = /^(ro|rw|noatime|relatime|strictatime|nodiratime|nosuid|nodev|noexec|sync)$/;
const NFS_WORDS =
  /^(hard|soft|softerr|nolock|lock|intr|noac|ac|nocto|cto|fsc|nosharecache|noresvport|((nfs)?vers|minorversion|timeo|retrans|rsize|wsize|proto|port|mountport|sec|nconnect|max_connect|actimeo|ac(reg|dir)(min|max)|lookupcache|local_lock|retry|clientaddr)=[\w.:,-]+)$/;
const MIB = 1_048_576;

/** Why the node cannot mount that; undefined when it can. `words` are those of the tools. */
export function whyNotMount(world: World, node: NodeState, order: MountOrder): Refused | undefined {
  const { source, target, fsType } = order;
  if (fileAt(node, target)?.kind !== 'directory')
    return { words: `mount: ${target}: mount point does not exist.`, exitCode: 32 };
  if (isNfs(fsType, source)) return whyNotShare(world, node, order);
  if (fsType === 'tmpfs') return undefined;
  const device = deviceBehind(node, source);
  if (device === undefined)
    return { words: `mount: ${target}: special device ${source} does not exist.`, exitCode: 32 };
  if (fsType !== '' && fsType !== 'auto' && !/^(ext4|xfs|vfat)$/.test(fsType))
    return { words: `mount: ${target}: unknown filesystem type '${fsType}'.`, exitCode: 32 };
  const { content } = device;
  if (content?.fsType === undefined || (/^(ext4|xfs|vfat)$/.test(fsType) && fsType !== content.fsType)) {
    const words = `mount: ${target}: wrong fs type, bad option, bad superblock on ${device.path}, missing codepage or helper program, or other error.`;
    return { words, exitCode: 32 };
  }
  return node.mounts.some((each) => each.source === device.path && each.target === target)
    ? { words: `mount: ${target}: ${device.path} already mounted on ${target}.`, exitCode: 32 }
    : undefined;
}

/** Whether the server behind a share is silent, so that mount(8) waits before it gives up. */
export function isServerSilent(world: World, { source, fsType }: MountOrder): boolean {
  const server = world.node(source.split(':')[0] ?? '');
  return isNfs(fsType, source) && server !== undefined && server.ailments.link !== 'up';
}

function whyNotShare(world: World, node: NodeState, { source, target, options }: MountOrder): Refused | undefined {
  const [host = '', path = ''] = [source.slice(0, source.indexOf(':')), source.slice(source.indexOf(':') + 1)];
  const failed = (words: string): Refused => ({ words: `mount.nfs: ${words}`, exitCode: 32 });
  const wrong = options.find((each) => !FLAGS.test(each) && !NFS_WORDS.test(each) && !NOT_FOR_KERNEL.test(each));
  if (wrong !== undefined) return failed('an incorrect mount option was specified');
  const server = findHost(world, host);
  if (server === undefined) return failed(`Failed to resolve server ${host}: Name or service not known`);
  if (server.ailments.link !== 'up') return failed(`No route to host for ${source} on ${target}`);
  if (server.nfsdThreads === 0) return failed(`Connection refused for ${source} on ${target}`);
  const clause = server.exports.find(({ path: each, client }) => isUnder(path, each) && isClient(node, client));
  if (clause === undefined || !isMountPointThere(server, clause.options))
    return failed(`access denied by server while mounting ${source}`);
  return fileAt(server, path)?.kind === 'directory'
    ? undefined
    : failed(`mounting ${source} failed, reason given by server: No such file or directory`);
}

/** `mp` and `mp=PATH`: the share is only given while something is mounted there. exports(5) */
function isMountPointThere(server: NodeState, options: readonly string[]): boolean {
  const path = options.find((each) => /^(mp|mountpoint)=/.test(each))?.split('=')[1];
  return path === undefined || server.mounts.some(({ target }) => target === path);
}

function isClient(node: NodeState, client: string): boolean {
  if (client === '*' || client === node.name || client === node.address) return true;
  const [network = '', bits = ''] = client.split('/');
  const size = Number(bits);
  if (!/^\d+$/.test(bits) || size > 32) return false;
  const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const block = 2 ** (32 - size);
  return Math.floor(numberOf(network) / block) === Math.floor(numberOf(node.address) / block);
}

/** The node after the mount; `whyNotMount` has agreed. */
export function mounted(world: World, node: NodeState, order: MountOrder): NodeState {
  const { source, target, fsType, options } = order;
  const nowMs = world.clock.nowMs();
  const flags = flagsOf(options);
  if (isNfs(fsType, source)) {
    const server = findHost(world, source.split(':')[0] ?? '')?.address ?? '';
    const superOptions = nfsSuperOptions(options, server, node.address);
    return mount(node, { source, target, fsType: 'nfs4', options: flags, superOptions }, nowMs);
  }
  const device = deviceBehind(node, source);
  if (device?.content?.fsType === undefined)
    return mount(node, { source, target, fsType, options: flags, superOptions: ['rw'] }, nowMs);
  const { content, path } = device;
  const empty = { usedRatio: 0.002, sinceMs: nowMs, growthBytesPerSec: 0, isFull: false };
  const after = mount(
    node,
    {
      source: path,
      target,
      fsType: content.fsType ?? '',
      options: flags,
      superOptions: ['rw', ...options.filter((each) => !FLAGS.test(each) && !NOT_FOR_KERNEL.test(each))],
      device: device.number,
      space: content.space ?? { ...empty, sizeBytes: device.sizeBytes - 64 * MIB },
    },
    nowMs,
  );
  return [...(content.tree ?? [])].reduce((state, [below, file]) => putFile(state, `${target}${below}`, file), after);
}

/** The node with other options for the mount on top at a target. */
export function remounted(node: NodeState, target: string, options: readonly string[]): NodeState {
  const top = node.mounts.findLast((each) => each.target === target && each.fsType !== 'autofs');
  const change = (each: DemoMount): DemoMount => {
    const kept = each.options.filter((option) => !/^(ro|rw|noatime|relatime|strictatime)$/.test(option));
    const told = options.filter((option) => FLAGS.test(option));
    const isRo = told.includes('ro') || (each.options.includes('ro') && !told.includes('rw'));
    const atime =
      told.find((option) => /atime$/.test(option)) ?? each.options.find((option) => /^(no|rel)atime$/.test(option));
    const others = told.filter((option) => !/^(ro|rw|noatime|relatime|strictatime)$/.test(option));
    return { ...each, options: [...new Set([isRo ? 'ro' : 'rw', ...kept, ...others, atime ?? 'relatime'])] };
  };
  return { ...node, mounts: node.mounts.map((each) => (each === top ? change(each) : each)) };
}

/** Why the topmost mount at a target cannot be taken away; `stuck` sleeps in the kernel until it answers again. */
export function whyNotUnmount(
  world: World,
  node: NodeState,
  target: string,
  how: 'gentle' | 'force' | 'lazy',
): Refused | 'stuck' | undefined {
  const top = node.mounts.findLast((each) => each.target === target && each.fsType !== 'autofs');
  if (top === undefined) return { words: `umount: ${target}: not mounted.`, exitCode: 32 };
  if (how === 'lazy') return undefined;
  const isBusy =
    usersBelow(node, target, world.clock.nowMs()).length > 0 ||
    node.exports.some(({ path }) => isUnder(path, target)) ||
    node.mounts.some((each) => each.target !== target && isUnder(each.target, target));
  if (isBusy) return { words: `umount: ${target}: target is busy.`, exitCode: 32 };
  return top.hungBy.length > 0 && how === 'gentle' ? 'stuck' : undefined;
}

/** The node without the topmost mount; what lies on its disk goes with it and comes back with it. */
export function unmounted(node: NodeState, target: string): NodeState {
  const top = node.mounts.findLast((each) => each.target === target && each.fsType !== 'autofs');
  if (top === undefined) return node;
  const point = node.files.get(target) ?? made('directory', '', node.bootedAtMs);
  const without = { ...node, mounts: node.mounts.filter((each) => each !== top) };
  if (!top.source.startsWith('/dev/')) return putFile(without, target, point);
  const tree = new Map(
    [...node.files]
      .filter(([path]) => path !== target && isUnder(path, target))
      .map(([path, file]) => [path.slice(target.length), file]),
  );
  const kept = changeContent(without, top.source, (content) => ({
    ...content,
    tree,
    ...(top.space === undefined ? {} : { space: top.space }),
  }));
  return putFile(dropFile(kept, target), target, point);
}

/** The node without an autofs mount and whatever was mounted upon it. */
export function disarmed(node: NodeState, target: string): NodeState {
  const without = node.mounts.some((each) => each.target === target && each.fsType !== 'autofs')
    ? unmounted(node, target)
    : node;
  return unmount(without, target);
}

/** A disk or partition with what is on it. */
export interface Device {
  readonly path: string;
  readonly number: string;
  readonly sizeBytes: number;
  readonly content?: DiskContent;
}

/** The device a source means: a path, a name under /dev/disk, or a tag of fstab. */
export function deviceBehind(node: NodeState, source: string): Device | undefined {
  const [, tag = '', value = ''] = /^(?:\/dev\/disk\/by-)?(uuid|label|partlabel)[=/](.+)$/i.exec(source) ?? [];
  const key = ({ uuid: 'uuid', label: 'label', partlabel: 'partitionLabel' } as const)[tag.toLowerCase()];
  return devicesOf(node).find(({ path, content }) => (key === undefined ? path === source : content?.[key] === value));
}

/** Every disk with its partitions after it. */
export function devicesOf(node: NodeState): readonly Device[] {
  return node.disks.flatMap((disk, at) => [
    {
      path: `/dev/${disk.name}`,
      number: `8:${at * 16}`,
      sizeBytes: disk.sizeBytes,
      ...(disk.content === undefined ? {} : { content: disk.content }),
    },
    ...disk.partitions.map((part, index) => ({
      path: `/dev/${part.name}`,
      number: `8:${at * 16 + index + 1}`,
      sizeBytes: part.sizeBytes,
      content: part,
    })),
  ]);
}

/** The node with something else on a disk or partition. */
export function changeContent(node: NodeState, path: string, change: (content: DiskContent) => DiskContent): NodeState {
  const disks = node.disks.map((disk) => ({
    ...disk,
    ...(`/dev/${disk.name}` === path ? { content: change(disk.content ?? {}) } : {}),
    partitions: disk.partitions.map((part) => (`/dev/${part.name}` === path ? { ...part, ...change(part) } : part)),
  }));
  return { ...node, disks };
}

const isNfs = (fsType: string, source: string): boolean =>
  /^nfs4?$/.test(fsType) || (fsType === '' && /^[\w.-]+:\//.test(source));

function flagsOf(options: readonly string[]): readonly string[] {
  const told = options.filter((option) => FLAGS.test(option) && option !== 'rw' && option !== 'ro');
  return [
    options.includes('ro') ? 'ro' : 'rw',
    ...told,
    ...(told.some((each) => /atime$/.test(each)) ? [] : ['relatime']),
  ];
}
