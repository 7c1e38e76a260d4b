import { widthOf } from './chrome.ts';
import { type Keymap, keyLabel } from './keys.ts';
import type { Scene } from './scene.ts';
import { wrap } from './terminal/surface.ts';
import { say, type UiState } from './ui-state.ts';
import type { Line, Span } from './view.ts';

/** A notice stands over the view's last rows for as long as no key is pressed, so it may not take many of them. */
const MOST_LINES = 3;

/** What was said last, otherwise what waits for the operator; a long sentence on several lines, the first line at the top. */
export function statusLines(ui: UiState, scene: Scene): readonly Line[] {
  const said = ui.status === undefined ? waiting(scene) : [ui.status];
  const lines = wrap(said, scene.width);
  if (lines.length <= MOST_LINES) return lines;
  const [key] = scene.keymap.keysOf('messages');
  const more: Line = [{ text: `… ${key === undefined ? 'messages' : keyLabel(key)} shows it all`, role: 'accent' }];
  return [
    ...lines.slice(0, MOST_LINES - 1),
    [...upTo(lines[MOST_LINES - 1] ?? [], scene.width - widthOf(more)), ...more],
  ];
}

/** Shows the first notice and keeps all of them. */
export function withNotices(ui: UiState, notices: readonly string[], keymap: Keymap): UiState {
  const told = notices.toReversed().reduce((before, notice) => say(before, notice, 'notice'), ui);
  if (told.status === undefined || notices.length <= 1) return told;
  const key = keymap.keysOf('messages').slice(0, 1).map(keyLabel);
  const text = `${told.status.text} (and ${notices.length - 1} more${key.length === 0 ? '' : `: ${key} shows them`})`;
  return { ...told, status: { ...told.status, text } };
}

/** The words of a line that fit. */
function upTo(line: Line, width: number): Line {
  const kept: Span[] = [];
  for (const span of line) {
    if (widthOf([...kept, span]) > width) break;
    kept.push(span);
  }
  return kept;
}

function waiting(scene: Scene): Line {
  const { problem } = scene.visible;
  if (problem !== undefined)
    return [{ text: `the filter cannot be read at column ${problem.column}: ${problem.message}`, role: 'warning' }];
  const reviews = scene.state.reviews.length;
  if (reviews === 0) return [];
  const keys = scene.keymap.keysOf('review-host-keys').map(keyLabel).join(' ');
  const changed = scene.state.reviews.filter(({ knownFingerprint }) => knownFingerprint !== undefined).length;
  if (changed === reviews) {
    const what = changed === 1 ? '1 host key has' : `${changed} host keys have`;
    return [{ text: `${what} changed: ${keys} shows ${changed === 1 ? 'it' : 'them'}`, role: 'warning' }];
  }
  return [
    {
      text: `${reviews} host ${reviews === 1 ? 'key waits' : 'keys wait'} for you: ${keys} reviews ${reviews === 1 ? 'it' : 'them'}`,
      role: 'notice',
    },
  ];
}
