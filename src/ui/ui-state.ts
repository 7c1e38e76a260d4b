import type { Input } from '../model/action.ts';
import type { FleetRequest } from '../model/fleet-request.ts';
import type { NodeName } from '../model/ids.ts';
import type { RolloutId } from '../model/rollout.ts';
import type { GivenLimits } from '../model/rollout-limits.ts';
import { atTop, type Looking } from './cursor.ts';
import type { Dialog } from './dialogs/dialog.ts';
import type { ThemeName } from './theme.ts';
import type { Role, RolloutAsk } from './view.ts';

/** One view as it is being looked at. */
export interface Place {
  readonly view: string;
  readonly filter: string;
  /** The filter it was opened with; `esc` goes back to that before it leaves. */
  readonly openedWith: string;
  readonly faultsOnly: boolean;
  readonly looking: Looking;
  readonly marks: ReadonlySet<string>;
  /** Where a range was started. */
  readonly anchor?: string;
}

/** What is remembered of a view between runs. */
export interface ViewPreferences {
  readonly sort?: { readonly header: string; readonly descending: boolean };
  /** Headers of columns put away, and of optional ones brought out. */
  readonly hidden: readonly string[];
  readonly shown: readonly string[];
}

/** What the status line says until the next key. */
export interface Status {
  readonly text: string;
  readonly role: Role;
}

/** All of the screen that changes at key presses. */
export interface UiState {
  /** Trails of places (breadcrumbs), oldest first; `at` is the present one. */
  readonly history: readonly (readonly Place[])[];
  readonly at: number;
  readonly preferences: { readonly [view: string]: ViewPreferences };
  readonly isDescribing: boolean;
  readonly describeTop: number;
  readonly dialog: Dialog | undefined;
  /** Questions for a secret that wait until no dialog is open. */
  readonly secrets: readonly SecretWanted[];
  readonly status: Status | undefined;
  /** What was said so far, newest first. */
  readonly said: readonly Status[];
  /** Newest first. */
  readonly filterHistory: readonly string[];
  readonly theme: ThemeName;
  /** Waves chosen for rollouts that have not begun, by id. */
  readonly waves: { readonly [rollout: string]: GivenLimits };
}

/** A password or passphrase a node asks for. */
export interface SecretWanted {
  readonly id: number;
  readonly prompt: string;
  readonly echo: boolean;
}

/** What a key asks of the world outside the screen. */
export type Effect =
  | { readonly kind: 'request'; readonly request: FleetRequest }
  | { readonly kind: 'copy'; readonly text: string; readonly what: string }
  | { readonly kind: 'save'; readonly path: string; readonly text: string; readonly rows: number }
  | { readonly kind: 'shell'; readonly node: NodeName }
  | { readonly kind: 'inject'; readonly fault: string; readonly node: NodeName | undefined }
  /** Plan an action; nothing is changed by that. */
  | { readonly kind: 'plan'; readonly action: string; readonly input: Input; readonly insteadOf?: RolloutId }
  | { readonly kind: 'rollout'; readonly ask: RolloutAsk; readonly insteadOf?: RolloutId }
  | { readonly kind: 'remember' }
  | { readonly kind: 'repaint' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'quit' };

/** A screen after a key, and what the key asks for. */
export interface Outcome {
  readonly ui: UiState;
  readonly effects: readonly Effect[];
}

/** Steps of history kept. */
const HISTORY_LIMIT = 100;

/** Messages kept to be read again. */
const SAID_LIMIT = 100;

/** Filters kept for the prompt. */
const FILTER_HISTORY_LIMIT = 50;

/** A place at the top of a view. */
export function placeIn(view: string, filter = '', cursor?: string): Place {
  return { view, filter, openedWith: filter, faultsOnly: false, looking: { ...atTop, cursor }, marks: new Set() };
}

/** The screen at start. */
export function initialUi(first: Place, theme: ThemeName, preferences: UiState['preferences'] = {}): UiState {
  return {
    history: [[first]],
    at: 0,
    preferences,
    isDescribing: false,
    describeTop: 0,
    dialog: undefined,
    secrets: [],
    status: undefined,
    said: [],
    filterHistory: [],
    theme,
    waves: {},
  };
}

/** Breadcrumbs of the present place, the place itself last. */
export function trailOf(ui: UiState): readonly Place[] {
  return ui.history[ui.at] ?? [];
}

/** The present place. */
export function placeOf(ui: UiState): Place {
  return trailOf(ui).at(-1) ?? placeIn('');
}

/** The present place changed, without a step of history: cursor, marks, filter. */
export function withPlace(ui: UiState, changed: Partial<Place>): UiState {
  const trail = trailOf(ui);
  const next = [...trail.slice(0, -1), { ...placeOf(ui), ...changed }];
  return { ...ui, history: ui.history.map((old, index) => (index === ui.at ? next : old)) };
}

/** Goes to another view from here: `deeper` leaves a breadcrumb, otherwise the trail starts anew. */
export function goTo(ui: UiState, place: Place, how: 'deeper' | 'anew'): UiState {
  const trail = how === 'deeper' ? [...trailOf(ui), place] : [place];
  return { ...step(ui, trail), describeTop: 0, status: undefined };
}

/** Goes deeper, or in place of where we are if that is the same view with the filter `of`: then it leaves no breadcrumb and no step of history. */
export function goInstead(ui: UiState, place: Place, of: string): UiState {
  const { view, filter, openedWith } = placeOf(ui);
  const isThere = view === place.view && [openedWith, filter].includes(of);
  return isThere ? { ...withPlace(ui, place), describeTop: 0, status: undefined } : goTo(ui, place, 'deeper');
}

/** One breadcrumb up; undefined at the first. */
export function goUp(ui: UiState): UiState | undefined {
  const trail = trailOf(ui);
  return trail.length > 1 ? { ...step(ui, trail.slice(0, -1)), describeTop: 0 } : undefined;
}

/** Through history, like a browser; undefined at its end. */
export function goInTime(ui: UiState, steps: 1 | -1): UiState | undefined {
  const at = ui.at + steps;
  return ui.history[at] === undefined ? undefined : { ...ui, at, describeTop: 0, status: undefined };
}

function step(ui: UiState, trail: readonly Place[]): UiState {
  const history = [...ui.history.slice(0, ui.at + 1), trail].slice(-HISTORY_LIMIT);
  return { ...ui, history, at: history.length - 1 };
}

/** What is remembered of a view, with nothing chosen by default. */
export function preferencesOf(ui: UiState, view: string): ViewPreferences {
  return ui.preferences[view] ?? { hidden: [], shown: [] };
}

/** Remembers something of a view. */
export function withPreferences(ui: UiState, view: string, changed: Partial<ViewPreferences>): UiState {
  return { ...ui, preferences: { ...ui.preferences, [view]: { ...preferencesOf(ui, view), ...changed } } };
}

/** Puts a filter first in the prompt's history. */
export function rememberFilter(ui: UiState, filter: string): UiState {
  if (filter.trim() === '') return ui;
  return {
    ...ui,
    filterHistory: [filter, ...ui.filterHistory.filter((old) => old !== filter)].slice(0, FILTER_HISTORY_LIMIT),
  };
}

/** The status line says something until the next key; it is kept to be read again. */
export function say(ui: UiState, text: string, role: Role = 'plain'): UiState {
  const status = { text, role };
  const earlier = ui.said.filter((old) => old.text !== text);
  return { ...ui, status, said: [status, ...earlier].slice(0, SAID_LIMIT) };
}

/** Nothing but a new screen. */
export function only(ui: UiState): Outcome {
  return { ui, effects: [] };
}
