import type { Action, Field, FieldValue, Input, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import type { Step } from '../model/plan.ts';
import { writeStep } from '../storage/write-file.ts';
import { mountFields, textOf } from './mount-fields.ts';
import { already, gather, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** Inputs of whatever changes a file of somebody else's. */
export const fileFields = {
  path: {
    kind: 'path',
    title: 'File',
    help: 'Which file, as an absolute path.',
    isRequired: true,
    completes: 'files',
    shape: 'written-file',
  },
  validate: {
    kind: 'text',
    shape: 'free',
    title: 'Validation',
    help: 'A line of shell that tries the new file before it takes the place of the old one, e.g. visudo -cf "$1".',
  },
} as const satisfies { readonly [field: string]: Field };

/** Replaces a text in a file, or adds a line, on a node set: seen as a difference, backed up, tried, undone. */
export const editFile = {
  name: 'edit-file',
  title: 'Edit a file',
  summary:
    'Replaces a text or adds a line in a file on a node set, with its difference per node, a backup, a validation, and undo.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }],
  fields: {
    nodes: mountFields.nodes,
    path: fileFields.path,
    find: {
      kind: 'text',
      title: 'Find',
      help: 'A text of the file, as it stands there; empty to add a line.',
      shape: 'exact',
    },
    replace: {
      kind: 'text',
      title: 'Replace by',
      help: 'What takes its place, or the line to add at the end.',
      shape: 'exact',
    },
    validate: fileFields.validate,
  },
  needs: (input, fleet) =>
    needsOn(nodesIn(input['nodes'], fleet), () => [
      { kind: 'probe', probe: 'privilege' },
      { kind: 'check', check: 'file', target: String(input['path']) },
    ]),
  plan(input, fleet) {
    const title = `edit ${String(input['path'])}`;
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => planEdit(input, view));
    return planOf(title, stageOf(title, gathered.jobs), gathered);
  },
} satisfies Action;

function planEdit(input: Input, { seen }: NodeView): NodePlan {
  const path = String(input['path']);
  const [find, replace] = [exactly(input['find']), exactly(input['replace']) ?? ''];
  const file = checked(seen, 'file', path);
  if (file === undefined)
    return refused(`${path}: ${seen.failed.get(`file ${path}`) ?? 'no answer'}`, 'plan again when it answers');
  if (file.kind !== 'file' || file.text === undefined) {
    return refused(
      file.kind === 'none' ? `there is no ${path}` : `${path} is no text file of at most 64 KiB`,
      'choose another file, or copy-file',
    );
  }
  const before = file.text;
  if (find === undefined) {
    if (replace === '') return refused('there is nothing to find and nothing to add', 'fill find or replace');
    if (before.split('\n').includes(replace)) return already(`${path} has the line already`);
    return {
      kind: 'steps',
      steps: [
        triedWith(
          writeStep(
            {
              path,
              text: `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${replace}\n`,
              mode: file.mode,
              what: 'the line in',
            },
            before,
          ),
          input,
        ),
      ],
    };
  }
  const count = before.split(find).length - 1;
  if (count === 0) {
    return replace !== '' && before.includes(replace)
      ? already(`${path} has the new text already`)
      : refused(`${path} does not hold "${find}"`, 'look at the file, then plan again');
  }
  // The new text may hold the old one: a second run must not put it in again.
  if (replace.includes(find) && before.split(replace).length - 1 === count)
    return already(`${path} has the new text already`);
  return {
    kind: 'steps',
    steps: [
      triedWith(
        writeStep({ path, text: before.split(find).join(replace), mode: file.mode, what: 'the changed' }, before),
        input,
      ),
    ],
  };
}

/** Blanks at the beginning of a line are as much of it as its words. */
const exactly = (value: FieldValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** A write that tries the new file with a line of the operator's own first. */
export function triedWith(step: Step, input: Input): Step {
  const validate = textOf(input, 'validate');
  if (validate === undefined) return step;
  const [program, ...rest] = step.run.argv;
  return {
    ...step,
    run: { ...step.run, argv: [program, ...rest, validate] },
    warnings: [...step.warnings, `tried first with: ${validate}`],
  };
}
