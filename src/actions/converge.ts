import type { Action, FleetView, NodeView } from '../model/action.ts';
import type { Need } from '../model/check.ts';
import type { NodeName } from '../model/ids.ts';
import type { ExportSpec, MountSpec, VolumeSpec } from '../model/inventory.ts';
import { compareOptions } from '../model/mount-options.ts';
import type { Job } from '../model/plan.ts';
import { isUnder, remoteSource, trimmed } from '../model/storage-source.ts';
import { nodeOfHost, wishOf } from '../model/wishes.ts';
import { diskWish } from './disk-fields.ts';
import { planDisk } from './disk-node.ts';
import { exportNeeds, planExport } from './export-node.ts';
import { mountFields, wishOfSpec } from './mount-fields.ts';
import { mountNeeds, planMount, realMountAt } from './mount-node.ts';
import {
  type Gathered,
  gather,
  joinedNeeds,
  mergedNotes,
  type NodePlan,
  needsOn,
  nodesIn,
  planOf,
  refused,
  stageOf,
} from './node-plans.ts';
import { provisionNeeds } from './provision-disk.ts';
import { planRemount } from './remount.ts';
import { planUnmount, unmountNeeds } from './unmount-node.ts';

/** Brings everything the inventory wishes about, stage by stage; what is as wished is left alone. */
export const converge = {
  name: 'converge',
  title: 'Bring about what the inventory wishes',
  summary:
    'Volumes, then exports, then mounts in which the facts differ from the inventory; a second run plans nothing.',
  targets: [
    { view: 'nodes', fills: { nodes: 'nodes' } },
    { view: 'overview', fills: { nodes: 'nodes' } },
  ],
  fields: {
    nodes: {
      kind: 'nodes',
      title: 'Nodes',
      help: 'Which nodes; all where nothing is said.',
      default: 'all',
      completes: 'nodes',
    },
    overwrite: mountFields.overwrite,
  },
  needs(input, fleet) {
    const nodes = nodesIn(input['nodes'], fleet);
    const servers = nodes.flatMap((node) => serversFor(node, fleet));
    return joinedNeeds(
      needsOn(nodes, (node) => needsOf(node, fleet)),
      needsOn([...new Set(servers)], (node) =>
        exportsOf(node, fleet).flatMap(({ path }) => exportNeeds(trimmed(path))),
      ),
    );
  },
  plan(input, fleet) {
    const nodes = nodesIn(input['nodes'], fleet);
    const overwrite = input['overwrite'] === true;
    const volumes = each(
      nodes,
      fleet,
      (node) => wishOf(fleet.inventory, node)?.volumes ?? [],
      (spec, view) => planVolume(spec, view, fleet),
    );
    const exported = each(nodes, fleet, exportsOf, (spec, view) => planSpec(spec, overwrite, view, fleet));
    const planned = new Set(exported.jobs.map(({ node }) => node));
    const mounts = each(
      nodes,
      fleet,
      (node) => wishOf(fleet.inventory, node)?.mounts ?? [],
      (spec, view) => planMountSpec(spec, overwrite, planned, view, fleet),
    );
    const { already, refused: not } = mergedNotes(volumes, exported, mounts);
    return planOf(
      'bring about what the inventory wishes',
      [
        ...stageOf('volumes', volumes.jobs, { maxAtOnce: 1 }),
        ...stageOf('exports', exported.jobs, { maxAtOnce: 1 }),
        ...stageOf('mounts', mounts.jobs),
      ],
      { already, refused: not },
    );
  },
} satisfies Action;

const exportsOf = (node: NodeName, { inventory }: FleetView): readonly ExportSpec[] =>
  wishOf(inventory, node)?.exports ?? [];

/** Nodes of the inventory that serve what a node should mount. */
function serversFor(node: NodeName, { inventory }: FleetView): readonly NodeName[] {
  return (wishOf(inventory, node)?.mounts ?? []).flatMap(({ source, fsType, absent }) => {
    const remote = absent ? undefined : remoteSource(source, fsType);
    const server = remote === undefined ? undefined : nodeOfHost(inventory, remote.server);
    return server === undefined ? [] : [server];
  });
}

function needsOf(node: NodeName, fleet: FleetView): readonly Need[] {
  const wish = wishOf(fleet.inventory, node);
  const view = fleet.nodes.get(node);
  if (wish === undefined) return [];
  return [
    { kind: 'probe', probe: 'privilege' },
    ...wish.volumes.flatMap(({ name }) => provisionNeeds({ volume: name }, fleet, node)),
    ...wish.exports.flatMap(({ path }) => exportNeeds(trimmed(path))),
    ...wish.mounts.flatMap(({ target, absent }) => [
      ...mountNeeds(trimmed(target), view),
      ...(absent || differs(trimmed(target), node, fleet) ? unmountNeeds(trimmed(target)) : []),
    ]),
  ];
}

/** Whether something is mounted there with other options, so that it may have to be unmounted first. */
function differs(target: string, node: NodeName, fleet: FleetView): boolean {
  const present = realMountAt(fleet.nodes.get(node)?.seen.facts.mounts ?? [], target);
  const spec = wishOf(fleet.inventory, node)?.mounts.find((mount) => trimmed(mount.target) === target);
  return present !== undefined && spec !== undefined && compareOptions(spec.options, present).differences.length > 0;
}

/** Plans every wish of every node; the steps of one node stand together. */
function each<T>(
  nodes: readonly NodeName[],
  fleet: FleetView,
  wishes: (node: NodeName, fleet: FleetView) => readonly T[],
  plan: (wish: T, view: NodeView) => NodePlan,
): Gathered {
  const all = nodes.flatMap((node) =>
    wishes(node, fleet).map((wish) => gather([node], fleet, (view) => plan(wish, view))),
  );
  const jobs = new Map<NodeName, Job>();
  for (const { node, steps } of all.flatMap((gathered) => gathered.jobs)) {
    const known = jobs.get(node);
    jobs.set(node, known === undefined ? { node, steps } : { node, steps: [...known.steps, ...steps] });
  }
  return { jobs: [...jobs.values()], ...mergedNotes(...all) };
}

/** A disk that carries anything else is never wiped from here. */
function planVolume({ name }: VolumeSpec, view: NodeView, fleet: FleetView): NodePlan {
  const wish = diskWish({ volume: name }, fleet, view.name);
  return typeof wish === 'string'
    ? refused(`volume ${name}: ${wish}`, 'complete the inventory')
    : planDisk(wish, view, fleet);
}

function planSpec({ path, clients }: ExportSpec, overwrite: boolean, view: NodeView, fleet: FleetView): NodePlan {
  const volume = volumeAbove(path, view, fleet);
  const isPlanned = volume !== undefined && planVolume(volume, view, fleet).kind === 'steps';
  if (
    volume !== undefined &&
    !isPlanned &&
    realMountAt(view.seen.facts.mounts ?? [], trimmed(volume.target)) === undefined
  ) {
    return refused(
      `${path}: its volume ${volume.name} is not mounted at ${volume.target}, so clients would fill the disk below`,
      'see why the volume is not there, then plan again',
    );
  }
  const choices = { where: 'exports.d', mp: true, allowRisky: false, allowRootDisk: true, overwrite } as const;
  return planExport(
    { path: trimmed(path), clients },
    { ...choices, ...(isPlanned ? { plannedMount: trimmed(volume.target) } : {}) },
    view,
    fleet,
  );
}

/** The volume that the inventory wishes below an export; of several the nearest. */
const volumeAbove = (path: string, { name }: NodeView, { inventory }: FleetView): VolumeSpec | undefined =>
  (wishOf(inventory, name)?.volumes ?? [])
    .filter(({ target }) => isUnder(trimmed(path), trimmed(target)))
    .toSorted((a, b) => a.target.length - b.target.length)
    .at(-1);

/** Nobody is asked here: whoever uses a mount is left alone, and what would end them is another action's field. */
const GENTLY = { users: 'refuse', firmness: 'gentle' } as const;

function planMountSpec(
  spec: MountSpec,
  overwrite: boolean,
  planned: ReadonlySet<NodeName>,
  view: NodeView,
  fleet: FleetView,
): NodePlan {
  const wish = wishOfSpec(spec);
  if (spec.absent) return planUnmount(wish.target, { ...GENTLY, forget: true, insteadBy: 'unmount' }, view);
  if (differs(wish.target, view.name, fleet)) {
    return planRemount(wish, { ...GENTLY, forget: false, insteadBy: 'remount', overwrite }, view, fleet);
  }
  const remote = remoteSource(wish.source, wish.fsType);
  const server = remote === undefined ? undefined : nodeOfHost(fleet.inventory, remote.server);
  const isExportPlanned = server !== undefined && planned.has(server);
  return planMount(
    wish,
    { overwrite, verify: false, ...(isExportPlanned ? { isExportPlanned: true } : {}) },
    view,
    fleet,
  );
}
