import { z } from 'zod';
import { RISKS } from '../model/plan.ts';
import { conditionSchema } from './condition-schema.ts';
import { DURATION } from './units.ts';

const text = (what: string) => z.string({ error: `${what}, as text` }).min(1, { error: `${what}, not an empty text` });
const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'text, a number, true or false' });
const flag = (what: string) => z.boolean({ error: 'true or false' }).optional().describe(what);
const conditions = z.array(conditionSchema, { error: 'a list of conditions, e.g. - mounted: { target: /data }' });

/** What completes a field on the screen. */
const COMPLETIONS = ['nodes', 'mount-points', 'sources', 'export-paths', 'disks', 'units', 'volumes', 'files'] as const;

/** Kinds of fields a user can declare; `nodes` is a field of every action by itself. */
const FIELD_KINDS = ['text', 'path', 'disk', 'choice', 'count', 'flag', 'lines', 'secret'] as const;

/** Views whose rows can start an action, and what a row gives. */
export const STARTING_VIEWS = [
  'overview',
  'nodes',
  'mounts',
  'exports',
  'disks',
  'gpus',
  'processes',
  'findings',
] as const;
const SUBJECTS = ['target', 'source', 'fsType', 'options', 'path', 'client', 'disk', 'unit', 'volume'] as const;

const field = z.strictObject({
  title: text('a title').optional().describe('In the form. Default: the name of the field.'),
  help: text('one sentence').describe('One sentence with the unit or the shape, for the form and --help.'),
  kind: z
    .enum(FIELD_KINDS)
    .optional()
    .describe('text (default), path (absolute), disk, choice, count, flag, lines (several texts), secret.'),
  required: flag('Nothing is planned without it.'),
  default: z
    .union([scalar, z.array(z.string())], { error: 'a text, a number, true, false, or a list of texts for lines' })
    .optional()
    .describe('What holds where nothing is given.'),
  choices: z.array(scalar, { error: 'a list of words' }).min(1, { error: 'at least one word' }).optional(),
  min: z.int({ error: 'a whole number' }).min(0, { error: '0 or more' }).optional(),
  max: z.int({ error: 'a whole number' }).optional(),
  completes: z.enum(COMPLETIONS).optional().describe('What live things complete it.'),
  words: flag('On the command line, the words after the action are its value.'),
  dash: flag('Its value may begin with "-", although a program would read it as an option.'),
});

const runShape = {
  title: text('a title').optional().describe('What it does, as an order. Default: the command.'),
  run: z
    .union([z.string(), z.array(scalar).min(1, { error: 'a program and its arguments' })], {
      error: 'a list: the program, then its arguments; with shell: true one line of text',
    })
    .optional()
    .describe('Program and arguments as a list, read by no shell; {{ field }} is filled in per argument.'),
  shell: flag('run is one line for /bin/sh; each {{ field }} reaches it as a quoted word.'),
  stdin: z.string({ error: 'a text' }).optional().describe('Text for its standard input; the place for secrets.'),
  as: z.enum(['root', 'login-user'], { error: 'root or login-user' }).optional().describe('Default root.'),
  timeout: z
    .string({ error: 'a time such as 30s or 5m' })
    .regex(DURATION, { error: 'a time such as 30s or 5m' })
    .optional()
    .describe('It is killed after this long. Default 10m.'),
  risk: z
    .enum(RISKS, { error: RISKS.join(', ') })
    .optional()
    .describe('What it costs others. Default changes; a program known to destroy or to interrupt raises it.'),
  guard: conditions.optional().describe('What must hold just before it runs; needed where risk is destroys-data.'),
  done: z
    .union([z.enum(['exit-code', 'with-next']), conditions.min(1, { error: 'at least one condition' })], {
      error: 'conditions that hold once it is done, else exit-code or with-next',
    })
    .optional()
    .describe('How it is known to be done: conditions; exit-code alone; or what the step after it says.'),
  warnings: z.array(z.string(), { error: 'a list of sentences' }).optional().describe('What the plan says beside it.'),
};

const undoStep = z.strictObject(runShape);

const step = z.strictObject({
  ...runShape,
  path: text('an absolute path').optional().describe('A file that is written whole, instead of run.'),
  template: text('a template of the templates folder, e.g. site/motd')
    .optional()
    .describe('Template of the templates folder for the file at path; it sees every field, and node.'),
  text: z.string({ error: 'the text of the file' }).optional().describe('Text of the file at path.'),
  mode: text('octal digits in quotes, e.g. "0644"').optional().describe('Mode of a new file. Default "0644".'),
  validate: text('a line of shell')
    .optional()
    .describe('A line of shell that tries the new file, its $1, before it takes the place.'),
  undo: z
    .union(
      [
        z.array(undoStep).min(1, { error: 'at least one step' }),
        z.strictObject({ never: text('why nothing can take it back') }),
      ],
      { error: 'steps that take it back, or { never: why }' },
    )
    .optional(),
});

const action = z.strictObject({
  title: text('a title').describe('As an order: Drop the page cache.'),
  summary: text('one sentence').optional().describe('What it does, for the menu and the documents.'),
  on: text('a node set').optional().describe('Nodes it is meant for; the field nodes begins with them.'),
  starts: z
    .partialRecord(z.enum(STARTING_VIEWS), z.record(z.string(), z.enum(SUBJECTS)), {
      error: 'a map from view to fields and what a row gives, e.g. mounts: { path: target }',
    })
    .optional()
    .describe('Views it starts from beside nodes, and the fields a row fills: mounts: { path: target }.'),
  maxAtOnce: z
    .int({ error: 'a number of nodes' })
    .min(1, { error: '1 or more' })
    .optional()
    .describe('So many nodes at once at most, whatever the rollout allows.'),
  fields: z
    .record(z.string(), field, { error: 'a map of fields' })
    .optional()
    .describe('What is asked before it is planned; a node set, nodes, is always asked.'),
  steps: z
    .array(step, { error: 'a list of steps' })
    .min(1, { error: 'at least one step' })
    .describe('What is done on each node, in order.'),
});

/** Actions by name, as a section of an inventory or in a file of their own. */
export const actionsSchema = z.record(z.string(), action, { error: 'a map of actions, e.g. drop-caches: { … }' });

/** A file of actions beside the settings. */
export const actionFileSchema = z
  .strictObject({ actions: actionsSchema })
  .meta({ title: 'muster actions', description: 'Actions of your own, for every fleet.' });

/** The JSON Schema of such a file. */
export const actionsJsonSchema = () => z.toJSONSchema(actionFileSchema, { io: 'input' });

/** As written. */
export type ActionEntry = z.infer<typeof action>;
/** As written. */
export type FieldEntry = z.infer<typeof field>;
/** As written; steps of an undo have fewer keys. */
export type StepEntry = z.infer<typeof step>;
