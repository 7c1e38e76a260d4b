import type { Link } from '../src/model/link.ts';
import { formatDuration } from '../src/model/units.ts';
import { mountStatesOf } from '../src/store/selectors/mount-rows.ts';
import { nodeRowOf } from '../src/store/selectors/node-rows.ts';
import { type OverviewRow, selectOverviewRows } from '../src/store/selectors/overview-rows.ts';
import type { State } from '../src/store/state.ts';
import { glyphOf, SEVERITY_MARKS } from '../src/ui/marks.ts';
import type {
  CanvasContext,
  CanvasPicture,
  CanvasView,
  Column,
  DescribeContext,
  Line,
  Section,
} from '../src/ui/view.ts';
import { findingsView } from './findings.ts';
import { nodesView } from './nodes.ts';
import { capacityLines } from './parts/capacity.ts';
import { foldedWithin, sentenceWithin } from './parts/folded.ts';
import { legend, type NodeCell, paintGrid } from './parts/heat-grid.ts';
import { nodeFilter, nodeJumps } from './parts/jumps.ts';

type FindingCell = Extract<OverviewRow, { kind: 'finding' }>;
type Place = { readonly x: number; readonly y: number; readonly width: number };

const nodeOf = (row: OverviewRow) => (row.kind === 'node' ? row.node : undefined);

const columns: readonly Column<OverviewRow>[] = [
  {
    header: 'NODE',
    help: 'Name of the node.',
    width: { min: 6 },
    cell: (row) => nodeOf(row) ?? '',
    value: nodeOf,
    term: 'node',
  },
  {
    header: 'STATE',
    help: 'The connection.',
    width: { min: 6 },
    cell: (row) => (row.kind === 'node' ? row.link.kind : ''),
    value: (row) => (row.kind === 'node' ? row.link.kind : undefined),
    term: 'state',
  },
  {
    header: 'GROUP',
    help: 'Class of the node, else its first group: what the grid is folded by.',
    width: { min: 6 },
    cell: (row) => (row.kind === 'node' ? row.group : ''),
    value: (row) => (row.kind === 'node' ? row.group : undefined),
    term: 'group',
  },
];

/** The whole fleet at a glance: capacity, what is wrong, and a heat grid of every node with its GPUs inside. */
export const overviewView = {
  kind: 'canvas',
  name: 'overview',
  title: 'Overview',
  aliases: ['home', 'fleet'],
  rows: selectOverviewRows,
  nodes: (row) => (row.kind === 'node' ? [row.node] : row.row.nodes),
  probes: ['load', 'gpus'],
  isFault: (row) =>
    row.kind === 'node'
      ? row.worst !== undefined || row.isAffected || row.hungMounts > 0 || FAULTS.has(row.link.kind)
      : findingsView.isFault(row.row),
  describe,
  empty: nodesView.empty,
  bindings: [
    { key: 'enter', title: 'open', action: 'open-view', disabled: whyNothing, open: openRow },
    ...nodeJumps(nodeOf, []),
    { key: 'i', title: 'findings', action: 'open-view', open: () => ({ view: 'findings' }) },
    { key: 't', title: 'matrix', action: 'open-view', open: () => ({ view: 'matrix' }) },
  ],
  columns,
  paint,
} satisfies CanvasView<OverviewRow>;

const FAULTS: ReadonlySet<Link['kind']> = new Set(['late', 'lost', 'refused'] as const);

function describe(row: OverviewRow, context: DescribeContext): readonly Section[] {
  const { state } = context;
  if (row.kind === 'finding') return findingsView.describe(row.row, context);
  const node = nodeRowOf(state, row.node);
  return node === undefined ? [] : nodesView.describe(node, context);
}

function whyNothing(row: OverviewRow, state: State): string | undefined {
  if (row.kind === 'finding' || row.gpus.length > 0 || mountStatesOf(state, row.node).length > 0) return undefined;
  return 'the node has no GPU, and nothing is known to be mounted there';
}

function openRow(row: OverviewRow): { readonly view: string; readonly filter?: string; readonly cursor?: string } {
  if (row.kind === 'finding') return { view: 'findings', cursor: row.finding.id };
  return row.gpus.length > 0
    ? { view: 'gpus', filter: nodeFilter(row.node) }
    : { view: 'mounts', filter: nodeFilter(row.node) };
}

/** Findings that are shown however tall the grid of nodes is. */
const FINDINGS_AT_LEAST = 5;

function paint(rows: readonly OverviewRow[], context: CanvasContext): CanvasPicture {
  const capacity = capacityLines(context.state, context);
  const findings = rows.filter((row): row is FindingCell => row.kind === 'finding');
  const grid = paintGrid(
    rows.filter((row): row is NodeCell => row.kind === 'node'),
    context,
    0,
  );
  const words = legend(context);
  const heading: readonly Line[] = findings.length === 0 ? [] : [headingOf(context.state)];
  const fixed = capacity.length + heading.length + grid.lines.length + words.length;
  const blanks = heading.length + 2;
  const few = Math.min(findings.length, FINDINGS_AT_LEAST + (findings.length > FINDINGS_AT_LEAST ? 1 : 0));
  // Blank lines are the first to go where the picture is taller than the screen.
  const space: readonly Line[] = fixed + few + blanks <= context.height ? [[]] : [];
  const room = Math.max(FINDINGS_AT_LEAST + 1, context.height - fixed - blanks * space.length);
  const top = findingLines(findings, room, capacity.length + space.length + heading.length, context);
  const lines = [...capacity, ...(heading.length === 0 ? [] : space), ...heading, ...top.lines, ...space];
  const places = new Map(top.places);
  for (const [id, place] of grid.places) places.set(id, { ...place, y: place.y + lines.length });
  return { lines: [...lines, ...grid.lines, ...space, ...words], places };
}

/** As many findings as there is room for, from line `top` on. What is left is one line, on which the cursor stands for any of them. */
function findingLines(
  findings: readonly FindingCell[],
  room: number,
  top: number,
  context: CanvasContext,
): { readonly lines: readonly Line[]; readonly places: ReadonlyMap<string, Place> } {
  const shown = findings.length <= room ? findings : findings.slice(0, room - 1);
  const rest = findings.length - shown.length;
  const more: readonly Line[] =
    rest === 0
      ? []
      : [[{ text: `       and ${rest} more ${rest === 1 ? 'finding' : 'findings'}: i shows all`, role: 'dim' }]];
  const places = findings.map(({ id }, index): readonly [string, Place] => [
    id,
    { x: 0, y: top + Math.min(index, shown.length), width: context.width },
  ]);
  return { lines: [...shown.map((row) => findingLine(row, context)), ...more], places: new Map(places) };
}

function headingOf({ findings }: State): Line {
  const count = (severity: 'critical' | 'warning' | 'notice'): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const parts = (['critical', 'warning', 'notice'] as const)
    .filter((severity) => count(severity) > 0)
    .map((severity) => ({ text: `  ${count(severity)} ${severity}`, role: SEVERITY_MARKS[severity].role }));
  return [{ text: 'FINDINGS', role: 'heading' }, ...parts];
}

function findingLine({ finding, row }: FindingCell, context: CanvasContext): Line {
  const mark = SEVERITY_MARKS[finding.severity];
  const age = formatDuration(context.nowMs - finding.sinceMs).padStart(4);
  const head = `${glyphOf(mark, context.ascii)} ${age}  `;
  const { folded, nodes } = row;
  const room = context.width - head.length;
  const title = sentenceWithin(finding.title, folded, nodes.length, { width: room });
  const isNamed = folded === '' || finding.title.includes(folded);
  const names = isNamed ? '' : `  ${foldedWithin(folded, nodes.length, { width: room - title.length - 2 })}`;
  return [
    { text: head, role: mark.role },
    { text: title, role: 'plain' },
    { text: names, role: 'dim' },
  ];
}
