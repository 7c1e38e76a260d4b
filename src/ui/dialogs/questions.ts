import { edit, insert, lineOf } from '../line-edit.ts';
import { markedIds, type Scene } from '../scene.ts';
import { tableText } from '../table-text.ts';
import { only, placeOf, type SecretWanted, say, type UiState } from '../ui-state.ts';
import { type ConfirmDialog, close, DEAF_MS, type Dialog, type DialogKind, promptLine, stay } from './dialog.ts';

type SecretDialog = Extract<Dialog, { kind: 'secret' }>;
type SaveDialog = Extract<Dialog, { kind: 'save' }>;

/** Asks before something serious: one named key does it, never Enter; keys right after opening and pastes do nothing. */
export const confirmQuestion: DialogKind<ConfirmDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key' || scene.nowMs - dialog.openedAtMs < DEAF_MS) return only(ui);
    if (event.key === dialog.key) return close(ui, dialog.effects);
    if (['esc', 'n', 'q', 'ctrl-c'].includes(event.key)) return close(say(ui, 'nothing was done'));
    return only(ui);
  },
  look: (dialog, _ui, _scene, { width }) => ({
    form: 'box',
    title: dialog.title,
    lines: [
      ...dialog.lines,
      [],
      [{ text: `Press ${dialog.key} to ${dialog.label}, Esc to leave it.`, role: 'strong' }],
    ],
    hint: '',
    width: Math.min(width, 90),
  }),
};

/** The question for a node's password or key passphrase. */
export function openSecret({ id, prompt, echo }: SecretWanted, nowMs: number): SecretDialog {
  return { kind: 'secret', id, prompt, echo, line: lineOf(''), openedAtMs: nowMs };
}

/** Takes a secret without showing it. A paste goes in, because people keep passwords in managers; it never presses Enter. */
export const secretPrompt: DialogKind<SecretDialog> = {
  press: (dialog, event, ui, scene) => {
    const answer = (text: string | undefined): ReturnType<typeof close> =>
      close(ui, [{ kind: 'request', request: { kind: 'secret', id: dialog.id, text } }]);
    if (event.kind === 'paste')
      return stay(ui, { ...dialog, line: insert(dialog.line, event.text.replace(/\r?\n.*/s, '')) });
    // What was typed for something else must not end up in a password.
    if (event.kind !== 'key' || scene.nowMs - dialog.openedAtMs < DEAF_MS) return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return answer(undefined);
    if (event.key === 'enter') return answer(dialog.line.text);
    const line = edit(dialog.line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
    return line === undefined ? only(ui) : stay(ui, { ...dialog, line });
  },
  look: (dialog, _ui, _scene, { width }) => ({
    form: 'box',
    title: 'Needed to log in',
    lines: [[{ text: dialog.prompt }], [], promptLine('> ', dialog.line, Math.min(width, 70) - 4, !dialog.echo)],
    hint: 'Enter answers · Esc goes on without',
    width: Math.min(width, 70),
  }),
};

/** The prompt for a file name, with a name nobody has yet. */
export function openSave(scene: Scene): SaveDialog {
  const time = new Date(scene.nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return { kind: 'save', line: lineOf(`${scene.saveFolder}/muster-${scene.view.name}-${time}.tsv`) };
}

/** Saves the rows shown, or the marked ones, as tab-separated text. */
export const savePrompt: DialogKind<SaveDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind === 'paste') return stay(ui, { ...dialog, line: insert(dialog.line, event.text) });
    if (event.kind !== 'key') return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return close(ui);
    if (event.key === 'enter') {
      const path = dialog.line.text.trim();
      if (path === '') return only(say(ui, 'a file name is needed', 'warning'));
      const rows = rowsToSave(ui, scene);
      return close(ui, [
        { kind: 'save', path, text: tableText(rows, scene.visible.columns, scene), rows: rows.length },
      ]);
    }
    const line = edit(dialog.line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
    return line === undefined ? only(ui) : stay(ui, { ...dialog, line });
  },
  look: (dialog, ui, scene, { width }) => ({
    form: 'prompt',
    title: 'Save',
    lines: [
      promptLine('save to ', dialog.line, width),
      [{ text: `${rowsToSave(ui, scene).length} rows as tab-separated text · Enter saves · Esc leaves`, role: 'dim' }],
    ],
    hint: '',
    width,
  }),
};

function rowsToSave(ui: UiState, scene: Scene): Scene['visible']['rows'] {
  const marked = markedIds(ui, scene);
  const kept = scene.visible.rows.filter(({ id }) => marked.has(id));
  return placeOf(ui).marks.size > 0 && kept.length > 0 ? kept : scene.visible.rows;
}
