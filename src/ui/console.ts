import type { FleetRequest } from '../model/fleet-request.ts';
import type { State } from '../store/state.ts';
import type { ActionForm } from './action-form.ts';
import { createPictures, type Painted } from './canvas-surface.ts';
import { lookAt, settle } from './cursor.ts';
import { createFocus, type Focus } from './focus.ts';
import { paintFrame } from './frame.ts';
import { type Keymap, type KeySettings, keymapOf } from './keys.ts';
import { LEAST, layoutOf } from './layout.ts';
import { createListSurface } from './list-surface.ts';
import { plainPainter } from './plain-painter.ts';
import { press, withNextSecret } from './press.ts';
import type { DemoFault, Scene } from './scene.ts';
import type { ChromePainter } from './shell.tsx';
import { withNotices } from './status.ts';
import { blankGrid, type Grid } from './terminal/cell-grid.ts';
import { type ColourDepth, penOf } from './terminal/colours.ts';
import { type Compositor, createCompositor, type ScreenClock, type Sink } from './terminal/compositor.ts';
import type { InputEvent } from './terminal/input.ts';
import { themeNamed } from './theme.ts';
import {
  type Effect,
  goInstead,
  initialUi,
  placeIn,
  placeOf,
  preferencesOf,
  type SecretWanted,
  say,
  type UiState,
  withPlace,
} from './ui-state.ts';
import type { AnyRow, AnyView } from './view.ts';
import { createVisibleRows } from './visible-rows.ts';

/** What the screen reads: the store, or a stand-in for it. */
export interface StateSource {
  readonly getState: () => State;
  readonly subscribe: (listener: () => void) => () => void;
}

/** What is remembered between runs. */
export interface Remembered {
  readonly theme: string;
  readonly preferences: UiState['preferences'];
  readonly filterHistory: readonly string[];
}

/** What the console on one terminal is made from. */
export interface ConsoleParts {
  readonly store: StateSource;
  readonly views: readonly AnyView[];
  readonly request: (request: FleetRequest) => void;
  /** Everything a key asks for but requests: clipboard, files, shells, leaving. */
  readonly perform: (effect: Exclude<Effect, { kind: 'request' | 'repaint' }>) => void;
  readonly clock: ScreenClock;
  readonly sink: Sink;
  readonly size: { readonly width: number; readonly height: number };
  readonly look: { readonly theme: string | undefined; readonly depth: ColourDepth; readonly ascii: boolean };
  readonly keys: KeySettings;
  readonly remembered: Partial<Remembered>;
  /** Where to start, e.g. a view with a filter. */
  readonly open: { readonly view: string; readonly filter?: string } | undefined;
  /** What can be done; none where nothing may be changed. */
  readonly actions: readonly ActionForm[];
  readonly faults: readonly DemoFault[] | undefined;
  readonly isReadOnly?: boolean;
  readonly notices: readonly string[];
  readonly saveFolder: string;
  readonly onError: (error: Error) => void;
}

/** The console on one terminal. */
export interface Console {
  readonly input: (event: InputEvent) => void;
  readonly resize: (width: number, height: number) => void;
  readonly compositor: Compositor;
  /** Lets Ink draw the chrome from now on. */
  readonly drawWith: (painter: ChromePainter) => void;
  /** Something the operator should read, until the next key. */
  readonly say: (text: string, role?: 'notice' | 'warning') => void;
  /** Shows the first of several notices, and keeps all of them to be read. */
  readonly sayAll: (notices: readonly string[]) => void;
  readonly askSecret: (wanted: SecretWanted) => void;
  /** Goes to a view from where the operator is. */
  /** Goes to a view, in place of the present one where that is the same view with this filter or with `insteadOf`. */
  readonly show: (view: string, filter: string, insteadOf?: string) => void;
  readonly remembered: () => Remembered;
  readonly ui: () => UiState;
  readonly close: () => void;
}

interface Inside extends ConsoleParts {
  readonly keymap: Keymap;
  readonly select: ReturnType<typeof createVisibleRows>;
  readonly pictures: ReturnType<typeof createPictures>;
  readonly list: ReturnType<typeof createListSurface<AnyRow>>;
  ui: UiState;
  chrome: ChromePainter;
  backdrop: Grid;
  width: number;
  height: number;
  cancelTick: (() => void) | undefined;
  readonly focus: Focus;
}

/** Joins store, keys and compositor. Nothing is drawn before the first `compositor.request`. */
export function createConsole(parts: ConsoleParts): Console {
  const inside = insideOf(parts);
  const compositor = createCompositor({
    sink: parts.sink,
    clock: parts.clock,
    pen: penOf(themeNamed(inside.ui.theme), parts.look.depth, parts.look.ascii),
    ...parts.size,
    // Rows are remembered: what is worked out here is only painted by the frame.
    prepare: () => void rowsOf(inside),
    draw: (grid) => draw(inside, grid, compositor),
    onError: parts.onError,
  });
  const unsubscribe = parts.store.subscribe(() => compositor.request('data'));
  const change = (ui: UiState): void => {
    inside.ui = ui;
    compositor.request('now');
  };
  return {
    input: (event) => take(inside, event, compositor),
    resize: (width, height) => {
      Object.assign(inside, { width, height, backdrop: blankGrid(width, height) });
      compositor.resize(width, height);
    },
    compositor,
    drawWith: (painter) => {
      inside.chrome = painter;
      compositor.request('data');
    },
    say: (text, role) => change(say(inside.ui, text, role)),
    sayAll: (notices) => change(withNotices(inside.ui, notices, inside.keymap)),
    askSecret: (wanted) =>
      change(withNextSecret({ ...inside.ui, secrets: [...inside.ui.secrets, wanted] }, parts.clock.nowMs())),
    show: (view, filter, insteadOf) => change(goInstead(inside.ui, placeIn(view, filter), insteadOf ?? filter)),
    remembered: () => ({
      theme: inside.ui.theme,
      preferences: inside.ui.preferences,
      filterHistory: inside.ui.filterHistory,
    }),
    ui: () => inside.ui,
    close: () => {
      unsubscribe();
      compositor.close();
      inside.cancelTick?.();
      inside.focus.close();
      inside.chrome.close();
    },
  };
}

function insideOf(parts: ConsoleParts): Inside {
  const keymap = keymapOf(parts.views, parts.keys);
  const isKnown = parts.views.some(({ name }) => name === parts.open?.view);
  const first = isKnown && parts.open !== undefined ? parts.open : { view: parts.views[0]?.name ?? '' };
  const ui: UiState = {
    ...initialUi(
      placeIn(first.view, first.filter),
      themeNamed(parts.remembered.theme ?? parts.look.theme).name,
      parts.remembered.preferences,
    ),
    filterHistory: parts.remembered.filterHistory ?? [],
  };
  const missing = parts.open !== undefined && !isKnown ? [`there is no view ${parts.open.view}`] : [];
  const notices = [...missing, ...parts.notices, ...keymap.notices];
  return {
    ...parts,
    keymap,
    select: createVisibleRows(),
    pictures: createPictures(),
    list: createListSurface<AnyRow>(),
    ui: withNotices(ui, notices, keymap),
    chrome: plainPainter,
    backdrop: blankGrid(parts.size.width, parts.size.height),
    ...parts.size,
    cancelTick: undefined,
    focus: createFocus(parts.clock, parts.request),
  };
}

/** The view in front of the operator with its rows, as of now. */
function rowsOf({
  ui,
  views,
  store,
  clock,
  select,
}: Inside): Pick<Scene, 'view' | 'state' | 'nowMs' | 'visible'> | undefined {
  const place = placeOf(ui);
  const view = views.find(({ name }) => name === place.view) ?? views[0];
  if (view === undefined) return undefined;
  const state = store.getState();
  const nowMs = clock.nowMs();
  const { filter, faultsOnly } = place;
  const visible = select({ view, filter, faultsOnly, preferences: preferencesOf(ui, view.name) }, state, nowMs);
  return { view, state, nowMs, visible };
}

/** What is on the screen now, and whether its picture depends on the time. */
function sceneOf(inside: Inside): { readonly scene: Scene; readonly painted: Painted | undefined } | undefined {
  const { ui, views, width, height, look } = inside;
  const shown = rowsOf(inside);
  if (shown === undefined) return undefined;
  const { view, state, nowMs, visible } = shown;
  const rect = layoutOf(width, height, ui.isDescribing).view;
  const painted =
    view.kind === 'canvas'
      ? inside.pictures({
          view,
          rows: visible.rows,
          width: rect.width,
          height: rect.height,
          ascii: look.ascii,
          state,
          nowMs,
        })
      : undefined;
  const { keymap, actions, faults, saveFolder } = inside;
  const page = Math.max(1, rect.height - 1);
  return {
    scene: {
      ...shown,
      views,
      page,
      width,
      height,
      picture: painted?.picture,
      keymap,
      actions,
      faults,
      saveFolder,
    },
    painted,
  };
}

function draw(inside: Inside, grid: Grid, compositor: Compositor): void {
  const { scene, painted } = sceneOf(inside) ?? {};
  if (scene === undefined) return;
  inside.ui = withPlaceSettled(inside.ui, scene);
  const { faults, isReadOnly = false, look } = inside;
  const header = { isDemo: faults !== undefined, isReadOnly, ascii: look.ascii };
  const readsTime = paintFrame(grid, inside.ui, scene, {
    chrome: inside.chrome,
    list: inside.list,
    header,
    backdrop: inside.backdrop,
  });
  tickAgain(inside, readsTime || painted?.readsTime === true, scene.nowMs, compositor);
  inside.focus.look(inside.ui, scene);
}

/** The cursor follows its row, and its neighbour once the row is gone; in a view that follows its end, the last row while it is there. */
function withPlaceSettled(ui: UiState, { visible: { ids }, view, page }: Scene): UiState {
  const { looking } = placeOf(ui);
  const isAtEnd = looking.cursor === undefined || looking.cursor === looking.order.at(-1);
  const settled =
    view.followsEnd === true && isAtEnd && looking.order !== ids && ids.length > 0
      ? lookAt(looking, ids, ids.length - 1, page)
      : settle(looking, ids);
  return settled === looking ? ui : withPlace(ui, { looking: settled });
}

/** The next frame nobody asks for: at the next second if an age is shown, at the next minute for the clock. */
function tickAgain(inside: Inside, readsTime: boolean, nowMs: number, compositor: Compositor): void {
  inside.cancelTick?.();
  const period = readsTime ? 1_000 : 60_000;
  inside.cancelTick = inside.clock.after(period - (nowMs % period), () => {
    inside.cancelTick = undefined;
    compositor.request('data');
  });
}

function take(inside: Inside, event: InputEvent, compositor: Compositor): void {
  const { scene } = sceneOf(inside) ?? {};
  if (scene === undefined) return;
  if (
    (inside.width < LEAST.width || inside.height < LEAST.height) &&
    !(event.kind === 'key' && ['q', 'ctrl-c', 'ctrl-z'].includes(event.key))
  )
    return;
  const theme = inside.ui.theme;
  const rect = layoutOf(inside.width, inside.height, inside.ui.isDescribing).view;
  const outcome = press(event, inside.ui, scene, rect);
  inside.ui = outcome.ui;
  for (const effect of outcome.effects) {
    if (effect.kind === 'request') inside.request(effect.request);
    else if (effect.kind === 'repaint') compositor.repaint();
    else inside.perform(effect);
  }
  if (inside.ui.theme !== theme)
    compositor.setPen(penOf(themeNamed(inside.ui.theme), inside.look.depth, inside.look.ascii));
  compositor.request('now');
}
