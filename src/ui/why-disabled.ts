import { actionsFor } from './action-form.ts';
import type { Command } from './keys.ts';
import { rowUnderCursor, type Scene, targetNodes, targets } from './scene.ts';
import { placeOf, trailOf, type UiState } from './ui-state.ts';

/** Why a command of the shell means nothing just now; undefined when it does. Shown in help and when the key is pressed. */
export function whyDisabled(command: Command, ui: UiState, scene: Scene): string | undefined {
  switch (command) {
    case 'shell':
      return whyNoShell(ui, scene);
    case 'act':
      return scene.actions.length === 0
        ? 'nothing may be changed here (read-only)'
        : actionsFor(ui, scene).length === 0
          ? whyNoAction(ui, scene)
          : undefined;
    case 'rollouts':
      return scene.views.some(({ name }) => name === 'rollouts') ? undefined : 'there is no such view';
    case 'refresh':
    case 'reconnect':
    case 'copy-nodes':
      return whyNoNodes(ui, scene);
    case 'copy-row':
    case 'copy-cell':
    case 'mark':
    case 'mark-range':
    case 'mark-all':
      return targets(ui, scene).length === 0 && rowUnderCursor(ui, scene) === undefined ? 'there is no row' : undefined;
    case 'unmark-all':
      return placeOf(ui).marks.size === 0 && placeOf(ui).anchor === undefined ? 'nothing is marked' : undefined;
    case 'left':
    case 'right':
      return scene.view.kind === 'list' ? 'a list has nothing left or right' : undefined;
    case 'sort':
    case 'reverse-sort':
      return scene.view.kind === 'canvas' ? 'a picture has a fixed order' : undefined;
    case 'columns':
      return scene.view.columns.length === 0 || scene.view.kind === 'canvas' ? 'a picture has no columns' : undefined;
    case 'describe-up':
    case 'describe-down':
      return ui.isDescribing ? undefined : 'the describe pane is closed; d opens it';
    case 'review-host-keys':
      return scene.state.reviews.length === 0 ? 'no host key waits for you' : undefined;
    case 'messages':
      return ui.said.length === 0 ? 'nothing was said yet' : undefined;
    case 'save-table':
      return scene.visible.rows.length === 0 ? 'there is no row to save' : undefined;
    case 'backward':
      return ui.at === 0 ? 'this is where you started' : undefined;
    case 'forward':
      return ui.at >= ui.history.length - 1 ? 'this is the newest place' : undefined;
    case 'inject-fault':
      return scene.faults === undefined ? 'only the demo can break things' : undefined;
    case 'back':
      return trailOf(ui).length > 1 ||
        placeOf(ui).filter !== placeOf(ui).openedWith ||
        placeOf(ui).anchor !== undefined ||
        placeOf(ui).faultsOnly ||
        ui.isDescribing
        ? undefined
        : 'nothing to leave; q quits';
    default:
      return undefined;
  }
}

function whyNoAction(ui: UiState, scene: Scene): string {
  const isAboutNodes = targets(ui, scene).length === 0 || targetNodes(ui, scene).length > 0;
  return isAboutNodes ? `no action starts from ${scene.view.title}` : 'the row is about no node of the inventory';
}

function whyNoNodes(ui: UiState, scene: Scene): string | undefined {
  if (targetNodes(ui, scene).length > 0) return undefined;
  return placeOf(ui).marks.size > 0 && targets(ui, scene).length === 0
    ? 'every marked row is hidden by the filter'
    : 'the row is about no node of the inventory';
}

function whyNoShell(ui: UiState, scene: Scene): string | undefined {
  const row = rowUnderCursor(ui, scene);
  const nodes = row === undefined ? [] : scene.view.nodes(row);
  const [node] = nodes;
  if (node === undefined) return 'the row is about no node of the inventory';
  if (nodes.length > 1) return `the row is about ${nodes.length} nodes; choose one in the nodes view`;
  const link = scene.state.links.get(node);
  if (link?.kind === 'none') return `${node} has no shell: ${link.because}`;
  return undefined;
}
