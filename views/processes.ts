import { podName } from '../src/model/gpu-pods.ts';
import { formatBytes, formatDuration } from '../src/model/units.ts';
import { type ProcessRow, selectProcessRows } from '../src/store/selectors/process-rows.ts';
import type { State } from '../src/store/state.ts';
import type { Cell, Column, DescribeContext, ListView, Section } from '../src/ui/view.ts';
import { ageColumn, inRole, nodeColumn, whyNothingKnown } from './parts/cells.ts';
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
    cell: ({ holder, link }) => inRole(String(holder.pid), link),
    value: ({ holder }) => holder.pid,
    term: 'pid',
  },
  {
    header: 'USER',
    help: 'Who runs it; nobody to be seen means memory held by something invisible.',
    width: { min: 9, max: 16 },
    cell: userCell,
    value: ({ holder }) => holder.user ?? 'invisible',
    term: 'user',
  },
  {
    header: 'MEM',
    help: 'GPU memory it holds.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ holder, link }) => (holder.memoryBytes === undefined ? '' : inRole(formatBytes(holder.memoryBytes), link)),
    value: ({ holder }) => holder.memoryBytes,
    unit: 'bytes',
    term: 'gpu.mem',
  },
  {
    header: 'SINCE',
    help: 'Time since it started.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ holder, link }) => inRole(startedText(holder.startedSecAgo), link),
    value: ({ holder }) => (holder.startedSecAgo === undefined ? undefined : holder.startedSecAgo * 1000),
    unit: 'ms',
    term: 'since',
  },
  {
    header: 'COMMAND',
    help: 'Its command line.',
    width: { min: 14, grow: 1 },
    priority: 1,
    cell: ({ holder, link }) => inRole(holder.command ?? holder.name, link),
    value: ({ holder }) => holder.command ?? holder.name,
    term: 'command',
  },
  {
    header: 'CONTAINER',
    help: 'Container or pod it runs in, shortened.',
    width: { min: 12, max: 14 },
    cell: ({ holder, link }) => inRole(holder.container ?? '', link),
    value: ({ holder }) => holder.container,
    term: 'container',
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
  isFault: ({ holder }) => holder.user === undefined,
  describe: describeProcess,
  empty: (state) =>
    [...state.nodes.values()].some(({ slots }) => slots.gpuProcesses?.kind === 'ok')
      ? 'No process holds GPU memory on any node that answers.'
      : (whyNothingKnown(state) ?? 'No node has told its GPU processes yet.'),
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

function userCell({ holder, link }: ProcessRow): Cell {
  return holder.user === undefined ? [{ text: 'invisible', role: 'warning' }] : inRole(holder.user, link);
}

const startedText = (startedSecAgo: number | undefined): string =>
  startedSecAgo === undefined ? '' : formatDuration(startedSecAgo * 1000);

function describeProcess(row: ProcessRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs } = context;
  const { holder } = row;
  return [
    factsSection('Facts', [
      ['pid', String(holder.pid)],
      ['name', holder.name],
      ['command', holder.command],
      ['user', holder.user ?? 'none to be seen: the memory is held by something outside of what /proc shows'],
      ['container', holder.container],
      ['pod', podOf(state, holder)],
      ['GPU', `${row.gpuIndex ?? '?'} (${holder.gpuUuid})`],
      ['GPU memory', holder.memoryBytes === undefined ? undefined : formatBytes(holder.memoryBytes)],
      ['started', holder.startedSecAgo === undefined ? undefined : `${startedText(holder.startedSecAgo)} ago`],
      ['link', linkSentence(row.link, nowMs)],
    ]),
    findingsSection(row.findings, context),
    eventsSection(state, row.node, row.gpuIndex === undefined ? undefined : `gpu${row.gpuIndex}`),
  ];
}

/** The pod a process is in, where a cluster has it; its uid alone where none has any more. */
function podOf({ clusters }: State, { podUid }: ProcessRow['holder']): string | undefined {
  if (podUid === undefined) return undefined;
  for (const { tables } of clusters.values()) {
    const pod = tables.pods.items.get(podUid);
    if (pod !== undefined) return podName(pod);
  }
  return podUid;
}
