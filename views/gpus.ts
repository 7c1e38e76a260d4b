import type { Gpu } from '../src/model/facts.ts';
import type { GpuErrors } from '../src/model/gpu-errors.ts';
import { goodValueOf } from '../src/model/observation.ts';
import { formatDuration } from '../src/model/units.ts';
import { historyOf } from '../src/store/history.ts';
import { type GpuRow, isGpuFault, selectGpuRowsOfAll } from '../src/store/selectors/gpu-rows.ts';
import type { State } from '../src/store/state.ts';
import { sparkline } from '../src/ui/bars.ts';
import { GPU_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Role, Section } from '../src/ui/view.ts';
import { inRole, isSilent, linkCell, marked, nodeColumn, nothingSpan, whyNothingKnown } from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, linkSentence, sentencesSection } from './parts/describe.ts';
import { driftOfGpus } from './parts/drift.ts';
import { heatRole, shareBar } from './parts/figures.ts';
import { cardAgeColumn, readingColumns, readingSections, sharedDetail } from './parts/gpu-reading.ts';
import {
  cardPairs,
  clockText,
  eccRole,
  eccText,
  healthPairs,
  memoryRatio,
  migText,
  pcieRole,
  pcieText,
  powerCell,
  shortModel,
  temperatureCell,
  throttleRole,
} from './parts/gpu-text.ts';
import { nodeJumps } from './parts/jumps.ts';

const columns: readonly Column<GpuRow>[] = [
  nodeColumn,
  {
    header: 'GPU',
    help: 'Index of the card as the driver counts.',
    width: { min: 3, max: 3 },
    align: 'right',
    cell: ({ index, link }) => inRole(String(index), link),
    value: ({ index }) => index,
    term: 'gpu',
  },
  {
    header: 'STATE',
    help: 'Failed, missing, failing, throttled by heat or power trouble, idle with memory held, busy, idle, or cut into MIG slices.',
    width: { min: 13, max: 30, grow: 1 },
    cell: stateCell,
    value: ({ state }) => GPU_MARKS[state.kind].word,
    term: 'state',
  },
  {
    header: 'UTIL',
    help: 'Share of the time a kernel ran.',
    width: { min: 9, max: 18, grow: 2 },
    cell: (row, context) => gpuFigure(row, context, (gpu) => shareBar(gpu.utilisationRatio, context, heatRole)),
    value: ({ gpu }) => gpu?.utilisationRatio,
    unit: 'ratio',
    term: 'gpu.util',
  },
  {
    header: 'MEM',
    help: 'Memory in use, of the card’s memory.',
    width: { min: 5, max: 18, grow: 1 },
    cell: (row, context) => gpuFigure(row, context, (gpu) => shareBar(memoryRatio(gpu), context, () => 'plain')),
    value: ({ gpu }) => gpu && memoryRatio(gpu),
    unit: 'ratio',
    term: 'gpu.mem',
  },
  {
    header: 'TEMP',
    help: 'Temperature of the card, degrees Celsius.',
    width: { min: 4, max: 4 },
    align: 'right',
    cell: (row, context) => gpuFigure(row, context, ({ temperatureC }) => temperatureCell(temperatureC)),
    value: ({ gpu }) => gpu?.temperatureC,
    unit: 'celsius',
    term: 'gpu.temp',
  },
  {
    header: 'POWER',
    help: 'Power drawn now, of the limit, watts.',
    width: { min: 8, max: 9 },
    align: 'right',
    cell: (row, context) => gpuFigure(row, context, powerCell),
    value: ({ gpu }) => gpu?.powerW,
    unit: 'watts',
    term: 'gpu.power',
  },
  {
    header: 'LAST 10 MIN',
    help: 'Utilisation of the last minutes, five seconds a column, now at the right.',
    width: { min: 11, max: 60, grow: 2 },
    cell: sparkCell,
  },
  {
    header: 'PROCS',
    help: 'Processes that hold memory of the card.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ gpu, processes, link }) =>
      gpu === undefined || processes === undefined ? '' : inRole(String(processes), link),
    value: ({ gpu, processes }) => (gpu === undefined ? undefined : processes),
    term: 'gpu.procs',
  },
  cardAgeColumn,
  textColumn('MODEL', 'Name of the card.', { min: 10, max: 28, grow: 2 }, ({ name }) => shortModel(name), 'gpu.model'),
  textColumn(
    'PCIE',
    'Generation and width of the link, now and at most.',
    { min: 11, max: 13 },
    pcieText,
    'gpu.pcie',
    pcieRole,
  ),
  textColumn(
    'ECC',
    'Memory errors that were not corrected, and that were; blank where the card has no ECC.',
    { min: 5, max: 9 },
    eccText,
    'gpu.ecc',
    eccRole,
  ),
  textColumn(
    'THROTTLE',
    'Reasons why the clocks are held down.',
    { min: 8, max: 24, grow: 1 },
    ({ throttleReasons }) => throttleReasons.join(' '),
    'gpu.throttle',
    throttleRole,
  ),
  textColumn(
    'CLOCK',
    'Clock of the multiprocessors, now and at most, MHz.',
    { min: 9, max: 9 },
    clockText,
    'gpu.clock',
  ),
  textColumn('MIG', 'Slices the card is cut into.', { min: 4, max: 20 }, migText, 'gpu.mig'),
  ...readingColumns,
];

/** One row per GPU, expected ones that are missing included. */
export const gpusView = {
  kind: 'list',
  name: 'gpus',
  title: 'GPUs',
  aliases: ['gpu'],
  rows: selectGpuRowsOfAll,
  nodes: ({ node, isInInventory }) => (isInInventory ? [node] : []),
  subject: ({ node, about, isInInventory }) =>
    isInInventory ? { nodes: [node], gpu: `${node}:${about}` } : { nodes: [] },
  probes: ['gpus', 'gpuProcesses'],
  isFault: ({ state, findings }) => isGpuFault(state) || findings.length > 0,
  describe: describeGpu,
  empty: (state) =>
    [...state.nodes.values()].some(({ slots }) => slots.gpus?.kind === 'absent')
      ? 'No node has a GPU that its driver shows, and the inventory expects none.'
      : (whyNothingKnown(state) ?? 'No node has told its GPUs yet, and the inventory expects none.'),
  bindings: [
    {
      key: 'enter',
      title: 'processes',
      action: 'open-view',
      disabled: ({ processes }) =>
        processes === undefined
          ? 'nobody can ask the node for them'
          : processes === 0
            ? 'no process holds memory of this card'
            : undefined,
      open: ({ node, index }) => ({ view: 'processes', filter: `node=${node} gpu=${index}` }),
    },
    ...nodeJumps(({ node, isInInventory }: GpuRow) => (isInInventory ? node : undefined), ['gpus']),
  ],
  columns,
  sortedBy: 'NODE',
} satisfies ListView<GpuRow>;

function textColumn(
  header: string,
  help: string,
  width: Column<GpuRow>['width'],
  text: (gpu: Gpu) => string,
  term: string,
  roleOfText: (gpu: Gpu) => Role = () => 'plain',
): Column<GpuRow> {
  return {
    header,
    help,
    width,
    cell: ({ gpu, link }) => (gpu === undefined ? '' : inRole([{ text: text(gpu), role: roleOfText(gpu) }], link)),
    value: ({ gpu }) => (gpu === undefined || text(gpu) === '' ? undefined : text(gpu)),
    term,
  };
}

function stateCell(row: GpuRow, context: CellContext): Cell {
  const { state, link } = row;
  if (state.kind === 'unknown' && isSilent(link)) return linkCell(link, context);
  const detail =
    state.kind === 'hung'
      ? formatDuration(context.nowMs - state.sinceMs)
      : 'because' in state
        ? state.because
        : sharedDetail(row, context.width);
  return inRole(marked(GPU_MARKS[state.kind], context.ascii, detail, context.width), link);
}

/** A figure of the card; a hung or failed question leaves the last one dimmed behind its mark. */
function gpuFigure(row: GpuRow, context: CellContext, render: (gpu: Gpu) => Cell | undefined): Cell {
  if (row.gpu === undefined) return row.slotKind === 'ok' ? '' : [nothingSpan(row.slotKind, row.link, context.ascii)];
  const isOld = row.slotKind !== 'ok';
  return inRole(render(row.gpu) ?? '', isOld ? { kind: 'idle' } : row.link);
}

/** Values of a history in a saved table: at most as many as the column is wide on a large screen. */
const TEXT_SPARKS = 30;

function sparkCell({ gpu, node, link }: GpuRow, { width, ascii, isText }: CellContext): Cell {
  if (gpu === undefined) return '';
  return inRole(
    [
      {
        text: sparkline(historyOf(node, gpu.uuid), isText ? TEXT_SPARKS : width, ascii),
        role: 'busy',
      },
    ],
    link,
  );
}

/** What the driver tells of errors of this card. */
const healthOf = (state: State, { node, gpu }: GpuRow): GpuErrors | undefined =>
  goodValueOf(state.nodes.get(node)?.slots.gpuErrors)?.find(({ busId }) => busId === gpu?.busId);

function describeGpu(row: GpuRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs, ascii } = context;
  const { gpu } = row;
  const why = 'because' in row.state ? row.state.because : '';
  return [
    factsSection('Facts', [
      ['state', marked(GPU_MARKS[row.state.kind], ascii, why)],
      ...(gpu === undefined ? [] : cardPairs(gpu)),
      ...healthPairs(healthOf(state, row)),
      ['on the PCI bus', row.driver && `${row.driver.pciGpuCount} NVIDIA cards`],
      ['module', row.driver?.moduleVersion],
      ['CUDA', row.driver?.cudaVersion],
      ['told by', row.from],
      ['link', linkSentence(row.link, nowMs)],
    ]),
    ...readingSections(row, context),
    factsSection('Wished state', [['model', row.expectedModel]], 'the inventory names no model'),
    ...sentencesSection('Drift', driftOfGpus(state, row.node), 'warning'),
    findingsSection(row.findings, context),
    eventsSection(state, row.node, row.about),
  ];
}
