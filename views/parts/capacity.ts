import { formatBytes, formatLatency, formatRatio } from '../../src/model/units.ts';
import { type Capacity, type Share, selectCapacity } from '../../src/store/selectors/capacity.ts';
import type { State } from '../../src/store/state.ts';
import { bar } from '../../src/ui/bars.ts';
import { glyphOf, LINK_MARKS } from '../../src/ui/marks.ts';
import type { CellContext, Line, Role, Span } from '../../src/ui/view.ts';
import { fillRole, usedRatio } from './figures.ts';
import { drawnWidth, sized } from './sized.ts';

/** Shares listed by themselves; the rest is counted. */
const SHARES_SHOWN = 4;

const label = (text: string): Span => ({ text: text.padEnd(9), role: 'heading' });
const counted = (count: number, word: string, role: Role, glyph = ''): readonly Span[] =>
  count === 0 ? [] : [{ text: `  ${glyph}${count} ${word}`, role }];

/** What the fleet has, in a few lines: links, GPUs and their memory, shared storage. */
export function capacityLines(state: State, context: CellContext): readonly Line[] {
  const capacity = selectCapacity(state);
  return [
    linkLine(capacity, context),
    ...(capacity.gpus.total === 0 ? [] : [gpuLine(capacity, context)]),
    ...shareLines(capacity.shares, context),
  ];
}

function linkLine({ links, slowest }: Capacity, { ascii }: CellContext): Line {
  const total = Object.values(links).reduce((sum, count) => sum + count, 0);
  const kinds = (['up', 'late', 'lost', 'refused', 'connecting', 'idle', 'none'] as const).flatMap((kind) => {
    const mark = LINK_MARKS[kind];
    return counted(links[kind], mark.word, mark.role, `${glyphOf(mark, ascii)} `);
  });
  const slow =
    slowest === undefined
      ? []
      : [{ text: `  slowest ${slowest.node} ${formatLatency(slowest.roundTripMs)}`, role: 'dim' as const }];
  return [label('NODES'), { text: String(total).padStart(4), role: 'strong' }, ...kinds, ...slow];
}

function gpuLine({ gpus, gpuMemory }: Capacity, context: CellContext): Line {
  const ratio = gpuMemory.totalBytes === 0 ? undefined : gpuMemory.usedBytes / gpuMemory.totalBytes;
  const memory: readonly Span[] =
    ratio === undefined
      ? []
      : [
          { text: '  memory ', role: 'dim' },
          { text: context.width >= 100 ? `${bar(ratio, 12, context.ascii)} ` : '', role: 'busy' },
          { text: `${formatBytes(gpuMemory.usedBytes)} of ${formatBytes(gpuMemory.totalBytes)}` },
        ];
  return [
    label('GPUS'),
    { text: String(gpus.total).padStart(4), role: 'strong' },
    ...counted(gpus.busy, 'busy', 'busy'),
    ...counted(gpus.idle, 'idle', 'plain'),
    ...counted(gpus.failed, 'failed', 'critical'),
    ...counted(gpus.unknown, 'unknown', 'unknown'),
    ...memory,
    ...counted(gpus.elsewhere, 'outside the inventory', 'dim'),
  ];
}

function shareLines(shares: readonly Share[], context: CellContext): readonly Line[] {
  const shown = shares.slice(0, SHARES_SHOWN);
  const nameWidth = Math.min(Math.max(...shown.map(({ id }) => drawnWidth(id)), 0), Math.floor(context.width / 3));
  const lines = shown.map((share, index) => shareLine(share, nameWidth, index === 0, context));
  const rest = shares.length - shown.length;
  return rest > 0 ? [...lines, [label(''), { text: `and ${rest} more shares`, role: 'dim' }]] : lines;
}

function shareLine(
  { id, usage, mountedOn, hung }: Share,
  nameWidth: number,
  isFirst: boolean,
  { ascii }: CellContext,
): Line {
  const ratio = usage === undefined ? undefined : usedRatio(usage);
  const figures: readonly Span[] =
    usage === undefined || ratio === undefined
      ? [{ text: 'nobody has said how full it is', role: 'unknown' }]
      : [
          { text: bar(ratio, 10, ascii), role: fillRole(ratio) },
          { text: `${formatRatio(ratio).padStart(5)}  `, role: fillRole(ratio) },
          { text: `${formatBytes(usage.availableBytes)} free of ${formatBytes(usage.sizeBytes)}` },
        ];
  const name = sized(id, nameWidth, ascii, 'end');
  return [
    label(isFirst ? 'STORAGE' : ''),
    { text: `${name}  ` },
    ...figures,
    { text: `  on ${mountedOn}`, role: 'dim' },
    ...counted(hung, 'hung', 'critical'),
  ];
}
