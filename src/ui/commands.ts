import { foldNodes } from '../model/node-set.ts';
import { cursorIndex, lookAt, nearest, pageBy, rangeOf, settle } from './cursor.ts';
import { openActionMenu } from './dialogs/action-menu.ts';
import { openFilter } from './dialogs/filter-prompt.ts';
import { openHelp } from './dialogs/help.ts';
import { openHostKeys } from './dialogs/host-keys.ts';
import { openMessages } from './dialogs/messages.ts';
import { openPalette } from './dialogs/palette.ts';
import { openSave } from './dialogs/questions.ts';
import type { Command } from './keys.ts';
import { markedIds, rowUnderCursor, type Scene, targetNodes, targets } from './scene.ts';
import { cellText, tableText } from './table-text.ts';
import { THEMES } from './theme.ts';
import {
  type Effect,
  goInTime,
  goTo,
  goUp,
  type Outcome,
  only,
  placeIn,
  placeOf,
  say,
  type UiState,
  withPlace,
  withPreferences,
} from './ui-state.ts';
import { whyDisabled } from './why-disabled.ts';

/** Lines the describe pane scrolls at once. */
const DESCRIBE_STEP = 5;

/** Performs a command of the shell; where it means nothing just now, the status line says why. */
export function perform(command: Command, ui: UiState, scene: Scene): Outcome {
  const because = whyDisabled(command, ui, scene);
  if (because !== undefined) return only(say(ui, `${command}: ${because}`, 'warning'));
  return (
    move(command, ui, scene) ??
    mark(command, ui, scene) ??
    show(command, ui, scene) ??
    go(command, ui, scene) ??
    copy(command, ui, scene) ??
    act(command, ui, scene)
  );
}

function move(command: Command, ui: UiState, scene: Scene): Outcome | undefined {
  const { looking } = placeOf(ui);
  const { ids } = scene.visible;
  const index = cursorIndex(looking, ids);
  const to = (target: number): Outcome =>
    only(withPlace({ ...ui, describeTop: 0 }, { looking: lookAt(looking, ids, target, scene.page) }));
  const toPage = (pages: number): Outcome =>
    only(withPlace({ ...ui, describeTop: 0 }, { looking: pageBy(looking, ids, pages, scene.page) }));
  switch (command) {
    case 'up':
    case 'down':
    case 'left':
    case 'right': {
      if (scene.picture === undefined) return to(index + (command === 'up' ? -1 : 1));
      const id = nearest(scene.picture.places, ids[index], command);
      return id === undefined ? only(ui) : to(ids.indexOf(id));
    }
    case 'page-up':
      return toPage(-1);
    case 'page-down':
      return toPage(1);
    case 'top':
      return to(0);
    case 'bottom':
      return to(ids.length - 1);
    default:
      return undefined;
  }
}

function mark(command: Command, ui: UiState, scene: Scene): Outcome | undefined {
  const { marks, anchor, looking } = placeOf(ui);
  const { ids } = scene.visible;
  const index = cursorIndex(looking, ids);
  const here = ids[index];
  switch (command) {
    case 'mark': {
      if (here === undefined) return only(ui);
      if (anchor !== undefined) return only(withoutAnchor(withPlace(ui, { marks: markedIds(ui, scene) })));
      const next = new Set(marks);
      if (!next.delete(here)) next.add(here);
      return only(withPlace(ui, { marks: next, looking: lookAt(looking, ids, index + 1, scene.page) }));
    }
    case 'mark-range': {
      if (here === undefined) return only(ui);
      if (anchor === undefined)
        return only(
          say(withPlace(ui, { anchor: here }), 'range: move, then v or Space marks it, Esc drops it', 'notice'),
        );
      return only(withoutAnchor(withPlace(ui, { marks: new Set([...marks, ...rangeOf(ids, anchor, here)]) })));
    }
    case 'mark-all':
      return only(withPlace(ui, { marks: new Set([...marks, ...ids]) }));
    case 'unmark-all':
      return only(withoutAnchor(withPlace(ui, { marks: new Set() })));
    default:
      return undefined;
  }
}

/** The present place with no range being drawn. */
function withoutAnchor(ui: UiState): UiState {
  const { anchor, ...place } = placeOf(ui);
  return {
    ...ui,
    history: ui.history.map((trail, index) => (index === ui.at ? [...trail.slice(0, -1), place] : trail)),
  };
}

function show(command: Command, ui: UiState, scene: Scene): Outcome | undefined {
  const { view } = scene;
  const place = placeOf(ui);
  switch (command) {
    case 'palette':
      return only({ ...ui, dialog: openPalette });
    case 'filter':
      return only({ ...ui, dialog: openFilter(ui) });
    case 'help':
      return only({ ...ui, dialog: openHelp });
    case 'sort': {
      const at = view.columns
        .filter(({ value }) => value !== undefined)
        .findIndex(({ header }) => header === scene.visible.sort.header);
      return only({ ...ui, dialog: { kind: 'sort', cursor: Math.max(0, at) } });
    }
    case 'reverse-sort': {
      const { header, descending } = scene.visible.sort;
      return {
        ui: withPreferences(ui, view.name, { sort: { header, descending: !descending } }),
        effects: [{ kind: 'remember' }],
      };
    }
    case 'columns':
      return only({ ...ui, dialog: { kind: 'columns', cursor: 0 } });
    case 'faults-only':
      return only(
        say(
          withPlace(ui, { faultsOnly: !place.faultsOnly }),
          place.faultsOnly ? 'everything is shown' : 'only what is at fault is shown',
          'notice',
        ),
      );
    case 'describe':
      return only({ ...ui, isDescribing: !ui.isDescribing, describeTop: 0 });
    case 'describe-up':
      return only({ ...ui, describeTop: Math.max(0, ui.describeTop - DESCRIBE_STEP) });
    case 'describe-down':
      return only({ ...ui, describeTop: ui.describeTop + DESCRIBE_STEP });
    case 'messages':
      return only({ ...ui, dialog: openMessages });
    case 'review-host-keys':
      return only({ ...ui, dialog: openHostKeys(scene.nowMs) });
    case 'act':
      return only({ ...ui, dialog: openActionMenu });
    case 'save-table':
      return only({ ...ui, dialog: openSave(scene) });
    case 'inject-fault':
      return only({ ...ui, dialog: { kind: 'inject', cursor: 0 } });
    default:
      return undefined;
  }
}

function go(command: Command, ui: UiState, scene: Scene): Outcome | undefined {
  const place = placeOf(ui);
  const views = scene.views.filter(({ isDetail }) => isDetail !== true);
  const at = views.findIndex(({ name }) => name === scene.view.name);
  const neighbour = (step: 1 | -1): Outcome => {
    const next = views[(Math.max(0, at) + step + views.length) % views.length];
    return only(next === undefined ? ui : goTo(ui, placeIn(next.name), 'anew'));
  };
  switch (command) {
    case 'back':
      if (place.anchor !== undefined) return only(withoutAnchor(ui));
      if (place.filter !== place.openedWith)
        return only(withPlace(ui, { filter: place.openedWith, looking: settle(place.looking, scene.visible.ids) }));
      // The pane before the view: whoever reads a plan's steps in it would else leave the plan.
      if (ui.isDescribing) return only({ ...ui, isDescribing: false });
      return only(goUp(ui) ?? withPlace(ui, { faultsOnly: false }));
    case 'backward':
      return only(goInTime(ui, -1) ?? ui);
    case 'forward':
      return only(goInTime(ui, 1) ?? ui);
    case 'rollouts':
      return only(goTo(ui, placeIn('rollouts'), 'anew'));
    case 'next-view':
      return neighbour(1);
    case 'previous-view':
      return neighbour(-1);
    default:
      return undefined;
  }
}

function act(command: Command, ui: UiState, scene: Scene): Outcome {
  const nodes = targetNodes(ui, scene);
  const doing = (effect: Effect, text: string): Outcome => ({ ui: say(ui, text, 'notice'), effects: [effect] });
  switch (command) {
    case 'refresh':
      return doing(
        { kind: 'request', request: { kind: 'refresh', nodes, probes: scene.view.probes } },
        `asking ${foldNodes(nodes)} again`,
      );
    case 'reconnect':
      return doing(
        { kind: 'request', request: { kind: 'reconnect', nodes } },
        `connecting to ${foldNodes(nodes)} again`,
      );
    case 'shell': {
      const row = rowUnderCursor(ui, scene);
      const node = row === undefined ? undefined : scene.view.nodes(row)[0];
      return node === undefined ? only(ui) : { ui, effects: [{ kind: 'shell', node }] };
    }
    case 'theme': {
      const next = THEMES[(THEMES.findIndex(({ name }) => name === ui.theme) + 1) % THEMES.length];
      return next === undefined
        ? only(ui)
        : {
            ui: say({ ...ui, theme: next.name }, `theme: ${next.name}, ${next.help}`, 'notice'),
            effects: [{ kind: 'remember' }],
          };
    }
    case 'repaint':
    case 'suspend':
    case 'quit':
      return { ui, effects: [{ kind: command }] };
    default:
      return only(say(ui, `${command} does nothing here`));
  }
}

function copy(command: Command, ui: UiState, scene: Scene): Outcome | undefined {
  const copying = (text: string, what: string): Outcome => ({ ui, effects: [{ kind: 'copy', text, what }] });
  switch (command) {
    case 'copy-nodes': {
      const folded = foldNodes(targetNodes(ui, scene));
      return copying(folded, folded);
    }
    case 'copy-place': {
      const { view, filter } = placeOf(ui);
      const open = filter === '' ? view : `${view}?f=${encodeURIComponent(filter).replaceAll("'", '%27')}`;
      return copying(`muster --open '${open}'`, `muster --open '${open}'`);
    }
    case 'copy-row': {
      const rows = targets(ui, scene);
      const text = tableText(rows, scene.visible.columns, scene).split('\n').slice(1, -1).join('\n');
      return copying(text, rows.length === 1 ? 'the row' : `${rows.length} rows`);
    }
    case 'copy-cell': {
      const row = rowUnderCursor(ui, scene);
      const { columns, sort } = scene.visible;
      const column = columns.find(({ header }) => header === sort.header) ?? columns[0];
      if (row === undefined || column === undefined) return only(ui);
      return copying(cellText(row, column, scene), `${column.header} of the row`);
    }
    default:
      return undefined;
  }
}
