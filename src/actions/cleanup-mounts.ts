import type { FleetView, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import { trimmed } from '../model/storage-source.ts';
import { unitName } from '../model/unit-name.ts';
import { wishOf } from '../model/wishes.ts';
import { linesFor, ownFstabTargets } from '../storage/fstab-lines.ts';
import { ownerOf } from '../storage/managed.ts';
import { fstabOf, isReload, lastSteps, withoutLine } from './gone-mounts.ts';
import { type NodePlan, type Refusal, refused } from './node-plans.ts';
import { planUnmount, unmountNeeds } from './unmount-node.ts';

/** Where units of ours lie. */
const UNITS = '/etc/systemd/system';
/** Mount units looked at on one node. */
const MOST_UNITS = 200;

/** What to look at to find mounts of ours that are no longer wished: files first, then everything an unmount asks. */
export function staleNeeds(view: NodeView | undefined, fleet: FleetView): readonly Need[] {
  const base: readonly Need[] = [
    ...(['privilege', 'mounts', 'units', 'exports'] as const).map((probe): Need => ({ kind: 'probe', probe })),
    { kind: 'check', check: 'identities', target: UNITS },
    { kind: 'check', check: 'file', target: '/etc/fstab' },
  ];
  if (view === undefined) return base;
  return [
    ...base,
    ...unitNames(view).map((name): Need => ({ kind: 'check', check: 'file', target: `${UNITS}/${name}` })),
    ...staleTargets(view, fleet).flatMap(unmountNeeds),
  ];
}

function unitNames({ seen }: NodeView): readonly string[] {
  const listed = checked(seen, 'identities', UNITS);
  if (listed?.kind !== 'directory') return [];
  return listed.entries
    .filter(({ name, kind }) => kind === 'file' && /^[\x21-\x7e]+\.(auto)?mount$/.test(name))
    .map(({ name }) => name)
    .slice(0, MOST_UNITS);
}

/** A unit file that carries our mark, and where it mounts. */
interface OwnUnit {
  readonly target: string;
  readonly name: string;
  readonly isEdited: boolean;
}

function ownUnits(view: NodeView): readonly OwnUnit[] {
  return unitNames(view).flatMap((name): readonly OwnUnit[] => {
    const file = checked(view.seen, 'file', `${UNITS}/${name}`);
    if (file?.kind !== 'file' || file.text === undefined) return [];
    const owner = ownerOf(file.text);
    const target = trimmed((/^Where=(\/.*)$/m.exec(file.text)?.[1] ?? '').replaceAll('%%', '%').trim());
    const suffix = name.endsWith('.automount') ? 'automount' : 'mount';
    // A unit whose name does not fit its place is none for systemd.
    return owner === 'theirs' || target === '/' || unitName(target, suffix) !== name
      ? []
      : [{ target, name, isEdited: owner === 'edited' }];
  });
}

/** Where something of ours stands that the inventory does not wish, the deepest first. */
function staleTargets(view: NodeView, { inventory }: FleetView): readonly string[] {
  const wish = wishOf(inventory, view.name);
  const wished = new Set(
    [...(wish?.mounts ?? []).filter(({ absent }) => !absent), ...(wish?.volumes ?? [])].map(({ target }) =>
      trimmed(target),
    ),
  );
  const own = [...ownUnits(view).map(({ target }) => target), ...ownFstabTargets(fstabOf(view) ?? '').map(trimmed)];
  return [...new Set(own)].filter((target) => !wished.has(target)).toSorted((a, b) => b.length - a.length);
}

/** Takes away units, fstab lines and mount points of ours that the inventory of this node does not wish any more. */
export function planStale(view: NodeView, fleet: FleetView): NodePlan {
  const { seen, name } = view;
  const wish = wishOf(fleet.inventory, name);
  if (wish === undefined || wish.mounts.length + wish.volumes.length === 0)
    return refused(
      'the inventory wishes no mount and no volume there, which may be a mistake in it',
      'write down what should be there, or unmount one by one (unmount, keep: gone)',
    );
  const listed = checked(seen, 'identities', UNITS);
  if (listed === undefined)
    return refused(
      `its units are not known: ${seen.failed.get(`identities ${UNITS}`) ?? 'no answer'}`,
      'plan again when it answers',
    );
  const unread = unitNames(view).find((unit) => checked(seen, 'file', `${UNITS}/${unit}`) === undefined);
  if (unread !== undefined || fstabOf(view) === undefined)
    return refused(
      `${unread === undefined ? '/etc/fstab' : `${UNITS}/${unread}`} could not be read`,
      'plan again when it can',
    );
  const targets = staleTargets(view, fleet);
  const stripped = targets.reduce(withoutLine, view);
  const plans = targets.map((target) => ({
    target,
    plan: whyNotTaken(target, view) ?? planUnmount(target, CHOICES, stripped),
  }));
  const left = plans.flatMap(({ target, plan }) =>
    plan.kind === 'refused' ? [`${target} stays: ${plan.because}`] : [],
  );
  const taken = plans.filter(({ plan }) => plan.kind !== 'refused');
  const steps = taken
    .flatMap(({ plan }) => (plan.kind === 'steps' ? plan.steps : []))
    .filter((step) => !isReload(step));
  const goneTargets = taken.map(({ target }) => target);
  const [first, ...others] = [...steps, ...lastSteps(goneTargets, unitsOf(goneTargets, view), view)];
  if (first !== undefined)
    return { kind: 'steps', steps: [{ ...first, warnings: [...first.warnings, ...left] }, ...others] };
  if (left.length > 0) return refused(left.join('; '), 'see to that first, then plan again');
  return { kind: 'already', because: 'every mount of ours there is wished' };
}

/** Mount units of ours among what goes. */
function unitsOf(targets: readonly string[], view: NodeView): readonly string[] {
  const own = new Set(ownUnits(view).map(({ target }) => target));
  return targets.filter((target) => own.has(target)).map((target) => unitName(target, 'mount'));
}

const CHOICES = { forget: true, users: 'refuse', firmness: 'gentle', insteadBy: 'unmount' } as const;

/** What is somebody else's by now, though a part of it is ours. */
function whyNotTaken(target: string, view: NodeView): Refusal | undefined {
  const edited = ownUnits(view).find((unit) => unit.target === target && unit.isEdited);
  const next = 'unmount it by itself (unmount, keep: gone)';
  if (edited !== undefined) return refused(`${edited.name} was edited by hand since muster wrote it`, next);
  const fstab = fstabOf(view) ?? '';
  return linesFor(fstab, target).length > 0 && !ownFstabTargets(fstab).map(trimmed).includes(target)
    ? refused('/etc/fstab has a line for it that is not ours', next)
    : undefined;
}
