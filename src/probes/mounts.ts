import { ParseError } from '../model/errors.ts';
import type { Mount } from '../model/facts.ts';
import type { AbsolutePath } from '../model/ids.ts';
import { fact, type Probe } from '../model/probe.ts';
import { MAX_ROWS, nothing, unescapeOctal, wholeNumber } from './text.ts';

/**
 * Mounted filesystems of one node, in mount order; a later entry hides an earlier one at the same target.
 *
 * Format: proc_pid_mountinfo(5), e.g. `36 35 98:0 / /data rw,noatime shared:1 - xfs /dev/sdb rw`.
 */
export const mounts = {
  name: 'mounts',
  ask: { kind: 'inline', sh: 'cat /proc/self/mountinfo' },
  everyMs: 10_000,
  parse: ({ stdout, exitCode }) => {
    const found: Mount[] = [];
    let number = 0;
    for (const line of stdout.split('\n')) {
      number += 1;
      if (line === '') continue;
      if (found.length >= MAX_ROWS) break;
      found.push(parseMount(line, number));
    }
    return found.length === 0 ? nothing('mounts', exitCode, 'no mount table on this node') : fact(found);
  },
} satisfies Probe<'mounts'>;

function parseMount(line: string, number: number): Mount {
  // Fields before the lone dash vary in number; blanks within fields are escaped, so the first dash is the right one.
  const cut = line.indexOf(' - ');
  const [id = '', parent = '', device, root, target, options] = line.slice(0, cut).split(' ', 6);
  const [fsType, source, superOptions = ''] = line.slice(cut + 3).split(' ', 3);
  const mountId = wholeNumber(id);
  const parentId = wholeNumber(parent);
  if (cut < 0 || mountId === undefined || parentId === undefined || !device || !/^\d{1,10}:\d{1,10}$/.test(device)) {
    throw new ParseError('mounts', number, line);
  }
  if (!root || !target?.startsWith('/') || !options || !fsType || source === undefined) {
    throw new ParseError('mounts', number, line);
  }
  const path = unescapeOctal(target);
  if (path.includes('\0')) throw new ParseError('mounts', number, line);
  return {
    id: mountId,
    parentId,
    device,
    root: unescapeOctal(root),
    target: path as AbsolutePath,
    source: unescapeOctal(source),
    fsType,
    options: options.split(','),
    superOptions: superOptions === '' ? [] : superOptions.split(','),
  };
}
