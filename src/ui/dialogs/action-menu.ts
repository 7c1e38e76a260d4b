import fuzzysort from 'fuzzysort';
import { type ActionForm, actionsFor } from '../action-form.ts';
import { edit, lineOf } from '../line-edit.ts';
import { type Scene, targetNodes } from '../scene.ts';
import { only, say, type UiState } from '../ui-state.ts';
import type { Line } from '../view.ts';
import { close, type Dialog, type DialogKind, moved, promptLine, stay, windowOf } from './dialog.ts';
import { openForm } from './form.ts';

type ActionMenu = Extract<Dialog, { kind: 'actions' }>;

/** The menu as it opens. */
export const openActionMenu: ActionMenu = { kind: 'actions', line: lineOf(''), cursor: 0 };

/** Chooses what to do with the row or the marks; what it would do is shown before anything is done. */
export const actionMenu: DialogKind<ActionMenu> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key') return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return close(ui);
    const offers = found(dialog, ui, scene);
    if (event.key === 'enter') {
      const chosen = offers[dialog.cursor];
      return chosen === undefined
        ? only(say(ui, 'there is no such action', 'warning'))
        : stay(ui, openForm(chosen, ui, scene));
    }
    const cursor = moved(dialog.cursor, event.key, offers.length);
    if (cursor !== undefined) return stay(ui, { ...dialog, cursor });
    const line = edit(dialog.line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
    return line === undefined ? only(ui) : stay(ui, { ...dialog, line, cursor: 0 });
  },
  look: (dialog, ui, scene, { width, height }) => {
    const own = Math.min(width, 90);
    const lines = found(dialog, ui, scene).map((action, index): Line => offerLine(action, index === dialog.cursor));
    const nothing: Line = [{ text: '  no action of that name', role: 'dim' }];
    return {
      form: 'box',
      title: titleOf(ui, scene),
      lines: [
        promptLine('> ', dialog.line, own - 4),
        ...windowOf(lines.length > 0 ? lines : [nothing], dialog.cursor, Math.min(height - 4, 18)),
      ],
      hint: 'Enter opens the form · nothing runs before you confirm · Esc leaves',
      width: own,
    };
  },
};

function titleOf(ui: UiState, scene: Scene): string {
  const nodes = targetNodes(ui, scene);
  return nodes.length === 0 ? 'Do' : `Do on ${nodes.length === 1 ? nodes[0] : `${nodes.length} nodes`}`;
}

function offerLine({ name, summary }: ActionForm, isHere: boolean): Line {
  return [
    { text: isHere ? '> ' : '  ', role: 'accent' },
    { text: name.padEnd(18), role: isHere ? 'strong' : 'plain' },
    { text: ` ${summary}`, role: 'dim' },
  ];
}

function found({ line }: ActionMenu, ui: UiState, scene: Scene): readonly ActionForm[] {
  const offers = actionsFor(ui, scene);
  const query = line.text.trim();
  if (query === '') return offers;
  return fuzzysort.go(query, [...offers], { keys: ['name', 'title', 'summary'], threshold: 0.2 }).map(({ obj }) => obj);
}
