import { foldNodes } from '../../src/model/node-set.ts';
import { type GpuRow, isGpuFault } from '../../src/store/selectors/gpu-rows.ts';
import type { OverviewRow } from '../../src/store/selectors/overview-rows.ts';
import { levelGlyph } from '../../src/ui/bars.ts';
import { GPU_MARKS, glyphOf, LINK_MARKS, type Mark, NOTHING, SEVERITY_MARKS } from '../../src/ui/marks.ts';
import type { CanvasContext, CanvasPicture, Line, Span } from '../../src/ui/view.ts';
import { isAnswering, nothingSpan } from './cells.ts';
import { heatRole } from './figures.ts';
import { headWithin } from './folded.ts';

/** A node of the grid. */
export type NodeCell = Extract<OverviewRow, { kind: 'node' }>;

/** More nodes than this are drawn without their names: a line says which nodes it holds. */
const NAMED_UP_TO = 96;
const GAP = 2;

/** Nodes group by group, each with its GPUs inside; `top` is the line the grid begins at. */
export function paintGrid(cells: readonly NodeCell[], context: CanvasContext, top: number): CanvasPicture {
  const lines: Line[] = [];
  const places = new Map<string, { readonly x: number; readonly y: number; readonly width: number }>();
  const isNamed = cells.length <= NAMED_UP_TO;
  for (const group of groupsOf(cells)) {
    lines.push(groupHeading(group, context.width));
    const nameWidth = isNamed ? Math.max(...group.map(({ node }) => node.length)) : 0;
    const gpuWidth = Math.max(...group.map(({ gpus }) => gpus.length));
    const cellWidth = 1 + (isNamed ? 1 + nameWidth : 0) + (gpuWidth > 0 ? gpuWidth + (isNamed ? 1 : 0) : 0);
    const labelWidth = isNamed ? 0 : Math.min(24, Math.max(...group.map(({ node }) => node.length)) + 2);
    const gap = isNamed ? GAP : 1;
    const perLine = Math.max(1, Math.floor((context.width - labelWidth + gap) / (cellWidth + gap)));
    for (let first = 0; first < group.length; first += perLine) {
      const part = group.slice(first, first + perLine);
      const spans: Span[] = isNamed
        ? []
        : [{ text: (part[0]?.node ?? '').slice(0, labelWidth - 1).padEnd(labelWidth), role: 'dim' }];
      part.forEach((cell, index) => {
        if (index > 0) spans.push({ text: ' '.repeat(gap) });
        places.set(cell.id, { x: labelWidth + index * (cellWidth + gap), y: top + lines.length, width: cellWidth });
        spans.push(...cellSpans(cell, nameWidth, gpuWidth, context.ascii));
      });
      lines.push(merged(spans));
    }
  }
  return { lines, places };
}

function groupsOf(cells: readonly NodeCell[]): readonly (readonly NodeCell[])[] {
  const groups = new Map<string, NodeCell[]>();
  for (const cell of cells) {
    const list = groups.get(cell.group);
    if (list === undefined) groups.set(cell.group, [cell]);
    else list.push(cell);
  }
  return [...groups.values()];
}

const IN_TROUBLE: ReadonlySet<NodeCell['link']['kind']> = new Set(['late', 'lost', 'refused'] as const);

function groupHeading(group: readonly NodeCell[], width: number): Line {
  const gpus = group.reduce((sum, cell) => sum + cell.gpus.length, 0);
  const faults = group.filter(({ worst, link }) => worst === 'critical' || IN_TROUBLE.has(link.kind)).length;
  const folded = headWithin(foldedNames(group), Math.floor(width / 2));
  return [
    { text: group[0]?.group ?? '', role: 'heading' },
    { text: folded === undefined ? '' : `  ${folded}`, role: 'dim' },
    {
      text: `  ${group.length} ${group.length === 1 ? 'node' : 'nodes'}${gpus === 0 ? '' : `, ${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`}`,
      role: 'dim',
    },
    ...(faults === 0 ? [] : [{ text: `, ${faults} in trouble`, role: 'critical' as const }]),
  ];
}

/** Folding a thousand names takes longer than painting them, and groups hardly ever change. */
const known = new Map<string, { readonly names: string; readonly folded: string }>();
const GROUPS_KNOWN = 100;

function foldedNames(group: readonly NodeCell[]): string {
  const title = group[0]?.group ?? '';
  const names = group.map(({ node }) => node).join(',');
  const before = known.get(title);
  if (before?.names === names) return before.folded;
  const folded = foldNodes(group.map(({ node }) => node));
  if (known.size >= GROUPS_KNOWN) known.clear();
  known.set(title, { names, folded });
  return folded;
}

interface PaintedCell {
  readonly nameWidth: number;
  readonly gpuWidth: number;
  readonly ascii: boolean;
  readonly spans: Line;
}

const painted = new WeakMap<NodeCell, PaintedCell>();

/** The spans of a node, painted once per row object: between two updates few nodes of many change. */
function cellSpans(cell: NodeCell, nameWidth: number, gpuWidth: number, ascii: boolean): Line {
  const before = painted.get(cell);
  if (before?.nameWidth === nameWidth && before.gpuWidth === gpuWidth && before.ascii === ascii) return before.spans;
  const spans = merged(nodeSpans(cell, nameWidth, gpuWidth, ascii));
  painted.set(cell, { nameWidth, gpuWidth, ascii, spans });
  return spans;
}

function nodeSpans(cell: NodeCell, nameWidth: number, gpuWidth: number, ascii: boolean): readonly Span[] {
  const mark = nodeMark(cell);
  const isHere = isAnswering(cell.link);
  const name =
    nameWidth === 0
      ? []
      : [{ text: ` ${cell.node.padEnd(nameWidth)}`, role: isHere ? ('plain' as const) : ('stale' as const) }];
  const gap = nameWidth === 0 || gpuWidth === 0 ? [] : [{ text: ' ' }];
  const gpus = cell.gpus.map((gpu) => gpuSpan(gpu, ascii));
  const rest = gpuWidth - cell.gpus.length;
  return [
    { text: glyphOf(mark, ascii), role: mark.role },
    ...name,
    ...gap,
    ...gpus,
    ...(rest > 0 ? [{ text: ' '.repeat(rest) }] : []),
  ];
}

/** The sign of a critical finding, ✗, is a lost node's here. */
const TROUBLED: Mark = { glyph: '◆', ascii: '#', word: 'critical', role: 'critical' };
const AFFECTED: Mark = { glyph: '▽', ascii: 'v', word: 'shared', role: 'warning' };

/** The worst there is to say of a node: its link, mounts that hang, findings. */
function nodeMark({ link, worst, isAffected, hungMounts }: NodeCell): Mark {
  if (link.kind !== 'up') return LINK_MARKS[link.kind];
  if (hungMounts > 0) return NOTHING.hung;
  if (worst === 'critical') return TROUBLED;
  if (isAffected) return AFFECTED;
  return worst === 'warning' ? SEVERITY_MARKS.warning : LINK_MARKS.up;
}

/** One column per GPU: how busy it is, or what is wrong with it. ASCII shows tenths: `9` is from 90 %. */
function gpuSpan({ gpu, state, slotKind, link }: GpuRow, ascii: boolean): Span {
  const isHere = isAnswering(link);
  if (isGpuFault(state))
    return { text: glyphOf(GPU_MARKS[state.kind], ascii), role: isHere ? GPU_MARKS[state.kind].role : 'stale' };
  if (gpu === undefined) return { ...nothingSpan(slotKind === 'ok' ? 'never' : slotKind, link, ascii), role: 'dim' };
  const ratio = gpu.utilisationRatio;
  if (ratio === undefined)
    return { text: glyphOf(GPU_MARKS[state.kind], ascii), role: isHere ? GPU_MARKS[state.kind].role : 'stale' };
  const text = ascii ? String(Math.min(9, Math.floor(ratio * 10))) : levelGlyph(ratio, false);
  return { text, role: isHere && slotKind === 'ok' ? heatRole(ratio) : 'stale' };
}

/** Neighbours in one role are one span: a thousand nodes are painted at every change. */
function merged(spans: readonly Span[]): Line {
  const line: { text: string; role?: NonNullable<Span['role']> }[] = [];
  for (const { text, role } of spans) {
    const last = line.at(-1);
    if (last !== undefined && last.role === role) last.text += text;
    else line.push(role === undefined ? { text } : { text, role });
  }
  return line;
}

/** What the glyphs of the grid mean. */
export function legend({ ascii, width }: CanvasContext): readonly Line[] {
  const marks = [
    LINK_MARKS.up,
    LINK_MARKS.late,
    LINK_MARKS.lost,
    LINK_MARKS.refused,
    NOTHING.hung,
    TROUBLED,
    AFFECTED,
    SEVERITY_MARKS.warning,
  ];
  const gpus = [GPU_MARKS.failed, GPU_MARKS.missing, GPU_MARKS.failing, GPU_MARKS.throttled, NOTHING.never];
  const heat: readonly Span[] = ascii
    ? [{ text: 'GPU 0-9 tenths busy', role: 'dim' }]
    : [
        { text: 'GPU ', role: 'dim' },
        { text: '▁', role: 'heat0' },
        { text: '▃', role: 'heat1' },
        { text: '▅', role: 'heat2' },
        { text: '▇', role: 'heat3' },
        { text: '█', role: 'heat4' },
        { text: ' busy', role: 'dim' },
      ];
  const explain = (mark: Mark): readonly Span[] => [
    { text: `  ${glyphOf(mark, ascii)}`, role: mark.role },
    { text: ` ${mark.word}`, role: 'dim' },
  ];
  const nodeWords = marks
    .flatMap(explain)
    .map((span, index) => (index === 0 ? { ...span, text: span.text.trimStart() } : span));
  const gpuWords = [...heat, ...gpus.flatMap(explain)];
  return width >= 140 ? [[...nodeWords, { text: '  ' }, ...gpuWords]] : [nodeWords, gpuWords];
}
