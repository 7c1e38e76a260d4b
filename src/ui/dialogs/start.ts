import { type GivenLimits, readLimits } from '../../model/rollout-limits.ts';
import { edit, type LineEdit, lineOf } from '../line-edit.ts';
import { only, type UiState } from '../ui-state.ts';
import type { Line } from '../view.ts';
import { close, DEAF_MS, type Dialog, type DialogKind, promptLine, stay } from './dialog.ts';

type PhraseDialog = Extract<Dialog, { kind: 'phrase' }>;
type WavesDialog = Extract<Dialog, { kind: 'waves' }>;

/** Wants a phrase that cannot be typed without having read the plan. A paste does nothing, Enter alone does nothing. */
export const phraseQuestion: DialogKind<PhraseDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key' || scene.nowMs - dialog.openedAtMs < DEAF_MS) return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return close(ui);
    if (event.key === 'enter') {
      if (dialog.line.text.trim() !== dialog.phrase)
        return stay(ui, { ...dialog, isWrong: dialog.line.text.trim() !== '' });
      return close(ui, [{ kind: 'rollout', ask: { ...dialog.ask, typed: dialog.phrase } }]);
    }
    const line = edit(dialog.line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
    return line === undefined ? only(ui) : stay(ui, { ...dialog, line, isWrong: false });
  },
  look: (dialog, _ui, _scene, { width }) => {
    const own = Math.min(width, 90);
    return {
      form: 'box',
      title: dialog.title,
      lines: [
        ...dialog.lines,
        [],
        [{ text: 'To go on, type  ' }, { text: dialog.phrase, role: 'strong' }, { text: '  and Enter.' }],
        promptLine('> ', dialog.line, own - 4),
        ...(dialog.isWrong ? [[{ text: 'that is not the phrase', role: 'warning' as const }]] : []),
      ],
      hint: 'Esc leaves it, nothing is changed',
      width: own,
    };
  },
};

const WAVES: readonly { readonly name: keyof GivenLimits; readonly title: string; readonly help: string }[] = [
  { name: 'canary', title: 'Canary', help: 'nodes that go first and must succeed: a number or a percentage' },
  { name: 'maxUnavailable', title: 'At once', help: 'nodes that may be out at a time: a number or a percentage' },
  { name: 'maxFailures', title: 'May fail', help: 'with more failed nodes than this it pauses' },
];

/** The form for the waves of a rollout, with what is in force. */
export function openWaves(ask: WavesDialog['ask'], nodes: number, given: GivenLimits, openedAtMs: number): WavesDialog {
  const lines = Object.fromEntries(WAVES.map(({ name }) => [name, lineOf(given[name] ?? '')]));
  return { kind: 'waves', ask, nodes, lines, cursor: 0, problem: undefined, openedAtMs };
}

/** How many nodes go first, at once, and may fail; before the start and while it runs. */
export const wavesForm: DialogKind<WavesDialog> = {
  press: (dialog, event, ui, scene) => {
    if (event.kind !== 'key') return only(ui);
    // Of a rollout that runs they let more nodes begin at once.
    const isSerious = dialog.ask.rollout.startedAtMs !== undefined;
    if (isSerious && scene.nowMs - dialog.openedAtMs < DEAF_MS) return only(ui);
    if (event.key === 'esc' || event.key === 'ctrl-c') return close(ui);
    if (event.key === 'enter') return setWaves(dialog, ui);
    const step = { up: -1, down: 1, tab: 1, 'shift-tab': -1 }[event.key];
    if (step !== undefined)
      return stay(ui, { ...dialog, cursor: (dialog.cursor + step + WAVES.length) % WAVES.length });
    const name = WAVES[dialog.cursor]?.name ?? 'canary';
    const line = edit(dialog.lines[name] ?? lineOf(''), event.key, event.text);
    return line === undefined
      ? only(ui)
      : stay(ui, { ...dialog, lines: { ...dialog.lines, [name]: line }, problem: undefined });
  },
  look: (dialog, _ui, _scene, { width }) => ({
    form: 'box',
    title: `Waves over ${dialog.nodes} ${dialog.nodes === 1 ? 'node' : 'nodes'}`,
    lines: [
      ...WAVES.map(({ name, title }, index): Line => {
        const label = `${index === dialog.cursor ? '> ' : '  '}${title.padEnd(12)}`;
        const line: LineEdit = dialog.lines[name] ?? lineOf('');
        return index === dialog.cursor
          ? promptLine(label, line, Math.min(width, 80) - 4)
          : [{ text: label, role: 'dim' }, { text: line.text }];
      }),
      [],
      [{ text: WAVES[dialog.cursor]?.help ?? '', role: 'dim' }],
      ...(dialog.problem === undefined ? [] : [[{ text: dialog.problem, role: 'warning' as const }]]),
    ],
    hint: 'Enter sets them · Esc leaves',
    width: Math.min(width, 80),
  }),
};

function setWaves(dialog: WavesDialog, ui: UiState): ReturnType<typeof close> {
  const given: GivenLimits = Object.fromEntries(WAVES.map(({ name }) => [name, dialog.lines[name]?.text || undefined]));
  const read = readLimits(given, dialog.nodes);
  if (read.kind === 'problem') {
    const cursor = WAVES.findIndex(({ name }) => name === read.field);
    return stay(ui, { ...dialog, cursor, problem: read.because });
  }
  const { rollout } = dialog.ask;
  return close({ ...ui, waves: { ...ui.waves, [rollout.id]: given } }, [
    ...(rollout.startedAtMs === undefined
      ? []
      : [{ kind: 'rollout' as const, ask: { ...dialog.ask, limits: read.limits } }]),
  ]);
}
