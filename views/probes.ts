import { seenOf } from '../src/model/seen.ts';
import { formatDuration, formatLatency } from '../src/model/units.ts';
import { ageMs } from '../src/store/freshness.ts';
import { findingsOf } from '../src/store/selectors/by-node.ts';
import { type ProbeRow, selectProbeRows } from '../src/store/selectors/probe-rows.ts';
import { PROBE_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Moment, Section } from '../src/ui/view.ts';
import { ageColumn, inRole, marked, nodeColumn, whyNothingKnown } from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, linkSentence } from './parts/describe.ts';
import { nodeJumps, targetFilter } from './parts/jumps.ts';

const columns: readonly Column<ProbeRow>[] = [
  nodeColumn,
  {
    header: 'PROBE',
    help: 'The question.',
    width: { min: 13, max: 16 },
    cell: ({ probe, link }) => inRole(probe, link),
    value: ({ probe }) => probe,
    term: 'probe',
  },
  {
    header: 'TARGET',
    help: 'What it asks about, for questions asked once per thing.',
    width: { min: 8, max: 32, grow: 1 },
    cell: ({ target, link }) => inRole(target ?? '', link),
    value: ({ target }) => target,
    term: 'target',
  },
  {
    header: 'TOOK',
    help: 'From the question to the last answer.',
    width: { min: 6, max: 6 },
    align: 'right',
    cell: tookCell,
    value: tookMs,
    unit: 'ms',
    term: 'took',
  },
  {
    header: 'STATE',
    help: 'Answered, waiting for the first answer, failing, hanging, or absent on this node.',
    width: { min: 12, max: 20 },
    cell: stateCell,
    value: ({ kind }) => PROBE_MARKS[kind].word,
    term: 'state',
  },
  ageColumn<ProbeRow>(({ question }) => question),
  {
    header: 'REASON',
    help: 'Why it fails, or why the node has no such thing.',
    width: { min: 12, grow: 3 },
    cell: ({ because }) => [{ text: because ?? '', role: 'dim' }],
    value: ({ because }) => because,
    term: 'reason',
  },
];

/** Every question to every node: how long the answer took, how old it is, and what hangs or fails. The slowest first. */
export const probesView = {
  kind: 'list',
  name: 'probes',
  title: 'Slow probes',
  aliases: ['slow-probes', 'questions'],
  rows: selectProbeRows,
  nodes: ({ node }) => [node],
  probes: [],
  isFault: ({ kind }) => kind === 'hung' || kind === 'failed',
  describe: describeProbe,
  empty: (state) => whyNothingKnown(state) ?? 'No node was asked anything yet.',
  bindings: [
    {
      key: 'enter',
      title: 'mount',
      action: 'open-view',
      disabled: ({ target }) =>
        target?.startsWith('/') === true ? undefined : 'only questions about a mount lead to one',
      open: ({ node, target }) => ({
        view: 'mounts',
        filter: targetFilter(node, target ?? ''),
        cursor: `${node}:${target ?? ''}`,
      }),
    },
    ...nodeJumps(({ node }: ProbeRow) => node, []),
  ],
  columns,
  sortedBy: '-TOOK',
} satisfies ListView<ProbeRow>;

/** A question still open has taken the time since it was asked. */
function tookMs({ node, question, kind, sinceMs }: ProbeRow, moment: Moment): number | undefined {
  if ((kind === 'hung' || kind === 'waiting') && sinceMs !== undefined) return moment.nowMs - sinceMs;
  return seenOf(moment.state.seen.get(node), question, 'tookMs');
}

function tookCell(row: ProbeRow, context: CellContext): Cell {
  const took = tookMs(row, context);
  if (took === undefined) return '';
  return [
    {
      text: row.kind === 'hung' ? formatDuration(took) : formatLatency(took),
      role: took >= SLOW_MS ? 'warning' : 'plain',
    },
  ];
}

/** Answers come within tens of milliseconds; a second is worth a look. */
const SLOW_MS = 1000;

function stateCell(row: ProbeRow, context: CellContext): Cell {
  const isOpen = row.kind === 'hung' || row.kind === 'waiting' || row.kind === 'failed';
  const detail = isOpen && row.sinceMs !== undefined ? formatDuration(context.nowMs - row.sinceMs) : '';
  return marked(PROBE_MARKS[row.kind], context.ascii, detail, context.width);
}

function describeProbe(row: ProbeRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs, ascii } = context;
  const age = ageMs(state.seen.get(row.node), row.question, nowMs);
  const took = tookMs(row, { state, nowMs });
  return [
    factsSection('Facts', [
      ['question', row.question],
      ['state', marked(PROBE_MARKS[row.kind], ascii)],
      ['reason', row.because],
      ['for', row.sinceMs === undefined ? undefined : formatDuration(nowMs - row.sinceMs)],
      ['took', took === undefined ? undefined : formatLatency(took)],
      ['last answered', age === undefined ? 'never' : `${formatDuration(age)} ago`],
      ['link', linkSentence(row.link, nowMs)],
    ]),
    findingsSection(findingsOf(state, row.node), context),
    eventsSection(state, row.node, row.target),
  ];
}
