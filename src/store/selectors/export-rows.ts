import { describeDifferences } from '../../model/comparison.ts';
import { type ExportDrift, exportDrifts } from '../../model/export-drift.ts';
import type { ExportEntry, ExportTable } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { goodValueOf as lastKnown, type Slot } from '../../model/observation.ts';
import type { NfsServer } from '../../model/server-facts.ts';
import { isUnder, remoteSource, serverOf } from '../../model/storage-source.ts';
import { type NodeWish, nodeOfHost, wishOf } from '../../model/wishes.ts';
import { memo } from '../memo.ts';
import type { State } from '../state.ts';
import { aboutThing, findingsOf, keepEqualRows, oncePerSlot, rowsByNode } from './by-node.ts';
import { type MountRow, mountStatesOf } from './mount-rows.ts';

/** Where one client clause of an export stands. */
export type ExportState = 'exported' | 'not-loaded' | 'not-in-file' | 'missing' | 'in-file' | 'unknown';

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
  /** Undefined where nothing is wished of the server's exports. */
  readonly drift: ExportDrift | undefined;
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
  (state: State, { name }) => ({ inventory: state.inventory, rows: mountStatesOf(state, name) }),
  ({ inventory, rows }) =>
    rows.flatMap((row): readonly Mounter[] => {
      if (row.mount === undefined || row.state.kind === 'hidden') return [];
      const host = serverOf(inventory, row.mount);
      const server = host === undefined ? undefined : nodeOfHost(inventory, host);
      const path = remoteSource(row.mount.source, row.mount.fsType)?.path;
      return server === undefined || path === undefined
        ? []
        : [{ id: row.id, server, path, client: row.node, state: row.state.kind }];
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
  readonly inventory: Inventory;
  readonly wish: NodeWish | undefined;
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
    inventory: state.inventory,
    wish: wishOf(state.inventory, name),
    exports: state.nodes.get(name)?.slots.exports,
    server: state.nodes.get(name)?.slots.nfsServer,
    mounters: selectMounters(state).get(name) ?? NO_MOUNTERS,
    link: state.links.get(name),
    findings: findingsOf(state, name),
  }),
  buildExports,
  { reads: 'other nodes' },
).all;

function buildExports(input: ExportInput): readonly ExportRow[] {
  const table = lastKnown(input.exports);
  const compared = driftsOf(input);
  const inFiles = new Map((table?.files ?? []).map((entry) => [keyOf(entry), entry]));
  const inKernel = new Map((table?.kernel ?? []).map((entry) => [keyOf(entry), entry]));
  const rows = [...new Set([...inFiles.keys(), ...inKernel.keys()])].flatMap((key) => {
    const entry = inKernel.get(key) ?? inFiles.get(key);
    if (entry === undefined) return [];
    const drift = compared.find(
      ({ seen, path, client }) => seen === entry || (path === entry.path && client === entry.client),
    );
    return [exportRow(input, entry, drift, stateOf(inFiles.has(key), table?.kernel && inKernel.has(key)))];
  });
  const matched = new Set(rows.map(({ drift }) => drift));
  const others = compared.filter((drift) => drift.isDeclared && !matched.has(drift));
  const stateOfOther = ({ drift }: ExportDrift): ExportState => (drift.kind === 'missing' ? 'missing' : 'unknown');
  return [...rows, ...others.map((drift) => exportRow(input, undefined, drift, stateOfOther(drift)))];
}

const drifts = oncePerSlot<readonly ExportDrift[]>();

function driftsOf({ node, inventory, wish, exports }: ExportInput): readonly ExportDrift[] {
  if (wish === undefined) return [];
  return drifts(exports, wish, () =>
    exportDrifts(inventory, wish, { name: node, slots: exports === undefined ? {} : { exports }, usage: {} }),
  );
}

const keyOf = ({ path, client }: ExportEntry): string => `${path}\n${client}`;

/** `isInKernel` is undefined where the kernel's table needs root to be read. */
function stateOf(isInFile: boolean, isInKernel: boolean | undefined): ExportState {
  if (isInKernel === undefined) return 'in-file';
  if (isInKernel) return isInFile ? 'exported' : 'not-in-file';
  return 'not-loaded';
}

function exportRow(
  input: ExportInput,
  entry: ExportEntry | undefined,
  drift: ExportDrift | undefined,
  state: ExportState,
): ExportRow {
  const path = entry?.path ?? drift?.path ?? '';
  const client = entry?.client ?? drift?.client ?? '';
  const options = entry?.options ?? drift?.wished ?? [];
  return {
    id: `${input.node}:${path}:${client}`,
    node: input.node,
    path,
    client,
    options,
    from: entry?.from ?? '',
    state,
    drift,
    differences: differencesOf(drift),
    lint: entry === undefined ? [] : lintOf(client, options),
    mountedBy: input.mounters.filter((mounter) => isUnder(mounter.path, path)),
    connected: lastKnown(input.server)?.clients.length,
    link: input.link,
    findings: aboutThing(input.findings, input.node, (about) => about === path || about.startsWith(`${path} to `)),
  };
}

function differencesOf(wished: ExportDrift | undefined): readonly string[] {
  if (wished === undefined) return [];
  const { drift } = wished;
  if (drift.kind === 'drifted') return drift.differences.map((difference) => describeDifferences([difference]));
  return drift.kind === 'missing' || drift.kind === 'unexpected' ? [drift.because] : [];
}

function lintOf(client: string, options: readonly string[]): readonly string[] {
  const isWorld = ['*', '', '<world>', '0.0.0.0/0'].includes(client);
  return [
    ...(isWorld ? ['anyone who reaches the server may mount it'] : []),
    ...(options.includes('no_root_squash') ? ['root on a client is root here'] : []),
    ...(options.includes('async') ? ['writes are acknowledged before they are on disk'] : []),
    ...(options.includes('insecure') ? ['any user of a client may speak to it'] : []),
  ];
}
