import type { FleetView, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import { exportOptionDifferences, isSameClient } from '../model/export-drift.ts';
import type { ExportEntry, Mount } from '../model/facts.ts';
import type { Step } from '../model/plan.ts';
import { isUnder, trimmed } from '../model/storage-source.ts';
import {
  EXPORTS_FILE,
  EXPORTS_FOLDER,
  type ExportWish,
  exportPath,
  exportText,
  isClause,
  lintClient,
  withExportLine,
} from '../storage/export-files.ts';
import { reloadExportsStep, reloadWithoutStep, startServerStep } from '../storage/export-steps.ts';
import { directoryStep } from '../storage/local-steps.ts';
import { ownerOf } from '../storage/managed.ts';
import { planFile, writeStep } from '../storage/write-file.ts';
import { already, type NodePlan, type Refusal, refused } from './node-plans.ts';

/** Threads below which a server of many clients makes them wait; the kernel starts with 8. */
const FEW_THREADS = 64;

/** Services that may keep clients from the port. */
const FIREWALLS = ['firewalld.service', 'ufw.service', 'nftables.service'];

/** What else the operator said about an export. */
export interface ExportChoices {
  readonly where: 'exports.d' | 'exports';
  /** `mp`: nothing is exported while the disk is not mounted. */
  readonly mp: boolean;
  readonly allowRisky: boolean;
  readonly allowRootDisk: boolean;
  readonly overwrite: boolean;
  /** A mount point below which an earlier stage of the same plan mounts a volume. */
  readonly plannedMount?: string;
}

/** What to look at on a server before an export is planned. */
export const exportNeeds = (path: string): readonly Need[] => [
  ...(['privilege', 'mounts', 'exports', 'nfsServer', 'tools'] as const).map(
    (probe): Need => ({ kind: 'probe', probe }),
  ),
  ...[path, EXPORTS_FOLDER, exportPath(path), EXPORTS_FILE].map(
    (target): Need => ({ kind: 'check', check: 'file', target }),
  ),
  ...FIREWALLS.map((target): Need => ({ kind: 'check', check: 'service', target })),
];

/** Plans one share on one server. */
export function planExport(given: ExportWish, choices: ExportChoices, view: NodeView, fleet: FleetView): NodePlan {
  const { facts, absent } = view.seen;
  const told = already(`${given.path} is exported to ${given.clients.map(({ client }) => client).join(', ')}`);
  if (isTheirs(given, view, fleet)) return told;
  const because = whyNotExported(given, choices, view);
  if (because !== undefined) return because;
  const wish = withMountPoint(given, choices, facts.mounts ?? []);
  if (isSameInEffect(wish, view, fleet)) return told;
  const files = fileSteps(wish, choices, view, fleet);
  if (files.kind === 'refused') return files;
  const isServing = facts.nfsServer !== undefined && facts.nfsServer.threads > 0 && !absent.has('exports');
  const start = isServing ? [] : [startServerStep()];
  if (files.steps.length === 0 && isServing && isExported(wish, facts.exports?.kernel ?? [], fleet)) {
    return told;
  }
  return { kind: 'steps', steps: [...start, ...files.steps, reloadExportsStep(wish, warningsOf(wish, view))] };
}

/** The kernel exports it as wished, and a file of somebody else's says so: nothing to add. */
function isTheirs(wish: ExportWish, { seen }: NodeView, fleet: FleetView): boolean {
  if (checked(seen, 'file', exportPath(wish.path))?.kind === 'file') return false;
  const { kernel = [], files = [] } = seen.facts.exports ?? {};
  const inFiles = wish.clients.every(({ client }) =>
    files.some((entry) => trimmed(entry.path) === wish.path && isSameClient(fleet.inventory, entry.client, client)),
  );
  return inFiles && isExported(wish, kernel, fleet);
}

/** Our file says the same in other words, such as a default that is named, and the kernel does so: to write it anew would change nothing. */
function isSameInEffect(wish: ExportWish, { seen }: NodeView, fleet: FleetView): boolean {
  const { kernel = [], files = [] } = seen.facts.exports ?? {};
  const path = exportPath(wish.path);
  const file = checked(seen, 'file', path);
  const own = files.filter(({ from }) => from === path);
  const isOurs = file?.kind === 'file' && file.text !== undefined && ownerOf(file.text) === 'ours';
  if (!isOurs || own.length !== wish.clients.length || (seen.facts.nfsServer?.threads ?? 0) === 0) return false;
  const pointOf = (options: readonly string[]): string | undefined =>
    options.find((option) => MOUNT_POINT.test(option));
  const isSaid = wish.clients.every(({ client, options }) =>
    own.some(
      (entry) =>
        trimmed(entry.path) === wish.path &&
        isSameClient(fleet.inventory, entry.client, client) &&
        pointOf(options) === pointOf(entry.options) &&
        exportOptionDifferences(options, entry.options).length === 0 &&
        exportOptionDifferences(entry.options, options).length === 0,
    ),
  );
  return isSaid && isExported(wish, kernel, fleet);
}

const MOUNT_POINT = /^(mp|mountpoint)(=|$)/;

/** What stands against an export at all. */
function whyNotExported(
  { path, clients }: ExportWish,
  choices: ExportChoices,
  { seen }: NodeView,
): Refusal | undefined {
  const { tools, mounts } = seen.facts;
  const odd = clients.find((wish) => !isClause(wish));
  if (odd !== undefined) {
    const text = JSON.stringify(`${odd.client}(${odd.options.join(',')})`);
    return refused(
      `${text} is no clause of exports(5)`,
      'write it as 10.0.0.0/8(rw,sync), without blanks and brackets',
    );
  }
  if (tools !== undefined && !tools.includes('exportfs'))
    return refused('exportfs is missing there', 'install nfs-kernel-server');
  const planned = choices.plannedMount !== undefined && isUnder(path, choices.plannedMount);
  const state = checked(seen, 'file', path);
  if (!planned && state !== undefined && state.kind !== 'directory') {
    return refused(
      state.kind === 'none' ? `there is no directory ${path}` : `${path} is a ${state.kind}`,
      'make the directory first',
    );
  }
  if (!planned && !choices.allowRootDisk && volumeOf(path, mounts ?? []) === undefined) {
    return refused(
      `${path} is on the root disk, not on a mounted volume`,
      'mount a volume there first, or allow the root disk',
    );
  }
  const grave = clients.flatMap(lintClient).find(({ isGrave }) => isGrave);
  return grave === undefined || choices.allowRisky
    ? undefined
    : refused(grave.text, 'name the clients, or drop no_root_squash');
}

/** The mount a path lies on, the root disk not counted. */
function volumeOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(({ target, fsType }) => target !== '/' && fsType !== 'autofs' && isUnder(path, target));
  return above.toSorted((a, b) => a.target.length - b.target.length).at(-1);
}

/** `mp=` of the volume: an empty directory is not exported while its disk is away. */
function withMountPoint(wish: ExportWish, { mp, plannedMount }: ExportChoices, mounts: readonly Mount[]): ExportWish {
  const planned = plannedMount !== undefined && isUnder(wish.path, plannedMount) ? plannedMount : undefined;
  const point = planned ?? volumeOf(wish.path, mounts)?.target;
  if (!mp || point === undefined) return wish;
  const isSet = (option: string): boolean => MOUNT_POINT.test(option);
  return {
    ...wish,
    clients: wish.clients.map(({ client, options }) => ({
      client,
      options: options.some(isSet) ? options : [...options, `mp=${point}`],
    })),
  };
}

function fileSteps(
  wish: ExportWish,
  choices: ExportChoices,
  view: NodeView,
  fleet: FleetView,
): { readonly kind: 'steps'; readonly steps: readonly Step[] } | Refusal {
  const own = choices.where === 'exports.d' ? exportPath(wish.path) : EXPORTS_FILE;
  const clash = (view.seen.facts.exports?.files ?? []).find(
    (entry) =>
      trimmed(entry.path) === wish.path &&
      entry.from !== own &&
      wish.clients.some(({ client }) => isSameClient(fleet.inventory, client, entry.client)),
  );
  if (clash !== undefined) {
    return refused(
      `${wish.path} stands in ${clash.from} for ${clash.client} already`,
      'take it out there, or leave that client out',
    );
  }
  const forgotten = reloadWithoutStep(
    wish.path,
    wish.clients.map(({ client }) => client),
  );
  if (choices.where === 'exports') return linesIn(wish, view, forgotten);
  const folder =
    checked(view.seen, 'file', EXPORTS_FOLDER)?.kind === 'none' ? [directoryStep({ path: EXPORTS_FOLDER }, true)] : [];
  const planned = planFile({
    path: own,
    text: exportText(wish, fleet.render),
    mode: '0644',
    what: 'the export',
    seen: checked(view.seen, 'file', own),
    overwrite: choices.overwrite,
  });
  if (planned.kind === 'refused') return planned;
  return { kind: 'steps', steps: planned.kind === 'write' ? [...folder, undoneWith(planned.step, forgotten)] : [] };
}

/** Our line among those of others in /etc/exports. */
function linesIn(
  wish: ExportWish,
  { seen }: NodeView,
  forgotten: Step,
): { readonly kind: 'steps'; readonly steps: readonly Step[] } | Refusal {
  const file = checked(seen, 'file', EXPORTS_FILE);
  const text = file?.kind === 'none' ? '' : file?.kind === 'file' ? file.text : undefined;
  if (text === undefined) return refused(`${EXPORTS_FILE} could not be read`, 'see why with doctor, then plan again');
  const after = withExportLine(text, wish);
  if (after === text) return { kind: 'steps', steps: [] };
  const step = writeStep(
    { path: EXPORTS_FILE, text: after, mode: '0644', what: 'our line in' },
    file?.kind === 'none' ? undefined : text,
  );
  return { kind: 'steps', steps: [undoneWith(step, forgotten)] };
}

const undoneWith = (step: Step, last: Step): Step => ({
  ...step,
  undo: 'never' in step.undo ? step.undo : [...step.undo, last],
});

function isExported(wish: ExportWish, kernel: readonly ExportEntry[], { inventory }: FleetView): boolean {
  return wish.clients.every(({ client, options }) =>
    kernel.some(
      (entry) =>
        trimmed(entry.path) === wish.path &&
        isSameClient(inventory, entry.client, client) &&
        exportOptionDifferences(options, entry.options).length === 0,
    ),
  );
}

function warningsOf(wish: ExportWish, { seen }: NodeView): readonly string[] {
  const firewall = FIREWALLS.find((name) => checked(seen, 'service', name)?.active === 'active');
  const threads = seen.facts.nfsServer?.threads;
  const state = checked(seen, 'file', wish.path);
  const isOpen = state?.kind === 'directory' && (Number.parseInt(state.mode, 8) & 0o002) !== 0;
  return [
    ...wish.clients.flatMap(lintClient).map(({ text }) => text),
    ...(isOpen ? [`${wish.path} has mode ${state.mode}: everybody may write there`] : []),
    ...(firewall === undefined ? [] : [`${firewall} runs: clients need TCP port 2049`]),
    ...(threads === undefined || threads === 0 || threads >= FEW_THREADS
      ? []
      : [`the NFS server has ${threads} threads; ${FEW_THREADS} or more serve many clients better`]),
  ];
}
