import type { Action, FleetView, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import type { NodeName } from '../model/ids.ts';
import { foldNodes } from '../model/node-set.ts';
import type { Step } from '../model/plan.ts';
import { isUnder, remoteSource, serverOf, trimmed } from '../model/storage-source.ts';
import { EXPORTS_FILE, exportPath, withoutExportLine } from '../storage/export-files.ts';
import { reloadExportsStep, reloadWithoutStep, withdrawStep } from '../storage/export-steps.ts';
import { ownerOf } from '../storage/managed.ts';
import { removeStep, writeStep } from '../storage/write-file.ts';
import { exportedFields } from './export.ts';
import { exportNeeds } from './export-node.ts';
import {
  gather,
  joinedNeeds,
  type NodePlan,
  needsOn,
  nodesIn,
  planOf,
  refused,
  stageOf,
  stepsOr,
} from './node-plans.ts';

/** Takes an export of ours back, and says who still has it mounted. */
export const unexport = {
  name: 'unexport',
  title: 'Stop exporting a directory',
  summary: 'Removes the share of ours and reloads; clients that still have it mounted are named first.',
  targets: [{ view: 'exports', fills: { nodes: 'nodes', path: 'path' } }],
  fields: {
    ...exportedFields,
    inUse: {
      kind: 'flag',
      title: 'Even in use',
      help: 'Also while clients have it mounted: their programs hang or fail.',
      default: false,
    },
  },
  needs(input, fleet) {
    const path = trimmed(String(input['path']));
    return joinedNeeds(
      needsOn(nodesIn(input['nodes'], fleet), () => exportNeeds(path)),
      needsOn(
        fleet.inventory.nodes.filter(({ via }) => via !== 'kubernetes').map(({ name }) => name),
        () => [{ kind: 'probe', probe: 'mounts' }],
      ),
    );
  },
  plan(input, fleet) {
    const path = trimmed(String(input['path']));
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) =>
      planUnexport(path, input['inUse'] === true, view, fleet),
    );
    return planOf(
      `stop exporting ${path}`,
      stageOf(`stop exporting ${path}`, gathered.jobs, { maxAtOnce: 1 }),
      gathered,
    );
  },
} satisfies Action;

function planUnexport(path: string, inUse: boolean, view: NodeView, fleet: FleetView): NodePlan {
  const users = mountedBy(path, view.name, fleet);
  const exported = (view.seen.facts.exports?.kernel ?? []).filter((entry) => trimmed(entry.path) === path);
  const files = (view.seen.facts.exports?.files ?? []).filter((entry) => trimmed(entry.path) === path);
  if (exported.length === 0 && files.length === 0) return stepsOr([], `${path} is not exported`);
  if (users.length > 0 && !inUse) {
    return refused(`${path} is mounted by ${foldNodes(users)}`, 'unmount it there first, or unexport it even in use');
  }
  const unasked = unaskedAbout(view.name, fleet);
  if (unasked.length > 0 && !inUse) {
    return refused(
      `${foldNodes(unasked)} did not say whether ${path} is mounted there`,
      'plan again when they answer, or unexport it even in use',
    );
  }
  const foreign = files.find(({ from }) => from !== exportPath(path) && !isOurs(path, from, view));
  if (foreign !== undefined)
    return refused(
      `${path} stands in ${foreign.from}, which is not ours`,
      `take the line out of ${foreign.from} by hand`,
    );
  const clients = exported.map(({ client }) => client);
  const loose = files.length > 0 ? [] : clients.map((client) => withdrawStep(path, client));
  const removed = removing(path, view, { path, clients: exported.map(({ client, options }) => ({ client, options })) });
  const steps = files.length > 0 ? [...removed, reloadWithoutStep(path, clients)] : loose;
  const warning = [
    ...(users.length === 0
      ? []
      : [`${foldNodes(users)} still ${users.length === 1 ? 'has' : 'have'} it mounted: programs there hang or fail`]),
    ...(unasked.length === 0
      ? []
      : [`${foldNodes(unasked)} did not say whether it is mounted there: programs there may hang or fail`]),
  ];
  return {
    kind: 'steps',
    steps: steps.map(
      (step, index): Step =>
        index < steps.length - 1 || warning.length === 0
          ? step
          : { ...step, risk: 'interrupts-users', guard: [...step.guard], warnings: [...step.warnings, ...warning] },
    ),
  };
}

/** Nodes whose mount table has the export or something below it. */
function mountedBy(path: string, server: NodeName, { nodes, inventory }: FleetView): readonly NodeName[] {
  return [...nodes.values()].flatMap(({ name, seen }) => {
    const isUser = (seen.facts.mounts ?? []).some((mount) => {
      const remote = remoteSource(mount.source, mount.fsType);
      return remote !== undefined && isUnder(remote.path, path) && serverOf(inventory, mount) === server;
    });
    return isUser ? [name] : [];
  });
}

/** Nodes that gave no mount table: a silent client is no proof that nobody uses a share. */
const unaskedAbout = (server: NodeName, { nodes, inventory }: FleetView): readonly NodeName[] =>
  [...nodes.values()]
    .filter(({ name, seen }) => name !== server && seen.facts.mounts === undefined && isAsked(name, inventory))
    .map(({ name }) => name);

const isAsked = (name: NodeName, { nodes }: FleetView['inventory']): boolean =>
  nodes.some((node) => node.name === name && node.via !== 'kubernetes');

function isOurs(path: string, from: string, { seen }: NodeView): boolean {
  const file = checked(seen, 'file', from);
  return (
    from === EXPORTS_FILE &&
    file?.kind === 'file' &&
    file.text !== undefined &&
    withoutExportLine(file.text, path) !== file.text
  );
}

function removing(path: string, { seen }: NodeView, before: Parameters<typeof reloadExportsStep>[0]): readonly Step[] {
  const again = reloadExportsStep(before, []);
  const own = checked(seen, 'file', exportPath(path));
  const file = checked(seen, 'file', EXPORTS_FILE);
  const text = file?.kind === 'file' ? file.text : undefined;
  const after = text === undefined ? undefined : withoutExportLine(text, path);
  const steps = [
    ...(own?.kind === 'file' && own.text !== undefined && ownerOf(own.text) !== 'theirs'
      ? [removeStep(exportPath(path), own.text, 'the export')]
      : []),
    ...(text === undefined || after === undefined || after === text
      ? []
      : [writeStep({ path: EXPORTS_FILE, text: after, mode: '0644', what: 'the table without our line in' }, text)]),
  ];
  return steps.map((step, index) =>
    index > 0 || 'never' in step.undo ? step : { ...step, undo: [...step.undo, again] },
  );
}
