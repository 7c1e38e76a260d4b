import type { DemoMount, Space } from '../node-state.ts';
import { isUnder } from '../transitions.ts';
import { findHost, type World } from '../world.ts';
import { type Answerer, type Reply, text } from './reply.ts';

const BLOCK_BYTES = 4_096;
/** ext4 keeps 5 % for root; xfs keeps nothing. */
const RESERVED = 0.05;
/** Bytes per inode of mkfs.ext4(8). */
const INODE_BYTES = 16_384;

/** `stat -f` of one mount. A mount that hangs answers when it no longer does, and cannot be killed meanwhile: it sleeps in the kernel. */
export const usage = {
  isInline: false,
  isStill: false,
  answer: ({ node, world, nowMs, target }) => {
    const mount = node.mounts.findLast((each) => each.target === target);
    if (mount === undefined) return failed(target, 'No such file or directory');
    if (mount.hungBy.length > 0) return { kind: 'blocked', isKillable: false };
    if (mount.isStale) return failed(target, 'Stale file handle');
    const behind = spaceBehind(world, mount);
    return behind === undefined ? failed(target, 'Input/output error') : text([statLine(behind, nowMs)]);
  },
} satisfies Answerer;

/** The space a mount shows: its own, or that of the filesystem below the exported directory. */
export function spaceBehind(world: World, mount: DemoMount): DemoMount | undefined {
  if (mount.space !== undefined) return mount;
  const [server = '', path = ''] = mount.source.split(':');
  // Kernel filesystems have no space of their own and say so with zeros.
  if (mount.fsType !== 'nfs4') return mount;
  return findHost(world, server)?.mounts.findLast((each) => each.space !== undefined && isUnder(path, each.target));
}

/** Bytes in use now: what was there at first and what has come since. */
export function usedBytes(space: Space, nowMs: number): number {
  if (space.isFull) return space.sizeBytes * (1 - 0.0004);
  const grown = (Math.max(0, nowMs - space.sinceMs) / 1000) * space.growthBytesPerSec;
  // Someone cleans up before a demo that runs for weeks fills every disk.
  const room = space.sizeBytes * (0.97 - space.usedRatio);
  return space.sizeBytes * space.usedRatio + (room > 0 ? grown % room : 0);
}

/** Bytes an ordinary user may still write. */
export function availableBytes(mount: DemoMount, space: Space, nowMs: number): number {
  const reserved = mount.fsType === 'ext4' ? space.sizeBytes * RESERVED : 0;
  return Math.max(0, space.sizeBytes - usedBytes(space, nowMs) - reserved);
}

function statLine(mount: DemoMount, nowMs: number): string {
  const { space } = mount;
  if (space === undefined) return `${BLOCK_BYTES} 0 0 0 0 0`;
  const blocks = Math.floor(space.sizeBytes / BLOCK_BYTES);
  const free = blocks - Math.min(blocks, Math.floor(usedBytes(space, nowMs) / BLOCK_BYTES));
  const available = Math.floor(availableBytes(mount, space, nowMs) / BLOCK_BYTES);
  const inodes = Math.floor(space.sizeBytes / INODE_BYTES);
  const inodesFree = Math.floor(inodes * (0.55 + (0.4 * free) / blocks));
  return `${BLOCK_BYTES} ${blocks} ${free} ${available} ${inodes} ${inodesFree}`;
}

function failed(target: string, because: string): Reply {
  const said = `stat: cannot read file system information for '${target}': ${because}\n`;
  return { kind: 'text', text: said, exitCode: 1 };
}
