import { stringify } from 'yaml';
import type { NodeName } from '../model/ids.ts';
import type { Inventory, InventoryNode } from '../model/inventory.ts';
import { expandRanges } from '../model/node-range.ts';
import { foldNodes } from '../model/node-set.ts';
import { LATE_AFTER_MS, LOST_AFTER_MS } from './own.ts';
import { formatDuration, formatSize } from './units.ts';

type Plain = { readonly [key: string]: unknown };

/**
 * An inventory as a commented text in muster's own format, which reads back as the same inventory. Nodes that differ only in a
 * number fold into ranges. Notices become comments at the end, so that nothing the import could not take over is lost from sight.
 */
export function toYaml(inventory: Inventory): string {
  const sections: readonly (readonly [string, unknown, string])[] = [
    ['name', inventory.name, ''],
    ['lateAfter', inventory.lateAfterMs === LATE_AFTER_MS ? undefined : formatDuration(inventory.lateAfterMs), ''],
    ['lostAfter', inventory.lostAfterMs === LOST_AFTER_MS ? undefined : formatDuration(inventory.lostAfterMs), ''],
    ['pollEvery', periods(inventory.pollEveryMs['default']), 'How often the nodes are asked.'],
    ['classes', classesOf(inventory), 'Poll periods by class of machine.'],
    ['nodes', nodesOf(inventory.nodes), 'Nodes by name or range; a more specific entry wins.'],
    [
      'groups',
      Object.fromEntries(
        Object.entries(inventory.groups).map(([group, names]) => [
          group,
          names.length === 0 ? null : setOf(names, inventory),
        ]),
      ),
      'Named node sets: @name wherever nodes are named.',
    ],
    [
      'volumes',
      inventory.volumes.map((entry) => volumeOf(entry, inventory)),
      'Filesystems that should stand on disks.',
    ],
    [
      'exports',
      inventory.exports.map((entry) => ({ ...entry, clients: clientsOf(entry.clients) })),
      'Directories that should be exported over NFS.',
    ],
    ['mounts', inventory.mounts.map((entry) => mountOf(entry, inventory)), 'What should be mounted where.'],
    [
      'sharing',
      inventory.sharing.map((entry) => ({ ...entry, nodes: setOf(entry.nodes, inventory) })),
      'GPU time-slicing.',
    ],
    ['clusters', clustersOf(inventory.clusters ?? []), 'Kubernetes clusters: where kubectl works.'],
    [
      'actions',
      Object.fromEntries((inventory.actions ?? []).map(({ name, written }) => [name, written])),
      'Actions of your own.',
    ],
  ];
  const texts = sections
    .filter(([, value]) => value !== undefined && !isEmpty(value))
    .map(
      ([key, value, comment]) =>
        `${comment === '' ? '' : `\n# ${comment}\n`}${stringify({ [key]: value }, { lineWidth: 0, nullStr: '' })}`,
    );
  const notices = inventory.notices.map(
    ({ file, line, text }) => `#   ${file}${line === undefined ? '' : `:${line}`}: ${oneLine(text)}\n`,
  );
  const told = notices.length === 0 ? '' : `\n# Not taken over, or worth a look:\n${notices.join('')}`;
  const origin =
    inventory.files.length === 0
      ? ''
      : `# Written by \`muster inventory import\` from ${oneLine(inventory.files.join(', '))}.\n`;
  return `${origin}${texts.join('')}${told}`;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const oneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');

const periods = (everyMs: Inventory['pollEveryMs'][string] | undefined): Plain | undefined =>
  everyMs === undefined
    ? undefined
    : Object.fromEntries(Object.entries(everyMs).map(([probe, ms]) => [probe, formatDuration(ms)]));

/** Classes with periods, and those nodes are of, so that a misspelt class is found. */
function classesOf({ nodes, pollEveryMs }: Inventory): Plain {
  const names = new Set([
    ...Object.keys(pollEveryMs).filter((name) => name !== 'default'),
    ...nodes.flatMap((node) => node.class ?? []),
  ]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      pollEveryMs[name] === undefined ? null : { pollEvery: periods(pollEveryMs[name]) },
    ]),
  );
}

/** Nodes in runs of equal settings, in inventory order. An address that counts along with the names becomes a range, too. */
function nodesOf(nodes: readonly InventoryNode[]): Plain {
  const runs: { readonly key: string; readonly nodes: InventoryNode[] }[] = [];
  for (const node of nodes) {
    const key = JSON.stringify([family(node.name), family(node.address ?? ''), settingsOf(node)]);
    const run = runs.at(-1);
    if (run?.key === key) run.nodes.push(node);
    else runs.push({ key, nodes: [node] });
  }
  return Object.fromEntries(runs.flatMap(({ nodes: run }) => entriesOf(run)));
}

/** A name with its last number blanked out: nodes of one family may fold. */
const family = (name: string): string => name.replace(/\d+(?=\D*$)/, '#');

function entriesOf(run: readonly InventoryNode[]): readonly (readonly [string, unknown])[] {
  const names = foldNodes(run.map(({ name }) => name));
  const addresses = run.map(({ address }) => address);
  const shared = addresses.every((address) => address === addresses[0])
    ? addresses[0]
    : foldNodes(addresses.map((address) => address ?? ''));
  const keepsOrder =
    reads(
      names,
      run.map(({ name }) => name),
    ) &&
    (shared === addresses[0] || reads(shared ?? '', addresses));
  if (run.length > 1 && keepsOrder) return [[names, entryOf(run[0], shared)]];
  return run.map((node) => [node.name, entryOf(node, node.address)]);
}

/** Whether a folded text unfolds to exactly these, in this order. */
function reads(folded: string, wanted: readonly (string | undefined)[]): boolean {
  const expanded = expandRanges(folded);
  return (
    expanded.kind === 'ok' &&
    expanded.names.length === wanted.length &&
    expanded.names.every((name, index) => name === wanted[index])
  );
}

const entryOf = (node: InventoryNode | undefined, address: string | undefined): Plain | null => {
  const entry = { ...(address === undefined ? {} : { address }), ...(node === undefined ? {} : settingsOf(node)) };
  return Object.keys(entry).length === 0 ? null : entry;
};

/** All that is not a default; name, address and groups stand elsewhere. */
function settingsOf({ name: _, address: __, groups: ___, via, transport, labels, ...rest }: InventoryNode): Plain {
  return {
    ...(via === 'ssh' ? {} : { via }),
    ...(transport === 'auto' ? {} : { transport }),
    ...rest,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

const clustersOf = (clusters: NonNullable<Inventory['clusters']>): Plain =>
  Object.fromEntries(clusters.map(({ name, ...entry }) => [name, isEmpty(entry) ? null : entry]));

/** A node set as a person would write it: `all`, `all!velaryon`, or the names folded. */
function setOf(names: readonly NodeName[], { nodes }: Inventory): string {
  const chosen = new Set(names);
  const others = nodes.filter(({ name }) => !chosen.has(name));
  if (nodes.length < 2 || others.length === nodes.length) return foldNodes(names);
  if (others.length === 0) return 'all';
  return others.length === 1 && nodes.length > 3 ? `all!${others[0]?.name}` : foldNodes(names);
}

const volumeOf = (
  { nodes, disk: { sizeBytes, ...disk }, fsType, options, directories, ...rest }: Inventory['volumes'][number],
  inventory: Inventory,
): Plain => ({
  ...rest,
  nodes: setOf(nodes, inventory),
  type: fsType,
  disk: { ...disk, ...(sizeBytes === undefined ? {} : { size: formatSize(sizeBytes) }) },
  ...(options.length === 0 ? {} : { options }),
  ...(directories.length === 0 ? {} : { directories }),
});

const mountOf = (
  { source, fsType, target, options, how, absent, nodes }: Inventory['mounts'][number],
  inventory: Inventory,
): Plain => ({
  ...(source === '' ? {} : { source }),
  ...(fsType === '' ? {} : { type: fsType }),
  target,
  nodes: setOf(nodes, inventory),
  ...(how === 'fstab' ? {} : { how }),
  ...(options.length === 0 ? {} : { options }),
  ...(absent ? { absent } : {}),
});

/** Clients as a map where each stands once, as a list of clauses where one stands twice. */
function clientsOf(clients: Inventory['exports'][number]['clients']): unknown {
  if (new Set(clients.map(({ client }) => client)).size === clients.length)
    return Object.fromEntries(clients.map(({ client, options }) => [client, options]));
  return clients.map(({ client, options }) => (options.length === 0 ? client : `${client}(${options.join(',')})`));
}
