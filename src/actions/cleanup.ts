import type { Action, FleetView, Input, NodeView } from '../model/action.ts';
import { type Job, refuse, type Stage } from '../model/plan.ts';
import { formatBytes } from '../model/units.ts';
import { ageOf, type FolderKind, folderRules } from './cleanup-choice.ts';
import { clientNeeds, folderNeeds, planFolder } from './cleanup-folder.ts';
import { planStale, staleNeeds } from './cleanup-mounts.ts';
import { type ProcessRules, planProcesses, processNeeds, whyNotPattern } from './cleanup-processes.ts';
import { mountFields, textOf } from './mount-fields.ts';
import { gather, joinedNeeds, type NodePlan, needsOn, nodesIn, planOf, stageOf } from './node-plans.ts';

const WHAT = ['directories', 'tarballs', 'set-aside', 'mounts', 'processes'] as const;

/** Takes away what nobody needs any more, in two steps: set aside, then deleted. */
export const cleanup = {
  name: 'cleanup',
  title: 'Clean up',
  summary:
    'Old tarballs, orphaned directories, what was set aside, mounts of ours no longer wished, left-over processes; what is in use, mounted or wished stays.',
  targets: [
    { view: 'nodes', fills: { nodes: 'nodes' } },
    { view: 'mounts', fills: { nodes: 'nodes', root: 'target' } },
    { view: 'exports', fills: { nodes: 'nodes', root: 'path' } },
  ],
  fields: {
    nodes: mountFields.nodes,
    what: {
      kind: 'choice',
      title: 'What',
      help: 'directories of batches, tarballs of environments, what was set aside, mounts of ours no longer wished, left-over processes.',
      choices: WHAT,
      default: 'directories',
    },
    root: {
      kind: 'path',
      title: 'Root',
      help: 'The directory whose entries are looked at, e.g. /data/scratch; nothing outside of it is touched.',
      completes: 'mount-points',
    },
    pattern: {
      kind: 'text',
      title: 'Pattern',
      help: 'Names that are meant, with * and ?, e.g. batch-*; empty for all without a dot in front. Of processes a part of the command line.',
    },
    olderThan: {
      kind: 'text',
      title: 'Older than',
      help: 'Only what nothing was changed in for so long, e.g. 12h, 30d; of what was set aside: since then.',
      default: '7d',
      shape: 'age',
    },
    keep: {
      kind: 'count',
      title: 'Keep',
      help: 'So many of the newest tarballs of each environment stay, whatever their age.',
      min: 0,
      max: 1_000,
      default: 3,
    },
    how: {
      kind: 'choice',
      title: 'How',
      help: 'set-aside moves it away, undone at will and deleted by a later clean-up; at-once deletes it now.',
      choices: ['set-aside', 'at-once'],
      default: 'set-aside',
    },
  },
  needs(input, fleet) {
    const nodes = nodesIn(input['nodes'], fleet);
    if (input['what'] === 'mounts') return needsOn(nodes, (node) => staleNeeds(fleet.nodes.get(node), fleet));
    if (input['what'] === 'processes') {
      const wanted = processRules(input);
      return typeof wanted === 'string' ? new Map() : needsOn(nodes, () => processNeeds(wanted));
    }
    const rules = folderRules(input, kindOf(input));
    if (typeof rules === 'string') return new Map();
    return joinedNeeds(
      needsOn(nodes, (node) => folderNeeds(rules.root, fleet.nodes.get(node), fleet)),
      ...nodes
        .map((node) => fleet.nodes.get(node))
        .map((view) => (view === undefined ? new Map() : clientNeeds(rules.root, view, fleet))),
    );
  },
  plan(input, fleet) {
    const title = titleOf(input);
    if (fleet.inventory.nodes.length === 0)
      return refuse(title, 'the inventory is empty', 'an empty inventory cleans nothing up: see why it is');
    const nodes = nodesIn(input['nodes'], fleet);
    const planner = plannerOf(input, fleet, nodes.length);
    if (typeof planner === 'string') return refuse(title, planner, 'correct the field');
    const gathered = gather(nodes, fleet, planner);
    return planOf(title, stageOf(title, gathered.jobs, totalOf(gathered.jobs)), gathered);
  },
} satisfies Action;

/** What goes from all nodes together. */
function totalOf(jobs: readonly Job[]): Pick<Stage, 'note'> {
  const items = jobs.flatMap(({ steps }) =>
    steps.flatMap(({ preview }) => preview.flatMap((each) => (each.kind === 'items' ? each.items : []))),
  );
  const bytes = items.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return jobs.length < 2 || items.length === 0
    ? {}
    : { note: `${items.length} in all${bytes === 0 ? '' : `, ${formatBytes(bytes)}`}, on ${jobs.length} nodes` };
}

function plannerOf(input: Input, fleet: FleetView, nodeCount: number): ((view: NodeView) => NodePlan) | string {
  if (input['what'] === 'mounts') return (view) => planStale(view, fleet);
  if (input['what'] === 'processes') {
    const wanted = processRules(input);
    return typeof wanted === 'string' ? wanted : (view) => planProcesses(wanted, view);
  }
  const rules = folderRules(input, kindOf(input));
  return typeof rules === 'string' ? rules : (view) => planFolder(rules, view, fleet, nodeCount);
}

function processRules(input: Input): ProcessRules | string {
  const pattern = textOf(input, 'pattern');
  const because = whyNotPattern(pattern);
  if (pattern === undefined || because !== undefined) return because ?? '';
  const olderThanMs = ageOf(input);
  return olderThanMs === undefined
    ? `"${String(input['olderThan'])}" is no age such as 7d or 12h`
    : { pattern, olderThanMs };
}

function kindOf(input: Input): FolderKind {
  const { what } = input;
  return what === 'tarballs' || what === 'set-aside' ? what : 'directories';
}

function titleOf(input: Input): string {
  if (input['what'] === 'mounts') return 'clean up mounts no longer wished';
  if (input['what'] === 'processes') return `end left-over processes: ${textOf(input, 'pattern') ?? ''}`;
  const root = String(input['root'] ?? 'nowhere');
  return kindOf(input) === 'set-aside'
    ? `delete what was set aside in ${root}`
    : `clean up ${kindOf(input)} in ${root}`;
}
