import fuzzysort from 'fuzzysort';
import type { Field, FieldValue } from '../../model/action.ts';
import { helpSentence } from '../../model/field-help.ts';
import { type GivenInput, type InputProblem, readInput } from '../../model/input.ts';
import type { Rollout } from '../../model/rollout.ts';
import { selectCompletions } from '../../store/selectors/completions.ts';
import { type ActionForm, fillForm, hiddenMarked } from '../action-form.ts';
import { edit, insert, type LineEdit, lineOf } from '../line-edit.ts';
import type { Scene } from '../scene.ts';
import type { InputEvent } from '../terminal/input.ts';
import { wrap } from '../terminal/surface.ts';
import { type Outcome, only, say, type UiState } from '../ui-state.ts';
import type { Line } from '../view.ts';
import { close, type Dialog, type DialogKind, promptLine, stay } from './dialog.ts';

type FormDialog = Extract<Dialog, { kind: 'form' }>;

/** Suggestions shown below the field being typed in. */
const SUGGESTIONS = 4;

/** Longest title of a field, and two blanks. */
const LABEL_WIDTH = 20;

/** The form of an action, filled from the row or the marks. */
export function openForm(form: ActionForm, ui: UiState, scene: Scene, withHidden = false): FormDialog {
  const { texts, differing } = fillForm(form, ui, scene, withHidden);
  const names = Object.keys(form.fields);
  // The first field that still wants something is where typing goes on.
  const open = names.findIndex((name) => form.fields[name]?.isRequired === true && (texts[name] ?? '') === '');
  return {
    kind: 'form',
    action: form.name,
    cursor: Math.max(0, open),
    lines: Object.fromEntries(names.map((name) => [name, lineOf(texts[name] ?? '')])),
    problems: differing.map((field): InputProblem => ({ field, because: 'the marked rows differ here' })),
    hidden: hiddenMarked(ui, scene).map(({ id }) => id),
    withHidden,
  };
}

/** The form a plan was asked by, as it was filled in; undefined where the action is none any more. Secrets are given anew. */
export function reopenForm(rollout: Rollout, { actions }: Pick<Scene, 'actions'>): FormDialog | undefined {
  const form = actions.find(({ name }) => name === rollout.action);
  if (form === undefined) return undefined;
  const texts = Object.keys(form.fields).map((name) => [name, textOf(rollout.input[name])] as const);
  return {
    kind: 'form',
    action: form.name,
    cursor: 0,
    lines: Object.fromEntries(texts.map(([name, text]) => [name, lineOf(text)])),
    problems: [],
    hidden: [],
    withHidden: false,
    insteadOf: rollout.id,
  };
}

function textOf(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : value.join('\n');
}

/** Fills an action's fields. Enter asks for the plan, which changes nothing. */
export const actionForm: DialogKind<FormDialog> = {
  press: (dialog, event, ui, scene) => {
    const form = scene.actions.find(({ name }) => name === dialog.action);
    if (form === undefined) return close(say(ui, `there is no action ${dialog.action}`, 'warning'));
    const names = Object.keys(form.fields);
    const name = names[dialog.cursor] ?? '';
    const line = dialog.lines[name] ?? lineOf('');
    if (event.kind === 'paste') return stay(ui, typed(dialog, name, insert(line, event.text)));
    if (event.kind !== 'key') return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return close(say(ui, 'nothing was done'));
    if (event.key === 'enter') return submit(dialog, form, ui, scene);
    if (event.key === 'ctrl-t' && dialog.hidden.length > 0)
      return stay(ui, openForm(form, ui, scene, !dialog.withHidden));
    const step = { up: -1, down: 1, tab: 1, 'shift-tab': -1 }[event.key];
    if (step !== undefined)
      return stay(ui, { ...dialog, cursor: (dialog.cursor + step + names.length) % names.length });
    return keyInField(dialog, form, { name, line, event }, ui, scene);
  },
  look: (dialog, _ui, scene, { width, height }) => {
    const form = scene.actions.find(({ name }) => name === dialog.action);
    const own = Math.min(width, 90);
    const { lines, isCut } = formLines(dialog, form, scene, { width: own - 4, height: height - 3 });
    const title = form?.title ?? dialog.action;
    return {
      form: 'box',
      title: isCut ? `${title} · field ${dialog.cursor + 1} of ${Object.keys(dialog.lines).length}` : title,
      lines,
      hint: 'Enter plans it, changes nothing · ↑ ↓ field · → suggestion · Esc leaves',
      width: own,
    };
  },
};

function typed(dialog: FormDialog, name: string, line: LineEdit): FormDialog {
  return {
    ...dialog,
    lines: { ...dialog.lines, [name]: line },
    problems: dialog.problems.filter(({ field }) => field !== name),
  };
}

function keyInField(
  dialog: FormDialog,
  form: ActionForm,
  {
    name,
    line,
    event,
  }: { readonly name: string; readonly line: LineEdit; readonly event: Extract<InputEvent, { kind: 'key' }> },
  ui: UiState,
  scene: Scene,
): Outcome {
  const field = form.fields[name];
  if (field === undefined) return only(ui);
  const choices = choicesOf(field);
  if (choices !== undefined) {
    const turn = { left: -1, right: 1, space: 1 }[event.key];
    if (turn === undefined) return only(ui);
    const next = choices[(choices.indexOf(line.text) + turn + choices.length) % choices.length] ?? '';
    return stay(ui, typed(dialog, name, lineOf(next)));
  }
  const [first] = suggestionsFor(field, line, scene);
  if (event.key === 'right' && line.caret === line.text.length && first !== undefined)
    return stay(ui, typed(dialog, name, lineOf(withLastWord(line.text, first))));
  const next = edit(line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
  return next === undefined ? only(ui) : stay(ui, typed(dialog, name, next));
}

function submit(dialog: FormDialog, form: ActionForm, ui: UiState, scene: Scene): Outcome {
  const given: GivenInput = Object.fromEntries(
    Object.entries(dialog.lines).map(([name, { text }]) => [
      name,
      form.fields[name]?.kind === 'lines' ? text.split(/\s*;\s*|\n/).filter((line) => line !== '') : text,
    ]),
  );
  const read = readInput(form.fields, given, scene.state.inventory);
  if (read.kind === 'input') {
    const { insteadOf } = dialog;
    const asked = { kind: 'plan', action: form.name, input: read.input } as const;
    return close(ui, [insteadOf === undefined ? asked : { ...asked, insteadOf }]);
  }
  const names = Object.keys(form.fields);
  const at = names.indexOf(read.problems[0].field ?? '');
  return stay(ui, { ...dialog, problems: read.problems, cursor: at < 0 ? dialog.cursor : at });
}

function choicesOf(field: Field): readonly string[] | undefined {
  if (field.kind === 'choice') return field.choices;
  return field.kind === 'flag' ? ['yes', 'no'] : undefined;
}

/** What may complete the word being typed; of node sets and lines the last one. */
function suggestionsFor(field: Field, { text }: LineEdit, scene: Scene): readonly string[] {
  if (field.completes === undefined) return [];
  const word = text.split(/[\s,;&!]/).at(-1) ?? '';
  const words = selectCompletions(scene.state)[field.completes];
  if (words.includes(word)) return [];
  if (word === '') return text === '' ? words.slice(0, SUGGESTIONS) : [];
  return fuzzysort.go(word, [...words], { limit: SUGGESTIONS, threshold: 0.3 }).map(({ target }) => target);
}

const withLastWord = (text: string, word: string): string => text.replace(/[^\s,;&!]*$/, '') + word;

/** What is seen of a form: where there is no room for all fields those around the cursor, and its help in any case. */
function formLines(
  dialog: FormDialog,
  form: ActionForm | undefined,
  scene: Scene,
  { width, height }: { readonly width: number; readonly height: number },
): { readonly lines: readonly Line[]; readonly isCut: boolean } {
  const fields = Object.entries(form?.fields ?? {});
  const blocks = fields.map(([name, field], index) => fieldLines(dialog, name, field, index, scene, width));
  const foot = footLines(dialog, form?.fields ?? {}, width);
  const lines = blocks.flat();
  const room = Math.max(1, height - foot.length);
  const from = blocks.slice(0, dialog.cursor).flat().length;
  const own = blocks[dialog.cursor]?.length ?? 0;
  const middle = from - Math.max(0, Math.floor((room - own) / 2));
  const top = Math.max(0, Math.min(middle, lines.length - room));
  return { lines: [...lines.slice(top, top + room), ...foot], isCut: lines.length > room };
}

/** A field, below it what may complete it, and what is wrong with it. */
function fieldLines(
  dialog: FormDialog,
  name: string,
  field: Field,
  index: number,
  scene: Scene,
  width: number,
): readonly Line[] {
  const line = dialog.lines[name] ?? lineOf('');
  const isHere = index === dialog.cursor;
  const label = `${isHere ? '> ' : '  '}${field.title.padEnd(LABEL_WIDTH)}`;
  const problem = dialog.problems.find((one) => one.field === name);
  return [
    isHere && choicesOf(field) === undefined
      ? promptLine(label, line, width, field.kind === 'secret')
      : valueLine(label, field, line, isHere),
    ...(isHere ? suggestionLines(suggestionsFor(field, line, scene)) : []),
    ...(problem === undefined ? [] : problemLines(problem.because, width)),
  ];
}

/** What stands below the fields: help for the one under the cursor, and what concerns the whole. */
function footLines(dialog: FormDialog, fields: ActionForm['fields'], width: number): readonly Line[] {
  const field = Object.values(fields)[dialog.cursor];
  const whole = dialog.problems.filter((one) => one.field === undefined || !(one.field in fields));
  return [
    [],
    ...wrap([{ text: field === undefined ? '' : helpSentence(field), role: 'dim' }], width),
    ...whole.flatMap(({ because }) => wrap([{ text: because, role: 'warning' }], width)),
    ...hiddenLines(dialog).flatMap((line) => wrap(line, width)),
  ];
}

/** Below its field and indented, also where it goes on. */
const problemLines = (because: string, width: number): readonly Line[] =>
  wrap([{ text: because, role: 'warning' }], width - 4).map((line): Line => [{ text: '    ' }, ...line]);

function valueLine(label: string, field: Field, { text }: LineEdit, isHere: boolean): Line {
  const shown = field.kind === 'secret' ? '•'.repeat(text.length) : text.replaceAll('\n', '; ');
  return [
    { text: label, role: isHere ? 'accent' : 'dim' },
    choicesOf(field) === undefined ? { text: shown } : { text: isHere ? `‹ ${shown} ›` : shown },
  ];
}

function suggestionLines(words: readonly string[]): readonly Line[] {
  return words.map(
    (word, index): Line => [
      { text: ' '.repeat(LABEL_WIDTH + 2) },
      { text: `${index === 0 ? '→ ' : '  '}${word}`, role: 'dim' },
    ],
  );
}

/** Marked rows that cannot be seen never act by accident. */
function hiddenLines({ hidden, withHidden }: FormDialog): readonly Line[] {
  if (hidden.length === 0) return [];
  const names = hidden.slice(0, 6).join(', ') + (hidden.length > 6 ? `, and ${hidden.length - 6} more` : '');
  const many = hidden.length === 1 ? '1 marked row is' : `${hidden.length} marked rows are`;
  return [
    [
      {
        text: withHidden
          ? `${many} hidden by the filter and taken in: ${names}. Ctrl-T leaves them out.`
          : `${many} hidden by the filter and left out: ${names}. Ctrl-T takes them in.`,
        role: 'warning',
      },
    ],
  ];
}
