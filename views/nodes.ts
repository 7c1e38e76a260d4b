import type { Identity, Privilege } from '../src/model/facts.ts';
import type { Link } from '../src/model/link.ts';
import { goodValueOf as lastKnown, type Slot } from '../src/model/observation.ts';
import { formatBytes, formatDuration, formatLatency } from '../src/model/units.ts';
import { wishOf } from '../src/model/wishes.ts';
import { mountStatesOf } from '../src/store/selectors/mount-rows.ts';
import { type NodeRow, selectNodeRows } from '../src/store/selectors/node-rows.ts';
import type { Tally } from '../src/store/selectors/tallies.ts';
import type { State } from '../src/store/state.ts';
import { glyphOf, SEVERITY_MARKS } from '../src/ui/marks.ts';
import { textWidth } from '../src/ui/terminal/width.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Section } from '../src/ui/view.ts';
import { ageColumn, cutAtWord, figure, inRole, linkCell, nodeColumn, nothingSpan } from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, linkSentence, sentencesSection } from './parts/describe.ts';
import { driftOfNode } from './parts/drift.ts';
import { shareBar } from './parts/figures.ts';
import { nodeFilter, nodeJumps } from './parts/jumps.ts';
import { kubeletCell, kubeSections } from './parts/kube.ts';

const columns: readonly Column<NodeRow>[] = [
  nodeColumn,
  {
    header: 'STATE',
    help: 'The connection: up, late after 15 s of silence, lost with the time to the next try, refused when it needs a person.',
    width: { min: 15, want: 22, max: 26, grow: 5 },
    priority: 3,
    cell: stateCell,
    value: ({ link }) => link.kind,
    term: 'state',
  },
  {
    header: 'LOAD',
    help: 'Load of the last minute per core; 1.0 means every core has work.',
    width: { min: 6, max: 6 },
    align: 'right',
    priority: 1,
    cell: ({ load, link, identity }, context) =>
      figure(load, link, context, ({ load1 }) => loadCell(load1, coresOf(identity))),
    value: ({ load, identity }) => divide(lastKnown(load)?.load1, coresOf(identity)),
    term: 'load',
  },
  {
    header: 'MEM',
    help: 'Memory in use, of all that is there.',
    width: { min: 5, want: 10, max: 15, grow: 1 },
    priority: 1,
    cell: (row, context) =>
      figure(row.load, row.link, context, (_, width) => shareBar(memoryRatio(row), { ...context, width })),
    value: memoryRatio,
    unit: 'ratio',
    term: 'mem',
  },
  {
    header: 'GPUS',
    help: 'GPUs that are well, of those the inventory expects or the driver shows.',
    width: { min: 5, max: 5 },
    align: 'right',
    priority: 2,
    cell: ({ gpus, link }, { ascii }) => (gpus === undefined ? '' : tallyCell(gpus, link, ascii)),
    value: ({ gpus }) => gpus?.wished,
    term: 'gpus',
  },
  {
    header: 'MOUNTS',
    help: 'Wished mounts that are there, as wished, and answer.',
    width: { min: 6, max: 7 },
    priority: 2,
    align: 'right',
    cell: ({ mounts, link }, { ascii }) => (mounts.wished === 0 ? '' : tallyCell(mounts, link, ascii)),
    value: ({ mounts }) => (mounts.good === undefined ? undefined : mounts.wished - mounts.good),
    term: 'mounts.bad',
  },
  {
    header: 'FINDINGS',
    help: 'Open findings that touch the node: the worst ones, and how many others.',
    width: { min: 13, max: 15, grow: 1 },
    priority: 3,
    cell: findingsCell,
    value: ({ findings }) => findings.length,
    term: 'findings',
  },
  { ...ageColumn<NodeRow>(() => 'load'), priority: 1 },
  {
    header: 'RTT',
    help: 'Round trip of the connection.',
    width: { min: 5, max: 6 },
    align: 'right',
    cell: ({ link }) => (link.kind === 'up' && link.roundTripMs !== undefined ? formatLatency(link.roundTripMs) : ''),
    value: ({ link }) => (link.kind === 'up' ? link.roundTripMs : undefined),
    unit: 'ms',
    term: 'rtt',
  },
  {
    header: 'UPTIME',
    help: 'Time since the node was booted.',
    width: { min: 6, max: 6 },
    align: 'right',
    cell: ({ load, link }, context) => figure(load, link, context, ({ uptimeSec }) => formatDuration(uptimeSec * 1000)),
    value: ({ load }) => multiply(lastKnown(load)?.uptimeSec, 1000),
    unit: 'ms',
    term: 'uptime',
  },
  {
    header: 'CLASS',
    help: 'Class of the node in the inventory; periods of polling hang on it.',
    width: { min: 5, max: 14, grow: 1 },
    cell: ({ spec }) => spec.class ?? '',
    value: ({ spec }) => spec.class,
    term: 'class',
  },
  {
    header: 'GROUPS',
    help: 'Groups of the inventory the node is in.',
    width: { min: 8, max: 32, grow: 1 },
    cell: ({ spec }) => [{ text: spec.groups.join(' '), role: 'dim' }],
    value: ({ spec }) => spec.groups.join(' '),
    term: 'group',
  },
  identityColumn('KERNEL', 'Running kernel.', 12, ({ kernel }) => kernel, 'kernel'),
  identityColumn('OS', 'Operating system as os-release names it.', 12, ({ osName }) => osName, 'os'),
];

/** Every node of the inventory: its connection, load, memory, GPUs, mounts and findings. */
export const nodesView = {
  kind: 'list',
  name: 'nodes',
  title: 'Nodes',
  aliases: ['node'],
  rows: selectNodeRows,
  nodes: ({ node }) => [node],
  probes: ['load', 'gpus', 'mounts'],
  isFault: ({ link, worst }) =>
    ['late', 'lost', 'refused'].includes(link.kind) || worst === 'critical' || worst === 'warning',
  describe: describeNode,
  // What is on screen before the inventory has been read comes from no file.
  empty: ({ inventory }) =>
    inventory.files.length === 0
      ? 'The inventory is being read.'
      : 'The inventory names no node: add one to it, or start with `muster demo`.',
  bindings: [
    {
      key: 'enter',
      title: 'mounts',
      action: 'open-view',
      disabled: whyNoMounts,
      open: ({ node }) => ({ view: 'mounts', filter: nodeFilter(node) }),
    },
    ...nodeJumps(({ node }: NodeRow) => node, ['nodes', 'mounts']),
  ],
  columns,
  sortedBy: 'NODE',
} satisfies ListView<NodeRow>;

/** A node without SSH has the state its kubelet tells. */
function stateCell({ link, kube }: NodeRow, context: CellContext): Cell {
  return link.kind === 'none' && kube !== undefined ? kubeletCell(kube) : linkCell(link, context);
}

function whyNoMounts({ node }: NodeRow, state: State): string | undefined {
  return mountStatesOf(state, node).length === 0
    ? 'nothing is known to be mounted there, and nothing wished'
    : undefined;
}

function identityColumn(
  header: string,
  help: string,
  min: number,
  text: (identity: Identity) => string,
  term: string,
): Column<NodeRow> {
  return {
    header,
    help,
    width: { min, max: 32, grow: 1 },
    cell: ({ identity, link }, context) => figure(identity, link, context, text),
    value: ({ identity }) => {
      const known = lastKnown(identity);
      return known === undefined ? undefined : text(known);
    },
    term,
  };
}

const coresOf = (identity: Slot<Identity> | undefined): number => Math.max(1, lastKnown(identity)?.cpuCount ?? 1);
const divide = (value: number | undefined, by: number) => (value === undefined ? undefined : value / by);
const multiply = (value: number | undefined, by: number) => (value === undefined ? undefined : value * by);

function loadCell(load1: number, cores: number): Cell {
  const perCore = load1 / cores;
  return [{ text: perCore.toFixed(2), role: perCore >= 2 ? 'warning' : perCore >= 0.7 ? 'busy' : 'plain' }];
}

function memoryRatio({ load }: Pick<NodeRow, 'load'>): number | undefined {
  const known = lastKnown(load);
  if (known === undefined || known.memoryTotalBytes <= 0) return undefined;
  return 1 - known.memoryAvailableBytes / known.memoryTotalBytes;
}

/** `4/4`, `3/4` in the role of trouble, and `·/4` before anything was heard. */
function tallyCell({ good, wished }: Tally, link: Link, ascii: boolean): Cell {
  if (good === undefined) return [{ text: `${nothingSpan('never', link, ascii).text}/${wished}`, role: 'dim' }];
  return inRole([{ text: `${good}/${wished}`, role: good < wished ? 'critical' : 'good' }], link);
}

function findingsCell({ findings, worst }: NodeRow, { ascii, width }: CellContext): Cell {
  if (worst === undefined) return '';
  const mark = SEVERITY_MARKS[worst];
  const count = findings.filter(({ severity }) => severity === worst).length;
  const others = findings.length > count ? ` +${findings.length - count}` : '';
  const whole = `${glyphOf(mark, ascii)} ${count} ${mark.word}${others}`;
  // On a narrow screen the glyph stands for the word, as it does in the line at the top; how many there are is never cut.
  const text = textWidth(whole) <= width ? whole : `${glyphOf(mark, ascii)} ${count}${others}`;
  return [{ text: cutAtWord(text, width), role: mark.role }];
}

/** The newest lines of the kernel that matter; older ones have had their finding. */
const KERNEL_LINES_SHOWN = 6;

function describeNode(row: NodeRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs } = context;
  const { spec, link } = row;
  const slots = state.nodes.get(row.node)?.slots;
  const identity = lastKnown(row.identity);
  const load = lastKnown(row.load);
  const privilege = lastKnown(slots?.privilege);
  const clock = lastKnown(slots?.clock);
  const failed = lastKnown(slots?.units)?.failed ?? [];
  const usb = lastKnown(slots?.usb) ?? [];
  const kernelLog = lastKnown(slots?.kernelLog) ?? [];
  return [
    factsSection('Facts', [
      ['link', linkSentence(link, nowMs)],
      [
        'address',
        `${spec.user === undefined ? '' : `${spec.user}@`}${spec.address ?? spec.name}${spec.port === undefined ? '' : `:${spec.port}`}`,
      ],
      ['system', identity?.osName],
      ['kernel', identity && `${identity.kernel} (${identity.architecture})`],
      ['runs on', identity?.virtualisation === 'none' ? 'bare metal' : identity?.virtualisation],
      ['cores', identity && String(identity.cpuCount)],
      ['load', load && `${load.load1} ${load.load5} ${load.load15}`],
      ['memory', load && `${formatBytes(load.memoryAvailableBytes)} free of ${formatBytes(load.memoryTotalBytes)}`],
      ['uptime', load && formatDuration(load.uptimeSec * 1000)],
      ['boot id', identity?.bootId],
      ['clock', clock && `${clock.skewMs >= 0 ? 'ahead' : 'behind'} by ${formatLatency(Math.abs(clock.skewMs))}`],
      ['as root', privilege && privilegeWords(privilege)],
      ['failed units', failed.join(' ')],
      [
        'USB',
        usb.map(({ kind, state: standing, path }) => `${kind} at ${path}: ${standing.replaceAll('-', ' ')}`).join(', '),
      ],
    ]),
    ...kubeSections(row.node, context),
    wishedSection(row, state),
    ...sentencesSection('Drift', driftOfNode(state, row.node), 'warning'),
    findingsSection(row.findings, context),
    ...sentencesSection(
      'Kernel log',
      kernelLog.slice(-KERNEL_LINES_SHOWN).map(({ text }) => text),
    ),
    eventsSection(state, row.node),
  ];
}

function wishedSection({ node, spec }: NodeRow, { inventory }: State): Section {
  const wished = wishOf(inventory, node);
  return factsSection(
    'Wished state',
    [
      ['class', spec.class],
      ['groups', spec.groups.join(' ')],
      [
        'labels',
        Object.entries(spec.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(' '),
      ],
      ['GPUs', spec.gpus && `${spec.gpus.count}${spec.gpus.model === undefined ? '' : ` x ${spec.gpus.model}`}`],
      ['mounts', wished?.mounts.map(({ target, absent }) => (absent ? `not ${target}` : target)).join(' ')],
      ['volumes', wished?.volumes.map(({ target }) => target).join(' ')],
      ['exports', wished?.exports.map(({ path }) => path).join(' ')],
    ],
    'nothing wished of it',
  );
}

function privilegeWords(privilege: Privilege): string {
  if (privilege.kind === 'refused') return `refused: ${privilege.because}`;
  return privilege.kind === 'root' ? 'is root' : `sudo, ${formatLatency(privilege.latencyMs)}`;
}
