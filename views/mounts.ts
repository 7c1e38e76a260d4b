import type { NfsMountStats, Usage } from '../src/model/facts.ts';
import { goodValueOf as lastKnown } from '../src/model/observation.ts';
import { remoteSource, trimmed } from '../src/model/storage-source.ts';
import { formatBytes, formatDuration, formatLatency, formatRate, formatRatio } from '../src/model/units.ts';
import { wishOf } from '../src/model/wishes.ts';
import { type MountRow, selectMountRows } from '../src/store/selectors/mount-rows.ts';
import { MOUNT_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Section } from '../src/ui/view.ts';
import {
  ageColumn,
  figure,
  inRole,
  isSilent,
  linkCell,
  marked,
  nodeColumn,
  usageQuestion,
  whyNothingKnown,
} from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, linkSentence, sentencesSection } from './parts/describe.ts';
import { directoriesSection } from './parts/directories.ts';
import { shareBar, usedRatio } from './parts/figures.ts';
import { exportFilter, nodeJumps } from './parts/jumps.ts';

const columns: readonly Column<MountRow>[] = [
  nodeColumn,
  {
    header: 'TARGET',
    help: 'Where it is mounted.',
    width: { min: 12, max: 40, grow: 3 },
    cell: ({ target, link }) => inRole(target, link),
    value: ({ target }) => target,
    term: 'target',
  },
  {
    header: 'STATE',
    help: 'The worst of: hung, stale handle, missing, drifted, hidden by a later mount; else as declared, waiting for its first use, or mounted.',
    width: { min: 14, max: 20, grow: 2 },
    cell: stateCell,
    value: ({ state }) => MOUNT_MARKS[state.kind].word,
    term: 'state',
  },
  {
    header: 'TYPE',
    help: 'Type of the filesystem.',
    width: { min: 4, max: 10 },
    cell: ({ fsType, link }) => inRole(fsType, link),
    value: ({ fsType }) => fsType,
    term: 'fs',
  },
  {
    header: 'USED',
    help: 'Share of the space in use.',
    width: { min: 8, max: 15, grow: 1 },
    cell: usedCell,
    value: ({ usage }) => usedRatio(lastKnown(usage)),
    unit: 'ratio',
    term: 'used',
  },
  {
    header: 'SIZE',
    help: 'Size of the filesystem.',
    width: { min: 5, max: 5 },
    align: 'right',
    cell: ({ usage, link }) => {
      const known = lastKnown(usage);
      return known === undefined ? '' : inRole(formatBytes(known.sizeBytes), link);
    },
    value: ({ usage }) => lastKnown(usage)?.sizeBytes,
    unit: 'bytes',
    term: 'size',
  },
  ageColumn<MountRow>(({ usage, target }) => (usage === undefined ? 'mounts' : usageQuestion(target))),
  {
    header: 'RTT',
    help: 'Mean round trip of NFS operations since the last answer; blank without traffic.',
    width: { min: 5, max: 6 },
    align: 'right',
    cell: ({ stats, link }) => inRole(latencyOf(stats), link),
    value: ({ stats }) => stats?.recent?.roundTripMs,
    unit: 'ms',
    term: 'rtt',
  },
  {
    header: 'RETRANS',
    help: 'NFS requests sent again, per second since the last answer.',
    width: { min: 7, max: 7 },
    align: 'right',
    cell: ({ stats, link }) => inRole(retransmissionsCell(stats), link),
    value: ({ stats }) => stats?.recent?.retransmissionsPerSec,
    term: 'retrans',
  },
  {
    header: 'SOURCE',
    help: 'What is mounted: device, or server and path.',
    width: { min: 12, max: 48, grow: 3 },
    cell: ({ source, link }) => inRole(source, link),
    value: ({ source }) => source,
    term: 'source',
  },
  {
    header: 'OPTIONS',
    help: 'Options in effect, as the kernel has them.',
    width: { min: 12, grow: 2 },
    cell: ({ mount }) => [{ text: mount === undefined ? '' : effectiveOptions(mount).join(','), role: 'dim' }],
    value: ({ mount }) => (mount === undefined ? undefined : effectiveOptions(mount).join(',')),
    term: 'options',
    isOptional: true,
  },
];

/** What is mounted where, over all nodes, with what should be there and is not. */
export const mountsView = {
  kind: 'list',
  name: 'mounts',
  title: 'Mounts',
  aliases: ['mount', 'fs'],
  rows: selectMountRows,
  nodes: ({ node }) => [node],
  probes: ['mounts', 'usage', 'nfsStats', 'units'],
  isFault: ({ state, findings }) => FAULTS.has(state.kind) || findings.length > 0,
  subject: ({ node, target, source, fsType, mount, unit }) => ({
    nodes: [node],
    target,
    source,
    fsType,
    ...(mount === undefined ? {} : { options: mount.options.join(',') }),
    ...(unit === undefined ? {} : { unit: unit.name }),
  }),
  describe: describeMount,
  empty: (state) =>
    state.nodes.size === 0
      ? 'The inventory names no node, so there is nothing to mount.'
      : (whyNothingKnown(state) ?? 'No node has told its mounts yet, and the inventory wishes none.'),
  bindings: [
    {
      key: 'enter',
      title: 'export',
      action: 'open-view',
      disabled: ({ source, fsType }) =>
        remoteSource(source, fsType) === undefined ? 'a local filesystem has no export' : undefined,
      open: ({ source, fsType }) => ({
        view: 'exports',
        filter: exportFilter(remoteSource(source, fsType)?.path ?? source),
      }),
    },
    ...nodeJumps(({ node }: MountRow) => node, ['mounts']),
  ],
  columns,
  sortedBy: 'NODE',
} satisfies ListView<MountRow>;

const FAULTS: ReadonlySet<MountRow['state']['kind']> = new Set([
  'hung',
  'stale',
  'missing',
  'unwanted',
  'drifted',
  'hidden',
] as const);

function stateCell({ state, link }: MountRow, context: CellContext): Cell {
  if (state.kind === 'unknown' && isSilent(link)) return linkCell(link, context);
  const detail = state.kind === 'hung' ? formatDuration(context.nowMs - state.sinceMs) : '';
  return inRole(
    marked(MOUNT_MARKS[state.kind], context.ascii, detail, context.width),
    state.kind === 'hung' ? { kind: 'none', because: '' } : link,
  );
}

function usedCell({ usage, state, link }: MountRow, context: CellContext): Cell {
  // What is not mounted has no usage to wait for, and an automount must not be woken to be asked.
  if (usage === undefined && state.kind !== 'unknown' && state.kind !== 'mounted' && state.kind !== 'as-declared')
    return '';
  return figure(usage, link, context, (value, width) => shareBar(usedRatio(value), { ...context, width }));
}

const latencyOf = (stats: NfsMountStats | undefined): string =>
  stats?.recent?.roundTripMs === undefined ? '' : formatLatency(stats.recent.roundTripMs);

function retransmissionsCell(stats: NfsMountStats | undefined): Cell {
  const rate = stats?.recent?.retransmissionsPerSec;
  if (rate === undefined) return '';
  return [{ text: rate === 0 ? '0' : `${rate.toFixed(1)}/s`, role: rate >= 1 ? 'warning' : 'plain' }];
}

const effectiveOptions = (mount: NonNullable<MountRow['mount']>): readonly string[] => [
  ...new Set([...mount.options, ...mount.superOptions]),
];

function describeMount(row: MountRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs, ascii } = context;
  return [
    factsSection('Facts', [
      ['state', marked(MOUNT_MARKS[row.state.kind], ascii, whyState(row, nowMs))],
      ['source', row.mount?.source ?? row.source],
      ['type', row.mount?.fsType ?? row.fsType],
      ['options', row.mount && effectiveOptions(row.mount).join(' ')],
      ...usagePairs(lastKnown(row.usage)),
      ...statsPairs(row.stats),
      [
        'unit',
        row.unit &&
          `${row.unit.name}: ${row.unit.active}/${row.unit.sub}${row.unit.fragmentPath === undefined ? '' : `, ${row.unit.fragmentPath}`}`,
      ],
      ['link', linkSentence(row.link, nowMs)],
    ]),
    factsSection('Wished state', wishedPairs(row), 'the inventory does not mention it'),
    ...directoriesSection(state, row.node, volumeAt(context, row)),
    ...sentencesSection('Drift', row.differences, 'warning'),
    findingsSection(row.findings, context),
    eventsSection(state, row.node, row.target),
  ];
}

/** The name of the volume that is wished at a row's target. */
const volumeAt = ({ state }: DescribeContext, { node, target }: MountRow): string | undefined =>
  wishOf(state.inventory, node)?.volumes.find((volume) => trimmed(volume.target) === target)?.name;

function whyState({ state, usage }: MountRow, nowMs: number): string {
  if (state.kind === 'hung') return `for ${formatDuration(nowMs - state.sinceMs)}: it does not answer statfs`;
  if ('because' in state) return state.because;
  if (state.kind === 'hidden') return 'by a later mount at the same place';
  return usage?.kind === 'failed' ? `usage: ${usage.because}` : '';
}

function usagePairs(usage: Usage | undefined): readonly [string, string | undefined][] {
  if (usage === undefined) return [];
  const inodes = usage.inodes > 0 ? `${usage.inodes - usage.inodesFree} of ${usage.inodes} in use` : undefined;
  return [
    [
      'space',
      `${formatBytes(usage.usedBytes)} used (${formatRatio(usedRatio(usage) ?? 0)}), ${formatBytes(usage.availableBytes)} free of ${formatBytes(usage.sizeBytes)}`,
    ],
    ['inodes', inodes],
  ];
}

function statsPairs(stats: NfsMountStats | undefined): readonly [string, string | undefined][] {
  if (stats === undefined) return [];
  const { recent } = stats;
  return [
    ['mounted for', formatDuration(stats.ageSec * 1000)],
    [
      'operations',
      recent &&
        `${recent.operationsPerSec.toFixed(0)}/s, read ${formatRate(recent.readBytesPerSec)}, write ${formatRate(recent.writtenBytesPerSec)}`,
    ],
    ['round trip', recent?.roundTripMs === undefined ? undefined : formatLatency(recent.roundTripMs)],
    ['queue', recent?.queueMs === undefined ? undefined : formatLatency(recent.queueMs)],
    ['retransmissions', String(stats.retransmissions)],
    ['backlog', stats.backlog === undefined ? undefined : String(stats.backlog)],
  ];
}

function wishedPairs({ drift, state }: MountRow): readonly [string, string | undefined][] {
  const spec = drift?.spec;
  if (spec === undefined) return [['must be', state.kind === 'as-declared' ? 'mounted, as a volume' : undefined]];
  return [
    ['must be', spec.absent ? 'absent' : 'mounted'],
    ['source', spec.source],
    ['type', spec.fsType],
    ['options', spec.options.join(' ')],
    ['how', spec.how],
  ];
}
