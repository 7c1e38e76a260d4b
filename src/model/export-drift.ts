import { compared, type Difference, type Drift, whyUnknown } from './comparison.ts';
import type { ExportEntry, ExportTable } from './facts.ts';
import type { Inventory } from './inventory.ts';
import { goodValueOf, type NodeFacts } from './observation.ts';
import { trimmed } from './storage-source.ts';
import { type NodeWish, nodeOfHost } from './wishes.ts';

/** One client clause of one export, wished against the kernel's table. */
export interface ExportDrift {
  readonly path: string;
  readonly client: string;
  readonly isDeclared: boolean;
  /** The options wished, where it is declared. */
  readonly wished?: readonly string[];
  readonly seen?: ExportEntry;
  readonly drift: Drift;
}

/** Both words of each toggle of exports(5), the default first. */
const TOGGLES: readonly (readonly [string, string])[] = [
  ['ro', 'rw'],
  ['sync', 'async'],
  ['wdelay', 'no_wdelay'],
  ['root_squash', 'no_root_squash'],
  ['no_all_squash', 'all_squash'],
  ['secure', 'insecure'],
  ['no_subtree_check', 'subtree_check'],
  ['hide', 'nohide'],
  ['nocrossmnt', 'crossmnt'],
];

/** Declared clauses in inventory order, then those the kernel exports and nobody declared on a node that has declared ones. */
export function exportDrifts(inventory: Inventory, wish: NodeWish, facts: NodeFacts): readonly ExportDrift[] {
  if (wish.exports.length === 0) return [];
  const table = goodValueOf(facts.slots.exports);
  const clauses = wish.exports.flatMap(({ path, clients }) =>
    clients.map(({ client, options }) => ({ path: trimmed(path), client, isDeclared: true, wished: options })),
  );
  if (table === undefined) {
    const drift = withoutTable(wish, facts);
    return clauses.map((clause) => ({ ...clause, drift }));
  }
  const inKernel = (table.kernel ?? []).map((entry) => ({ entry, key: keyOf(inventory, entry.path, entry.client) }));
  const wishedKeys = new Set(clauses.map((clause) => keyOf(inventory, clause.path, clause.client)));
  const strangers = inKernel.filter(({ key }) => !wishedKeys.has(key)).map(({ entry }) => undeclared(entry));
  return [
    ...clauses.map((clause) => {
      const key = keyOf(inventory, clause.path, clause.client);
      const seen = inKernel.find((candidate) => candidate.key === key)?.entry;
      if (seen === undefined) return { ...clause, drift: notExported(inventory, key, table) };
      return { ...clause, seen, drift: compared(exportOptionDifferences(clause.wished, seen.options)) };
    }),
    ...strangers,
  ];
}

function withoutTable({ node }: NodeWish, { slots }: NodeFacts): Drift {
  if (slots.exports?.kind === 'absent') return { kind: 'missing', because: slots.exports.because };
  return { kind: 'unknown', because: whyUnknown(slots.exports, node) };
}

function notExported(inventory: Inventory, key: string, table: ExportTable): Drift {
  const inFile = table.files.find((entry) => keyOf(inventory, entry.path, entry.client) === key);
  if (table.kernel === undefined && inFile !== undefined) {
    return { kind: 'unknown', because: `it stands in ${inFile.from}, but the kernel's table needs root to be read` };
  }
  return {
    kind: 'missing',
    because:
      inFile === undefined
        ? 'it is in no exports file'
        : `it stands in ${inFile.from}, but the kernel does not export it`,
  };
}

function undeclared(entry: ExportEntry): ExportDrift {
  const because = 'it is exported, but the inventory does not know it';
  return {
    path: trimmed(entry.path),
    client: entry.client,
    isDeclared: false,
    seen: entry,
    drift: { kind: 'unexpected', because },
  };
}

/** Path and client in one spelling: the world is `*`, a netmask is a prefix length, a host is its node. */
function keyOf(inventory: Inventory, path: string, client: string): string {
  return `${trimmed(path)} ${normalClient(inventory, client)}`;
}

/** Whether two spellings of a client mean the same: names of nodes, netmasks and the world. */
export const isSameClient = (inventory: Inventory, one: string, other: string): boolean =>
  normalClient(inventory, one) === normalClient(inventory, other);

function normalClient(inventory: Inventory, client: string): string {
  if (client === '<world>' || client === '' || client === '0.0.0.0/0') return '*';
  const mask = /^([\d.]+)\/(\d+\.\d+\.\d+\.\d+)$/.exec(client);
  if (mask?.[1] !== undefined && mask[2] !== undefined) return `${mask[1]}/${prefixLength(mask[2])}`;
  const host = /^[\d.]+\/32$/.test(client) ? client.slice(0, -3) : client;
  return nodeOfHost(inventory, host) ?? host.toLowerCase();
}

function prefixLength(mask: string): number {
  const bits = mask.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'));
  return bits.join('').replaceAll('0', '').length;
}

/** Toggles are compared with their defaults filled in, values only where the operator named them. */
export function exportOptionDifferences(wished: readonly string[], seen: readonly string[]): readonly Difference[] {
  const toggles = TOGGLES.flatMap(([usual, other]): readonly Difference[] => {
    const want = lastOf(wished, usual, other);
    const have = lastOf(seen, usual, other);
    return want === have ? [] : [{ about: 'option', wished: want, seen: have }];
  });
  const values = wished.flatMap((option): readonly Difference[] => {
    const at = option.indexOf('=');
    const key = option.slice(0, at);
    // The kernel's table has no word for `mp`, and its own spelling of `refer` and `replicas`.
    if (at < 0 || ['mp', 'mountpoint', 'refer', 'replicas'].includes(key)) return [];
    const found = seen.find((candidate) => candidate.startsWith(`${key}=`))?.slice(key.length + 1);
    const want = option.slice(at + 1);
    if (found === want || (found === undefined && isDefault(key, want))) return [];
    return [{ about: key, wished: want, seen: found ?? 'not set' }];
  });
  return [...toggles, ...values];
}

const isDefault = (key: string, value: string): boolean =>
  (key === 'sec' && value === 'sys') || ((key === 'anonuid' || key === 'anongid') && value === '65534');

/** The word of a toggle that holds: the last one named, else the default. */
function lastOf(options: readonly string[], usual: string, other: string): string {
  return options.lastIndexOf(other) > options.lastIndexOf(usual) ? other : usual;
}
