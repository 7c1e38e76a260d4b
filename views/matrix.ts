import { NOT_ASKED_YET } from '../src/model/comparison.ts';
import {
  type MatrixColumn,
  type MatrixRow,
  selectMatrixColumns,
  selectMatrixRows,
  worstMount,
} from '../src/store/selectors/matrix-rows.ts';
import type { MountRow } from '../src/store/selectors/mount-rows.ts';
import { glyphOf, LINK_MARKS, type Mark, MOUNT_MARKS, NOTHING } from '../src/ui/marks.ts';
import type {
  CanvasContext,
  CanvasPicture,
  CanvasView,
  Column,
  DescribeContext,
  Line,
  Section,
  Span,
} from '../src/ui/view.ts';
import { mountsView } from './mounts.ts';
import { isAnswering } from './parts/cells.ts';
import { factsSection, findingsSection, linkSentence } from './parts/describe.ts';
import { nodeFilter, nodeJumps } from './parts/jumps.ts';
import { drawnWidth, sized } from './parts/sized.ts';

const columns: readonly Column<MatrixRow>[] = [
  {
    header: 'NODE',
    help: 'Name of the node.',
    width: { min: 6 },
    cell: ({ node }) => node,
    value: ({ node }) => node,
    term: 'node',
  },
  {
    header: 'STATES',
    help: 'States of its mounts, in words.',
    width: { min: 6 },
    cell: statesOf,
    value: statesOf,
    term: 'state',
  },
  {
    header: 'TARGETS',
    help: 'Where its mounts are.',
    width: { min: 6 },
    cell: ({ mounts }) => mounts.map(({ target }) => target).join(' '),
    value: ({ mounts }) => mounts.map(({ target }) => target).join(' '),
    term: 'target',
  },
];

function statesOf({ mounts }: MatrixRow): string {
  return [...new Set(mounts.map(({ state }) => MOUNT_MARKS[state.kind].word))].join(' ');
}

/** Nodes by mounts, one glyph per cell: who lacks what, at a glance. */
export const matrixView = {
  kind: 'canvas',
  name: 'matrix',
  title: 'Mount matrix',
  aliases: ['coverage'],
  rows: selectMatrixRows,
  nodes: ({ node }) => [node],
  probes: ['mounts', 'usage'],
  isFault: ({ mounts }) => mounts.some((mount) => mountsView.isFault(mount)),
  describe: describeLine,
  empty: mountsView.empty,
  bindings: [
    {
      key: 'enter',
      title: 'mounts',
      action: 'open-view',
      open: ({ node }) => ({ view: 'mounts', filter: nodeFilter(node) }),
    },
    ...nodeJumps(({ node }: MatrixRow) => node, ['mounts']),
  ],
  columns,
  paint,
} satisfies CanvasView<MatrixRow>;

/** A column narrower than this says nothing; then letters stand for the targets. */
const NARROWEST = 5;
const WIDEST = 18;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

interface Placed {
  readonly column: MatrixColumn;
  readonly header: string;
  readonly width: number;
}

function paint(rows: readonly MatrixRow[], context: CanvasContext): CanvasPicture {
  const nameWidth = Math.min(24, Math.max(4, ...rows.map(({ node }) => node.length))) + 3;
  const all = selectMatrixColumns(context.state);
  const named = all.map(
    (column): Placed => ({
      column,
      header: column.title,
      width: Math.min(WIDEST, Math.max(NARROWEST, drawnWidth(column.title))),
    }),
  );
  const isRoomy = named.reduce((sum, { width }) => sum + width + 1, 0) <= context.width - nameWidth;
  const placed = isRoomy
    ? named
    : all.slice(0, LETTERS.length).map((column, index) => ({ column, header: LETTERS[index] ?? '?', width: 2 }));
  const lines: Line[] = [
    ...(isRoomy ? [] : placed.map(({ column, header }) => legendLine(column, header, context.ascii))),
    headerLine(placed, nameWidth, context),
  ];
  if (isRoomy) lines.push(countLine(placed, nameWidth));
  const places = new Map<string, { readonly x: number; readonly y: number; readonly width: number }>();
  for (const row of rows) {
    places.set(row.id, {
      x: 0,
      y: lines.length,
      width: nameWidth + placed.reduce((sum, { width }) => sum + width + 1, 0),
    });
    lines.push(rowLine(row, placed, nameWidth, context));
  }
  const isAllAsked = rows.every(({ link }) => link?.kind !== 'none');
  return { lines: [...lines, [], ...explanation(context, isAllAsked ? [] : [LINK_MARKS.none])], places };
}

function legendLine({ title, source, good, total }: MatrixColumn, letter: string, ascii: boolean): Line {
  return [
    { text: `${letter}  `, role: 'heading' },
    { text: sized(title, 20, ascii, 'end') },
    { text: ` ${`${good}/${total}`.padStart(9)}  `, role: good < total ? 'warning' : 'good' },
    { text: source, role: 'dim' },
  ];
}

function headerLine(placed: readonly Placed[], nameWidth: number, { ascii }: CanvasContext): Line {
  const spans = placed.map(({ column, header, width }): Span => {
    return { text: `${sized(header, width, ascii, 'end')} `, role: column.isWished ? 'heading' : 'dim' };
  });
  return [{ text: 'NODE'.padEnd(nameWidth), role: 'heading' }, ...spans];
}

/** How many of the nodes concerned are well, under each name. */
function countLine(placed: readonly Placed[], nameWidth: number): Line {
  const spans = placed.map(({ column: { good, total }, width }): Span => {
    return { text: `${`${good}/${total}`.padEnd(width)} `, role: good < total ? 'warning' : 'dim' };
  });
  return [{ text: ' '.repeat(nameWidth) }, ...spans];
}

function rowLine(row: MatrixRow, placed: readonly Placed[], nameWidth: number, { ascii }: CanvasContext): Line {
  const link = LINK_MARKS[row.link?.kind ?? 'idle'];
  const cells = placed.map(({ column, width }): Span => cellSpan(worstMount(row, column), width, ascii));
  return [
    { text: `${glyphOf(link, ascii)} `, role: link.role },
    { text: row.node.slice(0, nameWidth - 3).padEnd(nameWidth - 2), role: isAnswering(row.link) ? 'plain' : 'stale' },
    ...cells,
  ];
}

function cellSpan(mount: MountRow | undefined, width: number, ascii: boolean): Span {
  if (mount === undefined) return { text: ' '.repeat(width + 1) };
  const isUnheard = mount.state.kind === 'unknown' && mount.state.because === NOT_ASKED_YET;
  const mark = isUnheard ? NOTHING.never : MOUNT_MARKS[mount.state.kind];
  const isTrouble = mount.state.kind === 'hung' || isAnswering(mount.link);
  return { text: glyphOf(mark, ascii).padEnd(width + 1), role: isTrouble ? mark.role : 'stale' };
}

const EXPLAINED = [
  'as-declared',
  'mounted',
  'waiting',
  'drifted',
  'missing',
  'hung',
  'stale',
  'unwanted',
  'hidden',
  'unknown',
] as const;

/** What the glyphs mean, wrapped into the width. */
function explanation({ ascii, width }: CanvasContext, more: readonly Mark[]): readonly Line[] {
  const marks = [...EXPLAINED.map((kind) => MOUNT_MARKS[kind]), NOTHING.never, ...more];
  const lines: Span[][] = [[]];
  let used = 0;
  for (const mark of marks) {
    const length = mark.word.length + 4;
    if (used + length > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push({ text: glyphOf(mark, ascii), role: mark.role }, { text: ` ${mark.word}  `, role: 'dim' });
    used += length;
  }
  return lines;
}

function describeLine(row: MatrixRow, context: DescribeContext): readonly Section[] {
  const { nowMs, ascii } = context;
  const lines = row.mounts.map((mount): Line => {
    const mark = MOUNT_MARKS[mount.state.kind];
    return [
      { text: `${glyphOf(mark, ascii)} ${mark.word.padEnd(16)} `, role: mark.role },
      { text: mount.target },
      { text: `  ${mount.source}  ${mount.differences.join('; ')}`, role: 'dim' },
    ];
  });
  return [
    factsSection('Facts', [['link', linkSentence(row.link, nowMs)]]),
    { title: 'Mounts', lines },
    findingsSection([...new Set(row.mounts.flatMap(({ findings }) => findings))], context),
  ];
}
