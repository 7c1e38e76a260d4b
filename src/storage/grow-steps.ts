import { cmd, lasting } from '../model/command.ts';
import type { Condition, DeviceIdentity } from '../model/condition.ts';
import type { AbsolutePath, DevicePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { formatBytes } from '../model/units.ts';
import { identityWords, SAME_DISK } from './disk-lock.ts';
import { CHANGE } from './local-steps.ts';
import { BACKUPS } from './write-file.ts';

/** A filesystem that grows while it is mounted. */
export interface Growing {
  readonly disk: DeviceIdentity;
  /** The partition, or the disk itself where there is none. */
  readonly device: DevicePath;
  readonly target: AbsolutePath;
  readonly fsType: string;
  readonly uuid: string;
  readonly nowBytes: number;
  readonly leastBytes: number;
}

/** Growing the metadata of many terabytes on a slow disk. */
const GROW_MS = 900_000;

const NEVER = { never: 'what was grown is not made smaller again: ext4 only unmounted, xfs not at all' } as const;

/**
 * Moves the end of the last partition to the end of the disk. `$1` to `$4` say which disk, as for `onlyOn`; `$5` the partition, `$6` its number, `$7` its first sector.
 * sfdisk(8) writes the table whole with the backup of a GPT at its new place, keeps a copy of the old one below HOME, and leaves the start where it is; the kernel is
 * told by partx(8), because a disk in use is not read again as a whole.
 */
const GROW_PARTITION = `disk=$1 size=$2 known=$3 name=$4 part=$5 number=$6 start=$7
stop() { echo "nothing was written: $1" >&2; exit 1; }
${SAME_DISK}
own=/sys/class/block/\${part##*/}
[ "$(readlink -f -- "$own/..")" = "$(readlink -f -- "$sys")" ] || stop "$part is not on $disk"
read -r begins <"$own/start" && [ "$begins" = "$start" ] || stop "$part does not begin where the plan saw it"
for each in "$sys/$kernel"*; do [ ! -f "$each/partition" ] || [ "$each" -ef "$own" ] || stop "there is another partition: \${each##*/}"; done
echo ', +' | HOME=${BACKUPS} sfdisk --no-reread --no-tell-kernel --force --backup -N "$number" -- "$disk" &&
  partx --update --nr "$number" -- "$disk" && { ! command -v udevadm >/dev/null || udevadm settle --timeout=30; }`;

/** What must hold before anything grows: the disk is the chosen one, and this very filesystem is mounted there. */
const guardOf = ({ disk, device, fsType, uuid, target }: Growing): readonly Condition[] => [
  { kind: 'same-disk', disk },
  { kind: 'filesystem', device, fsType, uuid },
  { kind: 'mounted', target, uuid },
];

/** Grows the one partition of a disk to its end, while what is on it is in use. */
export function growPartitionStep(
  growing: Growing,
  { number, startBytes }: { readonly number: number; readonly startBytes: number },
): Step {
  const { disk, device, nowBytes, leastBytes } = growing;
  const words = [...identityWords(disk), device, String(number), String(startBytes / 512)];
  return {
    ...CHANGE,
    title: `grow the partition ${device} to the end of ${disk.path}`,
    run: lasting(cmd('sh', '-c', GROW_PARTITION, 'muster-grow-partition', ...words), `${BACKUPS}/*`),
    guard: guardOf(growing),
    done: [{ kind: 'extent', device, of: 'device', leastBytes }],
    timeoutMs: GROW_MS,
    preview: [
      { kind: 'state', now: `${device}, ${formatBytes(nowBytes)}`, after: `${device}, ${formatBytes(leastBytes)}` },
    ],
    undo: NEVER,
    warnings: [`the old partition table is kept in ${BACKUPS}`],
  };
}

/** Grows a mounted filesystem to the end of its device. */
export function growFilesystemStep(growing: Growing, argv: readonly [string, ...string[]]): Step {
  const { device, target, fsType, nowBytes, leastBytes } = growing;
  const [program, ...rest] = argv;
  return {
    ...CHANGE,
    title: `grow the ${fsType} filesystem at ${target}`,
    run: cmd(program, ...rest),
    guard: guardOf(growing),
    done: [{ kind: 'extent', device, of: 'filesystem', leastBytes }],
    timeoutMs: GROW_MS,
    preview: [
      {
        kind: 'state',
        now: `${fsType}, ${formatBytes(nowBytes)}`,
        after: `${fsType}, at least ${formatBytes(leastBytes)}`,
      },
    ],
    undo: NEVER,
  };
}
