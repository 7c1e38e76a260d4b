import { changeContent, deviceBehind } from '../mounting.ts';
import type { NodeState } from '../node-state.ts';
import { type Bench, type Commands, change, type Doing, failed, parseArgs, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';

const MIB = 1_048_576;

/** What makes filesystems larger: resize2fs(8), xfs_growfs(8). */
export const growCommands: Commands = {
  resize2fs: {
    needsRoot: true,
    play: (bench, args) => grow(bench, 'resize2fs', 'ext4', parseArgs(args).words[0] ?? ''),
  },
  xfs_growfs: {
    needsRoot: true,
    play: (bench, args) => {
      const [target = ''] = parseArgs(args).words;
      const source = stateOf(bench).mounts.findLast((each) => each.target === target)?.source ?? target;
      return grow(bench, 'xfs_growfs', 'xfs', source);
    },
  },
};

/** `DISK BYTES KNOWN NAME PARTITION NUMBER START`: the one partition of a disk ends where the disk does. */
export function* growPartition(bench: Bench, [path = '', , , , part = '']: readonly string[]): Doing {
  yield wait(TAKES.partition);
  const disk = stateOf(bench).disks.find(({ name }) => `/dev/${name}` === path);
  if (disk === undefined) return yield* failed(`nothing was written: there is no ${path}`);
  yield say('The partition table has been altered.');
  change(bench, (node) => ({
    ...node,
    disks: node.disks.map((each) =>
      each === disk || each.name === disk.name
        ? { ...each, partitions: each.partitions.map((one) => grown(one, `/dev/${one.name}` === part, each.sizeBytes)) }
        : each,
    ),
  }));
  return 0;
}

type Part = NodeState['disks'][number]['partitions'][number];

/** The filesystem stays as large as it was. */
const grown = (one: Part, isIt: boolean, diskBytes: number): Part =>
  isIt ? { ...one, filesystemBytes: one.filesystemBytes ?? one.sizeBytes, sizeBytes: diskBytes - 2 * MIB } : one;

function* grow(bench: Bench, tool: string, fsType: string, path: string): Doing {
  yield wait(TAKES.makeFilesystem);
  const device = deviceBehind(stateOf(bench), path);
  if (device?.content?.fsType !== fsType)
    return yield* failed(`${tool}: ${path} is not a mounted ${fsType} filesystem`);
  const sizeBytes = device.sizeBytes;
  const usedOf = (space: { readonly sizeBytes: number; readonly usedRatio: number }): number =>
    space.sizeBytes * space.usedRatio;
  change(bench, (node) => {
    const after = changeContent(node, device.path, ({ filesystemBytes: _, ...rest }) => ({
      ...rest,
      filesystemBytes: sizeBytes,
    }));
    const mounts = after.mounts.map((each) =>
      each.source === device.path && each.space !== undefined
        ? { ...each, space: { ...each.space, sizeBytes, usedRatio: usedOf(each.space) / sizeBytes, isFull: false } }
        : each,
    );
    return { ...after, mounts };
  });
  return 0;
}
