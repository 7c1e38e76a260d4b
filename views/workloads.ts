import { amountsText, asksGpu, isOver, podName } from '../src/model/gpu-pods.ts';
import type { Cluster, KubePod } from '../src/model/kubernetes.ts';
import { priorityText, whoGoesFirst } from '../src/model/preemption.ts';
import { whoGoesLines } from '../src/model/preemption-words.ts';
import { formatDuration } from '../src/model/units.ts';
import { clusterTroubles } from '../src/store/selectors/sharing-rows.ts';
import { selectWorkloadRows, type WorkloadRow } from '../src/store/selectors/workload-rows.ts';
import { WORKLOAD_MARKS } from '../src/ui/marks.ts';
import type { Binding, Cell, CellContext, Column, DescribeContext, ListView, Moment, Section } from '../src/ui/view.ts';
import { marked } from './parts/cells.ts';
import { factsSection, sentencesSection } from './parts/describe.ts';
import { nodeFilter } from './parts/jumps.ts';
import { whyEmpty } from './sharing.ts';

const columns: readonly Column<WorkloadRow>[] = [
  {
    header: 'NODE',
    help: 'Node of the cluster the pod runs on; blank while it waits for one.',
    width: { min: 10, max: 32, grow: 1 },
    priority: 4,
    cell: ({ node }) => (node === undefined ? '' : [{ text: node, role: 'strong' }]),
    value: ({ node }) => node ?? '',
    term: 'node',
  },
  {
    header: 'NAMESPACE',
    help: 'Namespace of the pod.',
    width: { min: 9, max: 20, grow: 1 },
    cell: ({ pod }) => pod.namespace,
    value: ({ pod }) => pod.namespace,
    term: 'namespace',
  },
  {
    header: 'POD',
    help: 'Name of the pod.',
    width: { min: 16, want: 28, max: 48, grow: 3 },
    priority: 3,
    cell: ({ pod }) => pod.name,
    value: ({ pod }) => pod.name,
    term: 'pod',
  },
  {
    header: 'GPUS',
    help: 'GPUs or slices it asks for, less their maker’s prefix.',
    width: { min: 6, want: 13, max: 20 },
    priority: 2,
    cell: ({ pod }) => amountsText(pod.requests),
    value: ({ pod }) => amountsText(pod.requests) || undefined,
    term: 'gpus',
  },
  {
    header: 'STATE',
    help: 'Running, waiting, not well or failed, with the reason Kubernetes gives.',
    width: { min: 9, want: 28, max: 40, grow: 1 },
    priority: 2,
    cell: stateCell,
    value: ({ state }) => WORKLOAD_MARKS[state].word,
    term: 'state',
  },
  {
    header: 'OWNER',
    help: 'What made it: Deployment’s ReplicaSet, Job, DaemonSet.',
    width: { min: 10, max: 36, grow: 1 },
    cell: ({ pod: { owner } }) => (owner === undefined ? '' : [{ text: `${owner.kind} ${owner.name}`, role: 'dim' }]),
    value: ({ pod: { owner } }) => owner && `${owner.kind} ${owner.name}`,
    term: 'owner',
  },
  {
    header: 'PRIORITY',
    help: 'Its priority, and the class it has that from.',
    width: { min: 8, max: 24 },
    cell: ({ pod }) =>
      pod.priorityClass === undefined ? String(pod.priority) : `${pod.priority} ${pod.priorityClass}`,
    value: ({ pod }) => pod.priority,
    term: 'priority',
  },
  {
    header: 'RESTARTS',
    help: 'Restarts of its containers.',
    width: { min: 8, max: 8 },
    align: 'right',
    cell: ({ pod }) =>
      pod.restarts === 0 ? [{ text: '0', role: 'dim' }] : [{ text: String(pod.restarts), role: 'warning' }],
    value: ({ pod }) => pod.restarts,
    term: 'restarts',
  },
  {
    header: 'AGE',
    help: 'Time since it was made.',
    width: { min: 4, max: 5 },
    align: 'right',
    cell: (row, context) => [{ text: ageText(row, context), role: 'dim' }],
    value: ({ pod }, { nowMs }) => (pod.createdMs === undefined ? undefined : nowMs - pod.createdMs),
    unit: 'ms',
    term: 'age',
  },
  {
    header: 'CLUSTER',
    help: 'Cluster of the inventory.',
    width: { min: 8, max: 16 },
    cell: ({ cluster }) => [{ text: cluster, role: 'dim' }],
    value: ({ cluster }) => cluster,
    term: 'cluster',
  },
];

/** Pods that ask for GPUs or run on GPU nodes. */
export const workloadsView = {
  kind: 'list',
  name: 'workloads',
  title: 'Workloads',
  aliases: ['pods', 'pod'],
  rows: selectWorkloadRows,
  // A node of the cluster need not be in the inventory; the shell drops those that are not.
  nodes: ({ node }) => (node === undefined ? [] : [node]),
  subject: ({ node, pod, cluster }) => ({ nodes: node === undefined ? [] : [node], pod: podName(pod), cluster }),
  probes: [],
  isFault: ({ state }) => state === 'failed' || state === 'troubled',
  describe: describeWorkload,
  empty: (state) =>
    state.clusters.size > 0 && [...state.clusters.values()].every(({ tables }) => tables.pods.state.kind === 'watching')
      ? 'No pod asks for a GPU, and none runs on a node that has one.'
      : whyEmpty(state),
  bindings: [
    {
      key: 'enter',
      title: 'its node',
      action: 'open-view',
      disabled: ({ node }) => (node === undefined ? 'it waits for a node' : undefined),
      open: ({ node, cluster }) => ({ view: 'sharing', cursor: `${cluster}:${node}` }),
    },
    logBinding('L', 'log', false),
    logBinding('B', 'log before restart', true),
    {
      key: 'p',
      title: 'processes',
      action: 'open-view',
      disabled: ({ node }) => (node === undefined ? 'it waits for a node' : undefined),
      open: ({ node }) => ({ view: 'processes', filter: nodeFilter(node) }),
    },
  ],
  columns,
  sortedBy: 'NODE',
} satisfies ListView<WorkloadRow>;

/** Opens the log of the pod, or that of its containers before their last restart. */
function logBinding(key: string, title: string, isPrevious: boolean): Binding<WorkloadRow> {
  return {
    key,
    title,
    action: 'open-view',
    disabled: ({ node, pod }) => {
      if (node === undefined) return 'it waits for a node: nothing of it has run';
      return isPrevious && pod.restarts === 0 ? 'none of its containers was restarted' : undefined;
    },
    open: ({ cluster, pod: { namespace, name } }) => ({
      view: 'pod-log',
      request: { kind: 'pod-log', log: { cluster, namespace, pod: name, isPrevious } },
    }),
  };
}

function stateCell({ state, pod }: WorkloadRow, { ascii, width }: CellContext): Cell {
  const isWell = state === 'running' || state === 'done';
  return marked(WORKLOAD_MARKS[state], ascii, isWell ? '' : (pod.reason ?? ''), width);
}

const MINUTE_MS = 60_000;

/** In whole minutes: an age that counts every second would repaint every row. */
function ageText({ pod }: WorkloadRow, { nowMs }: Moment): string {
  if (pod.createdMs === undefined) return '?';
  const ageMs = nowMs - pod.createdMs;
  return ageMs < MINUTE_MS ? 'now' : formatDuration(ageMs - (ageMs % MINUTE_MS));
}

/** Who would go for a pod that waits for GPUs. */
const whoGoes = (pod: KubePod, cluster: Cluster | undefined): readonly Section[] =>
  cluster === undefined || pod.node !== '' || isOver(pod) || !asksGpu(pod)
    ? []
    : sentencesSection('Who goes first', whoGoesLines(whoGoesFirst(cluster, pod), pod));

function describeWorkload({ pod, cluster, node }: WorkloadRow, context: DescribeContext): readonly Section[] {
  const mark = pod.isLeaving ? ', being deleted' : '';
  return [
    factsSection('Facts', [
      ['pod', podName(pod)],
      ['cluster', cluster],
      ['node', node ?? 'none yet'],
      ['phase', `${pod.phase}${mark}${pod.isReady ? ', ready' : ''}`],
      ['reason', pod.reason],
      ['asks for', amountsText(pod.requests) || 'no GPU'],
      ['owner', pod.owner && `${pod.owner.kind} ${pod.owner.name}`],
      [
        'priority',
        `${priorityText(pod)}${pod.preemptsNever === true ? ', pushes nobody out (preemptionPolicy: Never)' : ''}`,
      ],
      ['restarts', String(pod.restarts)],
      ['made', pod.createdMs === undefined ? undefined : `${formatDuration(context.nowMs - pod.createdMs)} ago`],
      [
        'node selector',
        Object.entries(pod.nodeSelector)
          .map(([key, value]) => `${key}=${value}`)
          .join(', '),
      ],
    ]),
    ...sentencesSection('Kubernetes says', pod.message === undefined ? [] : [pod.message], 'warning'),
    ...whoGoes(pod, context.state.clusters.get(cluster)),
    ...sentencesSection('Not readable', clusterTroubles(context.state.clusters.values()), 'warning'),
  ];
}
