import type { NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import type { Mount } from '../model/facts.ts';
import { absolutePath } from '../model/ids.ts';
import { stackedAt } from '../model/mounts.ts';
import type { Step } from '../model/plan.ts';
import { isUnder } from '../model/storage-source.ts';
import { unitName } from '../model/unit-name.ts';
import { withoutFstabLine } from '../storage/fstab-lines.ts';
import { disableStep, enableStep, NO_UNDO, reloadStep } from '../storage/local-steps.ts';
import { ownerOf } from '../storage/managed.ts';
import { type Firmness, unmountStep } from '../storage/mount-steps.ts';
import { unitPaths } from '../storage/mount-units.ts';
import { stopUsersStep } from '../storage/stop-users.ts';
import { removeStep, writeStep } from '../storage/write-file.ts';
import { mountAgain } from './mount-again.ts';
import { type NodePlan, type Refusal, refused, stepsOr } from './node-plans.ts';

/** Processes named in a refusal, at most. */
const MOST_NAMED = 5;

/** A mount that is left alone. */
type Unless = NonNullable<Parameters<typeof unmountStep>[1]['unless']>;

/** How far an unmount goes. */
export interface UnmountChoices {
  /** It stays away: units and fstab lines go, too. */
  readonly forget: boolean;
  readonly users: 'refuse' | 'end';
  readonly firmness: Firmness;
  /** The action that could end users, where the one that plans has no field for it. */
  readonly insteadBy?: 'unmount' | 'remount';
}

/** What to look at before something is unmounted. Who uses it is read from /proc, so a hung mount may be asked about. */
export const unmountNeeds = (target: string): readonly Need[] => [
  ...(['privilege', 'mounts', 'units', 'exports'] as const).map((probe): Need => ({ kind: 'probe', probe })),
  ...[...unitPaths(target), '/etc/fstab'].map((path): Need => ({ kind: 'check', check: 'file', target: path })),
  { kind: 'check', check: 'users', target },
];

/** Takes away what is mounted at a target of one node, and on request what would bring it back. */
export function planUnmount(target: string, choices: UnmountChoices, view: NodeView): NodePlan {
  const { mounts } = view.seen.facts;
  if (mounts === undefined) {
    const because = view.seen.failed.get('mounts') ?? 'no answer';
    return refused(`its mounts are not known: ${because}`, 'plan again when it answers');
  }
  const layers = stackedAt(mounts, target).filter(({ fsType }) => fsType !== 'autofs');
  const because = layers.length === 0 ? undefined : whyNotUnmounted(target, choices, view);
  if (because !== undefined) return because;
  const gone = goneSteps(target, choices, view);
  return stepsOr(
    [...(layers.length === 0 ? [] : takingSteps(target, choices, view, layers)), ...gone],
    `nothing is mounted at ${target}${choices.forget ? ', and nothing would mount it' : ''}`,
  );
}

/** What stands against unmounting: mounts below, exports below, users. */
export function whyNotUnmounted(target: string, choices: UnmountChoices, { seen }: NodeView): Refusal | undefined {
  const below = seen.facts.mounts?.find((mount) => mount.target !== target && isUnder(mount.target, target));
  if (below !== undefined)
    return refused(`${below.source} is mounted below it, at ${below.target}`, `unmount ${below.target} first`);
  const exported = seen.facts.exports?.kernel?.find((entry) => isUnder(entry.path, target));
  if (exported !== undefined) {
    return refused(
      `${exported.path} is exported to ${exported.client}`,
      `unexport ${exported.path} first: the kernel keeps it busy`,
    );
  }
  const users = usersOf(target, seen);
  if (users === undefined) {
    const because = seen.failed.get(`users ${target}`) ?? 'no answer';
    return choices.firmness === 'gentle'
      ? refused(`who uses ${target} is not known: ${because}`, 'plan again when it answers')
      : undefined;
  }
  if (users.length === 0 || choices.users === 'end' || choices.firmness === 'lazy') return undefined;
  const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : '';
  return refused(
    `${target} is in use by ${users.slice(0, MOST_NAMED).join('; ')}${more}`,
    choices.insteadBy === undefined
      ? 'have these end, or let the plan end them (users: end)'
      : `have these end, or let ${choices.insteadBy} ${target} end them (users: end)`,
  );
}

const usersOf = (target: string, seen: NodeView['seen']): readonly string[] | undefined =>
  checked(seen, 'users', target)?.map(({ pid, user, command }) => `${pid} ${user} ${command}`.trim());

/** Ends users where that is wanted, then unmounts every layer, the topmost first. */
export function takingSteps(
  target: string,
  { users: mode, firmness }: UnmountChoices,
  { seen }: NodeView,
  layers: readonly Mount[],
  unless?: Unless,
): readonly Step[] {
  const users = usersOf(target, seen) ?? [];
  const unit = seen.facts.units?.units.find(({ name }) => name === unitName(target, 'mount'));
  return [
    ...(users.length > 0 && mode === 'end' ? [stopUsersStep(target, users)] : []),
    ...layers.toReversed().map((layer, index) =>
      unmountStep(target, {
        firmness,
        left: layers.length - 1 - index,
        undo: mountAgain(layer, unit?.fragmentPath === undefined ? undefined : unit.name, seen.facts.mounts ?? []),
        ...(unless === undefined ? {} : { unless }),
      }),
    ),
  ];
}

/** What would bring the mount back: automounts always, units and lines when they are to go. */
function goneSteps(target: string, { forget }: UnmountChoices, view: NodeView): readonly Step[] {
  const { units } = view.seen.facts;
  const at = absolutePath(target);
  const [mount, automount] = (['mount', 'automount'] as const).map((suffix) =>
    units?.units.find(({ name }) => name === unitName(target, suffix)),
  );
  const what = `the automount at ${target}`;
  const isWaiting = automount?.active === 'active';
  const stopped: readonly Step[] =
    automount !== undefined && (isWaiting || (forget && automount.fileState === 'enabled'))
      ? [
          // Stopping an automount lets go lazily of whatever is mounted upon it.
          disableStep(automount.name, what, {
            guard: [{ kind: 'not-mounted', target: at }],
            undo: [enableStep(automount.name, what, { undo: NO_UNDO })],
          }),
        ]
      : [];
  if (!forget) return stopped;
  const disabled =
    mount?.fileState === 'enabled'
      ? [
          disableStep(mount.name, `the mount at ${target}`, {
            guard: [{ kind: 'not-mounted', target: at }],
            undo: [enableStep(mount.name, `the mount at ${target}`, { undo: NO_UNDO })],
          }),
        ]
      : [];
  return [...stopped, ...disabled, ...forgetting(target, view)];
}

/** Files of ours go; those of others stay, disabled. */
function forgetting(target: string, { seen }: NodeView): readonly Step[] {
  const removed = unitPaths(target).flatMap((path) => {
    const file = checked(seen, 'file', path);
    return file?.kind === 'file' && file.text !== undefined && ownerOf(file.text) !== 'theirs'
      ? [removeStep(path, file.text, 'the unit')]
      : [];
  });
  const fstab = checked(seen, 'file', '/etc/fstab');
  const before = fstab?.kind === 'file' ? fstab.text : undefined;
  const after = before === undefined ? undefined : withoutFstabLine(before, target);
  const written =
    before === undefined || after === undefined || after === before
      ? []
      : [
          {
            ...writeStep({ path: '/etc/fstab', text: after, mode: '0644', what: 'the table' }, before),
            title: `take ${target} out of /etc/fstab`,
          },
        ];
  const steps = [...removed, ...written];
  if (steps.length === 0 || seen.facts.units === undefined) return steps;
  // What fstab says leaves no unit to ask about once nothing is mounted.
  return [...steps, written.length > 0 ? reloadStep([]) : reloadStep([unitName(target, 'mount')], 'not-found')];
}
