import fuzzysort from 'fuzzysort';
import { foldNodes, parseNodeSet } from '../../model/node-set.ts';
import type { ActionForm } from '../action-form.ts';
import { type Command, GLOBAL_KEYS, keyLabel } from '../keys.ts';
import { edit, insert, lineOf } from '../line-edit.ts';
import type { Scene } from '../scene.ts';
import { goTo, type Outcome, only, placeIn, say, type UiState } from '../ui-state.ts';
import type { Line } from '../view.ts';
import { close, type Dialog, type DialogKind, moved, promptLine, stay, windowOf } from './dialog.ts';
import { openForm } from './form.ts';

/** One thing the palette can do. */
interface Offer {
  readonly word: string;
  readonly help: string;
  /** Another word for what stands in the list already. */
  readonly isAlias?: true;
  readonly does:
    | { readonly kind: 'view'; readonly view: string; readonly filter: string }
    | { readonly kind: 'command'; readonly command: Command }
    | { readonly kind: 'action'; readonly action: ActionForm };
}

type Palette = Extract<Dialog, { kind: 'palette' }>;

/** The palette as it opens. */
export const openPalette: Palette = { kind: 'palette', line: lineOf(''), cursor: 0 };

/** Goes to views, nodes and node sets and runs commands, found by a few letters. `run` performs a command of the shell. */
export function paletteOf(run: (command: Command, ui: UiState, scene: Scene) => Outcome): DialogKind<Palette> {
  return {
    press: (dialog, event, ui, scene) => {
      if (event.kind === 'paste') return stay(ui, { ...dialog, line: insert(dialog.line, event.text), cursor: 0 });
      if (event.kind !== 'key') return only(ui);
      if (event.key === 'esc' || event.key === 'ctrl-c') return close(ui);
      const offers = offersFor(dialog.line.text, scene);
      if (event.key === 'enter')
        return choose(offers[dialog.cursor], dialog.line.text, { ...ui, dialog: undefined }, scene, run);
      const cursor = moved(dialog.cursor, event.key, offers.length);
      if (cursor !== undefined) return stay(ui, { ...dialog, cursor });
      const line = edit(dialog.line, event.key, event.text ?? (event.key === 'space' ? ' ' : undefined));
      return line === undefined ? only(ui) : stay(ui, { ...dialog, line, cursor: 0 });
    },
    look: (dialog, _ui, scene, { width, height }) => {
      const offers = offersFor(dialog.line.text, scene);
      const own = Math.min(width, 76);
      const lines = offers.map((offer, index): Line => offerLine(offer, index === dialog.cursor));
      const nothing: Line = [{ text: '  nothing of that name', role: 'dim' }];
      return {
        form: 'box',
        title: 'Go to',
        lines: [
          promptLine(':', dialog.line, own - 4),
          ...windowOf(lines.length > 0 ? lines : [nothing], dialog.cursor, Math.min(height - 4, 16)),
        ],
        hint: 'views, nodes, gpu[01-04], @group, commands · Enter goes · Esc leaves',
        width: own,
      };
    },
  };
}

function offerLine({ word, help }: Offer, isHere: boolean): Line {
  return [
    { text: isHere ? '> ' : '  ', role: 'accent' },
    { text: word.padEnd(24), role: isHere ? 'strong' : 'plain' },
    { text: `  ${help}`, role: 'dim' },
  ];
}

function choose(
  offer: Offer | undefined,
  text: string,
  ui: UiState,
  scene: Scene,
  run: (command: Command, ui: UiState, scene: Scene) => Outcome,
): Outcome {
  if (offer === undefined)
    return only(
      say(
        ui,
        text.trim() === '' ? 'nothing chosen' : `there is no view, node or command like "${text.trim()}"`,
        'warning',
      ),
    );
  if (offer.does.kind === 'action') return stay(ui, openForm(offer.does.action, ui, scene));
  if (offer.does.kind === 'command') return run(offer.does.command, ui, scene);
  return only(goTo(ui, placeIn(offer.does.view, offer.does.filter), 'anew'));
}

const LIMIT = 40;

function offersFor(text: string, scene: Scene): readonly Offer[] {
  const query = text.trim();
  const [first = '', ...rest] = query.split(/\s+/);
  const named = scene.views.find((view) => view.name === first || (view.aliases ?? []).includes(first));
  const withFilter: readonly Offer[] =
    named === undefined || rest.length === 0
      ? []
      : [
          {
            word: query,
            help: `${named.title} with this filter`,
            does: { kind: 'view', view: named.name, filter: query.slice(first.length).trim() },
          },
        ];
  const all = [...viewOffers(scene), ...commandOffers(scene), ...actionOffers(scene), ...nodeOffers(scene)];
  if (query === '') return all.filter(({ isAlias }) => isAlias !== true).slice(0, LIMIT);
  const exact = all.filter(({ word }) => word === query);
  const found = fuzzysort
    .go(query, all, { keys: ['word', 'help'], limit: LIMIT, threshold: 0.2 })
    .map((result) => result.obj);
  return [
    ...withFilter,
    ...exact,
    ...nodeSetOffers(query, scene),
    ...found.filter((offer) => !exact.includes(offer)),
  ].slice(0, LIMIT);
}

function viewOffers(scene: Scene): readonly Offer[] {
  return scene.views
    .filter(({ isDetail }) => isDetail !== true)
    .flatMap((view) =>
      [view.name, ...(view.aliases ?? [])].map(
        (word): Offer => ({
          word,
          help: view.title,
          ...(word === view.name ? {} : { isAlias: true }),
          does: { kind: 'view', view: view.name, filter: '' },
        }),
      ),
    );
}

function commandOffers({ keymap, faults }: Scene): readonly Offer[] {
  return GLOBAL_KEYS.filter(
    ({ group, command }) => group !== 'move' && (command !== 'inject-fault' || faults !== undefined),
  ).map(
    ({ command, title }): Offer => ({
      word: command,
      help: `${title} (${keymap.keysOf(command).map(keyLabel).join(' ')})`,
      does: { kind: 'command', command },
    }),
  );
}

function actionOffers({ actions }: Scene): readonly Offer[] {
  return actions.map(
    (action): Offer => ({ word: action.name, help: action.summary, does: { kind: 'action', action } }),
  );
}

function nodeOffers({ state, views }: Scene): readonly Offer[] {
  if (!views.some(({ name }) => name === 'nodes')) return [];
  return state.inventory.nodes.map(
    ({ name, groups }): Offer => ({
      word: name,
      help: `node${groups.length > 0 ? ` of ${groups.join(', ')}` : ''}`,
      does: { kind: 'view', view: 'nodes', filter: `node=${name}` },
    }),
  );
}

function nodeSetOffers(query: string, { state, views }: Scene): readonly Offer[] {
  if (!/[[@*?,&!]/.test(query) || !views.some(({ name }) => name === 'nodes')) return [];
  const set = parseNodeSet(query, state.inventory);
  if (set.kind === 'error' || set.nodes.length === 0) return [];
  const filter = `node~/^(${set.nodes.map((node) => node.replaceAll('.', '\\.')).join('|')})$/`;
  return [
    {
      word: query,
      help: `${set.nodes.length} nodes: ${foldNodes(set.nodes)}`,
      does: { kind: 'view', view: 'nodes', filter },
    },
  ];
}
