import { GLOBAL_KEYS, keyLabel } from '../keys.ts';
import { edit, lineOf } from '../line-edit.ts';
import { rowUnderCursor, type Scene } from '../scene.ts';
import { wrap } from '../terminal/surface.ts';
import { only, type UiState } from '../ui-state.ts';
import type { Line } from '../view.ts';
import { whyDisabled } from '../why-disabled.ts';
import { close, type Dialog, type DialogKind, moved, promptLine, stay } from './dialog.ts';

/** The longest row of keys, and a blank: `PgDn Ctrl-D Ctrl-F`. */
const KEYS_WIDTH = 20;

type Help = Extract<Dialog, { kind: 'help' }>;

/** The help screen as it opens. */
export const openHelp: Help = { kind: 'help', line: lineOf(''), isSearching: false, top: 0 };

/** Every key that means something here, with the reason where it is off; every column and filter term. `/` searches. */
export const helpScreen: DialogKind<Help> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key') return only(ui);
    if (dialog.isSearching) {
      if (event.key === 'enter') return stay(ui, { ...dialog, isSearching: false });
      if (event.key === 'esc') return stay(ui, { ...dialog, isSearching: false, line: lineOf(''), top: 0 });
      const line = edit(dialog.line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
      return line === undefined ? only(ui) : stay(ui, { ...dialog, line, top: 0 });
    }
    if (['esc', 'q', '?', 'f1', 'ctrl-c'].includes(event.key)) return close(ui);
    if (event.key === '/') return stay(ui, { ...dialog, isSearching: true });
    const key =
      { j: 'down', k: 'up', space: 'pagedown', 'ctrl-d': 'pagedown', 'ctrl-u': 'pageup' }[event.key] ?? event.key;
    const top = moved(
      dialog.top,
      key,
      Math.max(1, helpLines(dialog, ui, scene, scene.width).length),
      Math.max(1, scene.height - 8),
    );
    return top === undefined ? only(ui) : stay(ui, { ...dialog, top });
  },
  look: (dialog, ui, scene, space) => {
    const lines = helpLines(dialog, ui, scene, space.width);
    const height = space.height - 3;
    const top = Math.max(0, Math.min(dialog.top, lines.length - height));
    const body = lines.slice(top, top + height);
    const isTyping = dialog.isSearching || dialog.line.text !== '';
    return {
      form: 'box',
      title: `Help: ${scene.view.title}`,
      lines: isTyping ? [promptLine('/', dialog.line, space.width - 4), ...body.slice(0, -1)] : body,
      hint: `/ searches · ↑ ↓ scroll · Esc leaves · ${Math.min(lines.length, top + height)} of ${lines.length}`,
      width: space.width,
    };
  },
};

/** What a box leaves of its width: a border and a blank on either side. */
const BORDERS = 4;

/** The lines of the help, each wrapped beside its keys. */
function helpLines({ line }: Help, ui: UiState, scene: Scene, width: number): readonly Line[] {
  const room = Math.max(20, width - BORDERS - KEYS_WIDTH - 2);
  const wrapped = ([label, ...rest]: Line): readonly Line[] =>
    label === undefined
      ? []
      : wrap(rest, room).map((part, index) => [index === 0 ? label : { text: ' '.repeat(KEYS_WIDTH + 2) }, ...part]);

  const wanted = line.text.trim().toLowerCase();
  const isWanted = (spans: Line): boolean =>
    wanted === '' || spans.some(({ text }) => text.toLowerCase().includes(wanted));
  const blocks: readonly (readonly [string, readonly Line[]])[] = [
    [`${scene.view.title}`, bindingLines(ui, scene)],
    ['Everywhere', globalLines(ui, scene)],
    ['Columns', columnLines(scene)],
    ['Filter', FILTER_LINES],
  ];
  return blocks.flatMap(([title, lines]) => {
    const kept = lines.filter(isWanted);
    return kept.length === 0 ? [] : [[{ text: title, role: 'heading' as const }], ...kept.flatMap(wrapped), []];
  });
}

function keyLine(keys: readonly string[], title: string, reason: string | undefined): Line {
  const label = keys.length === 0 ? '(no key)' : keys.map(keyLabel).join(' ');
  return [
    { text: `  ${label.padEnd(KEYS_WIDTH)}`, role: reason === undefined ? 'accent' : 'dim' },
    { text: title, role: reason === undefined ? 'plain' : 'dim' },
    ...(reason === undefined ? [] : [{ text: `  off: ${reason}`, role: 'warning' as const }]),
  ];
}

function bindingLines(ui: UiState, scene: Scene): readonly Line[] {
  const row = rowUnderCursor(ui, scene);
  return scene.view.bindings.map((binding) =>
    keyLine(
      scene.keymap.keysOfBinding(scene.view, binding),
      binding.title,
      row === undefined ? 'there is no row under the cursor' : binding.disabled?.(row, scene.state),
    ),
  );
}

function globalLines(ui: UiState, scene: Scene): readonly Line[] {
  return GLOBAL_KEYS.map(({ command, title }) =>
    keyLine(scene.keymap.keysOf(command), title, whyDisabled(command, ui, scene)),
  );
}

function columnLines({ view }: Scene): readonly Line[] {
  return view.columns.map(({ header, help, term, isOptional }) => [
    { text: `  ${header.padEnd(KEYS_WIDTH)}`, role: 'strong' },
    { text: help },
    ...(term === undefined ? [] : [{ text: `  filter: ${term}`, role: 'accent' as const }]),
    ...(isOptional === true ? [{ text: '  (hidden until chosen)', role: 'dim' as const }] : []),
  ]);
}

const FILTER_LINES: readonly Line[] = [
  ['gpu01 hung', 'rows with both words, in any column shown'],
  ['a | b', 'rows with one or the other'],
  ['!nfs', 'rows without the word'],
  ['~^gpu0[1-4]', 'a regular expression'],
  ['node=gpu01', 'a term of one column: : contains, = is, != is not, ~ matches, > >= < <= compare'],
  ['size>1T age>30s', 'figures take their units'],
].map(
  ([example = '', what = '']): Line => [{ text: `  ${example.padEnd(KEYS_WIDTH)}`, role: 'accent' }, { text: what }],
);
