import { formatClock, formatDuration } from '../src/model/units.ts';
import { findingsOf } from '../src/store/selectors/by-node.ts';
import { selectEventRows } from '../src/store/selectors/finding-rows.ts';
import type { FleetEventRow } from '../src/store/state.ts';
import { glyphOf, SEVERITY_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Section } from '../src/ui/view.ts';
import { factsSection, findingsSection, linkSentence } from './parts/describe.ts';
import { nodeJumps } from './parts/jumps.ts';

const columns: readonly Column<FleetEventRow>[] = [
  {
    header: 'TIME',
    help: 'When it was noticed, in the time zone of the console.',
    width: { min: 8, max: 8 },
    priority: 1,
    cell: ({ atMs }) => [{ text: formatClock(atMs), role: 'dim' }],
    value: ({ atMs }) => atMs,
  },
  {
    header: 'AGO',
    help: 'How long ago that was.',
    width: { min: 4, max: 4 },
    align: 'right',
    cell: ({ atMs }, context) => [{ text: formatDuration(context.nowMs - atMs), role: 'dim' }],
    value: ({ atMs }, moment) => moment.nowMs - atMs,
    unit: 'ms',
    term: 'age',
  },
  {
    header: 'KIND',
    help: 'What it is about: a link, a fact, a finding, or the console itself.',
    width: { min: 9, max: 9 },
    priority: 1,
    cell: kindCell,
    value: ({ kind }) => kind,
    term: 'kind',
  },
  {
    header: 'SEVERITY',
    help: 'How bad it is; good is a mending.',
    width: { min: 8, max: 8 },
    cell: ({ severity }) => [{ text: SEVERITY_MARKS[severity].word, role: SEVERITY_MARKS[severity].role }],
    value: ({ severity }) => severity,
    term: 'severity',
  },
  {
    header: 'NODE',
    help: 'Node it happened on.',
    width: { min: 10, max: 28 },
    priority: 1,
    cell: ({ node }) => [{ text: node ?? '', role: 'strong' }],
    value: ({ node }) => node,
    term: 'node',
  },
  {
    header: 'EVENT',
    help: 'What happened.',
    width: { min: 24, grow: 1 },
    priority: 1,
    cell: ({ text }) => text,
    value: ({ text }) => text,
    term: 'text',
  },
];

/** What happened, the newest first. */
export const eventsView = {
  kind: 'list',
  name: 'events',
  title: 'Events',
  aliases: ['event', 'log'],
  rows: selectEventRows,
  nodes: ({ node }) => (node === undefined ? [] : [node]),
  probes: [],
  isFault: ({ severity }) => severity === 'critical' || severity === 'warning',
  describe: describeEvent,
  empty: () => 'Nothing has happened yet.',
  bindings: [
    {
      key: 'enter',
      title: 'node',
      action: 'open-view',
      disabled: ({ node }) => (node === undefined ? 'this event is about no single node' : undefined),
      open: ({ node }) => ({ view: 'nodes', ...(node === undefined ? {} : { cursor: node }) }),
    },
    ...nodeJumps(({ node }: FleetEventRow) => node, ['nodes']),
  ],
  columns,
  sortedBy: '-TIME',
} satisfies ListView<FleetEventRow>;

function kindCell({ kind, severity }: FleetEventRow, { ascii }: CellContext): Cell {
  const mark = SEVERITY_MARKS[severity];
  return [{ text: `${glyphOf(mark, ascii)} `, role: mark.role }, { text: kind }];
}

function describeEvent(row: FleetEventRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs } = context;
  return [
    factsSection('Facts', [
      ['at', `${new Date(row.atMs).toISOString()}, ${formatDuration(nowMs - row.atMs)} ago`],
      ['kind', row.kind],
      ['node', row.node],
      ['event', row.text],
      ['link', row.node === undefined ? undefined : linkSentence(state.links.get(row.node), nowMs)],
    ]),
    ...(row.node === undefined ? [] : [findingsSection(findingsOf(state, row.node), context)]),
  ];
}
