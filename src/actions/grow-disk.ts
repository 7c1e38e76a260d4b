import type { Action, Input, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import { partitionsOf } from '../model/disk-use.ts';
import type { BlockDevice, Mount } from '../model/facts.ts';
import { absolutePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { formatBytes } from '../model/units.ts';
import { type Growing, growFilesystemStep, growPartitionStep } from '../storage/grow-steps.ts';
import { directoryStep } from '../storage/local-steps.ts';
import { backends } from '../storage/registry.ts';
import { BACKUPS } from '../storage/write-file.ts';
import { diskFields } from './disk-fields.ts';
import { findDisk, GIVE_A_SERIAL, identityOf, theDisk, whyNameless } from './disk-node.ts';
import { mountFields, textOf } from './mount-fields.ts';
import { already, gather, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

const MIB = 1_048_576;
/** Less room than this is alignment and the backup of the partition table, and not worth a write. */
const ROOM_BYTES = 32 * MIB;
/** A filesystem ends with a whole group or allocation group, and may leave out a small last one. */
const ROUNDING_BYTES = 16 * MIB;

/** Takes the room of a disk that was enlarged: its partition to the end of the disk, its filesystem to the end of the partition. sfdisk(8), resize2fs(8), xfs_growfs(8). */
export const growDisk = {
  name: 'grow-disk',
  title: 'Grow a filesystem to its disk',
  summary:
    'After a virtual disk was enlarged: the partition to the end of the disk, then ext4 or xfs to the end of the partition, while it is mounted; never smaller.',
  targets: [{ view: 'disks', fills: { nodes: 'nodes', disk: 'disk' } }],
  fields: {
    nodes: { ...mountFields.nodes, title: 'Node', help: 'The node that has the disk.' },
    disk: { ...diskFields.disk, isRequired: true },
  },
  needs: (input, fleet) => needsOn(nodesIn(input['nodes'], fleet), (node) => growNeeds(input, fleet.nodes.get(node))),
  plan(input, fleet) {
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) =>
      planGrow(textOf(input, 'disk') ?? '', view),
    );
    return planOf('grow a disk', stageOf('grow a disk', gathered.jobs, { maxAtOnce: 1 }), gathered);
  },
} satisfies Action;

function growNeeds(input: Input, view: NodeView | undefined): readonly Need[] {
  const devices = view?.seen.facts.blockDevices ?? [];
  const [disk] = findDisk(textOf(input, 'disk') ?? '', devices);
  return [
    ...(['privilege', 'mounts', 'tools', 'blockDevices'] as const).map((probe): Need => ({ kind: 'probe', probe })),
    { kind: 'check', check: 'file', target: BACKUPS },
    ...(disk === undefined ? [] : [{ kind: 'check', check: 'extent', target: holderOf(disk, devices).path } as const]),
  ];
}

/** What carries the filesystem: the one partition, or the disk itself. */
function holderOf(disk: BlockDevice, devices: readonly BlockDevice[]): BlockDevice {
  const [part] = partitionsOf(disk.path, devices);
  return part ?? disk;
}

/** Grows what is too small for what it stands on, from the outside in. */
function planGrow(text: string, view: NodeView): NodePlan {
  const { seen } = view;
  const { blockDevices: devices = [], mounts = [], tools } = seen.facts;
  const disk = theDisk(text, seen.facts.blockDevices);
  if ('because' in disk) return disk;
  const nameless = whyNameless(identityOf(disk));
  if (nameless !== undefined) return refused(nameless, GIVE_A_SERIAL);
  const parts = partitionsOf(disk.path, devices);
  if (parts.length > 1)
    return refused(
      `${disk.path} has ${parts.length} partitions`,
      'grow the last one by hand: muster grows a partition that has its disk for itself',
    );
  const holder = holderOf(disk, devices);
  const mount = mounts.findLast(({ source, root }) => source === holder.path && root === '/');
  const because = whyNotGrown(disk, holder, mount, tools);
  if (because !== undefined || mount === undefined)
    return because ?? refused(`${holder.path} is not mounted`, 'mount it first');
  const extent = checked(seen, 'extent', holder.path);
  if (extent?.filesystemBytes === undefined) {
    const words = seen.failed.get(`extent ${holder.path}`) ?? 'its program did not say';
    return refused(
      `how large the filesystem on ${holder.path} is, is not known: ${words}`,
      'plan again when it answers',
    );
  }
  const { partition, diskBytes, deviceBytes, filesystemBytes } = extent;
  const room = partition === undefined ? 0 : diskBytes - partition.startBytes - deviceBytes;
  const afterBytes = deviceBytes + (room > ROOM_BYTES ? room - 2 * MIB : 0);
  if (afterBytes - filesystemBytes <= ROUNDING_BYTES)
    return already(
      `the filesystem at ${mount.target} fills ${disk.path} (${formatBytes(disk.sizeBytes)}); a SCSI disk that was enlarged is seen after echo 1 >/sys/class/block/${disk.path.replace('/dev/', '')}/device/rescan`,
    );
  return { kind: 'steps', steps: growSteps({ disk, holder, mount, view, filesystemBytes, deviceBytes, afterBytes }) };
}

/** What stands against growing: something muster does not grow, something not mounted, a program that is missing. */
function whyNotGrown(
  disk: BlockDevice,
  holder: BlockDevice,
  mount: Mount | undefined,
  tools: readonly string[] | undefined,
): NodePlan | undefined {
  const backend = backends.find(({ name }) => name === holder.fsType);
  if (backend?.grow === undefined)
    return refused(
      `${holder.path} holds ${holder.fsType ?? 'no filesystem'}, which muster does not grow`,
      `it grows ${backends.flatMap(({ name, grow }) => (grow === undefined ? [] : [name])).join(' and ')}`,
    );
  if (holder !== disk && disk.partitionTable !== 'gpt')
    return refused(
      `${disk.path} has a partition table of kind ${disk.partitionTable ?? 'unknown'}`,
      'grow the partition by hand: muster grows those of GPT',
    );
  if (mount === undefined || holder.uuid === undefined)
    return refused(`${holder.path} is not mounted`, `mount it first: ${backend.name} grows while it is mounted`);
  if (mount.options.includes('ro'))
    return refused(`${mount.target} is mounted read-only`, 'see why, and remount it with rw');
  const wanted = [backend.grow.program, ...(holder === disk ? [] : ['sfdisk', 'partx'])];
  const missing = wanted.find((tool) => tools !== undefined && !tools.includes(tool));
  if (missing === undefined) return undefined;
  const packages: { readonly [program: string]: string } = { sfdisk: 'fdisk', partx: 'util-linux' };
  return refused(`${missing} is missing there`, `install ${packages[missing] ?? backend.package}`);
}

interface Found {
  readonly disk: BlockDevice;
  readonly holder: BlockDevice;
  readonly mount: Mount;
  readonly view: NodeView;
  readonly filesystemBytes: number;
  readonly deviceBytes: number;
  readonly afterBytes: number;
}

function growSteps({ disk, holder, mount, view, filesystemBytes, deviceBytes, afterBytes }: Found): readonly Step[] {
  const { fsType = '', uuid = '' } = holder;
  const target = absolutePath(mount.target);
  const base = { disk: identityOf(disk), device: holder.path, target, fsType, uuid };
  const filesystem: Growing = { ...base, nowBytes: filesystemBytes, leastBytes: afterBytes - ROUNDING_BYTES };
  const grow = backends.find(({ name }) => name === fsType)?.grow;
  const partition = checked(view.seen, 'extent', holder.path)?.partition;
  const isNew = checked(view.seen, 'file', BACKUPS)?.kind === 'none';
  return [
    ...(partition === undefined || afterBytes === deviceBytes
      ? []
      : [
          ...(isNew ? [directoryStep({ path: BACKUPS, mode: '0700' }, true)] : []),
          growPartitionStep({ ...base, nowBytes: deviceBytes, leastBytes: afterBytes }, partition),
        ]),
    ...(grow === undefined ? [] : [growFilesystemStep(filesystem, grow.argv(holder.path, target))]),
  ];
}
