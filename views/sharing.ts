import { amountsText, podName } from '../src/model/gpu-pods.ts';
import { priorityText } from '../src/model/preemption.ts';
import type { NodeSharing, SharingStep } from '../src/model/sharing.ts';
import { clusterTroubles, type SharingRow, selectSharingRows, sharingAt } from '../src/store/selectors/sharing-rows.ts';
import type { State } from '../src/store/state.ts';
import { glyphOf, SHARING_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Role, Section } from '../src/ui/view.ts';
import { cardUseSections, countsText, processesPair } from './parts/card-uses.ts';
import { marked } from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, sentencesSection } from './parts/describe.ts';
import { nodeFilter, nodeJumps, quoted } from './parts/jumps.ts';
import { kubeletCell, kubeletText, kubeSections } from './parts/kube.ts';

const columns: readonly Column<SharingRow>[] = [
  {
    header: 'NODE',
    help: 'Name of the node in the cluster; it need not be in the inventory.',
    width: { min: 10, max: 32, grow: 1 },
    priority: 4,
    cell: ({ node }) => [{ text: node, role: 'strong' }],
    value: ({ node }) => node,
    term: 'node',
  },
  {
    header: 'CARDS',
    help: 'Cards, as GPU feature discovery labels them or the inventory counts them.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ cards }) => (cards === undefined ? [{ text: '?', role: 'unknown' }] : String(cards)),
    value: ({ cards }) => cards,
    term: 'cards',
  },
  {
    header: 'STATE',
    help: 'Shared, whole cards, or broken, with the first link of the chain that breaks.',
    width: { min: 13, want: 22, max: 22 },
    priority: 3,
    cell: stateCell,
    value: ({ state }) => SHARING_MARKS[state].word,
    term: 'state',
  },
  stepColumn('DECLARED', 'What Git or the inventory declares.', 'declared'),
  stepColumn('CONFIGURED', 'What the ConfigMap, the label and the operator tell the device plugin.', 'configured'),
  stepColumn('ADVERTISED', 'What the device plugin registered: allocatable GPUs and slices.', 'advertised'),
  stepColumn('USED', 'Slices or cards that pods hold, of what is allocatable.', 'used'),
  {
    header: 'PODS',
    help: 'Pods that hold GPUs of the node.',
    width: { min: 4, max: 4 },
    align: 'right',
    cell: ({ pods }) => String(pods),
    value: ({ pods }) => pods,
    term: 'pods',
  },
  {
    header: 'PROCS',
    help: 'Processes on its cards, and how many of them are in no pod of the cluster (`!` in a narrow column); blank where the node is not asked over SSH.',
    width: { min: 5, want: 5, max: 16 },
    align: 'right',
    cell: (row, { width, isText }) => {
      const text = countsText(row);
      const role = row.outside > 0 ? 'warning' : 'plain';
      return [{ text: isText === true || text.length <= width ? text : `${row.processes}!`, role }];
    },
    value: ({ processes }) => processes,
    term: 'procs',
  },
  {
    header: 'KUBELET',
    help: 'Ready, not ready or unknown, and whether the node is cordoned.',
    width: { min: 7, max: 17 },
    cell: kubeletCell,
    value: kubeletText,
    term: 'kubelet',
  },
  {
    header: 'CLUSTER',
    help: 'Cluster of the inventory.',
    width: { min: 8, max: 16 },
    cell: ({ cluster }) => [{ text: cluster, role: 'dim' }],
    value: ({ cluster }) => cluster,
    term: 'cluster',
  },
  {
    header: 'WHY',
    help: 'Why the chain breaks.',
    width: { min: 20, grow: 2 },
    cell: ({ because }) => because,
    value: ({ because }) => because || undefined,
    term: 'why',
    isOptional: true,
  },
];

/** How the GPUs of Kubernetes nodes are shared: declared, configured, advertised, used, and where that breaks. */
export const sharingView = {
  kind: 'list',
  name: 'sharing',
  title: 'Sharing',
  aliases: ['slices', 'kubernetes'],
  rows: selectSharingRows,
  nodes: ({ node, isInInventory }) => (isInInventory ? [node] : []),
  subject: ({ node, cluster }) => ({ nodes: [node], cluster }),
  // Which pod is on which card only the node itself can tell.
  probes: ['gpuProcesses'],
  isFault: ({ state, findings }) => state === 'broken' || findings.length > 0,
  describe: describeSharing,
  empty: whyEmpty,
  bindings: [
    {
      key: 'enter',
      title: 'its pods',
      action: 'open-view',
      disabled: ({ pods }) => (pods === 0 ? 'no pod holds a GPU of this node' : undefined),
      open: ({ node }) => ({ view: 'workloads', filter: nodeFilter(node) }),
    },
    {
      key: 'W',
      title: 'workloads',
      action: 'open-view',
      open: ({ cluster }) => ({ view: 'workloads', filter: `cluster=${quoted(cluster)}` }),
    },
    ...nodeJumps(({ node, isInInventory }: SharingRow) => (isInInventory ? node : undefined), []),
  ],
  columns,
  sortedBy: 'NODE',
} satisfies ListView<SharingRow>;

/** Why there is no row: no cluster, one that cannot be read, or one without GPUs. */
export function whyEmpty(state: State): string {
  if (state.clusters.size === 0)
    return 'The inventory names no Kubernetes cluster: add "clusters:" (docs/kubernetes.md).';
  const troubles = clusterTroubles(state.clusters.values());
  if (troubles.length > 0) return `${troubles[0]}.`;
  const isAsking = [...state.clusters.values()].some(({ tables }) => tables.nodes.state.kind === 'asking');
  return isAsking ? 'No cluster has answered yet.' : 'No node of the clusters has a GPU.';
}

const ROLES = { ok: 'plain', none: 'dim', broken: 'critical', unknown: 'unknown' } as const satisfies Record<
  SharingStep['state'],
  Role
>;

function stepColumn(
  header: string,
  help: string,
  step: 'declared' | 'configured' | 'advertised' | 'used',
): Column<SharingRow> {
  return {
    header,
    help,
    width: { min: 10, want: 16, max: 40, grow: 2 },
    priority: 2,
    cell: (row, context) => stepSpan(row[step], row[`${step}State`], context),
    value: (row) => row[step],
    term: step,
  };
}

/** The link that breaks is told by its glyph, too, and not by colour alone. */
function stepSpan(text: string, state: SharingStep['state'], { ascii, width, isText }: CellContext): Cell {
  const glyph = state === 'broken' ? `${glyphOf(SHARING_MARKS.broken, ascii)} ` : '';
  const shown = isText === true ? text : within(text, width - glyph.length);
  return [{ text: `${glyph}${shown}`, role: ROLES[state] }];
}

/** Where a link is told in more words than its figure, and the column has no room for them: the describe pane has all. */
const MORE_WORDS = / \(|: | as | instead | is | declared\b| gpu\b/g;

/** The words, or those before the last break that fit: `2 slices` of `2 slices as nvidia.com/gpu.shared: key any`. */
function within(text: string, width: number): string {
  if (text.length <= width) return text;
  const brief = text.replace(/^(\d+) gpu\.shared$/, '$1 shared');
  if (brief.length <= width) return brief;
  const end = [...text.matchAll(MORE_WORDS)].map(({ index }) => index).findLast((at) => at > 0 && at <= width);
  return end === undefined ? text : text.slice(0, end);
}

function stateCell({ state, brokenAt }: SharingRow, { ascii, width }: CellContext): Cell {
  return marked(SHARING_MARKS[state], ascii, brokenAt === '' ? '' : `at ${brokenAt}`, width);
}

function describeSharing(row: SharingRow, context: DescribeContext): readonly Section[] {
  const { state } = context;
  const sharing = sharingAt(state, row);
  if (sharing === undefined) return [factsSection('Facts', [], 'the node is gone from the cluster')];
  const { node, steps, broken, choice } = sharing;
  const labels = Object.entries(node.labels).filter(
    ([key]) => key.startsWith('nvidia.com/gpu.') || key.includes('device-plugin'),
  );
  return [
    factsSection('Chain', [
      ['declared', stepCell(steps.declared)],
      ['configured', stepCell(steps.configured)],
      ['advertised', stepCell(steps.advertised)],
      ['used', stepCell(steps.used)],
      processesPair(state, row),
      ['breaks at', broken === undefined ? 'nowhere' : [{ text: broken.at, role: 'critical' }]],
    ]),
    ...meaning(sharing),
    ...kubeSections(row.node, context),
    factsSection('Configuration', [
      [
        'ConfigMap',
        choice.kind === 'chosen'
          ? `${choice.map.namespace}/${choice.map.name}, owned by ${choice.map.owner ?? 'nobody it names'}`
          : undefined,
      ],
    ]),
    ...sentencesSection(
      'Pods',
      sharing.pods.map(
        (pod) => `${podName(pod)}  ${amountsText(pod.requests)}  ${pod.phase}, priority ${priorityText(pod)}`,
      ),
    ),
    ...cardUseSections(state, row),
    ...sentencesSection(
      'Labels',
      labels.map(([key, value]) => `${key}=${value}`),
      'dim',
    ),
    ...sentencesSection('Not readable', clusterTroubles(state.clusters.values()), 'warning'),
    findingsSection(row.findings, context),
    eventsSection(state, row.node, 'sharing'),
  ];
}

const stepCell = ({ text, state }: SharingStep): Cell => [{ text, role: ROLES[state] }];

/** What slices are, where somebody might take them for parts of a card. */
function meaning({ choice }: NodeSharing): readonly Section[] {
  if (choice.kind !== 'chosen' || choice.config.strategy !== 'time-slicing') return [];
  return sentencesSection('Meaning', [
    'A slice is a turn on a card: equal time, no memory and no fault isolation. Two slices are not twice the speed and may span cards.',
  ]);
}
