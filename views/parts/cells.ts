import type { NodeName } from '../../src/model/ids.ts';
import { whyNeverAsked } from '../../src/model/inventory.ts';
import type { Link } from '../../src/model/link.ts';
import { goodValueOf as lastKnown, type Slot } from '../../src/model/observation.ts';
import { formatDuration } from '../../src/model/units.ts';
import { ageMs, questionKey } from '../../src/store/freshness.ts';
import type { State } from '../../src/store/state.ts';
import { glyphOf, LINK_MARKS, type Mark, NOTHING } from '../../src/ui/marks.ts';
import type { Cell, CellContext, Column, Moment, Role, Span } from '../../src/ui/view.ts';

/** A glyph with its word, and what more there is to say; of that, whole words go where there is no room for all of it. */
export function marked(mark: Mark, ascii: boolean, detail = '', width = Number.POSITIVE_INFINITY): readonly Span[] {
  const whole = `${glyphOf(mark, ascii)} ${mark.word}${detail === '' ? '' : ` ${detail}`}`;
  return [{ text: cutAtWord(whole, width), role: mark.role }];
}

/** What fits of a text, up to the end of a word, and `…`; the glyph never stands alone. */
export function cutAtWord(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = text.lastIndexOf(' ', width - 1);
  return end < 2 ? text : `${text.slice(0, end).replace(/[,;:]$/, '')}…`;
}

/** Whether what is shown of a node is what it says now. A node that was never reached shows no values to doubt. */
export const isAnswering = (link: Link | undefined): boolean => link?.kind === 'up' || link?.kind === 'none';

/** Whether the connection has more to say than a state that is unknown. */
export const isSilent = (link: Link | undefined): link is Exclude<Link, { readonly kind: 'up' }> =>
  link !== undefined && link.kind !== 'up';

/** Why nothing can be known of any node of the inventory; undefined as long as there is one to ask. */
export function whyNothingKnown({ inventory: { nodes } }: State): string | undefined {
  const reasons = nodes.map(whyNeverAsked);
  const [because] = reasons;
  if (because === undefined || reasons.includes(undefined)) return undefined;
  return `Nothing is known: every node ${because}.`;
}

/** The role of a value: its own while the node answers, that of a last known one when it does not. */
export const roleOf = (link: Link | undefined, role: Role = 'plain'): Role => (isAnswering(link) ? role : 'stale');

/**
 * One figure of a fact, or its kind of nothing: never asked, waiting, failed, hung and absent each look different, and a last
 * known value stands dimmed behind the mark of what went wrong. `render` says the figure in the fact in the width left, or undefined where
 * it has none.
 */
export function figure<T>(
  slot: Slot<T> | undefined,
  link: Link | undefined,
  { ascii, width }: Pick<CellContext, 'ascii' | 'width'>,
  render: (value: T, width: number) => Cell | undefined,
): Cell {
  const kind = slot?.kind ?? 'never';
  const value = lastKnown(slot);
  // Behind the mark of what went wrong there is less room.
  const shown = value === undefined ? undefined : render(value, kind === 'ok' ? width : width - 2);
  if (kind === 'ok') return shown === undefined ? '' : inRole(shown, link);
  if (kind === 'absent') return '';
  const mark = nothingSpan(kind, link, ascii);
  return shown === undefined ? [mark] : [mark, { text: ' ' }, ...spansOf(shown).map(asStale)];
}

/** The mark of a kind of nothing. A node that is never asked has the mark of that, not of a question that is still to come. */
export function nothingSpan(kind: keyof typeof NOTHING, link: Link | undefined, ascii: boolean): Span {
  const mark = kind === 'never' && link?.kind === 'none' ? LINK_MARKS.none : NOTHING[kind];
  return { text: glyphOf(mark, ascii), role: mark.role };
}

/** A value in its own role, or as a last known one when the node does not answer. */
export function inRole(cell: Cell, link: Link | undefined): Cell {
  return isAnswering(link) ? cell : spansOf(cell).map(asStale);
}

const asStale = (span: Span): Span => ({ ...span, role: 'stale' });

/** A cell as spans. */
export const spansOf = (cell: Cell): readonly Span[] => (typeof cell === 'string' ? [{ text: cell }] : cell);

/** The words of a cell, without roles. */
export const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.map(({ text }) => text).join(''));

/** The state of a connection in a few words: `up`, `late 20s`, `lost 4m, retry 8s`. */
export function linkCell(link: Link, context: Pick<CellContext, 'nowMs' | 'ascii' | 'width'>): Cell {
  return marked(LINK_MARKS[link.kind], context.ascii, linkDetail(link, context), context.width);
}

// The time is read only where it shows: a row that never read it is not painted again every second.
function linkDetail(link: Link, context: Pick<CellContext, 'nowMs'>): string {
  switch (link.kind) {
    case 'late':
      return formatDuration(context.nowMs - link.lastHeardMs);
    case 'lost':
      return `${formatDuration(context.nowMs - link.sinceMs)}, ${retryText(link.retryAtMs, context.nowMs, '')}`;
    case 'refused':
      return link.reason.replaceAll('-', ' ');
    case 'connecting':
      return link.attempt > 1 ? `try ${link.attempt}` : '';
    default:
      return '';
  }
}

/** When a lost node is tried again: `retry in 8s`, `retrying`. */
export const retryText = (retryAtMs: number, nowMs: number, preposition = 'in '): string =>
  retryAtMs <= nowMs ? 'retrying' : `retry ${preposition}${formatDuration(retryAtMs - nowMs + 999)}`;

interface NodeThing {
  readonly node: NodeName;
  readonly link: Link | undefined;
}

/** The node a thing is on. */
export const nodeColumn = {
  header: 'NODE',
  help: 'Name of the node in the inventory; dimmed when it does not answer.',
  width: { min: 10, max: 28, grow: 1 },
  priority: 4,
  cell: ({ node, link }: NodeThing): Cell => [{ text: node, role: isAnswering(link) ? 'strong' : 'stale' }],
  value: ({ node }: NodeThing): string => node,
  term: 'node',
} satisfies Column<NodeThing>;

/** How long ago the question behind a row was last answered well. */
export function ageColumn<Row extends NodeThing>(questionOf: (row: Row) => string): Column<Row> {
  const age = (row: Row, { state, nowMs }: Moment) => ageMs(state.seen.get(row.node), questionOf(row), nowMs);
  return {
    header: 'AGE',
    help: 'Time since the node last answered this question well.',
    width: { min: 4, max: 5 },
    align: 'right',
    cell: (row, context) => ageCell(age(row, context), row.link, context),
    value: age,
    term: 'age',
    unit: 'ms',
  };
}

const AGE_STEP_MS = 10_000;
const MINUTE_MS = 60_000;

/** An age, dim while the node answers; never asked is a mark of its own. */
export function ageCell(age: number | undefined, link: Link | undefined, { ascii }: Pick<CellContext, 'ascii'>): Cell {
  if (age === undefined) return [nothingSpan('never', link, ascii)];
  return [{ text: isAnswering(link) ? roughAge(age) : formatDuration(age), role: roleOf(link, 'dim') }];
}

/** In steps while the node answers: a figure that counts every second repaints every row and tells nobody anything. */
function roughAge(ageMs: number): string {
  if (ageMs < AGE_STEP_MS) return 'now';
  return formatDuration(ageMs < MINUTE_MS ? ageMs - (ageMs % AGE_STEP_MS) : ageMs);
}

/** Question of the usage of one mount point, as `Seen` keeps it. */
export const usageQuestion = (target: string): string => questionKey('usage', target);
