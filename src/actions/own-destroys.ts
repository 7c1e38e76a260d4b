import type { Field, FleetView, Input, Needs, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import type { Condition } from '../model/condition.ts';
import { whyUsed } from '../model/disk-use.ts';
import { absolutePath } from '../model/ids.ts';
import { trimmed } from '../model/storage-source.ts';
import { GIVE_A_SERIAL, identityOf, theDisk, whyNameless } from './disk-node.ts';
import { fstabOf } from './gone-mounts.ts';
import { textOf } from './mount-fields.ts';
import { needsOn, nodesIn, type Refusal, refused } from './node-plans.ts';

/** What a command of the user's own destroys, so that it can be looked at before it runs, and typed by whoever confirms it. */
export const DESTROYS_FIELD = {
  kind: 'text',
  title: 'Destroys',
  help: 'what it destroys: a disk by serial, WWN or name under /dev/disk/by-id, or a path; looked at beforehand, typed to confirm',
} as const satisfies Field;

/** What the field says; undefined where nothing is destroyed. */
export const destroysIn = (input: Input): string | undefined => textOf(input, 'destroys')?.trim();

const isPath = (what: string): boolean => what.startsWith('/') && !what.startsWith('/dev/');

const placeOf = (what: string): { readonly folder: string; readonly name: string } => {
  const path = trimmed(what);
  const at = path.lastIndexOf('/');
  return { folder: path.slice(0, at) || '/', name: path.slice(at + 1) };
};

/** What to look at before a command that destroys something is planned. */
export function destroysNeeds(input: Input, fleet: FleetView): Needs {
  const what = destroysIn(input);
  if (what === undefined) return new Map();
  const looks: readonly Need[] = isPath(what)
    ? [{ kind: 'check', check: 'identities', target: placeOf(what).folder }]
    : [
        { kind: 'probe', probe: 'blockDevices' },
        { kind: 'check', check: 'file', target: '/etc/fstab' },
      ];
  return needsOn(nodesIn(input['nodes'], fleet), () => [{ kind: 'probe', probe: 'privilege' }, ...looks]);
}

/** What has to hold right before it runs: it is the very disk or entry the plan was made for. A refusal where it is not there or in use. */
export function destroysGuard(what: string, view: NodeView): readonly [Condition, ...Condition[]] | Refusal {
  return isPath(what) ? entryGuard(what, view) : diskGuard(what, view);
}

function diskGuard(what: string, view: NodeView): readonly [Condition, ...Condition[]] | Refusal {
  const { blockDevices = [] } = view.seen.facts;
  const disk = theDisk(what, view.seen.facts.blockDevices);
  if ('because' in disk) return disk;
  const fstab = fstabOf(view);
  if (fstab === undefined) return refused('/etc/fstab could not be read', 'plan again when it can');
  const identity = identityOf(disk);
  const nameless = whyNameless(identity);
  if (nameless !== undefined) return refused(nameless, GIVE_A_SERIAL);
  const used = whyUsed(disk.path, blockDevices, fstab);
  if (used !== undefined) return refused(used, 'free it first (retire-disk)');
  return [
    { kind: 'same-disk', disk: identity },
    { kind: 'disk-unused', device: disk.path },
  ];
}

function entryGuard(what: string, { seen }: NodeView): readonly [Condition, ...Condition[]] | Refusal {
  const { folder, name } = placeOf(what);
  const contents = checked(seen, 'identities', folder);
  if (contents === undefined) {
    const because = seen.failed.get(`identities ${folder}`) ?? 'no answer';
    return refused(`what lies in ${folder} is not known: ${because}`, 'plan again when it answers');
  }
  if (contents.kind === 'other') return refused(contents.because, 'name another path');
  const entry = contents.kind === 'directory' ? contents.entries.find((each) => each.name === name) : undefined;
  if (contents.kind === 'none' || entry === undefined)
    return refused(`there is no ${trimmed(what)}`, 'name what is there, or leave the node out');
  if (contents.path !== folder)
    return refused(`${folder} leads to ${contents.path}`, `name it there: ${contents.path}`);
  const entries = [{ name, id: entry.id }];
  return [{ kind: 'entries-same', folder: absolutePath(folder), folderId: contents.id, entries }];
}
