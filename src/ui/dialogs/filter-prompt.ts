import { parseFilter } from '../filter-parse.ts';
import { edit, insert, type LineEdit, lineOf } from '../line-edit.ts';
import type { Scene } from '../scene.ts';
import { type Outcome, only, placeOf, rememberFilter, say, type UiState, withPlace } from '../ui-state.ts';
import { close, type Dialog, type DialogKind, promptLine, stay } from './dialog.ts';

type FilterDialog = Extract<Dialog, { kind: 'filter' }>;

/** The prompt on the filter of the present place. */
export function openFilter(ui: UiState): FilterDialog {
  const { filter, looking } = placeOf(ui);
  return { kind: 'filter', line: lineOf(filter), before: { filter, looking }, historyAt: -1 };
}

/** The filter, live while it is typed. What cannot be read yet leaves the last good one in force and says where it stumbles. */
export const filterPrompt: DialogKind<FilterDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind === 'paste') return typed(dialog, insert(dialog.line, event.text), ui, scene);
    if (event.kind !== 'key') return only(ui);
    switch (event.key) {
      case 'esc':
      case 'ctrl-c':
        return close(withPlace(ui, dialog.before));
      case 'enter':
        return settle(dialog, ui, scene);
      case 'up':
      case 'ctrl-p':
        return recall(dialog, dialog.historyAt + 1, ui, scene);
      case 'down':
      case 'ctrl-n':
        return recall(dialog, dialog.historyAt - 1, ui, scene);
      default: {
        const line = edit(dialog.line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
        return line === undefined ? only(ui) : typed(dialog, line, ui, scene);
      }
    }
  },
  look: (dialog, _ui, scene, { width }) => {
    const parsed = parseFilter(dialog.line.text, scene.view.columns);
    const terms = scene.view.columns.flatMap(({ term }) => (term === undefined ? [] : [term]));
    const hint =
      parsed.kind === 'error'
        ? `column ${parsed.column}: ${parsed.message}${parsed.nearest === undefined ? '' : `; did you mean ${parsed.nearest}?`}`
        : `words  !not  a|b  ~regex  ${terms.map((term) => `${term}:`).join(' ')}`;
    return {
      form: 'prompt',
      title: 'Filter',
      lines: [promptLine('/', dialog.line, width), [{ text: hint, role: parsed.kind === 'error' ? 'warning' : 'dim' }]],
      hint: '',
      width,
    };
  },
};

function typed(dialog: FilterDialog, line: LineEdit, ui: UiState, scene: Scene): Outcome {
  const isReadable = parseFilter(line.text, scene.view.columns).kind === 'ok';
  return stay(isReadable ? withPlace(ui, { filter: line.text.trim() }) : ui, { ...dialog, line, historyAt: -1 });
}

function settle(dialog: FilterDialog, ui: UiState, scene: Scene): Outcome {
  const text = dialog.line.text.trim();
  const parsed = parseFilter(text, scene.view.columns);
  if (parsed.kind === 'error')
    return only(say(ui, `the filter cannot be read at column ${parsed.column}: ${parsed.message}`, 'warning'));
  return close(rememberFilter(withPlace(ui, { filter: text }), text), [{ kind: 'remember' }]);
}

function recall(dialog: FilterDialog, at: number, ui: UiState, scene: Scene): Outcome {
  const historyAt = Math.max(-1, Math.min(ui.filterHistory.length - 1, at));
  const line = lineOf(historyAt < 0 ? dialog.before.filter : (ui.filterHistory[historyAt] ?? ''));
  const outcome = typed(dialog, line, ui, scene);
  return stay(outcome.ui, { ...dialog, line, historyAt });
}
