import { seedOf, uuidOf } from '../chance.ts';
import { changeContent, deviceBehind, devicesOf } from '../mounting.ts';
import type { Disk, DiskContent, NodeState } from '../node-state.ts';
import { type Bench, type Commands, change, type Doing, failed, parseArgs, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';

const MIB = 1_048_576;

/** What prepares disks: wipefs(8), parted(8), mkfs(8), udevadm(8). */
export const diskCommands: Commands = {
  wipefs: { needsRoot: true, play: playWipefs },
  parted: { needsRoot: true, play: playParted },
  partprobe: { needsRoot: true, play: settle },
  'mkfs.ext4': { needsRoot: true, play: (bench, args) => makeFilesystem(bench, 'ext4', args) },
  'mkfs.xfs': { needsRoot: true, play: (bench, args) => makeFilesystem(bench, 'xfs', args) },
  udevadm: { play: settle },
  blkid: { play: playBlkid },
};

function* settle(): Doing {
  yield wait(TAKES.settle);
  return 0;
}

const isMounted = (node: NodeState, path: string): boolean => node.mounts.some(({ source }) => source === path);

const diskAt = (node: NodeState, path: string): Disk | undefined =>
  node.disks.find(({ name }) => `/dev/${name}` === path);

function* playWipefs(bench: Bench, args: readonly string[]): Doing {
  const { flags, words } = parseArgs(args);
  yield wait(TAKES.wipe);
  for (const path of words) {
    const node = stateOf(bench);
    const device = deviceBehind(node, path);
    if (device === undefined)
      return yield* failed(`wipefs: error: ${path}: probing initialization failed: No such file or directory`);
    if (!flags.has('all') && !flags.has('a')) continue;
    const isBusy = [path, ...(diskAt(node, path)?.partitions ?? []).map(({ name }) => `/dev/${name}`)].some((each) =>
      isMounted(node, each),
    );
    if (isBusy && !flags.has('force') && !flags.has('f'))
      return yield* failed(`wipefs: error: ${path}: probing initialization failed: Device or resource busy`);
    if (device.content?.fsType !== undefined) yield say(`${path}: erased the ${device.content.fsType} signature`);
    change(bench, (state) => wiped(state, path));
  }
  return 0;
}

/** Nothing is left on the device; of a disk its partitions go, too. */
function wiped(node: NodeState, path: string): NodeState {
  const blank = ({ content: _, hasTable: __, ...rest }: Disk): Disk => ({ ...rest, partitions: [] });
  return {
    ...node,
    disks: node.disks.map((disk) =>
      `/dev/${disk.name}` === path
        ? blank(disk)
        : { ...disk, partitions: disk.partitions.map((part) => (`/dev/${part.name}` === path ? bare(part) : part)) },
    ),
  };
}

const bare = ({ name, sizeBytes, partitionLabel }: Disk['partitions'][number]): Disk['partitions'][number] => ({
  name,
  sizeBytes,
  ...(partitionLabel === undefined ? {} : { partitionLabel }),
});

/** `parted -s -a optimal DISK mklabel gpt mkpart NAME TYPE 0% 100%`. */
function* playParted(bench: Bench, args: readonly string[]): Doing {
  const { words } = parseArgs(args, ['a']);
  const [path = '', ...orders] = words;
  yield wait(TAKES.partition);
  const node = stateOf(bench);
  const disk = diskAt(node, path);
  if (disk === undefined) return yield* failed(`Error: Could not stat device ${path} - No such file or directory.`);
  if ([path, ...disk.partitions.map(({ name }) => `/dev/${name}`)].some((each) => isMounted(node, each)))
    return yield* failed(`Error: Partition(s) on ${path} are being used.`);
  if (orders[0] !== 'mklabel' || orders[1] !== 'gpt')
    return yield* failed('parted: only mklabel gpt is simulated here', 127);
  const made = orders.indexOf('mkpart');
  const name = `${disk.name}${/\d$/.test(disk.name) ? 'p' : ''}1`;
  const part = { name, sizeBytes: disk.sizeBytes - 2 * MIB, partitionLabel: orders[made + 1] ?? '' };
  change(bench, (state) => ({
    ...wiped(state, path),
    disks: wiped(state, path).disks.map((each) =>
      each.name === disk.name ? { ...each, hasTable: true as const, partitions: made < 0 ? [] : [part] } : each,
    ),
  }));
  return 0;
}

function* makeFilesystem(bench: Bench, fsType: string, args: readonly string[]): Doing {
  const { values, words, flags } = parseArgs(args, ['m', 'L', 'U', 'O', 'E', 'b', 'i', 'd', 'l']);
  const path = words.at(-1) ?? '';
  const tool = `mkfs.${fsType}`;
  const device = deviceBehind(stateOf(bench), path);
  if (device === undefined) return yield* failed(`${tool}: The file ${path} does not exist and no size was specified.`);
  if (isMounted(stateOf(bench), path))
    return yield* failed(`${tool}: ${path} is mounted; will not make a filesystem here!`);
  if (device.content?.fsType !== undefined && fsType === 'xfs' && !flags.has('f'))
    return yield* failed(`${tool}: ${path} appears to contain an existing filesystem (${device.content.fsType}).`);
  yield wait(TAKES.makeFilesystem);
  const own = uuidOf(seedOf(stateOf(bench).seed, path, bench.world.clock.nowMs()));
  const uuid = values.get('U') ?? /uuid=([\w-]+)/.exec(values.get('m') ?? '')?.[1] ?? own;
  const label = values.get('L');
  const content: DiskContent = { fsType, uuid, ...(label === undefined ? {} : { label }) };
  // What was on it before is gone, the partition's own name is not.
  change(bench, (node) => changeContent(wipedContent(node, path), path, () => content));
  return 0;
}

const wipedContent = (node: NodeState, path: string): NodeState =>
  diskAt(node, path) === undefined ? wiped(node, path) : node;

function* playBlkid(bench: Bench, args: readonly string[]): Doing {
  const { words } = parseArgs(args, ['o', 's', 'L', 'U']);
  const found = devicesOf(stateOf(bench)).filter(
    ({ path, content }) => content?.fsType !== undefined && (words.length === 0 || words.includes(path)),
  );
  for (const { path, content } of found)
    yield say(
      `${path}:${content?.label === undefined ? '' : ` LABEL="${content.label}"`} UUID="${content?.uuid ?? ''}" TYPE="${content?.fsType ?? ''}"`,
    );
  return found.length > 0 ? 0 : 2;
}
