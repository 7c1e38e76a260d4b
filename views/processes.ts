import { formatBytes, formatDuration } from '../src/model/units.ts';
import { type ProcessRow, selectProcessRows } from '../src/store/selectors/process-rows.ts';
import type { State } from '../src/store/state.ts';
import type { Cell, Column, ListView, Section } from '../src/ui/view.ts';
import { ageColumn, inRole, nodeColumn } from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, linkSentence } from './parts/describe.ts';
import { nodeFilter, nodeJumps } from './parts/jumps.ts';

const columns: readonly Column<ProcessRow>[] = [
  nodeColumn,
  {
    header: 'GPU',
    help: 'Index of the card whose memory it holds.',
    width: { min: 3, max: 3 },
    align: 'right',
    cell: ({ gpuIndex, link }) => inRole(gpuIndex === undefined ? '?' : String(gpuIndex), link),
    value: ({ gpuIndex }) => gpuIndex,
    term: 'gpu',
  },
  {
    header: 'PID',
    help: 'Process id on the node.',
    width: { min: 7, max: 7 },
    align: 'right',
    cell: ({ process, link }) => inRole(String(process.pid), link),
    value: ({ process }) => process.pid,
    term: 'pid',
  },
  {
    header: 'USER',
    help: 'Who runs it; nobody to be seen means memory held by something invisible.',
    width: { min: 9, max: 16 },
    cell: userCell,
    value: ({ process }) => process.user ?? 'invisible',
    term: 'user',
  },
  {
    header: 'MEM',
    help: 'GPU memory it holds.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ process, link }) =>
      process.memoryBytes === undefined ? '' : inRole(formatBytes(process.memoryBytes), link),
    value: ({ process }) => process.memoryBytes,
    unit: 'bytes',
    term: 'gpu.mem',
  },
  {
    header: 'SINCE',
    help: 'Time since it started.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ process, link }) => inRole(startedText(process.startedSecAgo), link),
    value: ({ process }) => (process.startedSecAgo === undefined ? undefined : process.startedSecAgo * 1000),
    unit: 'ms',
    term: 'since',
  },
  {
    header: 'CONTAINER',
    help: 'Container or pod it runs in, shortened.',
    width: { min: 12, max: 14 },
    cell: ({ process, link }) => inRole(process.container ?? '', link),
    value: ({ process }) => process.container,
    term: 'container',
  },
  {
    header: 'COMMAND',
    help: 'Its command line.',
    width: { min: 16, grow: 1 },
    cell: ({ process, link }) => inRole(process.command ?? process.name, link),
    value: ({ process }) => process.command ?? process.name,
    term: 'command',
  },
  ageColumn<ProcessRow>(() => 'gpuProcesses'),
];

/** Who holds GPU memory: user, container, command, how much, since when. */
export const processesView = {
  kind: 'list',
  name: 'processes',
  title: 'Processes',
  aliases: ['process', 'procs'],
  rows: selectProcessRows,
  nodes: ({ node }) => [node],
  probes: ['gpuProcesses', 'gpus'],
  isFault: ({ process }) => process.user === undefined,
  describe: describeProcess,
  empty: (state) =>
    [...state.nodes.values()].some(({ slots }) => slots.gpuProcesses?.kind === 'ok')
      ? 'No process holds GPU memory on any node that answers.'
      : 'No node has told its GPU processes yet.',
  bindings: [
    {
      key: 'enter',
      title: 'its GPU',
      action: 'open-view',
      open: ({ node, gpuIndex }) => ({
        view: 'gpus',
        filter: nodeFilter(node),
        ...(gpuIndex === undefined ? {} : { cursor: `${node}:gpu${gpuIndex}` }),
      }),
    },
    ...nodeJumps(({ node }: ProcessRow) => node, ['processes']),
  ],
  columns,
  sortedBy: 'NODE',
} satisfies ListView<ProcessRow>;

function userCell({ process, link }: ProcessRow): Cell {
  return process.user === undefined ? [{ text: 'invisible', role: 'warning' }] : inRole(process.user, link);
}

const startedText = (startedSecAgo: number | undefined): string =>
  startedSecAgo === undefined ? '' : formatDuration(startedSecAgo * 1000);

function describeProcess(row: ProcessRow, state: State, nowMs: number): readonly Section[] {
  const { process } = row;
  return [
    factsSection('Facts', [
      ['pid', String(process.pid)],
      ['name', process.name],
      ['command', process.command],
      ['user', process.user ?? 'none to be seen: the memory is held by something outside of what /proc shows'],
      ['container', process.container],
      ['GPU', `${row.gpuIndex ?? '?'} (${process.gpuUuid})`],
      ['GPU memory', process.memoryBytes === undefined ? undefined : formatBytes(process.memoryBytes)],
      ['started', process.startedSecAgo === undefined ? undefined : `${startedText(process.startedSecAgo)} ago`],
      ['link', linkSentence(row.link, nowMs)],
    ]),
    findingsSection(row.findings, nowMs),
    eventsSection(state, row.node, row.gpuIndex === undefined ? undefined : `gpu${row.gpuIndex}`),
  ];
}
