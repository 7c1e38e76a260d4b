import type { InputProblem } from '../../model/input.ts';
import type { RolloutId } from '../../model/rollout.ts';
import type { Looking } from '../cursor.ts';
import type { LineEdit } from '../line-edit.ts';
import type { Scene } from '../scene.ts';
import type { InputEvent } from '../terminal/input.ts';
import type { Effect, Outcome, UiState } from '../ui-state.ts';
import type { Line, RolloutAsk } from '../view.ts';

/** What stands over the view and has the keyboard. */
export type Dialog =
  | { readonly kind: 'palette'; readonly line: LineEdit; readonly cursor: number }
  | {
      readonly kind: 'filter';
      readonly line: LineEdit;
      readonly before: { readonly filter: string; readonly looking: Looking };
      readonly historyAt: number;
    }
  | { readonly kind: 'sort'; readonly cursor: number }
  | { readonly kind: 'columns'; readonly cursor: number }
  | { readonly kind: 'help'; readonly line: LineEdit; readonly isSearching: boolean; readonly top: number }
  | { readonly kind: 'messages'; readonly top: number }
  | {
      readonly kind: 'host-keys';
      readonly cursor: number;
      readonly marked: ReadonlySet<string>;
      readonly openedAtMs: number;
    }
  | {
      readonly kind: 'secret';
      readonly id: number;
      readonly prompt: string;
      readonly echo: boolean;
      readonly line: LineEdit;
      readonly openedAtMs: number;
    }
  | { readonly kind: 'save'; readonly line: LineEdit }
  | { readonly kind: 'inject'; readonly cursor: number }
  | { readonly kind: 'actions'; readonly line: LineEdit; readonly cursor: number }
  | {
      readonly kind: 'form';
      readonly action: string;
      readonly cursor: number;
      readonly lines: { readonly [field: string]: LineEdit };
      readonly problems: readonly InputProblem[];
      /** Ids of marked rows the filter hides, and whether they are taken in. */
      readonly hidden: readonly string[];
      readonly withHidden: boolean;
      /** The plan that the one asked for takes the place of. */
      readonly insteadOf?: RolloutId;
    }
  | {
      readonly kind: 'waves';
      readonly ask: RolloutAsk;
      readonly nodes: number;
      readonly lines: { readonly [name: string]: LineEdit };
      readonly cursor: number;
      readonly problem: string | undefined;
      readonly openedAtMs: number;
    }
  | {
      readonly kind: 'phrase';
      readonly title: string;
      readonly lines: readonly Line[];
      readonly phrase: string;
      readonly ask: RolloutAsk;
      readonly line: LineEdit;
      readonly isWrong: boolean;
      readonly openedAtMs: number;
    }
  | ConfirmDialog;

/** A question before something that cannot be taken back. Its key is never Enter and never the key that opened it. */
export interface ConfirmDialog {
  readonly kind: 'confirm';
  readonly title: string;
  readonly lines: readonly Line[];
  readonly key: string;
  /** What the key does, e.g. `accept 3 keys`. */
  readonly label: string;
  readonly effects: readonly Effect[];
  readonly openedAtMs: number;
}

/** How a dialog looks: a box of lines, or one line in place of the footer. */
export interface DialogLook {
  readonly form: 'box' | 'prompt';
  readonly title: string;
  readonly lines: readonly Line[];
  readonly hint: string;
  /** Columns wanted, border included. */
  readonly width: number;
}

/** One kind of dialog: what a key does in it, and how it looks in a space. */
export interface DialogKind<D extends Dialog> {
  readonly press: (dialog: D, event: InputEvent, ui: UiState, scene: Scene) => Outcome;
  readonly look: (
    dialog: D,
    ui: UiState,
    scene: Scene,
    space: { readonly width: number; readonly height: number },
  ) => DialogLook;
}

/** Keys right after a dialog that asks something serious are habits meant for what was there before. */
export const DEAF_MS = 300;

/** The dialog replaced by its next state. */
export function stay(ui: UiState, dialog: Dialog): Outcome {
  return { ui: { ...ui, dialog }, effects: [] };
}

/** The dialog gone. */
export function close(ui: UiState, effects: readonly Effect[] = []): Outcome {
  return { ui: { ...ui, dialog: undefined }, effects };
}

/** A list's cursor after a key, kept inside; undefined for a key that moves nothing. */
export function moved(cursor: number, key: string, count: number, page = 10): number | undefined {
  const steps: { readonly [name: string]: number } = {
    up: -1,
    down: 1,
    'ctrl-p': -1,
    'ctrl-n': 1,
    pageup: -page,
    pagedown: page,
    'shift-tab': -1,
    tab: 1,
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.max(0, Math.min(count - 1, cursor + step));
}

/** The part of a list of lines that fits, with the cursor's line in it. */
export function windowOf<T>(lines: readonly T[], cursor: number, height: number): readonly T[] {
  const top = Math.max(0, Math.min(cursor - Math.floor(height / 2), lines.length - height));
  return lines.slice(top, top + height);
}

/** A line with its caret as a reversed cell is drawn from three parts; `mask` hides what was typed. */
export function promptLine(label: string, { text, caret }: LineEdit, width: number, mask = false): Line {
  const shown = mask ? '•'.repeat(text.length) : text;
  const room = Math.max(8, width - label.length - 1);
  const from = Math.max(0, caret - room + 1);
  const at = [...shown.slice(caret)][0] ?? ' ';
  return [
    { text: label, role: 'accent' },
    { text: shown.slice(from, caret) },
    { text: at, isCaret: true },
    { text: shown.slice(caret + at.length, from + room) },
  ];
}
