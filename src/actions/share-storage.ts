import type { Action, FleetView, Input, NodeView } from '../model/action.ts';
import type { NodeName } from '../model/ids.ts';
import type { Job, Plan } from '../model/plan.ts';
import { isUnder, trimmed } from '../model/storage-source.ts';
import type { ExportWish } from '../storage/export-files.ts';
import { touchStep } from '../storage/mount-steps.ts';
import type { MountWish } from '../storage/mount-wish.ts';
import { diskFields, diskWish } from './disk-fields.ts';
import { planDisk } from './disk-node.ts';
import { exportChoices, exportFields, exportWish } from './export.ts';
import { exportNeeds, planExport } from './export-node.ts';
import { mountFields } from './mount-fields.ts';
import { mountNeeds, planMount } from './mount-node.ts';
import {
  type Gathered,
  gather,
  joinedNeeds,
  mergedNotes,
  needsOn,
  nodesIn,
  planOf,
  refused,
  stageOf,
} from './node-plans.ts';
import { provisionNeeds } from './provision-disk.ts';

/** Clients a rollout touches at once is the rollout's matter; servers go one at a time. */
const ONE_AT_ONCE = { maxAtOnce: 1 };

/** A disk of one node as storage of many: the disk, the export, the clients, and a look from every client. */
export const shareStorage = {
  name: 'share-storage',
  title: 'Share storage with other nodes',
  summary:
    'One plan from a disk on the server over its export to mounts on all clients, each stage seen to hold before the next.',
  targets: [
    { view: 'disks', fills: { server: 'nodes', disk: 'disk', volume: 'volume' } },
    { view: 'exports', fills: { server: 'nodes', path: 'path' } },
  ],
  fields: {
    server: { ...mountFields.nodes, title: 'Server', help: 'The node that has the disk.' },
    nodes: {
      ...mountFields.nodes,
      title: 'Client nodes',
      help: 'Where it is mounted, e.g. @gpu; the server itself is left out.',
    },
    path: {
      kind: 'path',
      title: 'Directory',
      help: 'What is exported; empty for the mount point on the server.',
      completes: 'export-paths',
    },
    mountPoint: {
      kind: 'path',
      title: 'Mount point on clients',
      help: 'Where clients see it, e.g. /mnt/data.',
      isRequired: true,
      completes: 'mount-points',
      shape: 'own-place',
    },
    clientOptions: {
      kind: 'text',
      title: 'Mount options',
      help: 'For the clients, e.g. hard,noatime.',
      default: 'hard,noatime',
      shape: 'mount-options',
    },
    clientHow: {
      kind: 'choice',
      title: 'How on clients',
      help: 'At the first touch, at boot, or by fstab.',
      choices: ['automount', 'unit', 'fstab'],
      default: 'automount',
    },
    idle: mountFields.idle,
    ...exportFields,
    ...diskFields,
  },
  needs(input, fleet) {
    const server = nodesIn(input['server'], fleet);
    const path = shared(input, fleet, server[0]);
    const point = trimmed(String(input['mountPoint']));
    return joinedNeeds(
      needsOn(server, (node) => [
        ...(hasDisk(input) ? provisionNeeds(input, fleet, node) : []),
        ...(path === undefined ? [] : exportNeeds(path)),
      ]),
      needsOn(clientsOf(input, fleet), (node) => mountNeeds(point, fleet.nodes.get(node))),
    );
  },
  plan(input, fleet): Plan {
    const [server, ...more] = nodesIn(input['server'], fleet);
    const path = shared(input, fleet, server);
    const title = `share ${path ?? 'storage'} of ${server ?? 'nobody'}`;
    if (server === undefined || more.length > 0) return stop(title, 'one server is needed', 'name one node');
    if (path === undefined)
      return stop(title, 'no directory is named', 'say what is exported (path) or where the disk is mounted (target)');
    const disk = hasDisk(input) ? gather([server], fleet, (view) => planServerDisk(input, view, fleet)) : NOTHING;
    const [noDisk] = disk.refused;
    if (noDisk !== undefined) return stop(title, noDisk.because, noDisk.tryThis ?? 'plan again', server);
    const exported = gather([server], fleet, (view) =>
      planServerExport(path, input, disk.jobs.length > 0, view, fleet),
    );
    const [noExport] = exported.refused;
    if (noExport !== undefined) return stop(title, noExport.because, noExport.tryThis ?? 'plan again', server);
    const isExportPlanned = exported.jobs.length > 0;
    const wish = clientWish(path, server, input, fleet);
    const clients = gather(clientsOf(input, fleet), fleet, (view) =>
      planMount(
        wish,
        {
          overwrite: input['overwrite'] === true,
          verify: false,
          ...(isExportPlanned ? { isExportPlanned: true } : {}),
        },
        view,
        fleet,
      ),
    );
    const looks = clients.jobs.map(({ node }): Job => ({ node, steps: [touchStep(wish)] }));
    return planOf(
      title,
      [
        ...stageOf(`the disk on ${server}`, disk.jobs, ONE_AT_ONCE),
        ...stageOf(`the export on ${server}`, exported.jobs, ONE_AT_ONCE),
        ...stageOf(`mounts on the clients`, clients.jobs),
        ...stageOf('a look from every client', looks, { note: 'each client uses the share once' }),
      ],
      mergedNotes(disk, exported, clients),
    );
  },
} satisfies Action;

const NOTHING: Gathered = { jobs: [], already: [], refused: [] };

const stop = (title: string, because: string, tryThis: string, node?: NodeName): Plan => ({
  kind: 'refused',
  title,
  because,
  tryThis,
  refused: node === undefined ? [] : [{ nodes: [node], because, tryThis }],
});

const hasDisk = (input: Input): boolean => input['disk'] !== undefined || input['volume'] !== undefined;

/** The directory that is exported: what is named, else where the disk is mounted. */
function shared(input: Input, fleet: FleetView, server: NodeName | undefined): string | undefined {
  if (typeof input['path'] === 'string') return trimmed(input['path']);
  const wish = server === undefined || !hasDisk(input) ? undefined : diskWish(input, fleet, server);
  return wish === undefined || typeof wish === 'string' ? undefined : wish.target;
}

/** A server that mounts its own export can hang at shutdown. */
const clientsOf = (input: Input, fleet: FleetView): readonly NodeName[] => {
  const servers = nodesIn(input['server'], fleet);
  return nodesIn(input['nodes'], fleet).filter((node) => !servers.includes(node));
};

function planServerDisk(input: Input, view: NodeView, fleet: FleetView): ReturnType<typeof planDisk> {
  const wish = diskWish(input, fleet, view.name);
  if (typeof wish === 'string') return refused(wish, 'fill the field, then plan again');
  if (wish.target === undefined) return refused('the disk has no mount point', 'say where it is mounted (target)');
  return planDisk(wish, view, fleet);
}

function planServerExport(
  path: string,
  input: Input,
  isDiskPlanned: boolean,
  view: NodeView,
  fleet: FleetView,
): ReturnType<typeof planExport> {
  const wish: ExportWish | string = exportWish(path, input, fleet, view.name);
  if (typeof wish === 'string') return refused(wish, 'say who may mount it (clients)');
  const disk = hasDisk(input) ? diskWish(input, fleet, view.name) : undefined;
  const target = disk === undefined || typeof disk === 'string' ? undefined : disk.target;
  const isPlanned = isDiskPlanned && target !== undefined && isUnder(path, target);
  return planExport(wish, { ...exportChoices(input), ...(isPlanned ? { plannedMount: target } : {}) }, view, fleet);
}

/** The server is named as clients reach it: by its address where the inventory has one. */
function clientWish(path: string, server: NodeName, input: Input, { inventory }: FleetView): MountWish {
  const address = inventory.nodes.find(({ name }) => name === server)?.address ?? server;
  const how = input['clientHow'];
  return {
    source: `${address.includes(':') ? `[${address}]` : address}:${path}`,
    fsType: 'nfs4',
    target: trimmed(String(input['mountPoint'])),
    options: String(input['clientOptions'] ?? '')
      .split(',')
      .map((option) => option.trim())
      .filter((option) => option !== ''),
    how: how === 'unit' || how === 'fstab' ? how : 'automount',
    idleSec: typeof input['idle'] === 'number' ? input['idle'] : 0,
  };
}
