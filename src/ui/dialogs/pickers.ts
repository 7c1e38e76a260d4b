import { placeColumns } from '../columns.ts';
import { layoutOf } from '../layout.ts';
import { GUTTER } from '../list-surface.ts';
import { rowUnderCursor, type Scene } from '../scene.ts';
import { only, preferencesOf, say, type UiState, withPreferences } from '../ui-state.ts';
import type { AnyRow, Column, Line } from '../view.ts';
import { sortOf } from '../visible-rows.ts';
import { close, type Dialog, type DialogKind, moved, stay, windowOf } from './dialog.ts';

type SortDialog = Extract<Dialog, { kind: 'sort' }>;
type ColumnsDialog = Extract<Dialog, { kind: 'columns' }>;
type InjectDialog = Extract<Dialog, { kind: 'inject' }>;

/** The columns that can be sorted by. */
function sortable(scene: Scene): readonly Column<AnyRow>[] {
  return scene.view.columns.filter(({ value }) => value !== undefined);
}

/** Chooses the column to sort by; choosing the present one turns its direction. */
export const sortPicker: DialogKind<SortDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key') return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return close(ui);
    const columns = sortable(scene);
    const cursor = moved(dialog.cursor, event.key, columns.length);
    if (cursor !== undefined) return stay(ui, { ...dialog, cursor });
    const chosen = columns[dialog.cursor];
    if (event.key !== 'enter' || chosen === undefined) return only(ui);
    const present = sortOf(scene.view, preferencesOf(ui, scene.view.name));
    const descending = present.header === chosen.header ? !present.descending : false;
    return close(withPreferences(ui, scene.view.name, { sort: { header: chosen.header, descending } }), [
      { kind: 'remember' },
    ]);
  },
  look: (dialog, ui, scene, space) => {
    const present = sortOf(scene.view, preferencesOf(ui, scene.view.name));
    const lines = sortable(scene).map(({ header, help }, index) =>
      choice(
        index === dialog.cursor,
        header === present.header ? (present.descending ? '↓ ' : '↑ ') : '  ',
        header,
        help,
      ),
    );
    return {
      form: 'box',
      title: 'Sort by',
      lines: windowOf(lines, dialog.cursor, space.height - 3),
      hint: 'Enter sorts, again turns · Esc leaves',
      width: Math.min(space.width, 78),
    };
  },
};

/** Brings columns out and puts them away; remembered per view. */
export const columnsPicker: DialogKind<ColumnsDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key') return only(ui);
    if (['esc', 'ctrl-c', 'enter'].includes(event.key)) return close(ui, [{ kind: 'remember' }]);
    const cursor = moved(dialog.cursor, event.key, scene.view.columns.length);
    if (cursor !== undefined) return stay(ui, { ...dialog, cursor });
    const column = scene.view.columns[dialog.cursor];
    return event.key === 'space' && column !== undefined ? only(toggled(ui, scene, column)) : only(ui);
  },
  look: (dialog, ui, scene, space) => {
    const shown = new Set(scene.visible.columns.map(({ header }) => header));
    const placed = new Set(placedIn(ui, scene));
    const lines = scene.view.columns.map(({ header, help }, index) => {
      const mark = shown.has(header) ? '[x] ' : '[ ] ';
      const noRoom = shown.has(header) && !placed.has(header);
      return choice(index === dialog.cursor, mark, header, noRoom ? `no room now: ${help}` : help);
    });
    return {
      form: 'box',
      title: 'Columns',
      lines: windowOf(lines, dialog.cursor, space.height - 3),
      hint: 'Space shows or hides · Enter leaves',
      width: Math.min(space.width, 78),
    };
  },
};

/** Headers of the columns that the list has room for. */
function placedIn({ isDescribing }: UiState, { visible, width, height }: Scene): readonly string[] {
  return placeColumns(visible.columns, layoutOf(width, height, isDescribing).view.width - GUTTER).map(
    ({ column }) => column.header,
  );
}

function toggled(ui: UiState, scene: Scene, { header, isOptional }: Column<AnyRow>): UiState {
  const { hidden, shown } = preferencesOf(ui, scene.view.name);
  const flip = (list: readonly string[]): readonly string[] =>
    list.includes(header) ? list.filter((one) => one !== header) : [...list, header];
  if (scene.visible.columns.length === 1 && scene.visible.columns[0]?.header === header)
    return say(ui, 'one column has to stay', 'warning');
  return withPreferences(ui, scene.view.name, isOptional === true ? { shown: flip(shown) } : { hidden: flip(hidden) });
}

/** The demo's faults: breaks something on the node of the row, or mends it again. */
export const faultPicker: DialogKind<InjectDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key') return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return close(ui);
    const faults = scene.faults ?? [];
    const cursor = moved(dialog.cursor, event.key, faults.length);
    if (cursor !== undefined) return stay(ui, { ...dialog, cursor });
    const fault = faults[dialog.cursor];
    if (event.key !== 'enter' || fault === undefined) return only(ui);
    const row = rowUnderCursor(ui, scene);
    return close(say(ui, `demo: ${fault.name}`, 'notice'), [
      { kind: 'inject', fault: fault.name, node: row === undefined ? undefined : scene.view.nodes(row)[0] },
    ]);
  },
  look: (dialog, _ui, scene, space) => {
    const lines = (scene.faults ?? []).map(({ name, help }, index) => choice(index === dialog.cursor, '', name, help));
    return {
      form: 'box',
      title: 'Demo: break or mend',
      lines: windowOf(lines, dialog.cursor, space.height - 3),
      hint: 'on the node of the row · Enter does it · Esc leaves',
      width: Math.min(space.width, 78),
    };
  },
};

function choice(isHere: boolean, mark: string, word: string, help: string): Line {
  return [
    { text: isHere ? '> ' : '  ', role: 'accent' },
    { text: mark, role: 'accent' },
    { text: word.padEnd(16), role: isHere ? 'strong' : 'plain' },
    { text: ` ${help}`, role: 'dim' },
  ];
}
