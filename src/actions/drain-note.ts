import type { Action, FleetView, Input, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import { directoryStep } from '../storage/local-steps.ts';
import { removeStep, writeStep } from '../storage/write-file.ts';
import { mountFields, textOf } from './mount-fields.ts';
import { already, gather, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** Where a node says that it is kept out of work, and why. */
const NOTE_FOLDER = '/etc/muster';
const NOTE = `${NOTE_FOLDER}/maintenance`;

/** A note on the node itself, so that whoever comes finds it: reason, author, time. */
export const drainNote = {
  name: 'drain-note',
  title: 'Leave a maintenance note',
  summary: 'A note on the node with reason, author and time; or takes it away.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }],
  fields: {
    nodes: mountFields.nodes,
    reason: {
      kind: 'text',
      title: 'Reason',
      help: 'Why the node is kept out of work; needed unless the note is taken away.',
    },
    author: { kind: 'text', title: 'Author', help: 'Who to ask.' },
    clear: { kind: 'flag', title: 'Take it away', help: 'Remove the note.', default: false },
  },
  needs: (input, fleet) =>
    needsOn(nodesIn(input['nodes'], fleet), () => [
      { kind: 'probe', probe: 'privilege' },
      { kind: 'check', check: 'file', target: NOTE },
      { kind: 'check', check: 'file', target: NOTE_FOLDER },
    ]),
  plan(input, fleet) {
    const title = input['clear'] === true ? 'take maintenance notes away' : 'leave a maintenance note';
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => planNote(input, view, fleet));
    return planOf(title, stageOf(title, gathered.jobs), gathered);
  },
} satisfies Action;

function planNote(input: Input, { seen }: NodeView, { nowMs }: FleetView): NodePlan {
  const file = checked(seen, 'file', NOTE);
  if (file === undefined)
    return refused(`${NOTE}: ${seen.failed.get(`file ${NOTE}`) ?? 'no answer'}`, 'plan again when it answers');
  const before = file.kind === 'file' ? file.text : undefined;
  if (input['clear'] === true) {
    return before === undefined
      ? already('there is no note')
      : { kind: 'steps', steps: [removeStep(NOTE, before, 'the note')] };
  }
  const reason = textOf(input, 'reason');
  if (reason === undefined) return refused('a note needs a reason', 'say why (reason)');
  const head = `reason=${reason.replace(/\s+/g, ' ')}\nauthor=${(textOf(input, 'author') ?? 'unknown').replace(/\s+/g, ' ')}\n`;
  if (before?.startsWith(head) === true) return already(`the note says so already: ${reason}`);
  const text = `${head}at=${new Date(nowMs).toISOString()}\n`;
  const folder =
    checked(seen, 'file', NOTE_FOLDER)?.kind === 'none' ? [directoryStep({ path: NOTE_FOLDER }, true)] : [];
  return { kind: 'steps', steps: [...folder, writeStep({ path: NOTE, text, mode: '0644', what: 'the note' }, before)] };
}
