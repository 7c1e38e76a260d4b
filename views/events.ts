import { foldNodes } from '../src/model/node-set.ts';
import { formatClock, formatDuration } from '../src/model/units.ts';
import { findingsOf } from '../src/store/selectors/by-node.ts';
import { type EventRow, selectEventRows } from '../src/store/selectors/finding-rows.ts';
import { glyphOf, SEVERITY_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Section } from '../src/ui/view.ts';
import { factsSection, findingsSection, linkSentence } from './parts/describe.ts';
import { foldedWithin } from './parts/folded.ts';
import { nodeJumps } from './parts/jumps.ts';

const columns: readonly Column<EventRow>[] = [
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
    header: 'NODES',
    help: 'Nodes it happened on within seconds, folded.',
    width: { min: 10, max: 28, grow: 1 },
    priority: 1,
    cell: ({ nodes }, context) => [{ text: foldedWithin(foldNodes(nodes), nodes.length, context), role: 'strong' }],
    value: ({ nodes }) => foldNodes(nodes) || undefined,
    names: ({ nodes }) => nodes,
    term: 'node',
  },
  {
    header: 'EVENT',
    help: 'What happened.',
    width: { min: 24, grow: 3 },
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
  nodes: ({ nodes }) => nodes,
  probes: [],
  isFault: ({ severity }) => severity === 'critical' || severity === 'warning',
  describe: describeEvent,
  empty: () => 'Nothing has happened yet.',
  bindings: [
    {
      key: 'enter',
      title: 'node',
      action: 'open-view',
      disabled: ({ nodes }) => (nodes.length === 0 ? 'this event is about no node' : undefined),
      open: ({ nodes: [node] }) => ({ view: 'nodes', ...(node === undefined ? {} : { cursor: node }) }),
    },
    ...nodeJumps(({ nodes }: EventRow) => (nodes.length === 1 ? nodes[0] : undefined), ['nodes']),
  ],
  columns,
  sortedBy: '-TIME',
} satisfies ListView<EventRow>;

function kindCell({ kind, severity }: EventRow, { ascii }: CellContext): Cell {
  const mark = SEVERITY_MARKS[severity];
  return [{ text: `${glyphOf(mark, ascii)} `, role: mark.role }, { text: kind }];
}

function describeEvent(row: EventRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs } = context;
  const node = row.nodes.length === 1 ? row.nodes[0] : undefined;
  return [
    factsSection('Facts', [
      ['at', `${new Date(row.atMs).toISOString()}, ${formatDuration(nowMs - row.atMs)} ago`],
      ['kind', row.kind],
      ['nodes', foldNodes(row.nodes)],
      ['event', row.text],
      ['link', node === undefined ? undefined : linkSentence(state.links.get(node), nowMs)],
    ]),
    ...(node === undefined ? [] : [findingsSection(findingsOf(state, node), context)]),
  ];
}
