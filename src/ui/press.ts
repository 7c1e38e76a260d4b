import { askRollout } from './ask-rollout.ts';
import { pictureTop } from './canvas-surface.ts';
import { perform } from './commands.ts';
import { cursorIndex, lookAt, settle, topOf } from './cursor.ts';
import { actionMenu } from './dialogs/action-menu.ts';
import type { Dialog, DialogKind, DialogLook } from './dialogs/dialog.ts';
import { filterPrompt } from './dialogs/filter-prompt.ts';
import { actionForm } from './dialogs/form.ts';
import { helpScreen } from './dialogs/help.ts';
import { hostKeysScreen } from './dialogs/host-keys.ts';
import { messagesScreen } from './dialogs/messages.ts';
import { paletteOf } from './dialogs/palette.ts';
import { columnsPicker, faultPicker, sortPicker } from './dialogs/pickers.ts';
import { confirmQuestion, openSecret, savePrompt, secretPrompt } from './dialogs/questions.ts';
import { phraseQuestion, wavesForm } from './dialogs/start.ts';
import { keyLabel } from './keys.ts';
import { rowUnderCursor, type Scene } from './scene.ts';
import type { Rect } from './terminal/cell-grid.ts';
import type { InputEvent } from './terminal/input.ts';
import { goTo, type Outcome, only, placeIn, placeOf, say, type UiState, withPlace } from './ui-state.ts';
import type { AnyRow, Binding } from './view.ts';

const DIALOGS: { readonly [K in Dialog['kind']]: DialogKind<Extract<Dialog, { kind: K }>> } = {
  palette: paletteOf(perform),
  filter: filterPrompt,
  sort: sortPicker,
  columns: columnsPicker,
  help: helpScreen,
  messages: messagesScreen,
  'host-keys': hostKeysScreen,
  secret: secretPrompt,
  save: savePrompt,
  inject: faultPicker,
  actions: actionMenu,
  form: actionForm,
  waves: wavesForm,
  phrase: phraseQuestion,
  confirm: confirmQuestion,
};

/** What one thing the operator did makes of the screen. Pure: what it asks of the world comes back as effects. */
export function press(event: InputEvent, before: UiState, scene: Scene, listRect: Rect): Outcome {
  const settled = withPlace(
    { ...before, status: undefined },
    { looking: settle(placeOf(before).looking, scene.visible.ids) },
  );
  const outcome = answer(event, settled, scene, listRect);
  return { ...outcome, ui: withNextSecret(outcome.ui, scene.nowMs) };
}

/** Opens the next question for a secret when nothing else has the keyboard. */
export function withNextSecret(ui: UiState, nowMs: number): UiState {
  const [next, ...rest] = ui.secrets;
  return ui.dialog === undefined && next !== undefined ? { ...ui, dialog: openSecret(next, nowMs), secrets: rest } : ui;
}

/** How the open dialog looks in a space; undefined when there is none. */
export function dialogLook(
  ui: UiState,
  scene: Scene,
  space: { readonly width: number; readonly height: number },
): DialogLook | undefined {
  return ui.dialog === undefined ? undefined : kindOf(ui.dialog).look(ui.dialog, ui, scene, space);
}

/** The kind is found by its own name, so what it is handed is always its own dialog. */
function kindOf<K extends Dialog['kind']>(
  dialog: Extract<Dialog, { kind: K }>,
): DialogKind<Extract<Dialog, { kind: K }>> {
  const kind: K = dialog.kind;
  return DIALOGS[kind];
}

function answer(event: InputEvent, ui: UiState, scene: Scene, listRect: Rect): Outcome {
  // What terminals do, they do in dialogs, too.
  const command = event.kind === 'key' && event.text === undefined ? scene.keymap.commandOf(event.key) : undefined;
  if (command === 'repaint' || command === 'suspend') return perform(command, ui, scene);
  if (ui.dialog !== undefined) return kindOf(ui.dialog).press(ui.dialog, event, ui, scene);
  switch (event.kind) {
    case 'paste':
      return only(say(ui, 'a paste does nothing here: press / or : first', 'notice'));
    case 'mouse':
      return pointed(event, ui, scene, listRect);
    case 'key':
      return typed(event.key, ui, scene);
  }
}

function typed(key: string, ui: UiState, scene: Scene): Outcome {
  const binding = scene.view.bindings.find((one) => scene.keymap.keysOfBinding(scene.view, one).includes(key));
  if (binding !== undefined) return bound(binding, ui, scene);
  const command = scene.keymap.commandOf(key);
  if (command === 'view-by-number') return toNumber(scene.keymap.keysOf(command).indexOf(key), ui, scene);
  if (command !== undefined) return perform(command, ui, scene);
  if (key === 'enter') return perform('describe', ui, scene);
  const elsewhere = scene.views.find((view) =>
    view.bindings.some((one) => scene.keymap.keysOfBinding(view, one).includes(key)),
  );
  const where = elsewhere === undefined ? '' : ` here; it does in ${elsewhere.title}`;
  return only(
    say(
      ui,
      `${keyLabel(key)} means nothing${where}; ${scene.keymap.keysOf('help').slice(0, 1).map(keyLabel).join('') || 'help'} shows the keys`,
    ),
  );
}

function toNumber(index: number, ui: UiState, { views }: Scene): Outcome {
  const view = views[index];
  return only(
    view === undefined ? say(ui, `there are ${views.length} views`, 'warning') : goTo(ui, placeIn(view.name), 'anew'),
  );
}

function bound(binding: Binding<AnyRow>, ui: UiState, scene: Scene): Outcome {
  const row = rowUnderCursor(ui, scene);
  const because = row === undefined ? 'there is no row under the cursor' : binding.disabled?.(row, scene.state);
  if (row === undefined || because !== undefined) return only(say(ui, `${binding.title}: ${because}`, 'warning'));
  switch (binding.action) {
    case 'open-view': {
      const target = binding.open?.(row);
      if (target === undefined) return only(say(ui, `${binding.title}: there is nowhere to go`, 'warning'));
      if (!scene.views.some(({ name }) => name === target.view))
        return only(say(ui, `${binding.title}: there is no view ${target.view}`, 'warning'));
      const { request } = target;
      const next = goTo(ui, placeIn(target.view, target.filter, target.cursor), 'deeper');
      return { ui: next, effects: request === undefined ? [] : [{ kind: 'request', request }] };
    }
    case 'rollout': {
      const ask = binding.ask?.(row);
      return ask === undefined ? only(ui) : askRollout(ask, ui, scene);
    }
    case 'describe':
    case 'shell':
    case 'refresh':
    case 'reconnect':
    case 'review-host-keys':
      return perform(binding.action, ui, scene);
    default:
      return only(say(ui, `${binding.title}: this version has no action "${binding.action}"`, 'warning'));
  }
}

/** A click puts the cursor, a wheel moves it. */
function pointed(event: Extract<InputEvent, { kind: 'mouse' }>, ui: UiState, scene: Scene, rect: Rect): Outcome {
  const { looking } = placeOf(ui);
  const { ids } = scene.visible;
  const go = (index: number): Outcome =>
    only(withPlace({ ...ui, describeTop: 0 }, { looking: lookAt(looking, ids, index, scene.page) }));
  if (event.action !== 'press') return go(cursorIndex(looking, ids) + (event.action === 'scroll-up' ? -3 : 3));
  const [x, y] = [event.x - rect.x, event.y - rect.y];
  if (x < 0 || y < 0 || x >= rect.width || y >= rect.height) return only(ui);
  if (scene.picture !== undefined) {
    const top = pictureTop(scene.picture, ids[cursorIndex(looking, ids)], rect.height);
    const hit = [...scene.picture.places].find(
      ([, place]) => place.y === y + top && x >= place.x && x < place.x + place.width,
    );
    return hit === undefined ? only(ui) : go(ids.indexOf(hit[0]));
  }
  const index = topOf(looking, ids, scene.page) + y - 1;
  return y === 0 || index >= ids.length ? only(ui) : go(index);
}
