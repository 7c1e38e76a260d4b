import type { Finding, Severity } from '../model/finding.ts';
import type { NodeName } from '../model/ids.ts';
import type { Link } from '../model/link.ts';
import type { State } from '../store/state.ts';
import { GLOBAL_KEYS, keyLabel } from './keys.ts';
import { glyphOf, LEFT_ALONE, LINK_MARKS, type Mark, PHASE_MARKS, SEVERITY_MARKS } from './marks.ts';
import { markedIds, rowUnderCursor, type Scene } from './scene.ts';
import { plainText } from './terminal/surface.ts';
import { textWidth } from './terminal/width.ts';
import { placeOf, trailOf, type UiState } from './ui-state.ts';
import type { Line, Span } from './view.ts';

/** A box over the view. */
export interface ChromeBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly hint: string;
}

/** Everything around the view, as text: what Ink lays out. */
export interface Chrome {
  readonly width: number;
  readonly height: number;
  readonly header: Line;
  readonly crumbs: Line;
  /** One line, or more that stand in front of the view's last ones. */
  readonly status: readonly Line[];
  readonly hints: Line;
  readonly box: ChromeBox | undefined;
  readonly ascii: boolean;
}

/** What the header tells besides the fleet. */
export interface HeaderParts {
  readonly isDemo: boolean;
  readonly isReadOnly: boolean;
  readonly ascii: boolean;
}

/** Fewer columns than this and counts are given as glyph and figure, without their words. */
const WORDY_WIDTH = 110;

/** Fleet, links, findings and the time of day to the minute, so that an idle screen stays as it is. */
export function headerLine({ state, nowMs, width }: Scene, { isDemo, isReadOnly, ascii }: HeaderParts): Line {
  const isWordy = width >= WORDY_WIDTH;
  const left: Span[] = [
    { text: 'muster ', role: 'strong' },
    { text: state.inventory.name, role: 'accent' },
  ];
  if (isDemo) left.push({ text: ' ' }, { text: '[DEMO]', role: 'warning' });
  if (isReadOnly) left.push({ text: ' ' }, { text: '[READ-ONLY]', role: 'warning' });
  left.push(
    {
      text: `  ${state.inventory.nodes.length} ${state.inventory.nodes.length === 1 ? 'node' : 'nodes'}`,
      role: 'plain',
    },
    ...linkCounts(state.links, isWordy, ascii),
  );
  const findings = findingCounts(state.findings, isWordy, ascii);
  left.push({ text: '  ' }, ...(findings.length > 0 ? findings : [{ text: 'no findings', role: 'good' as const }]));
  left.push(...rolloutCounts(state, isWordy, ascii));
  return spread(left, [{ text: clockText(nowMs), role: 'dim' }], width);
}

/** What muster is doing just now, in every view: what runs, what waits for somebody, and what nobody drives. */
function rolloutCounts({ rollouts, orphans }: State, isWordy: boolean, ascii: boolean): readonly Span[] {
  const begun = [...rollouts.values()].filter(
    ({ phase, startedAtMs }) => phase !== 'ended' && startedAtMs !== undefined,
  );
  const alone = begun.filter(({ id }) => orphans.has(id)).length;
  const paused = begun.filter(({ phase, id }) => phase === 'paused' && !orphans.has(id)).length;
  const count = (amount: number, { glyph, ascii: plain, word, role }: Mark): readonly Span[] => {
    const text = `  ${ascii ? plain : glyph}${isWordy ? ` ${amount} ${word}` : amount}`;
    return amount === 0 ? [] : [{ text, role }];
  };
  return [
    ...count(begun.length - alone - paused, { ...PHASE_MARKS.running, word: 'rolling out' }),
    ...count(paused, PHASE_MARKS.paused),
    ...count(alone, LEFT_ALONE),
  ];
}

function clockText(nowMs: number): string {
  const now = new Date(nowMs);
  return `${String(now.getHours()).padStart(2, '0')}:${String(now.getMinutes()).padStart(2, '0')}`;
}

function linkCounts(links: ReadonlyMap<NodeName, Link>, isWordy: boolean, ascii: boolean): readonly Span[] {
  const counts = countKinds(links);
  const order: readonly Link['kind'][] = ['up', 'late', 'lost', 'refused', 'connecting', 'idle', 'none'];
  return order.flatMap((kind): readonly Span[] => {
    const count = counts.get(kind) ?? 0;
    if (count === 0) return [];
    const mark = LINK_MARKS[kind];
    return [
      { text: `  ${glyphOf(mark, ascii)}`, role: mark.role },
      { text: isWordy ? ` ${count} ${mark.word}` : `${count}`, role: mark.role },
    ];
  });
}

const kindsCounted = new WeakMap<ReadonlyMap<NodeName, Link>, ReadonlyMap<Link['kind'], number>>();

/** Counted once for each change of a link; the header is made for every frame. */
function countKinds(links: ReadonlyMap<NodeName, Link>): ReadonlyMap<Link['kind'], number> {
  const known = kindsCounted.get(links);
  if (known !== undefined) return known;
  const counts = new Map<Link['kind'], number>();
  for (const { kind } of links.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  kindsCounted.set(links, counts);
  return counts;
}

function findingCounts(findings: readonly Finding[], isWordy: boolean, ascii: boolean): readonly Span[] {
  const severities: readonly Severity[] = ['critical', 'warning', 'notice'];
  const counts = severities.map((severity) => ({
    mark: SEVERITY_MARKS[severity],
    count: findings.filter((finding) => finding.severity === severity).length,
  }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ mark, count }, index) => ({
      text: `${index > 0 ? ' ' : ''}${glyphOf(mark, ascii)}${isWordy ? ` ${count} ${mark.word}` : count}`,
      role: mark.role,
    }));
}

/** Where we are, how much of it is shown, and the other views with their numbers where there is room. */
export function crumbsLine(ui: UiState, scene: Scene): Line {
  const place = placeOf(ui);
  const { visible } = scene;
  const count =
    visible.rows.length === visible.total ? `${visible.total}` : `${visible.rows.length} of ${visible.total}`;
  const rest: Span[] = [{ text: `  ${count}`, role: 'plain' }];
  if (place.filter !== place.openedWith) rest.push({ text: `  /${place.filter}`, role: 'accent' });
  if (place.faultsOnly) rest.push({ text: '  faults only', role: 'warning' });
  rest.push(...markCount(ui, scene));
  const left = [...trailWithin(ui, scene, scene.width - widthOf(rest)), ...rest];
  return spread(left, tabs(ui, scene, scene.width - widthOf(left) - 2), scene.width);
}

/** The views that led here; where there is no room for all, what they were filtered by goes first, then they do: the last one is where we are. */
function trailWithin(ui: UiState, { views, view: shown, state }: Scene, room: number): Line {
  const crumbs = trailOf(ui).map(({ view, openedWith }) => ({
    title: views.find(({ name }) => name === view)?.title ?? view,
    openedWith: openedWith === '' ? '' : ` ${openedWith}`,
  }));
  const [last, before] = [crumbs.at(-1), crumbs.slice(0, -1)];
  const about = shown.about?.(state);
  const here: Line =
    last === undefined
      ? []
      : [
          { text: last.title, role: 'strong' },
          { text: last.openedWith, role: 'dim' },
          ...(about === undefined ? [] : [{ text: ` ${about}`, role: 'plain' as const }]),
        ];
  const dim = (text: string): Span => ({ text: `${text} › `, role: 'dim' });
  const forms: readonly Line[] = [
    [...before.map(({ title, openedWith }) => dim(`${title}${openedWith}`)), ...here],
    [...before.map(({ title }) => dim(title)), ...here],
    [...(before.length > 0 ? [dim('…')] : []), ...here],
  ];
  return forms.find((form) => widthOf(form) <= room) ?? here;
}

function markCount(ui: UiState, scene: Scene): readonly Span[] {
  const marked = markedIds(ui, scene);
  if (marked.size === 0) return [];
  const shown = scene.visible.ids.filter((id) => marked.has(id)).length;
  return [
    {
      text: `  ${marked.size} marked${shown < marked.size ? ` (${marked.size - shown} hidden, left alone)` : ''}`,
      role: 'accent',
    },
  ];
}

/** The views with the keys that open them: titles, or names, or the keys alone, whatever there is room for. */
function tabs(ui: UiState, { views }: Scene, room: number): Line {
  const present = placeOf(ui).view;
  const keyed = views.slice(0, 10).map((view, index) => ({ ...view, key: (index + 1) % 10 }));
  const forms = [
    keyed.map(({ name, title, key }) => ({ name, text: `${key} ${title}`, gap: '  ' })),
    keyed.map(({ name, key }) => ({ name, text: `${key} ${name}`, gap: ' ' })),
    keyed.map(({ name, key }) => ({ name, text: name === present ? `${key} ${name}` : `${key}`, gap: ' ' })),
    keyed.map(({ name, key }) => ({ name, text: `${key}`, gap: ' ' })),
  ].map((form) =>
    form.map(
      ({ name, text, gap }, index): Span => ({
        text: `${index > 0 ? gap : ''}${text}`,
        role: name === present ? 'accent' : 'dim',
      }),
    ),
  );
  return forms.find((form) => widthOf(form) <= room) ?? [];
}

/** The keys of the view, those that are off dimmed, then the shell's most needed ones: as many as fit. */
export function hintsLine(ui: UiState, scene: Scene): Line {
  const row = rowUnderCursor(ui, scene);
  const own = scene.view.bindings.map((binding) => {
    const isOff = row === undefined || binding.disabled?.(row, scene.state) !== undefined;
    return hint(scene.keymap.keysOfBinding(scene.view, binding), binding.title, isOff);
  });
  const shared = GLOBAL_KEYS.filter(({ hint: word }) => word !== undefined).map(({ command, hint: word = '' }) =>
    hint(scene.keymap.keysOf(command).slice(0, 1), word, false),
  );
  const kept: Span[] = [];
  // Help comes first in the shell's list, and is never pushed out by a view with many keys.
  const [help = [], ...others] = shared;
  for (const spans of [help, ...own, ...others]) {
    if (spans.length > 0 && widthOf(kept) + widthOf(spans) <= scene.width) kept.push(...spans);
  }
  return kept;
}

function hint(keys: readonly string[], word: string, isOff: boolean): readonly Span[] {
  const [key] = keys;
  return key === undefined
    ? []
    : [
        { text: keyLabel(key), role: isOff ? 'dim' : 'accent' },
        { text: ` ${word}  `, role: 'dim' },
      ];
}

/** Columns a line takes. */
export function widthOf(line: Line): number {
  return line.reduce((sum, span) => sum + textWidth(plainText([span])), 0);
}

/** Left and right part of a line; the left one gives way. */
function spread(left: Line, right: Line, width: number): Line {
  const room = width - widthOf(right) - (right.length > 0 ? 1 : 0);
  const used = widthOf(left);
  if (used <= room) return [...left, { text: ' '.repeat(width - used - widthOf(right)) }, ...right];
  return [...cutTo(left, room), ...(right.length > 0 ? [{ text: ' ' }] : []), ...right];
}

function cutTo(line: Line, width: number): Line {
  const kept: Span[] = [];
  let left = width;
  for (const span of line) {
    const text = plainText([span]);
    if (textWidth(text) > left) {
      kept.push({ ...span, text: `${[...text].slice(0, Math.max(0, left - 1)).join('')}…` });
      break;
    }
    kept.push({ ...span, text });
    left -= textWidth(text);
  }
  const used = kept.reduce((sum, { text }) => sum + textWidth(text), 0);
  return used < width ? [...kept, { text: ' '.repeat(width - used) }] : kept;
}
