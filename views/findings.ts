import type { Evidence, Finding } from '../src/model/finding.ts';
import { foldNodes } from '../src/model/node-set.ts';
import { formatDuration } from '../src/model/units.ts';
import { type FindingRow, selectFindingRows, urgencyOf } from '../src/store/selectors/finding-rows.ts';
import { glyphOf, SEVERITY_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, Line, ListView, Section } from '../src/ui/view.ts';
import { whyNothingKnown } from './parts/cells.ts';
import { eventsWhere, factsSection, sentencesSection } from './parts/describe.ts';
import { foldedWithin, sentenceWithin } from './parts/folded.ts';
import { nodeFilter, nodeJumps, targetFilter } from './parts/jumps.ts';

const columns: readonly Column<FindingRow>[] = [
  {
    header: 'SEVERITY',
    help: 'Critical: somebody cannot work. Warning: soon, or less than wished. Notice: worth knowing.',
    width: { min: 10, max: 10 },
    priority: 1,
    cell: severityCell,
    // Sorted by urgency.
    value: ({ finding }) => `${urgencyOf(finding.severity)} ${finding.severity}`,
  },
  {
    header: 'SINCE',
    help: 'Time since it was found.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ finding }, context) => formatDuration(context.nowMs - finding.sinceMs),
    value: ({ finding }, moment) => moment.nowMs - finding.sinceMs,
    unit: 'ms',
    term: 'age',
  },
  {
    header: 'NODES',
    help: 'Nodes the evidence is on, folded.',
    width: { min: 10, max: 28, grow: 1 },
    cell: ({ folded, nodes }, context) => [{ text: foldedWithin(folded, nodes.length, context), role: 'strong' }],
    value: ({ folded }) => folded,
    names: ({ nodes }) => nodes,
    term: 'node',
  },
  {
    header: 'FINDING',
    help: 'What is wrong.',
    width: { min: 36, grow: 6 },
    priority: 1,
    cell: ({ finding, folded, nodes }, context) => sentenceWithin(finding.title, folded, nodes.length, context),
    value: ({ finding }) => finding.title,
    term: 'title',
  },
  {
    header: 'AFFECTS',
    help: 'Nodes that suffer, where they are others than those the evidence is on.',
    width: { min: 12, max: 28, grow: 1 },
    cell: ({ affects, finding }, context) => foldedWithin(affects, finding.affects.length, context),
    value: ({ affects }) => affects || undefined,
    term: 'affects',
  },
  {
    header: 'RULE',
    help: 'The rule that found it.',
    width: { min: 10, max: 24 },
    cell: ({ finding }) => [{ text: finding.rule, role: 'dim' }],
    value: ({ finding }) => finding.rule,
    term: 'rule',
  },
  {
    header: 'LEVEL',
    help: 'The severity as a word, to filter by.',
    width: { min: 8, max: 8 },
    cell: ({ finding }) => finding.severity,
    value: ({ finding }) => finding.severity,
    term: 'severity',
    isOptional: true,
  },
  {
    header: 'NEXT MOVE',
    help: 'What to do about it.',
    width: { min: 20, grow: 2 },
    cell: ({ finding }) => [{ text: finding.nextMove, role: 'accent' }],
    value: ({ finding }) => finding.nextMove,
    isOptional: true,
  },
];

/** What is wrong, one row per cause over all nodes, with the evidence and the next move. */
export const findingsView = {
  kind: 'list',
  name: 'findings',
  title: 'Findings',
  aliases: ['finding', 'problems'],
  rows: selectFindingRows,
  nodes: ({ nodes }) => nodes,
  probes: [],
  isFault: ({ finding }) => finding.severity !== 'notice',
  subject: ({ finding, nodes }) => {
    const paths = [...new Set(finding.evidence.map(({ about }) => about))];
    const [path] = paths;
    const { mend } = finding;
    const mended = mend === undefined ? {} : { mend };
    return { nodes, ...mended, ...(paths.length === 1 && path?.startsWith('/') === true ? { target: path } : {}) };
  },
  describe: describeFinding,
  empty: (state) =>
    [...state.links.values()].some(({ kind }) => kind === 'up')
      ? 'No findings: everything that answers is well.'
      : (whyNothingKnown(state) ?? 'No findings yet: no node has answered.'),
  bindings: [
    {
      key: 'enter',
      title: 'go to it',
      action: 'open-view',
      disabled: ({ finding }) => (finding.evidence.length === 0 ? 'it names no node' : undefined),
      open: ({ finding }) => placeOf(finding.evidence[0]),
    },
    ...nodeJumps(({ nodes }: FindingRow) => (nodes.length === 1 ? nodes[0] : undefined), []),
  ],
  columns,
  sortedBy: 'SEVERITY',
} satisfies ListView<FindingRow>;

function severityCell({ finding }: FindingRow, { ascii }: CellContext): Cell {
  const mark = SEVERITY_MARKS[finding.severity];
  return [{ text: `${glyphOf(mark, ascii)} ${mark.word}`, role: mark.role }];
}

/** Where a piece of evidence is to be looked at. */
function placeOf(evidence: Evidence | undefined): {
  readonly view: string;
  readonly filter?: string;
  readonly cursor?: string;
} {
  if (evidence === undefined) return { view: 'nodes' };
  const { node, about } = evidence;
  const cursor = `${node}:${about}`;
  if (about === 'sharing') return { view: 'sharing', filter: nodeFilter(node) };
  if (/^gpu\d+$/.test(about)) return { view: 'gpus', filter: nodeFilter(node), cursor };
  if (about.startsWith('/dev/')) return { view: 'disks', filter: nodeFilter(node), cursor };
  if (/^\/.* to /.test(about))
    return { view: 'exports', filter: nodeFilter(node), cursor: cursor.replace(' to ', ':') };
  if (about.startsWith('/')) return { view: 'mounts', filter: targetFilter(node, about), cursor };
  return { view: 'nodes', cursor: node };
}

function describeFinding({ finding, folded, affects }: FindingRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs } = context;
  const mark = SEVERITY_MARKS[finding.severity];
  const ids = new Set(finding.evidence.map(({ node }) => node));
  return [
    { title: 'Finding', lines: [[{ text: finding.title, role: 'strong' }]] },
    ...sentencesSection('Next move', [finding.nextMove, ...mendLines(finding)], 'accent'),
    factsSection('Facts', [
      ['severity', [{ text: mark.word, role: mark.role }]],
      ['for', formatDuration(nowMs - finding.sinceMs)],
      ['nodes', folded],
      ['affects', affects],
      ['rule', finding.rule],
    ]),
    ...sentencesSection('Explanation', finding.explanation ?? []),
    { title: 'Evidence', lines: evidenceLines(finding.evidence) },
    eventsWhere(state, ({ node, kind, text }) =>
      kind === 'finding' ? text.includes(finding.title) : node !== undefined && ids.has(node),
    ),
  ];
}

/** What the form of the action that mends it opens with. */
const mendLines = ({ mend }: Finding): readonly string[] =>
  mend === undefined
    ? []
    : [
        `The actions of this row begin with ${mend.action}, filled with ${Object.entries(mend.fields)
          .map(([field, text]) => `${field} ${text}`)
          .join(', ')}.`,
      ];

/** Equal words about the same thing are one line for all of its nodes. */
function evidenceLines(evidence: readonly Evidence[]): readonly Line[] {
  const alike = Map.groupBy(evidence, ({ about, text }) => `${about}  ${text}`);
  return [...alike].map(([words, of]) => [
    { text: `${foldNodes(of.map(({ node }) => node))}  `, role: 'accent' },
    { text: words },
  ]);
}
