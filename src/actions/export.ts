import type { Action, Field, FleetView, Input } from '../model/action.ts';
import type { NodeName } from '../model/ids.ts';
import { trimmed } from '../model/storage-source.ts';
import { wishOf } from '../model/wishes.ts';
import { type ClientWish, type ExportWish, parseClient } from '../storage/export-files.ts';
import { type ExportChoices, exportNeeds, planExport } from './export-node.ts';
import { mountFields } from './mount-fields.ts';
import { gather, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** Inputs of an export that other actions share. */
export const exportFields = {
  clients: {
    kind: 'lines',
    title: 'Clients',
    help: 'Who may mount it, one a line: 10.0.0.0/8 or gpu01(ro,sync); none for what the inventory says.',
    default: [],
    shape: 'clients',
  },
  exportOptions: {
    kind: 'text',
    title: 'Options',
    help: 'For clients without options of their own.',
    shape: 'export-options',
    default: 'rw,sync,no_subtree_check,root_squash',
  },
  where: {
    kind: 'choice',
    title: 'Where',
    help: 'A file of its own in /etc/exports.d, or a line of ours in /etc/exports.',
    choices: ['exports.d', 'exports'],
    default: 'exports.d',
  },
  mp: {
    kind: 'flag',
    title: 'Only while mounted',
    help: 'Export nothing while the disk is not mounted (mp).',
    default: true,
  },
  allowRisky: {
    kind: 'flag',
    title: 'Allow risky',
    help: 'Export to everybody with rw and no_root_squash all the same.',
    default: false,
  },
} as const satisfies { readonly [field: string]: Field };

/** Which share of which server an action is about. */
export const exportedFields = {
  nodes: { ...mountFields.nodes, title: 'Server', help: 'Which node exports it.' },
  path: {
    kind: 'path',
    title: 'Directory',
    help: 'What is exported, e.g. /srv/data.',
    isRequired: true,
    completes: 'export-paths',
  },
} as const satisfies { readonly [field: string]: Field };

/** Exports a directory over NFS. exports(5): one file of ours per share, so the admin's own lines stay untouched. */
export const exportShare = {
  name: 'export',
  title: 'Export a directory over NFS',
  summary: 'One file per share in /etc/exports.d, linted, mounted disks only, exportfs -ra and never a restart.',
  targets: [
    { view: 'exports', fills: { nodes: 'nodes', path: 'path' } },
    { view: 'mounts', fills: { nodes: 'nodes', path: 'target' } },
    { view: 'nodes', fills: { nodes: 'nodes' } },
  ],
  fields: {
    ...exportedFields,
    ...exportFields,
    allowRootDisk: {
      kind: 'flag',
      title: 'Allow the root disk',
      help: 'Export a directory that is on no mounted volume.',
      default: false,
    },
    overwrite: mountFields.overwrite,
  },
  needs: (input, fleet) => needsOn(nodesIn(input['nodes'], fleet), () => exportNeeds(trimmed(String(input['path'])))),
  plan(input, fleet) {
    const path = trimmed(String(input['path']));
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => {
      const wish = exportWish(path, input, fleet, view.name);
      return typeof wish === 'string'
        ? refused(wish, 'write it as exports(5) does: 10.0.0.0/8(rw,sync)')
        : planExport(wish, exportChoices(input), view, fleet);
    });
    return planOf(`export ${path}`, stageOf(`export ${path}`, gathered.jobs, { maxAtOnce: 1 }), gathered);
  },
} satisfies Action;

/** The share that is asked for: the fields' clients, or those of the inventory; a sentence where there is none or one cannot be read. */
export function exportWish(path: string, input: Input, fleet: FleetView, server: NodeName): ExportWish | string {
  const given = Array.isArray(input['clients']) ? input['clients'] : [];
  const usual = String(input['exportOptions'] ?? '')
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '');
  const words = given.flatMap((line: string) => line.trim().split(/\s+/)).filter((word) => word !== '');
  const read = words.map((word) => parseClient(word, usual));
  const wrong = words.find((_, index) => read[index] === undefined);
  if (wrong !== undefined) return `"${wrong}" is no client`;
  const clients = read.filter((client): client is ClientWish => client !== undefined);
  if (clients.length > 0) return { path, clients };
  const spec = wishOf(fleet.inventory, server)?.exports.find((wish) => trimmed(wish.path) === path);
  return spec === undefined
    ? 'no client is named, and the inventory knows no such export'
    : { path, clients: spec.clients };
}

/** What the shared fields say. */
export const exportChoices = (input: Input): ExportChoices => ({
  where: input['where'] === 'exports' ? 'exports' : 'exports.d',
  mp: input['mp'] !== false,
  allowRisky: input['allowRisky'] === true,
  allowRootDisk: input['allowRootDisk'] === true,
  overwrite: input['overwrite'] === true,
});
