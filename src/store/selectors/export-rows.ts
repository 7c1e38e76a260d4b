import type { ExportEntry, ExportTable, NfsServer } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { ExportSpec } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { type Slot, valueOf } from '../../model/observation.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { findingsOf, keepEqualRows, rowsByNode } from './by-node.ts';
import { type MountRow, mountRowsOf } from './mount-rows.ts';
import { nodeAt, splitSource, wishedOf } from './wished.ts';

/** Where one client clause of an export stands. */
export type ExportState = 'exported' | 'not-loaded' | 'not-in-file' | 'missing' | 'in-file';

/** One export of one server to one client clause, or a wished one that is not there. */
export interface ExportRow {
  /** `nfs-a:/export/data:10.0.0.0/8`. */
  readonly id: string;
  readonly node: NodeName;
  readonly path: string;
  readonly client: string;
  readonly options: readonly string[];
  readonly from: string;
  readonly state: ExportState;
  readonly wished: readonly string[] | undefined;
  readonly differences: readonly string[];
  /** What an administrator would want to know before trusting it. */
  readonly lint: readonly string[];
  /** Nodes of the fleet that have it mounted now, as they say. */
  readonly mountedBy: readonly Mounter[];
  /** Clients connected to the server now, as its nfsd says; undefined when it cannot say. They are the server's, not this export's. */
  readonly connected: number | undefined;
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

/** A node that has something of a server mounted. */
export interface Mounter {
  readonly id: string;
  readonly server: NodeName;
  readonly path: string;
  readonly client: NodeName;
  readonly state: MountRow['state']['kind'];
}

const mounters = rowsByNode(
  (state: State, { name }) => ({ inventory: state.inventory, rows: mountRowsOf(state, name) }),
  ({ inventory, rows }) =>
    rows.flatMap((row): readonly Mounter[] => {
      const source =
        row.mount === undefined || row.state.kind === 'waiting' ? undefined : splitSource(row.mount.source);
      const server = source && nodeAt(inventory, source.server);
      return source === undefined || server === undefined
        ? []
        : [{ id: row.id, server, path: source.path, client: row.node, state: row.state.kind }];
    }),
);

let mountersBefore: ReadonlyMap<NodeName, readonly Mounter[]> = new Map();

/** Who has what mounted, by server; a server's list is the same array while it did not change. */
export const selectMounters = memo([mounters.all], (rows): ReadonlyMap<NodeName, readonly Mounter[]> => {
  const byServer = new Map<NodeName, Mounter[]>();
  for (const row of rows) {
    const list = byServer.get(row.server);
    if (list === undefined) byServer.set(row.server, [row]);
    else list.push(row);
  }
  mountersBefore = new Map(
    [...byServer].map(([server, list]) => [server, keepEqualRows(mountersBefore.get(server) ?? [], list)]),
  );
  return mountersBefore;
});

interface ExportInput {
  readonly node: NodeName;
  readonly wished: readonly ExportSpec[];
  readonly exports: Slot<ExportTable> | undefined;
  readonly server: Slot<NfsServer> | undefined;
  readonly mounters: readonly Mounter[];
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

const NO_MOUNTERS: readonly Mounter[] = [];

/** One row per client clause per export per server, wished ones that are missing included. */
export const selectExportRows = rowsByNode(
  (state: State, { name }): ExportInput => ({
    node: name,
    wished: wishedOf(state.inventory, name).exports,
    exports: state.nodes.get(name)?.slots.exports,
    server: state.nodes.get(name)?.slots.nfsServer,
    mounters: selectMounters(state).get(name) ?? NO_MOUNTERS,
    link: state.links.get(name),
    findings: findingsOf(state, name),
  }),
  buildExports,
).all;

function buildExports(input: ExportInput): readonly ExportRow[] {
  const table = valueOf(input.exports);
  const wished = new Map(
    input.wished.flatMap(({ path, clients }) =>
      clients.map(({ client, options }) => [keyOf(path, client), { path, client, options }] as const),
    ),
  );
  const inFiles = new Map((table?.files ?? []).map((entry) => [keyOf(entry.path, entry.client), entry]));
  const inKernel = table?.kernel && new Map(table.kernel.map((entry) => [keyOf(entry.path, entry.client), entry]));
  const keys = new Set([...inFiles.keys(), ...(inKernel?.keys() ?? []), ...wished.keys()]);
  return [...keys].flatMap((key) => {
    const wish = wished.get(key);
    const entry = inKernel?.get(key) ?? inFiles.get(key);
    // Before the server has answered nothing is known to be missing.
    if (entry === undefined && (wish === undefined || table === undefined)) return [];
    return [exportRow(input, entry, wish, stateOf(inFiles.has(key), inKernel?.has(key)))];
  });
}

const keyOf = (path: string, client: string): string => `${path}\n${client}`;

function stateOf(isInFile: boolean, isInKernel: boolean | undefined): ExportState {
  if (isInKernel === undefined) return isInFile ? 'in-file' : 'missing';
  if (isInKernel) return isInFile ? 'exported' : 'not-in-file';
  return isInFile ? 'not-loaded' : 'missing';
}

function exportRow(
  input: ExportInput,
  entry: ExportEntry | undefined,
  wish: { readonly path: string; readonly client: string; readonly options: readonly string[] } | undefined,
  state: ExportState,
): ExportRow {
  const path = entry?.path ?? wish?.path ?? '';
  const client = entry?.client ?? wish?.client ?? '';
  const options = entry?.options ?? wish?.options ?? [];
  return {
    id: `${input.node}:${path}:${client}`,
    node: input.node,
    path,
    client,
    options,
    from: entry?.from ?? '',
    state,
    wished: wish?.options,
    differences: entry === undefined || wish === undefined ? [] : optionDifferences(wish.options, entry.options),
    lint: entry === undefined ? [] : lintOf(client, options),
    mountedBy: input.mounters.filter(
      (mounter) => mounter.path === path || mounter.path.startsWith(`${path === '/' ? '' : path}/`),
    ),
    connected: valueOf(input.server)?.clients.length,
    link: input.link,
    findings: input.findings.filter(({ evidence }) =>
      evidence.some((item) => item.node === input.node && item.about === path),
    ),
  };
}

/** Options that are in effect when nothing else is said, exports(5). */
const DEFAULTS = new Set(['sync', 'secure', 'ro', 'root_squash', 'wdelay', 'no_subtree_check', 'hide']);

function optionDifferences(wished: readonly string[], seen: readonly string[]): readonly string[] {
  const effective = new Set(seen);
  return wished
    .filter((option) => !effective.has(option) && !DEFAULTS.has(option))
    .map((option) => `option ${option} is not in effect`);
}

function lintOf(client: string, options: readonly string[]): readonly string[] {
  return [
    ...(client === '*' || client === '' ? ['anyone who reaches the server may mount it'] : []),
    ...(options.includes('no_root_squash') ? ['root on a client is root here'] : []),
    ...(options.includes('async') ? ['writes are acknowledged before they are on disk'] : []),
    ...(options.includes('insecure') ? ['any user of a client may speak to it'] : []),
  ];
}
