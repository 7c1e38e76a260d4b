import type { Link } from '../src/model/link.ts';
import { foldNodes } from '../src/model/node-set.ts';
import { formatDuration } from '../src/model/units.ts';
import { mountRowsOf } from '../src/store/selectors/mount-rows.ts';
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
import { legend, type NodeCell, paintGrid } from './parts/heat-grid.ts';
import { nodeFilter, nodeJumps } from './parts/jumps.ts';

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
  if (row.kind === 'finding' || row.gpus.length > 0 || mountRowsOf(state, row.node).length > 0) return undefined;
  return 'the node has no GPU, and nothing is known to be mounted there';
}

function openRow(row: OverviewRow): { readonly view: string; readonly filter?: string; readonly cursor?: string } {
  if (row.kind === 'finding') return { view: 'findings', cursor: row.finding.id };
  return row.gpus.length > 0
    ? { view: 'gpus', filter: nodeFilter(row.node) }
    : { view: 'mounts', filter: nodeFilter(row.node) };
}

function paint(rows: readonly OverviewRow[], context: CanvasContext): CanvasPicture {
  const airy = paintWith(rows, context, true);
  // Blank lines are the first to go where the picture is taller than the screen.
  return airy.lines.length <= context.height ? airy : paintWith(rows, context, false);
}

function paintWith(rows: readonly OverviewRow[], context: CanvasContext, isAiry: boolean): CanvasPicture {
  const places = new Map<string, Place>();
  const space: readonly Line[] = isAiry ? [[]] : [];
  const lines: Line[] = [...capacityLines(context.state, context)];
  const findings = rows.filter((row) => row.kind === 'finding');
  if (findings.length > 0) lines.push(...space, headingOf(context.state, findings.length));
  for (const row of findings) {
    places.set(row.id, { x: 0, y: lines.length, width: context.width });
    lines.push(findingLine(row, context));
  }
  lines.push(...space);
  const cells = rows.filter((row): row is NodeCell => row.kind === 'node');
  const grid = paintGrid(cells, context, lines.length);
  for (const [id, place] of grid.places) places.set(id, place);
  return { lines: [...lines, ...grid.lines, ...space, ...legend(context)], places };
}

function headingOf({ findings }: State, shown: number): Line {
  const count = (severity: 'critical' | 'warning' | 'notice'): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const parts = (['critical', 'warning', 'notice'] as const)
    .filter((severity) => count(severity) > 0)
    .map((severity) => ({ text: `  ${count(severity)} ${severity}`, role: SEVERITY_MARKS[severity].role }));
  const some: Line =
    shown < findings.length ? [{ text: `  the first ${shown} of ${findings.length}`, role: 'dim' }] : [];
  return [{ text: 'FINDINGS', role: 'heading' }, ...parts, ...some];
}

function findingLine({ finding, row }: Extract<OverviewRow, { kind: 'finding' }>, context: CanvasContext): Line {
  const mark = SEVERITY_MARKS[finding.severity];
  const age = formatDuration(context.nowMs - finding.sinceMs).padStart(4);
  const nodes = finding.title.includes(row.folded) ? '' : `  ${foldNodes(row.nodes)}`;
  return [
    { text: `${glyphOf(mark, context.ascii)} ${age}  `, role: mark.role },
    { text: finding.title, role: 'plain' },
    { text: nodes, role: 'dim' },
  ];
}
