import type { Action, Field, Subject } from '../model/action.ts';
import { foldNodes } from '../model/node-set.ts';
import { markedIds, type Scene, targets } from './scene.ts';
import type { UiState } from './ui-state.ts';
import type { AnyRow } from './view.ts';

/** What the screen knows of an action: its words and its fields. What it does is another room's business. */
export type ActionForm = Pick<Action, 'name' | 'title' | 'summary' | 'targets' | 'fields'>;

/** The actions the rows of a view can start; an action without a target can be started everywhere. */
export function actionsFor({ actions, view }: Scene): readonly ActionForm[] {
  return actions.filter(
    ({ targets: where }) => where.length === 0 || where.some((target) => target.view === view.name),
  );
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
  const fills = form.targets.find(({ view }) => view === scene.view.name)?.fills ?? {};
  const differing: string[] = [];
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
