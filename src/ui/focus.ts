import type { FleetRequest } from '../model/fleet-request.ts';
import { topOf } from './cursor.ts';
import type { Scene } from './scene.ts';
import type { ScreenClock } from './terminal/compositor.ts';
import { placeOf, type UiState } from './ui-state.ts';

/** Nodes in front of the operator are asked at least this often. */
const FOCUS_EVERY_MS = 2_000;

/** More nodes than this are no longer in front of anybody, and asking them all faster would cost every one of them. */
const FOCUS_LIMIT = 100;

/** Scrolling through a long list must not send a request per row. */
const FOCUS_PAUSE_MS = 500;

/** The view of the one log of a pod that is followed. */
const POD_LOG_VIEW = 'pod-log';

/** Has the nodes in front of the operator asked more often. */
export interface Focus {
  /** What is shown now; asked for once it has rested. */
  readonly look: (ui: UiState, scene: Scene) => void;
  readonly close: () => void;
}

/** A focus on nothing yet. */
export function createFocus(clock: ScreenClock, request: (request: FleetRequest) => void): Focus {
  let focused = '';
  let shownView = '';
  let cancel: (() => void) | undefined;
  return {
    look: (ui, { view, visible, page, picture }) => {
      const top = picture === undefined ? topOf(placeOf(ui).looking, visible.ids, page) : 0;
      const rows = picture === undefined ? visible.rows.slice(top, top + page) : visible.rows;
      const shown = [...new Set(rows.flatMap((row) => view.nodes(row)))];
      const nodes = shown.length > FOCUS_LIMIT ? [] : shown;
      const key = `${view.name} ${nodes.join(' ')}`;
      if (key === focused) return;
      focused = key;
      cancel?.();
      cancel = clock.after(FOCUS_PAUSE_MS, () => {
        cancel = undefined;
        // Nobody looks at it any more.
        if (shownView === POD_LOG_VIEW && view.name !== POD_LOG_VIEW) request({ kind: 'pod-log' });
        shownView = view.name;
        request({ kind: 'focus', nodes, probes: view.probes, everyMs: FOCUS_EVERY_MS });
      });
    },
    close: () => cancel?.(),
  };
}
