import { cmd, lasting } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import { absolutePath } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { type DirectoryWish, makeDirectory } from './make-directory.ts';

/** Quick local work: reload, rmdir, exportfs. */
const QUICK_MS = 60_000;
/** systemctl waits for the unit's own limit, 90 s unless it says otherwise. */
export const UNIT_MS = 150_000;

/** Where systemctl(1) keeps what is started at boot: links in the folder of units and in the folders in it. */
export const UNIT_LINKS = '/etc/systemd/system/*/';

/** What most steps are: as root, a change, nothing to guard, nothing to say. */
export const CHANGE = {
  as: 'root',
  risk: 'changes',
  guard: [],
  timeoutMs: QUICK_MS,
  warnings: [],
} as const satisfies Partial<Step>;

/** An undo step is part of an undo already. */
export const NO_UNDO = { never: 'it is an undo itself' } as const;

/** Whose a directory is, as it was found. */
export interface DirectoryOwner {
  readonly owner: string;
  readonly group: string;
  readonly mode: string;
}

/**
 * Makes a directory, or gives it another owner or mode. `isNew`: it was not there when the plan was made; `was`: what an undo gives back to one
 * that was.
 */
export function directoryStep(wish: DirectoryWish, isNew: boolean, undo?: Step['undo'], was?: DirectoryOwner): Step {
  const { path, owner, group, mode } = wish;
  const at = absolutePath(path);
  const wished: Condition = {
    kind: 'directory',
    path: at,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode }),
  };
  const whose = `${owner ?? was?.owner ?? 'root'}:${group ?? was?.group ?? 'root'} ${mode ?? was?.mode ?? '0755'}`;
  const now = was === undefined ? path : `${path} ${was.owner}:${was.group} ${was.mode}`;
  const giveBack: Step['undo'] =
    was === undefined
      ? { never: 'the owner and mode before are not kept' }
      : [{ ...directoryStep({ path, ...was }, false, NO_UNDO), guard: [wished] }];
  return {
    ...CHANGE,
    title: isNew ? `make the directory ${path}` : `give ${path} its owner and mode`,
    run: lasting(makeDirectory(wish), path),
    done: [wished],
    preview: [{ kind: 'state', now: isNew ? `no ${path}` : now, after: `${path} ${whose}` }],
    undo: undo ?? (isNew ? [removeDirectoryStep(path)] : giveBack),
  };
}

/** Removes a directory that is empty; rmdir(1) refuses any other. */
export function removeDirectoryStep(path: string): Step {
  return {
    ...CHANGE,
    title: `remove the empty directory ${path}`,
    run: lasting(cmd('rmdir', '--', path), path),
    guard: [{ kind: 'not-mounted', target: absolutePath(path) }],
    done: [{ kind: 'no-file', path: absolutePath(path) }],
    preview: [{ kind: 'state', now: `${path}, empty`, after: `no ${path}` }],
    undo: NO_UNDO,
  };
}

/** Has systemd read its unit files; known by these units being read, or gone. */
export function reloadStep(units: readonly string[], load: 'loaded' | 'not-found' = 'loaded'): Step {
  const [first, ...others] = units.map(
    (unit): Condition =>
      load === 'loaded' ? { kind: 'unit', unit, load, isFresh: true } : { kind: 'unit', unit, load },
  );
  return {
    ...CHANGE,
    title: 'let systemd read its units again',
    run: cmd('systemctl', 'daemon-reload'),
    done: first === undefined ? 'exit-code' : [first, ...others],
    preview: [],
    undo: [],
  };
}

/** Starts a unit now and at every boot. `and` is what must hold beside; `undo` takes it back. */
export function enableStep(
  unit: string,
  what: string,
  { and = [], undo }: { readonly and?: readonly Condition[]; readonly undo: Step['undo'] },
): Step {
  return {
    ...CHANGE,
    title: `start ${what} now and at every boot`,
    run: lasting(cmd('systemctl', 'enable', '--now', '--', unit), UNIT_LINKS),
    done: [{ kind: 'unit', unit, active: 'active', isEnabled: true }, ...and],
    timeoutMs: UNIT_MS,
    preview: [{ kind: 'state', now: `${unit} does not run`, after: `${unit} runs, and does at every boot` }],
    undo,
  };
}

/** Stops a unit now and for every boot to come. */
export function disableStep(
  unit: string,
  what: string,
  { guard = [], undo = NO_UNDO }: { readonly guard?: readonly Condition[]; readonly undo?: Step['undo'] } = {},
): Step {
  return {
    ...CHANGE,
    title: `stop ${what} now and at boot`,
    run: lasting(cmd('systemctl', 'disable', '--now', '--', unit), UNIT_LINKS),
    guard,
    done: [{ kind: 'unit', unit, active: 'inactive', isEnabled: false }],
    timeoutMs: UNIT_MS,
    preview: [{ kind: 'state', now: `${unit} runs, or would at boot`, after: 'neither' }],
    undo,
  };
}
