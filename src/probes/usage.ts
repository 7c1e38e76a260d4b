import { ParseError } from '../model/errors.ts';
import type { AbsolutePath } from '../model/ids.ts';
import { usageTargets } from '../model/mounts.ts';
import { fact, type Probe } from '../model/probe.ts';
import { failedInWords, wholeNumber } from './text.ts';

/**
 * Space of one mount: `fragment-size blocks free available inodes inodes-free`, from statfs(2) by stat(1). Each mount is asked by a
 * child of its own, because statfs on a hung filesystem never returns.
 */
export const usage = {
  name: 'usage',
  ask: { kind: 'child', brief: true, deadlineMs: 5_000, sh: `exec stat -f -c '%S %b %f %a %c %d' -- "$1" 2>&1` },
  everyMs: 20_000,
  targets: (facts) => usageTargets(facts.mounts ?? []),
  parse: ({ stdout, exitCode }, { target }) => {
    if (exitCode !== 0 || target === undefined)
      throw failedInWords('usage', errorOf(stdout), `stat ended with ${exitCode}`);
    const values = stdout.trim().split(' ', 7).map(wholeNumber);
    const [size, blocks, free, available, inodes, inodesFree] = values;
    if (size === undefined || blocks === undefined || free === undefined || values.length !== 6) {
      throw new ParseError('usage', 1, stdout);
    }
    if (available === undefined || inodes === undefined || inodesFree === undefined || size * blocks > 2 ** 64) {
      throw new ParseError('usage', 1, stdout);
    }
    const blocksFree = Math.min(free, blocks);
    // Some filesystems give a negative number of blocks as an unsigned one when the reserve is used up, or -1 inodes for "no idea".
    const blocksAvailable = available >= 2 ** 63 ? 0 : Math.min(available, blocks);
    const inodesKnown = inodes >= 2 ** 63 ? 0 : inodes;
    return fact({
      target: target as AbsolutePath,
      sizeBytes: size * blocks,
      usedBytes: size * (blocks - blocksFree),
      availableBytes: size * blocksAvailable,
      inodes: inodesKnown,
      inodesFree: Math.min(inodesFree, inodesKnown),
    });
  },
} satisfies Probe<'usage'>;

/** `stat: cannot read file system information for '/data': Stale file handle` -> `Stale file handle`. */
function errorOf(stdout: string): string {
  const line = stdout.trim().split('\n', 1)[0] ?? '';
  const quote = line.lastIndexOf("': ");
  return quote < 0 ? line : line.slice(quote + 3);
}
