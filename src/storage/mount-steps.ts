import type { FileState } from '../model/check.ts';
import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import { absolutePath } from '../model/ids.ts';
import { whyNoMountOptions } from '../model/inline-secrets.ts';
import type { Step } from '../model/plan.ts';
import { unitName } from '../model/unit-name.ts';
import { detach } from './detach.ts';
import { linesFor, withFstabLine } from './fstab-lines.ts';
import { CHANGE, directoryStep, disableStep, enableStep, NO_UNDO, reloadStep, UNIT_MS } from './local-steps.ts';
import { unitFiles, whyNotUnits } from './mount-units.ts';
import { type MountWish, plainOptions } from './mount-wish.ts';
import type { Render } from './render.ts';
import { planFile, writeStep } from './write-file.ts';

/** Options a mount shares with others of its server, or that the server may lower: they prove nothing about this one. */
const NEGOTIATED = /^(rsize|wsize|nconnect|max_connect)=/;

/** What was seen on the node that matters for one mount. */
export interface MountGround {
  /** By path, of each unit file that would be written. */
  readonly files: ReadonlyMap<string, FileState | undefined>;
  readonly fstab: FileState | undefined;
  readonly target: FileState | undefined;
  readonly overwrite: boolean;
  readonly hasSystemd: boolean;
}

export type Steps =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'refused'; readonly because: string; readonly tryThis: string };

/** The mount as facts must show it. */
export function mountedAs({ source, fsType, target, options }: MountWish): Condition {
  const [, uuid] = /^UUID=(.+)$/i.exec(source) ?? [];
  const telling = options.filter((option) => !NEGOTIATED.test(option));
  return {
    kind: 'mounted',
    target: absolutePath(target),
    fsType,
    ...(uuid === undefined ? (/^[A-Z]+=/.test(source) ? {} : { source }) : { uuid }),
    ...(telling.length === 0 ? {} : { options: telling }),
  };
}

/** Brings about a mount where nothing is mounted, and everything that keeps it over a boot. */
export function mountSteps(wish: MountWish, ground: MountGround, render: Render): Steps {
  const because = whyNoMountOptions(wish.options.join(','));
  if (because !== undefined)
    return {
      kind: 'refused',
      because,
      tryThis: 'give the login to be asked for, or name a file with credentials= (mount.cifs(8))',
    };
  switch (wish.how) {
    case 'plain':
      return steps([...targetSteps(wish, ground), mountStep(wish)]);
    case 'fstab':
      return fstabSteps(wish, ground);
    default:
      return unitSteps(wish, ground, render);
  }
}

const steps = (found: readonly Step[]): Steps => ({ kind: 'steps', steps: found });

const targetSteps = ({ target }: MountWish, { target: seen }: MountGround): readonly Step[] =>
  seen?.kind === 'none' ? [directoryStep({ path: target }, true)] : [];

/** What is said of a mount that nothing on the node brings back. */
export const NOT_KEPT = 'it is not mounted again after a boot';

/** mount(8) with everything said on its command line: it needs no fstab, and proves the options before they are written down. */
function mountStep(wish: MountWish): Step {
  const { source, fsType, target } = wish;
  const options = plainOptions(wish);
  const flags = options.length === 0 ? [] : ['-o', options.join(',')];
  return {
    ...CHANGE,
    title: `mount ${source} at ${target}`,
    run: cmd('mount', '-t', fsType, ...flags, '--', source, target),
    guard: [{ kind: 'not-mounted', target: absolutePath(target) }],
    done: [mountedAs(wish)],
    timeoutMs: UNIT_MS,
    preview: [{ kind: 'state', now: `nothing is mounted at ${target}`, after: `${source} at ${target}` }],
    undo: [takeBackStep(wish)],
    warnings: wish.how === 'plain' ? [NOT_KEPT] : [],
  };
}

/** Mounted first and written down after, so that a mount that cannot be never stands in fstab. */
function fstabSteps(wish: MountWish, ground: MountGround): Steps {
  const text = ground.fstab?.kind === 'file' ? ground.fstab.text : ground.fstab?.kind === 'none' ? '' : undefined;
  if (text === undefined) {
    return {
      kind: 'refused',
      because: '/etc/fstab could not be read',
      tryThis: 'see why with doctor, then plan again',
    };
  }
  const other = linesFor(text, wish.target).find(({ source }) => source !== wish.source);
  if (other !== undefined && !ground.overwrite) {
    const because = `/etc/fstab has ${other.source} for ${wish.target} in line ${other.line}`;
    return { kind: 'refused', because, tryThis: 'look at the line, then allow it to be replaced (overwrite)' };
  }
  const after = withFstabLine(text, wish);
  const before = ground.fstab?.kind === 'none' ? undefined : text;
  const write = writeStep({ path: '/etc/fstab', text: after, mode: '0644', what: 'the line in' }, before);
  const written = after === text ? [] : [{ ...write, title: `write down ${wish.target} in /etc/fstab` }];
  // A mount has a unit of its own, so nothing tells whether systemd has read its line.
  const reload = ground.hasSystemd && written.length > 0 ? [reloadStep([])] : [];
  return steps([...targetSteps(wish, ground), mountStep(wish), ...written, ...reload]);
}

function unitSteps(wish: MountWish, ground: MountGround, render: Render): Steps {
  const because = whyNotUnits(wish);
  if (because !== undefined)
    return { kind: 'refused', because, tryThis: 'name it otherwise, or mount it by fstab or plainly (how)' };
  const files = unitFiles(wish, render);
  const isNew = files.every(({ path }) => ground.files.get(path)?.kind === 'none');
  const planned = files.map((file) => ({
    file,
    plan: planFile({ ...file, mode: '0644', seen: ground.files.get(file.path), overwrite: ground.overwrite }),
  }));
  const refused = planned.find(({ plan }) => plan.kind === 'refused')?.plan;
  if (refused?.kind === 'refused') return refused;
  const writes = planned.flatMap(({ plan }) => (plan.kind === 'write' ? [plan.step] : []));
  const units = files.map(({ unit }) => unit);
  return steps([
    // Undone last, and systemd has to hear of it.
    ...writes.map((step, index) => (index === 0 && isNew ? undoneWith(step, reloadStep(units, 'not-found')) : step)),
    ...(writes.length > 0 ? [reloadStep(units)] : []),
    wish.how === 'automount' ? automountStep(wish) : unitStep(wish),
  ]);
}

const undoneWith = (step: Step, last: Step): Step => ({
  ...step,
  undo: 'never' in step.undo ? step.undo : [...step.undo, last],
});

function unitStep(wish: MountWish): Step {
  const unit = unitName(wish.target, 'mount');
  const what = `the mount at ${wish.target}`;
  return enableStep(unit, what, {
    and: [mountedAs(wish)],
    undo: [takeBackStep(wish), disableStep(unit, what)],
  });
}

/** The automount alone: what it mounts comes with the first touch, and waiting for it is healthy. */
function automountStep(wish: MountWish): Step {
  const { target } = wish;
  const what = `the automount at ${target}`;
  const at = absolutePath(target);
  return enableStep(unitName(target, 'automount'), what, {
    undo: [
      takeBackStep(wish),
      // Stopping an automount lets go lazily of whatever is mounted upon it.
      disableStep(unitName(target, 'automount'), what, { guard: [{ kind: 'not-mounted', target: at }] }),
    ],
  });
}

/** Unmounts what a step of ours mounted, whatever options it has by now. */
const takeBackStep = (wish: MountWish): Step =>
  unmountStep(wish.target, { undo: NO_UNDO, only: mountedAs({ ...wish, options: [] }) });

/** Uses the mount once: an automount mounts, and whatever is there has to answer. */
export function touchStep(wish: MountWish): Step {
  return {
    ...CHANGE,
    title: `use ${wish.target} once, and see that it answers`,
    run: cmd('stat', '--file-system', '--', wish.target),
    as: 'login-user',
    done: [mountedAs(wish), { kind: 'answers', target: absolutePath(wish.target) }],
    timeoutMs: UNIT_MS,
    preview: [],
    undo: [],
  };
}

/** How to take a mount away, from harmless to drastic. */
export type Firmness = 'gentle' | 'force' | 'lazy';

/** Unmounts the topmost mount at a target. `left` mounts are still below it. */
export function unmountStep(
  target: string,
  {
    firmness = 'gentle',
    left = 0,
    undo,
    unless,
    only,
  }: {
    readonly firmness?: Firmness;
    readonly left?: number;
    readonly undo: Step['undo'];
    /** What is mounted there already as it should be is left alone. */
    readonly unless?: Extract<Condition, { kind: 'not-mounted' }>['unless'];
    /** Nothing but this is unmounted: what an undo takes away is what was mounted then, not what somebody put there since. */
    readonly only?: Condition;
  },
): Step {
  const at = absolutePath(target);
  return {
    ...CHANGE,
    title: `unmount ${target}${firmness === 'gentle' ? '' : firmness === 'force' ? ' by force' : ' lazily'}`,
    run: firmness === 'gentle' ? cmd('umount', '--', target) : detach(target, firmness === 'force' ? '-f' : '-l'),
    risk: 'interrupts-users',
    guard: [
      ...(only === undefined ? [] : [only]),
      ...(firmness === 'gentle' ? [{ kind: 'no-users', target: at } as const] : []),
    ],
    done: [
      left === 0
        ? { kind: 'not-mounted', target: at, ...(unless === undefined ? {} : { unless }) }
        : { kind: 'stacked', target: at, most: left },
    ],
    timeoutMs: UNIT_MS,
    preview: [
      { kind: 'state', now: `mounted at ${target}`, after: left === 0 ? 'not mounted' : `${left} mounts left there` },
    ],
    undo,
    warnings: FIRMNESS_WARNINGS[firmness],
  };
}

const FIRMNESS_WARNINGS: { readonly [F in Firmness]: readonly string[] } = {
  gentle: [],
  force: [
    'requests that wait for the server end with an error in the programs that made them; what they had not written is lost',
    'tried three times, because programs let go only after their requests have ended; where it stays busy, end its users or detach it lazily',
  ],
  lazy: [
    'programs that have files open there keep the old mount until they end, and can still hang on it',
    'umount(8) says of network filesystems: expect to boot the node to get back to a consistent state',
  ],
};
