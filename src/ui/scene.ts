import type { NodeName } from '../model/ids.ts';
import type { State } from '../store/state.ts';
import type { ActionForm } from './action-form.ts';
import { cursorIndex, rangeOf } from './cursor.ts';
import type { Keymap } from './keys.ts';
import { placeOf, type UiState } from './ui-state.ts';
import type { AnyRow, AnyView, CanvasPicture } from './view.ts';
import type { VisibleRows } from './visible-rows.ts';

/** A fault the demo fleet can be given. */
export interface DemoFault {
  readonly name: string;
  readonly help: string;
}

/** Everything a key is judged by: what is on the screen at the moment it is pressed. */
export interface Scene {
  readonly views: readonly AnyView[];
  readonly view: AnyView;
  readonly state: State;
  readonly nowMs: number;
  readonly visible: VisibleRows;
  /** Rows of the list that fit. */
  readonly page: number;
  readonly width: number;
  readonly height: number;
  /** Where a picture's rows lie. */
  readonly picture: CanvasPicture | undefined;
  readonly keymap: Keymap;
  /** What can be done here. */
  readonly actions: readonly ActionForm[];
  /** Only in the demo. */
  readonly faults: readonly DemoFault[] | undefined;
  /** Where a saved table goes by default. */
  readonly saveFolder: string;
}

/** The row under the cursor. */
export function rowUnderCursor(ui: UiState, scene: Scene): AnyRow | undefined {
  return scene.visible.rows[cursorIndex(placeOf(ui).looking, scene.visible.ids)];
}

/** Ids marked: the marks, and the range being drawn. */
export function markedIds(ui: UiState, scene: Scene): ReadonlySet<string> {
  const { marks, anchor, looking } = placeOf(ui);
  const cursor = scene.visible.ids[cursorIndex(looking, scene.visible.ids)];
  if (anchor === undefined || cursor === undefined) return marks;
  return new Set([...marks, ...rangeOf(scene.visible.ids, anchor, cursor)]);
}

/** The rows a key acts on: the marked ones that are shown, or the one under the cursor. Marked rows a filter hides are left alone. */
export function targets(ui: UiState, scene: Scene): readonly AnyRow[] {
  const marked = markedIds(ui, scene);
  const shown = scene.visible.rows.filter(({ id }) => marked.has(id));
  const here = rowUnderCursor(ui, scene);
  return marked.size > 0 ? shown : here === undefined ? [] : [here];
}

/** The nodes those rows are about, each once. */
export function targetNodes(ui: UiState, scene: Scene): readonly NodeName[] {
  return [...new Set(targets(ui, scene).flatMap((row) => scene.view.nodes(row)))];
}
