import { foldNodes } from '../src/model/node-set.ts';
import { type ExportRow, type ExportState, selectExportRows } from '../src/store/selectors/export-rows.ts';
import { EXPORT_MARKS, MOUNT_MARKS } from '../src/ui/marks.ts';
import type { Cell, CellContext, Column, DescribeContext, ListView, Section } from '../src/ui/view.ts';
import { ageColumn, inRole, isSilent, linkCell, marked, nodeColumn, whyNothingKnown } from './parts/cells.ts';
import { eventsSection, factsSection, findingsSection, linkSentence, sentencesSection } from './parts/describe.ts';
import { headWithin } from './parts/folded.ts';
import { nodeJumps, sourceFilter } from './parts/jumps.ts';

const columns: readonly Column<ExportRow>[] = [
  { ...nodeColumn, header: 'SERVER', help: 'Node that exports.' },
  {
    header: 'PATH',
    help: 'Directory that is exported.',
    width: { min: 14, max: 40, grow: 2 },
    cell: ({ path, link }) => inRole(path, link),
    value: ({ path }) => path,
    term: 'path',
  },
  {
    header: 'CLIENT',
    help: 'Who may mount it: network, name, netgroup, or * for the world.',
    width: { min: 14, max: 24, grow: 1 },
    cell: ({ client, link }) => inRole(client, link),
    value: ({ client }) => client,
    term: 'client',
  },
  {
    header: 'STATE',
    help: 'Exported; in a file but not loaded; loaded but in no file; missing; in a file while the kernel’s table needs root to be read; or wished while the server has not said anything.',
    width: { min: 13, max: 16 },
    cell: ({ state, link }, context) =>
      state === 'unknown' && isSilent(link)
        ? linkCell(link, context)
        : inRole(marked(EXPORT_MARKS[state], context.ascii), link),
    value: ({ state }) => EXPORT_MARKS[state].word,
    term: 'state',
  },
  {
    header: 'MOUNTED BY',
    help: 'Nodes of the fleet that have it mounted, as they say themselves.',
    width: { min: 10, max: 32, grow: 2 },
    cell: mountedCell,
    value: ({ mountedBy }) => foldNodes(mountedBy.map(({ client }) => client)),
    term: 'mounted',
  },
  {
    header: 'CLIENTS',
    help: 'Clients connected to the server, as its nfsd counts them, for all of its exports together; blank where it cannot say.',
    width: { min: 7, max: 7 },
    align: 'right',
    cell: ({ connected, link }) => (connected === undefined ? '' : inRole(String(connected), link)),
    value: ({ connected }) => connected,
    term: 'clients',
  },
  {
    header: 'DRIFT',
    help: 'Where it differs from the inventory, and what an administrator would want to know before trusting it.',
    width: { min: 24, grow: 3 },
    cell: driftCell,
    value: ({ differences, lint }) => [...differences, ...lint].join('; ') || undefined,
    term: 'drift',
  },
  ageColumn<ExportRow>(() => 'exports'),
  {
    header: 'OPTIONS',
    help: 'Options in effect, as the kernel has them.',
    width: { min: 12, max: 60, grow: 2 },
    cell: ({ options }) => [{ text: options.join(','), role: 'dim' }],
    value: ({ options }) => options.join(','),
    term: 'options',
  },
];

/** What the servers export, to whom, and who has it mounted, seen from both sides. */
export const exportsView = {
  kind: 'list',
  name: 'exports',
  title: 'Exports',
  aliases: ['export', 'shares'],
  rows: selectExportRows,
  nodes: ({ node, mountedBy }) => [node, ...mountedBy.map(({ client }) => client)],
  probes: ['exports', 'nfsServer'],
  isFault: ({ state, differences, findings }) => FAULTS.has(state) || differences.length > 0 || findings.length > 0,
  subject: ({ node, path, client, options }) => ({
    nodes: [node],
    path,
    source: `${node}:${path}`,
    client,
    options: options.join(','),
  }),
  describe: describeExport,
  empty: (state) =>
    whyNothingKnown(state) ??
    (state.inventory.exports.length > 0
      ? 'No server has told its exports yet.'
      : 'No node exports anything, and the inventory wishes no export.'),
  bindings: [
    {
      key: 'enter',
      title: 'mounts of it',
      action: 'open-view',
      disabled: ({ mountedBy }) => (mountedBy.length === 0 ? 'no node of the fleet has it mounted' : undefined),
      open: ({ path }) => ({ view: 'mounts', filter: sourceFilter(path) }),
    },
    ...nodeJumps(({ node }: ExportRow) => node, ['exports']),
  ],
  columns,
  sortedBy: 'SERVER',
} satisfies ListView<ExportRow>;

const FAULTS: ReadonlySet<ExportState> = new Set(['missing', 'not-loaded', 'not-in-file'] as const);

function mountedCell({ mountedBy }: ExportRow, { width, isText }: CellContext): Cell {
  const hung = mountedBy.filter(({ state }) => state === 'hung' || state === 'stale').length;
  if (mountedBy.length === 0) return [{ text: '0', role: 'dim' }];
  const folded = foldNodes(mountedBy.map(({ client }) => client));
  const total = String(mountedBy.length);
  const trouble = hung === 0 ? '' : ` ${hung} ${MOUNT_MARKS.hung.word}`;
  const room = isText === true ? folded.length : width - total.length - 1 - trouble.length;
  const nodes = headWithin(folded, room);
  // Too narrow for any name: `3, 1 hung`.
  const rest = nodes === undefined ? (hung === 0 ? ' nodes' : ',') : ` ${nodes}`;
  return [{ text: total }, { text: rest, role: 'dim' }, { text: trouble, role: 'critical' }];
}

function driftCell({ differences, lint }: ExportRow): Cell {
  return [
    ...(differences.length === 0 ? [] : [{ text: differences.join('; '), role: 'warning' as const }]),
    ...(lint.length === 0
      ? []
      : [{ text: `${differences.length === 0 ? '' : '; '}${lint.join('; ')}`, role: 'notice' as const }]),
  ];
}

function describeExport(row: ExportRow, context: DescribeContext): readonly Section[] {
  const { state, nowMs, ascii } = context;
  const server = state.nodes.get(row.node)?.slots.nfsServer;
  const clients = server?.kind === 'ok' ? server.value.clients : [];
  return [
    factsSection('Facts', [
      ['state', marked(EXPORT_MARKS[row.state], ascii)],
      ['from', row.from],
      ['client', row.client],
      ['options', row.options.join(' ')],
      ['nfsd threads', server?.kind === 'ok' ? String(server.value.threads) : undefined],
      ['mounted by', foldNodes(row.mountedBy.map(({ client }) => client))],
      [
        'connected',
        clients.map(({ address, name }) => (name === undefined ? address : `${address} (${name})`)).join(', '),
      ],
      ['link', linkSentence(row.link, nowMs)],
    ]),
    factsSection(
      'Wished state',
      [['options', row.drift?.isDeclared === true ? (row.drift.wished ?? []).join(' ') : undefined]],
      'the inventory does not mention it',
    ),
    ...sentencesSection('Drift', row.differences, 'warning'),
    ...sentencesSection('Worth knowing', row.lint, 'notice'),
    findingsSection(row.findings, context),
    eventsSection(state, row.node, row.path),
  ];
}
