import { type Command, cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import type { Mount } from '../model/facts.ts';
import type { Step } from '../model/plan.ts';
import { isUnder } from '../model/storage-source.ts';
import { CHANGE, NO_UNDO, UNIT_MS } from '../storage/local-steps.ts';
import { toldLogin } from './cifs-login.ts';

/** Filesystems that end with their last mount, and what was in them. */
const IN_MEMORY = /^(tmpfs|ramfs)$/;

/** What mount.nfs(8) finds out by itself at every mount; an address that is written down would outlive the server's move to another one. */
const FOUND_OUT = /^(addr|clientaddr|mountaddr|mountvers|mountport|mountproto)=/;

/** What a bind mount has of its own; everything else it shares with the mount it was made of. mount(8), "Bind mount operation". */
const OWN_FLAGS = new Set(['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']);

/** How an unmount is taken back: by the unit, where there is one, else as it was; `mounts` are all of the node, in mount order. Nothing keeps it from lying upon what came there since: layers come back one upon the other. */
export function mountAgain(layer: Mount, unit: string | undefined, mounts: readonly Mount[]): Step['undo'] {
  const { source, target, fsType, root } = layer;
  if (unit !== undefined) return [againStep(layer, cmd('systemctl', 'start', '--', unit))];
  if (IN_MEMORY.test(fsType)) return { never: `what was in the ${fsType} at ${target} ends with it` };
  if (/^(cifs|smb3)$/.test(fsType) && toldLogin(layer).length === 0)
    return { never: `the kernel does not tell with which login ${source} was mounted: mount it again with it` };
  // The top one by its name, too: without one the default subvolume is mounted, which may be another. btrfs(5), subvol.
  const subvolume = fsType === 'btrfs' && layer.superOptions.includes(`subvol=${root}`);
  if (subvolume) return [againStep(layer, mountCommand(layer, [...layer.options, `subvol=${root}`]))];
  if (root === '/') return [againStep(layer, mountCommand(layer, optionsOf(layer)))];
  const base = baseOf(layer, mounts);
  if (base === undefined) return { never: `only ${root} of ${source} was mounted there: mount it again as it was` };
  const options = ['bind', ...layer.options.filter((option) => OWN_FLAGS.has(option))].join(',');
  const from = `${base.target === '/' ? '' : base.target}${base.root === '/' ? root : root.slice(base.root.length)}`;
  const isThere: Condition = { kind: 'mounted', target: base.target, source: base.source };
  return [againStep(layer, cmd('mount', '-o', options, '--', from, target), isThere)];
}

/** The mount of the same filesystem that a bind mount can be made of again: it shows the directory, and nothing hides it. */
function baseOf({ device, root, target }: Mount, mounts: readonly Mount[]): Mount | undefined {
  return mounts.find((mount, index) => {
    if (mount.device !== device || mount.target === target || !isUnder(root, mount.root)) return false;
    const shown = `${mount.target}${mount.root === '/' ? root : root.slice(mount.root.length)}`;
    return !mounts
      .slice(index + 1)
      .some((later) => isUnder(later.target, mount.target) && isUnder(shown, later.target));
  });
}

/** The kernel keeps a mount's flags apart from what it and others share of its server, e.g. `hard` and `vers=4.2`. */
const optionsOf = (layer: Mount): readonly string[] =>
  /^nfs4?$/.test(layer.fsType)
    ? [...layer.options, ...layer.superOptions.filter((option) => !FOUND_OUT.test(option) && !/^r[ow]$/.test(option))]
    : [...layer.options, ...toldLogin(layer)];

const mountCommand = ({ source, target, fsType }: Mount, options: readonly string[]): Command =>
  cmd('mount', '-t', fsType, '-o', options.join(','), '--', source, target);

const againStep = ({ source, target }: Mount, run: Command, ...guard: readonly Condition[]): Step => ({
  ...CHANGE,
  title: `mount ${source} at ${target} again`,
  run,
  guard,
  done: [{ kind: 'mounted', target, source }],
  timeoutMs: UNIT_MS,
  preview: [],
  undo: NO_UNDO,
});
