import type { Scene } from '../scene.ts';
import { wrap } from '../terminal/surface.ts';
import { only, type UiState } from '../ui-state.ts';
import type { Line } from '../view.ts';
import { close, type Dialog, type DialogKind, moved, stay } from './dialog.ts';

type Messages = Extract<Dialog, { kind: 'messages' }>;

/** The messages as they open. */
export const openMessages: Messages = { kind: 'messages', top: 0 };

/** Everything the status line has said, newest first and nothing cut. */
export const messagesScreen: DialogKind<Messages> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key') return only(ui);
    if (['esc', 'q', 'N', 'ctrl-c'].includes(event.key)) return close(ui);
    const key = { j: 'down', k: 'up', space: 'pagedown' }[event.key] ?? event.key;
    const top = moved(dialog.top, key, Math.max(1, linesOf(ui, scene).length), Math.max(1, scene.height - 8));
    return top === undefined ? only(ui) : stay(ui, { ...dialog, top });
  },
  look: (dialog, ui, scene, space) => {
    const lines = linesOf(ui, scene);
    const height = space.height - 3;
    const top = Math.max(0, Math.min(dialog.top, lines.length - height));
    return {
      form: 'box',
      title: 'Messages, newest first',
      lines: lines.slice(top, top + height),
      hint: `↑ ↓ scroll · Esc leaves · ${Math.min(lines.length, top + height)} of ${lines.length}`,
      width: space.width,
    };
  },
};

/** The box has a border and a blank on both sides, and stands two columns off the edges. */
const BESIDE = 6;

function linesOf({ said }: UiState, { width }: Scene): readonly Line[] {
  return said.flatMap(({ text, role }) =>
    wrap([{ text, role }], width - BESIDE - 2).map(
      (line, index): Line => [{ text: index === 0 ? '• ' : '  ', role: 'dim' }, ...line],
    ),
  );
}
