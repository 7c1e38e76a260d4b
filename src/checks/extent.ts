import type { Check, Extent } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { failedInWords, present, section, sections, wholeNumber } from '../probes/text.ts';

const NAME = 'extent';
const SECTOR_BYTES = 512;

/**
 * How much of a device is used by what stands on it: `== disk BYTES`, `== device BYTES`, for a partition `== partition NUMBER START-SECTORS COUNT`, and
 * `== filesystem CODE TYPE` with what dumpe2fs(8) or xfs_growfs(8) -n say of it. Block sizes of the kernel are in sectors of 512 bytes, whatever the disk has.
 */
export const extent = {
  name: NAME,
  deadlineMs: 15_000,
  sh: `
\${sudo-} sh -c '
export LC_ALL=C
real=$(readlink -f -- "$1") || real=$1
sys=/sys/class/block/\${real##*/}
[ -b "$real" ] && read -r own <"$sys/size" || { printf "== error\\nno such block device\\n"; exit 0; }
disk=$own
if [ -f "$sys/partition" ]; then
  read -r number <"$sys/partition"
  read -r start <"$sys/start"
  read -r disk <"$sys/../size"
  count=0
  for part in "$sys"/../*/partition; do count=$((count + 1)); done
  printf "== partition %s %s %s\\n" "$number" "$start" "$count"
fi
printf "== disk %s\\n== device %s\\n" "$((disk * 512))" "$((own * 512))"
type=$(lsblk -dn -o FSTYPE -- "$real")
case $type in
ext[234]) words=$(dumpe2fs -h -- "$real" 2>&1) ;;
xfs) words=$(at=$(findmnt -nf -o TARGET -S "$real") && xfs_growfs -n -- "$at" 2>&1) ;;
*) exit 0 ;;
esac
printf "== filesystem %s %s\\n%s\\n" "$?" "$type" "$words"' muster "$1"`,
  parse: ({ stdout, exitCode }): Extent => {
    const parts = sections(stdout);
    const error = section(parts, 'error');
    if (error !== undefined) throw failedInWords(NAME, error.text, 'no such block device');
    const disk = wholeNumber(section(parts, 'disk')?.rest ?? '');
    const device = wholeNumber(section(parts, 'device')?.rest ?? '');
    if (disk === undefined || device === undefined)
      throw failedInWords(NAME, stdout, `the question ended with exit code ${exitCode}`);
    const part = section(parts, 'partition');
    const [number, start, count] = (part?.rest ?? '').split(' ').map(wholeNumber);
    if (part !== undefined && (number === undefined || start === undefined || count === undefined))
      throw new ParseError(NAME, part.line, part.rest);
    const filesystem = section(parts, 'filesystem');
    return {
      diskBytes: disk,
      deviceBytes: device,
      ...(number === undefined || start === undefined || count === undefined
        ? {}
        : { partition: { number, startBytes: start * SECTOR_BYTES, count } }),
      ...present<{ filesystemBytes: number }>({
        filesystemBytes: filesystem?.rest.startsWith('0 ') ? sizeIn(filesystem.text) : undefined,
      }),
    };
  },
} satisfies Check<'extent'>;

/** Blocks by their size: `Block count:` and `Block size:` of dumpe2fs(8), the line `data = bsize=4096 blocks=…` of xfs_growfs(8). */
function sizeIn(text: string): number | undefined {
  const numberAfter = (pattern: RegExp): number | undefined => wholeNumber(pattern.exec(text)?.[1] ?? '');
  const blocks = numberAfter(/^Block count: +(\d+)$/m) ?? numberAfter(/^data +=.*\bblocks=(\d+)/m);
  const size = numberAfter(/^Block size: +(\d+)$/m) ?? numberAfter(/^data +=.*\bbsize=(\d+)/m);
  return blocks === undefined || size === undefined ? undefined : blocks * size;
}
