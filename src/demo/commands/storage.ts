import { unitName } from '../../model/unit-name.ts';
import { mountinfoLine } from '../answers/mounts.ts';
import { fileAt, placeOf } from '../files.ts';
import {
  isServerSilent,
  type MountOrder,
  mounted,
  remounted,
  unmounted,
  whyNotMount,
  whyNotUnmount,
} from '../mounting.ts';
import { findUnit } from '../units.ts';
import { type Bench, type Commands, change, type Doing, failed, parseArgs, say, stateOf, wait } from './doing.ts';
import { TAKES } from './durations.ts';

/** mount(8), umount(8) and what touches a filesystem. */
export const storageCommands: Commands = {
  mount: { play: playMount },
  umount: { needsRoot: true, play: playUmount },
  stat: { play: playStat },
  findmnt: {
    play: function* (bench) {
      for (const mount of stateOf(bench).mounts)
        yield say(`${mount.target} ${mount.source} ${mount.fsType} ${mount.options.join(',')}`);
      return 0;
    },
  },
  mountpoint: {
    play: function* (bench, args) {
      const [path = ''] = parseArgs(args).words;
      const isMount = stateOf(bench).mounts.some(({ target }) => target === path);
      if (!args.includes('-q')) yield say(`${path} is ${isMount ? '' : 'not '}a mountpoint`);
      return isMount ? 0 : 32;
    },
  },
};

function* playMount(bench: Bench, args: readonly string[]): Doing {
  const { values, words, flags } = parseArgs(args, ['t', 'o']);
  const node = stateOf(bench);
  if (args.length === 0) {
    for (const { source, target, fsType, options, superOptions } of node.mounts)
      yield say(`${source} on ${target} type ${fsType} (${[...options, ...superOptions.slice(1)].join(',')})`);
    return 0;
  }
  if (!bench.isRoot) return yield* failed('mount: must be superuser to use mount.', 1);
  if (flags.has('a')) return yield* failed('mount: -a is not simulated here', 127);
  const options = (values.get('o') ?? '').split(',').filter((each) => each !== '');
  const [first = '', second] = words;
  if (options.includes('remount')) return yield* remount(bench, second ?? first, options);
  const order =
    second === undefined
      ? fromFstab(bench, first)
      : { source: first, target: second, fsType: values.get('t') ?? '', options };
  if (order === undefined) return yield* failed(`mount: ${first}: can't find in /etc/fstab.`, 1);
  return yield* mountNow(bench, order);
}

function fromFstab(bench: Bench, path: string): MountOrder | undefined {
  const unit = findUnit(stateOf(bench), unitName(path, 'mount'));
  return unit?.from === 'fstab'
    ? { source: unit.what, target: path, fsType: unit.fsType, options: unit.options.split(',').filter(Boolean) }
    : undefined;
}

function* remount(bench: Bench, target: string, options: readonly string[]): Doing {
  yield wait(TAKES.unmount);
  const top = stateOf(bench).mounts.findLast((each) => each.target === target && each.fsType !== 'autofs');
  if (top === undefined) return yield* failed(`mount: ${target}: mount point not mounted or bad option.`, 32);
  change(bench, (node) => remounted(node, target, options));
  return 0;
}

/** Mounts, or says why not in the tool's words. */
export function* mountNow(bench: Bench, order: MountOrder): Doing {
  yield wait(isServerSilent(bench.world, order) ? TAKES.silentServer : TAKES.mount);
  const because = whyNotMount(bench.world, stateOf(bench), order);
  if (because !== undefined) return yield* failed(because.words, because.exitCode);
  change(bench, (node) => mounted(bench.world, node, order));
  return 0;
}

function* playUmount(bench: Bench, args: readonly string[]): Doing {
  const { flags, words } = parseArgs(args);
  const [path = ''] = words;
  const node = stateOf(bench);
  const target = node.mounts.findLast(({ source, target: at }) => at === path || source === path)?.target ?? path;
  return yield* unmountNow(bench, target, flags.has('l') ? 'lazy' : flags.has('f') ? 'force' : 'gentle');
}

/** Unmounts, waits in the kernel, or says why not. */
export function* unmountNow(bench: Bench, target: string, how: 'gentle' | 'force' | 'lazy'): Doing {
  yield wait(TAKES.unmount);
  const whyNot = () => whyNotUnmount(bench.world, stateOf(bench), target, how);
  if (whyNot() === 'stuck') yield { kind: 'stuck', isOver: () => whyNot() !== 'stuck' };
  const because = whyNot();
  if (because === 'stuck') return yield* failed(`umount: ${target}: interrupted`, 32);
  if (because !== undefined) return yield* failed(because.words, because.exitCode);
  change(bench, (node) => unmounted(node, target));
  return 0;
}

/** stat(1) of a path; of a mount point behind an automount it mounts. */
function* playStat(bench: Bench, args: readonly string[]): Doing {
  const { words, flags, values } = parseArgs(args, ['c', 'format']);
  const [path = ''] = words;
  yield* touch(bench, path);
  const node = stateOf(bench);
  const isHung = () => placeOf(bench.world, stateOf(bench), path).kind === 'hung';
  if (isHung()) yield { kind: 'stuck', isOver: () => !isHung() };
  const place = placeOf(bench.world, stateOf(bench), path);
  const isFilesystem = flags.has('file-system') || flags.has('f');
  const what = isFilesystem
    ? `stat: cannot read file system information for '${path}'`
    : `stat: cannot statx '${path}'`;
  if (place.kind === 'stale') return yield* failed(`${what}: Stale file handle`);
  const file = place.kind === 'here' ? fileAt(place.node, place.path) : undefined;
  if (file === undefined) return yield* failed(`${what}: No such file or directory`);
  if (values.size > 0) return yield* failed('stat: --format is not simulated here', 127);
  const top = node.mounts.findLast(({ target }) => target === path);
  yield say(
    isFilesystem
      ? `  File: "${path}"\n    Type: ${top?.fsType ?? 'ext2/ext3'}`
      : `  File: ${path}\n  ${file.kind} ${file.mode} ${file.owner}`,
  );
  return 0;
}

/** What an automount waits for. */
export function* touch(bench: Bench, path: string): Doing {
  const { mounts } = stateOf(bench);
  const isWaiting = mounts.some(({ target, fsType }) => target === path && fsType === 'autofs');
  if (!isWaiting || mounts.some(({ target, fsType }) => target === path && fsType !== 'autofs')) return 0;
  const unit = findUnit(stateOf(bench), unitName(path, 'mount'));
  if (unit === undefined || unit.from === 'mountinfo') return 0;
  return yield* mountNow(bench, {
    source: unit.what,
    target: path,
    fsType: unit.fsType,
    options: unit.options.split(',').filter(Boolean),
  });
}

/** The line of a mount in /proc/self/mountinfo, for cat(1). */
export const mountTable = (bench: Bench): string =>
  stateOf(bench)
    .mounts.map((each) => `${mountinfoLine(each)}\n`)
    .join('');
