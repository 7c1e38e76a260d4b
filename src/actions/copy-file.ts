import type { Action, FleetView, Input, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import type { LocalFile, ReadLocalFile } from '../model/local-file.ts';
import { copyStep } from '../storage/copy-local.ts';
import { writeStep } from '../storage/write-file.ts';
import { fileFields, triedWith } from './edit-file.ts';
import { mountFields, textOf } from './mount-fields.ts';
import { already, gather, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** Puts a rendered template or a given text onto a node set: seen as a difference, backed up, tried, undone. */
export const copyFile = {
  name: 'copy-file',
  title: 'Copy a file',
  summary:
    'A local file, a rendered template or lines of text to a node set, with its difference per node, a backup, a validation, and undo.',
  targets: [{ view: 'nodes', fills: { nodes: 'nodes' } }],
  fields: {
    nodes: mountFields.nodes,
    path: fileFields.path,
    template: {
      kind: 'text',
      title: 'Template',
      help: 'A template of your templates folder, e.g. site/motd; empty for the lines below.',
    },
    values: {
      kind: 'lines',
      title: 'Values',
      help: 'Parameters of the template, one a line: port=2049.',
      default: [],
    },
    file: {
      kind: 'path',
      title: 'Local file',
      help: 'A file of this machine, of any kind and at most 4 MiB, copied byte for byte.',
      isLocal: true,
    },
    isPrivate: {
      kind: 'flag',
      title: 'Private',
      help: 'The content of the local file, and of the one it replaces, is neither shown nor recorded.',
      default: false,
    },
    text: {
      kind: 'lines',
      title: 'Text',
      help: 'The lines of the file, where no template is named.',
      default: [],
      shape: 'free',
    },
    mode: {
      kind: 'text',
      title: 'Mode',
      help: 'Of a new file, octal; one that is there keeps its own.',
      default: '0644',
      shape: 'octal-mode',
    },
    validate: fileFields.validate,
  },
  needs: (input, fleet) =>
    needsOn(nodesIn(input['nodes'], fleet), () => [
      { kind: 'probe', probe: 'privilege' },
      { kind: 'check', check: 'file', target: String(input['path']) },
    ]),
  plan(input, fleet) {
    const title = `copy to ${String(input['path'])}`;
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => planCopy(input, view, fleet));
    return planOf(title, stageOf(title, gathered.jobs), gathered);
  },
} satisfies Action;

function planCopy(input: Input, view: NodeView, fleet: FleetView): NodePlan {
  const path = String(input['path']);
  const mode = textOf(input, 'mode') ?? '0644';
  if (!/^0?[0-7]{3,4}$/.test(mode)) return refused(`"${mode}" is no mode such as 0644`, 'write it in octal');
  const local = localOf(input, fleet);
  if (local?.kind === 'refused') return refused(local.because, 'choose another file, or leave the other source out');
  if (local !== undefined && (local.text === undefined || input['isPrivate'] === true))
    return planCopyOf(local.file, mode, input, view);
  const rendered = local?.text === undefined ? textFor(input, fleet) : { text: local.text };
  if ('because' in rendered) return refused(rendered.because, 'correct the template or its values');
  const file = checked(view.seen, 'file', path);
  if (file === undefined)
    return refused(`${path}: ${view.seen.failed.get(`file ${path}`) ?? 'no answer'}`, 'plan again when it answers');
  if (file.kind === 'none')
    return {
      kind: 'steps',
      steps: [triedWith(writeStep({ path, text: rendered.text, mode, what: 'the file' }, undefined), input)],
    };
  if (local !== undefined && file.kind === 'file' && file.text === undefined)
    return planCopyOf(local.file, mode, input, view);
  if (file.kind !== 'file' || file.text === undefined)
    return refused(`${path} is no text file of at most 64 KiB`, 'choose another path');
  if (file.text === rendered.text) return already(`${path} has this text`);
  return {
    kind: 'steps',
    steps: [triedWith(writeStep({ path, text: rendered.text, mode, what: 'the file' }, file.text), input)],
  };
}

/** The local file as it is now; undefined where none is named. */
function localOf(input: Input, { localFile }: FleetView): ReadLocalFile | undefined {
  const path = textOf(input, 'file');
  if (path === undefined) return undefined;
  const isTwo = textOf(input, 'template') !== undefined || (Array.isArray(input['text']) && input['text'].length > 0);
  if (isTwo) return { kind: 'refused', because: 'a local file is named, and a template or a text as well' };
  return localFile?.(path) ?? { kind: 'refused', because: 'no file of this machine can be read here' };
}

/** A file that is no text, too long to be shown, or not to be shown: told by size and checksum. */
function planCopyOf(file: LocalFile, mode: string, input: Input, { seen }: NodeView): NodePlan {
  const path = String(input['path']);
  const there = checked(seen, 'file', path);
  if (there === undefined)
    return refused(`${path}: ${seen.failed.get(`file ${path}`) ?? 'no answer'}`, 'plan again when it answers');
  if (there.kind !== 'none' && (there.kind !== 'file' || there.sha256 === undefined))
    return refused(`${path} is no file of at most 64 MiB`, 'choose another path');
  if (there.kind === 'file' && there.sha256 === file.sha256) return already(`${path} is this file`);
  return { kind: 'steps', steps: [copyStep({ path, mode, file, seen: there, validate: textOf(input, 'validate') })] };
}

function textFor(input: Input, { render }: FleetView): { readonly text: string } | { readonly because: string } {
  const lines = (field: string): readonly string[] => (Array.isArray(input[field]) ? input[field] : []);
  const template = textOf(input, 'template');
  if (template === undefined) {
    return lines('text').length === 0
      ? { because: 'neither a local file nor a template nor a text is given' }
      : { text: `${lines('text').join('\n')}\n` };
  }
  const wrong = lines('values').find((line) => !/^\w+=/.test(line));
  if (wrong !== undefined) return { because: `"${wrong}" is no value such as port=2049` };
  const values = lines('values').map(
    (line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const,
  );
  try {
    return { text: render(template, Object.fromEntries(values)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { because: error.message };
  }
}
