import type { Action, Input, NodeView } from '../model/action.ts';
import { refuse } from '../model/plan.ts';
import { type FolderKind, folderRules } from './cleanup-choice.ts';
import { clientNeeds, folderNeeds, planFolder } from './cleanup-folder.ts';
import { mountFields } from './mount-fields.ts';
import { gather, joinedNeeds, needsOn, nodesIn, planOf, stageOf } from './node-plans.ts';

const WHAT = ['directories', 'tarballs', 'set-aside'] as const;

/** Takes away what nobody needs any more, in two steps: set aside, then deleted. */
export const cleanup = {
  name: 'cleanup',
  title: 'Clean up',
  summary:
    'Old tarballs, orphaned directories and what was set aside, with size, age and owner; what is in use, mounted, exported or wished stays.',
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
      help: 'directories of batches and scratch, tarballs of environments, or what a clean-up set aside.',
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
      help: 'Names that are meant, with * and ?, e.g. batch-*; empty for all that do not begin with a dot.',
    },
    olderThan: {
      kind: 'text',
      title: 'Older than',
      help: 'Only what nothing was changed in for so long, e.g. 12h, 30d; of what was set aside: since then.',
      default: '7d',
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
    const rules = folderRules(input, kindOf(input));
    if (typeof rules === 'string') return refuse(title, rules, 'correct the field');
    const nodes = nodesIn(input['nodes'], fleet);
    const gathered = gather(nodes, fleet, (view: NodeView) => planFolder(rules, view, fleet, nodes.length));
    return planOf(title, stageOf(title, gathered.jobs), gathered);
  },
} satisfies Action;

const kindOf = (input: Input): FolderKind => WHAT.find((what) => what === input['what']) ?? 'directories';

function titleOf(input: Input): string {
  const root = String(input['root'] ?? 'nowhere');
  return kindOf(input) === 'set-aside'
    ? `delete what was set aside in ${root}`
    : `clean up ${kindOf(input)} in ${root}`;
}
