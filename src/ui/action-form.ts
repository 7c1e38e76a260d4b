import type { Action, Field, Subject } from '../model/action.ts';
import type { Mend } from '../model/finding.ts';
import { foldNodes } from '../model/node-set.ts';
import { markedIds, type Scene, targets } from './scene.ts';
import type { UiState } from './ui-state.ts';
import type { AnyRow } from './view.ts';

/** What the screen knows of an action: its words and its fields. What it does is another room's business. */
export type ActionForm = Pick<Action, 'name' | 'title' | 'summary' | 'targets' | 'fields'>;

/**
 * The actions the rows under the keys can start: the one that mends them first, then those of this view. Rows of other views stand for a mount
 * where they name one (a finding about it), and for their nodes.
 */
export function actionsFor(ui: UiState, scene: Scene): readonly ActionForm[] {
  const subjects = subjectsOf(targets(ui, scene), scene);
  const mending = scene.actions.filter((form) => mendsOf(form, subjects).length > 0);
  const own = scene.actions.filter(
    (form) =>
      !mending.includes(form) &&
      form.targets.some(({ view }) => view === scene.view.name) &&
      (subjects.length === 0 || targetFor(form, subjects, scene) !== undefined),
  );
  const first = [...mending, ...own];
  const others = scene.actions.filter(
    (form) => !first.includes(form) && targetFor(form, subjects, scene) !== undefined,
  );
  return [...first, ...others];
}

/** What the rows fill the form with where it mends all of them; none where it does not. */
function mendsOf({ name }: ActionForm, subjects: readonly Subject[]): readonly Mend[] {
  const mends = subjects.flatMap(({ mend }) => (mend?.action === name ? [mend] : []));
  return mends.length === subjects.length ? mends : [];
}

/**
 * How rows fill the form: as the action says for this view, else as a mount or as nodes. Machines that only a cluster knows are no nodes of
 * the inventory: a form that wants such a one does not start from them.
 */
function targetFor(
  form: ActionForm,
  subjects: readonly Subject[],
  { view, state }: Scene,
): ActionForm['targets'][number] | undefined {
  const of = (name: string) => form.targets.find((target) => target.view === name);
  const isMount = subjects.length > 0 && subjects.every(({ target }) => target !== undefined);
  const isKnown = new Set(state.inventory.nodes.map(({ name }) => name));
  const hasNodes = subjects.some(({ nodes }) => nodes.some((node) => isKnown.has(node)));
  const target = of(view.name) ?? (isMount ? of('mounts') : undefined) ?? of('nodes');
  const wantsNodes = Object.entries(target?.fills ?? {}).some(
    ([field, from]) => from === 'nodes' && form.fields[field]?.kind === 'nodes',
  );
  return hasNodes || (target === of(view.name) && !wantsNodes) ? target : undefined;
}

/** Marked rows that the filter hides: they are left out unless the operator takes them in. */
export function hiddenMarked(ui: UiState, scene: Scene): readonly AnyRow[] {
  const marked = markedIds(ui, scene);
  const shown = new Set(scene.visible.ids);
  const isHidden = (row: AnyRow): boolean => marked.has(row.id) && !shown.has(row.id);
  return marked.size === 0 ? [] : scene.view.rows(scene.state).filter(isHidden);
}

/** What the rows an action starts from stand for. */
export function subjectsOf(rows: readonly AnyRow[], { view, state }: Scene): readonly Subject[] {
  return rows.map((row) => view.subject?.(row, state) ?? { nodes: view.nodes(row) });
}

/** The fields' texts as the rows fill them, and which of them the rows do not agree on. */
export interface FilledForm {
  readonly texts: { readonly [field: string]: string };
  readonly differing: readonly string[];
}

/** The form as the rows under the keys fill it; `withHidden` takes in marked rows that the filter hides. */
export function fillForm(form: ActionForm, ui: UiState, scene: Scene, withHidden: boolean): FilledForm {
  const rows = [...targets(ui, scene), ...(withHidden ? hiddenMarked(ui, scene) : [])];
  const subjects = subjectsOf(rows, scene);
  const fills = targetFor(form, subjects, scene)?.fills ?? {};
  const differing: string[] = [];
  const mends = mendsOf(form, subjects);
  if (mends.length > 0) return fillMends(form, mends);
  const texts = Object.entries(form.fields).map(([name, field]): readonly [string, string] => {
    const from = fills[name];
    if (from === undefined) return [name, standardOf(field)];
    if (from === 'nodes') return [name, foldNodes(subjects.flatMap(({ nodes }) => nodes))];
    const values = [...new Set(subjects.flatMap((subject) => subject[from] ?? []))];
    if (field.kind === 'lines') return [name, values.join('\n')];
    if (values.length > 1) differing.push(name);
    return [name, values.length === 1 ? (values[0] ?? '') : standardOf(field)];
  });
  return { texts: Object.fromEntries(texts), differing };
}

function fillMends({ fields }: ActionForm, mends: readonly Mend[]): FilledForm {
  const differing: string[] = [];
  const texts = Object.entries(fields).map(([name, field]): readonly [string, string] => {
    const values = [...new Set(mends.map((mend) => mend.fields[name] ?? standardOf(field)))];
    if (values.length > 1) differing.push(name);
    return [name, values.length === 1 ? (values[0] ?? '') : standardOf(field)];
  });
  return { texts: Object.fromEntries(texts), differing };
}

/** A field's default as text. */
export function standardOf(field: Field): string {
  switch (field.kind) {
    case 'secret':
      return '';
    case 'flag':
      return field.default ? 'yes' : 'no';
    case 'lines':
      return (field.default ?? []).join('\n');
    default:
      return field.default === undefined ? '' : String(field.default);
  }
}
