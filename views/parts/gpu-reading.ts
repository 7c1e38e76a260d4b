import { sharedWords } from '../../src/model/card-meters.ts';
import { readingsAt } from '../../src/store/selectors/card-readings.ts';
import type { GpuRow } from '../../src/store/selectors/gpu-rows.ts';
import type { Column, DescribeContext, Moment, Section } from '../../src/ui/view.ts';
import { ageCell, ageColumn, inRole } from './cells.ts';
import { sentencesSection } from './describe.ts';
import { ageWords, figuresOf, nameOf } from './meters.ts';

const ofDriver = ageColumn<GpuRow>(() => 'gpus');

const ageOfReading = ({ from, readAtMs }: GpuRow, { nowMs }: Moment): number | undefined =>
  from === 'dcgm-exporter' && readAtMs !== undefined ? Math.max(0, nowMs - readAtMs) : undefined;

/** How long ago whoever tells the figures of the card told them. */
export const cardAgeColumn: Column<GpuRow> = {
  ...ofDriver,
  help: 'Time since the driver, or dcgm-exporter in its place, last told the figures.',
  cell: (row, context) =>
    row.from === 'dcgm-exporter' ? ageCell(ageOfReading(row, context), row.link, context) : ofDriver.cell(row, context),
  value: (row, moment) => ageOfReading(row, moment) ?? ofDriver.value?.(row, moment),
};

/** Whose the figures of a card are, and what tells them; the last to be shown, because without Kubernetes they say nothing new. */
export const readingColumns: readonly Column<GpuRow>[] = [
  {
    header: 'SHARED',
    help: 'By how many pods, or in how many slices, where sharing makes what dcgm-exporter tells of them equal: the figures are of the whole card.',
    width: { min: 11, max: 14 },
    cell: ({ reading, link }) => inRole(reading?.shared === undefined ? '' : sharedWords(reading.shared), link),
    value: ({ reading }) => reading?.shared && sharedWords(reading.shared),
    term: 'gpu.shared',
  },
  {
    header: 'FROM',
    help: 'What tells the figures: nvidia-smi on the node, or dcgm-exporter where that told nothing.',
    width: { min: 13, max: 13 },
    cell: ({ from, link }) => inRole([{ text: from ?? '', role: 'dim' }], link),
    value: ({ from }) => from,
    term: 'gpu.from',
  },
];

/** Room for the number of those who share a card. */
const NUMBERED_FROM = 24;

/** An exporter tells every pod of a shared card the same: the row says so where its figures are from one. */
export function sharedDetail({ from, reading }: GpuRow, width: number): string {
  if (from !== 'dcgm-exporter' || reading?.shared === undefined) return '';
  return width < NUMBERED_FROM ? 'shared' : `shared ${sharedWords(reading.shared)}`;
}

/** What dcgm-exporter tells of one card, also beside the driver, with whose figures they are. */
export function readingSections(
  { node, reading, readAtMs }: Pick<GpuRow, 'node' | 'reading' | 'readAtMs'>,
  { state, nowMs }: DescribeContext,
): readonly Section[] {
  const because = readingsAt(state, node)?.because;
  return [
    ...sentencesSection(
      `dcgm-exporter${ageWords(readAtMs, nowMs)}`,
      reading === undefined
        ? []
        : [...reading.meters.map((card) => `${nameOf(card)}  ${figuresOf(card)}`), ...reading.whose],
    ),
    ...sentencesSection('No newer figures', because === undefined ? [] : [because], 'warning'),
  ];
}
