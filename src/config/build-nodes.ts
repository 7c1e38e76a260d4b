import { type NodeName, nodeName, whyNotNodeName } from '../model/ids.ts';
import type { InventoryNode } from '../model/inventory.ts';
import { nearest } from '../model/nearest.ts';
import { expandRanges, MAX_NAMES } from '../model/node-range.ts';
import { foldNodes } from '../model/node-set.ts';
import { buildGroups, type GroupTree } from './build-groups.ts';
import type { Piece, Report } from './piece.ts';
import type { NodeSettings } from './schema.ts';
import type { PathStep } from './yaml-source.ts';

/** Nodes in the order they are declared, and the groups they are in; or nothing where there are more than can be. */
export type BuiltNodes =
  | {
      readonly kind: 'ok';
      readonly nodes: readonly InventoryNode[];
      readonly groups: { readonly [group: string]: readonly NodeName[] };
    }
  | { readonly kind: 'too-many' };

/** Settings for some nodes; an entry for fewer nodes wins over one for more, a later one over an earlier one. */
interface NodeEntry {
  readonly piece: Piece;
  readonly path: readonly PathStep[];
  readonly names: readonly string[];
  readonly settings: NodeSettings;
}

/** Nodes with their settings from defaults, class, groups (outer before inner) and their own entries, the most specific last. */
export function buildNodes(pieces: readonly Piece[], report: Report): BuiltNodes {
  const entries = nodeEntries(pieces, report);
  if (entries === undefined) return { kind: 'too-many' };
  const names = [...new Set(entries.flatMap((entry) => entry.names))];
  const branded = names.map((name) => nodeName(name));
  const tree = buildGroups(
    pieces,
    branded.map((name) => ({ name })),
    entries.flatMap(({ piece, path, names: of, settings }) =>
      settings.groups === undefined
        ? []
        : [{ piece, path: [...path, 'groups'], names: of, groups: [settings.groups].flat() }],
    ),
    report,
  );
  warnOfUnknownClasses(pieces, entries, tree, report);

  const addresses = addressesByName(entries, report);
  const ownByName = gather(
    entries
      .toSorted((a, b) => b.names.length - a.names.length)
      .map(({ names: of, settings }) => ({ names: of, settings })),
  );
  const groupByName = gather(tree.settings);
  const groupsOf = new Map<string, string[]>();
  for (const [group, members] of Object.entries(tree.groups))
    for (const name of members) groupsOf.set(name, [...(groupsOf.get(name) ?? []), group]);

  const defaults = pieces.flatMap(({ data }) => data.defaults ?? []);
  const classes = new Map(pieces.flatMap(({ data }) => Object.entries(data.classes ?? {})));
  const nodes = branded.map((name) => {
    const specific = [...(groupByName.get(name) ?? []), ...(ownByName.get(name) ?? [])];
    const nodeClass = [...defaults, ...specific].findLast((layer) => layer.class !== undefined)?.class;
    const ofClass = nodeClass === undefined ? undefined : classes.get(nodeClass);
    const settings = merge([...defaults, ...(ofClass ? [ofClass] : []), ...specific]);
    return inventoryNode(
      name,
      { ...settings, address: addresses.get(name) ?? settings.address },
      groupsOf.get(name) ?? [],
      report,
    );
  });
  return { kind: 'ok', nodes, groups: tree.groups };
}

/** The entries of all files; undefined as soon as their names are too many, so that no further work is done for them. */
function nodeEntries(pieces: readonly Piece[], report: Report): readonly NodeEntry[] | undefined {
  const entries: NodeEntry[] = [];
  const known = new Set<string>();
  for (const piece of pieces) {
    for (const [key, settings] of Object.entries(piece.data.nodes ?? {})) {
      const path = ['nodes', key];
      const names = namesOfKey(piece, path, key, report);
      for (const name of names) known.add(name);
      if (known.size > MAX_NAMES) {
        const most = MAX_NAMES.toLocaleString('en');
        report.problem(
          piece.source.problemAt(path, {
            message: `more than ${most} nodes, counted up to here`,
            at: 'key',
            expected: `at most ${most}; spread them over several inventories and start muster once for each`,
          }),
        );
        return undefined;
      }
      entries.push({ piece, path, names, settings: settings ?? {} });
    }
  }
  return entries;
}

/** The names a key such as `gpu[01-16]` or `gpu01,gpu03` declares. */
function namesOfKey(piece: Piece, path: readonly PathStep[], key: string, report: Report): readonly string[] {
  return key.split(/,(?![^[]*\])/).flatMap((part) => {
    const expanded = expandRanges(part.trim());
    if (expanded.kind === 'error') {
      report.problem(
        piece.source.problemAt(path, {
          message: `the node name ${JSON.stringify(key)}: ${expanded.message}`,
          at: 'key',
        }),
      );
      return [];
    }
    const wrong = expanded.names.find((name) => whyNotNodeName(name) !== undefined);
    if (wrong === undefined) return expanded.names;
    const expected = whyNotNodeName(wrong) ?? '';
    report.problem(
      piece.source.problemAt(path, {
        message: `${JSON.stringify(wrong)} cannot name a node`,
        at: 'key',
        expected: `another name: ${expected}`,
      }),
    );
    return [];
  });
}

/** An address with a range counts along with the names of its entry. */
function addressesByName(entries: readonly NodeEntry[], report: Report): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>();
  for (const { piece, path, names, settings } of entries.toSorted((a, b) => b.names.length - a.names.length)) {
    if (settings.address === undefined) continue;
    const expanded =
      settings.address.includes('[') && !/^\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]$/.test(settings.address)
        ? expandRanges(settings.address)
        : undefined;
    if (expanded?.kind === 'error') {
      report.problem(
        piece.source.problemAt([...path, 'address'], {
          message: expanded.message,
          part: { column: expanded.column, length: 1 },
        }),
      );
    } else if (expanded !== undefined && expanded.names.length !== names.length) {
      const message = `${expanded.names.length} addresses for the ${names.length} nodes ${foldNodes(names)}`;
      report.problem(piece.source.problemAt([...path, 'address'], { message, expected: 'as many addresses as names' }));
    } else
      for (const [index, name] of names.entries())
        addresses.set(name, expanded?.names[index] ?? settings.address ?? name);
  }
  return addresses;
}

/** Layers by node, in the order given. */
function gather(
  layers: readonly { readonly names: readonly string[]; readonly settings: NodeSettings }[],
): ReadonlyMap<string, readonly NodeSettings[]> {
  const byName = new Map<string, NodeSettings[]>();
  for (const { names, settings } of layers) {
    for (const name of names) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [settings]);
      else known.push(settings);
    }
  }
  return byName;
}

/** Later layers win; `gpus` and `labels` win key by key, so that a group can give the driver and the node the count. */
function merge(layers: readonly NodeSettings[]): NodeSettings {
  const merged: NodeSettings = Object.assign({}, ...layers);
  const gpus = layers.map((layer) => layer.gpus).filter((value) => value !== undefined);
  const labels = layers.map((layer) => layer.labels).filter((value) => value !== undefined);
  return {
    ...merged,
    ...(gpus.length === 0
      ? {}
      : { gpus: Object.assign({}, ...gpus.map((value) => (typeof value === 'number' ? { count: value } : value))) }),
    ...(labels.length === 0 ? {} : { labels: Object.assign({}, ...labels) }),
  };
}

function inventoryNode(
  name: NodeName,
  settings: NodeSettings,
  groups: readonly string[],
  report: Report,
): InventoryNode {
  const { address, port, user, jump, identityFiles, password, hostKeys, hostKeyPolicy, labels, gpus } = settings;
  const wished = typeof gpus === 'number' ? { count: gpus } : gpus;
  if (wished !== undefined && wished.count === undefined) report.uncounted.push(name);
  return {
    name,
    via: settings.via ?? 'ssh',
    transport: settings.transport ?? 'auto',
    ...(address === undefined ? {} : { address: address.replaceAll('{name}', name) }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(jump === undefined ? {} : { jump: [jump].flat() }),
    ...(identityFiles === undefined ? {} : { identityFiles: [identityFiles].flat() }),
    ...(password === undefined ? {} : { password }),
    ...(hostKeys === undefined ? {} : { hostKeys: [hostKeys].flat() }),
    ...(hostKeyPolicy === undefined ? {} : { hostKeyPolicy }),
    ...(settings.class === undefined ? {} : { class: settings.class }),
    ...readOnlyOf(settings.readOnly),
    labels: Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, String(value)])),
    groups,
    ...(wished?.count === undefined
      ? {}
      : {
          gpus: {
            count: wished.count,
            ...(wished.model === undefined ? {} : { model: wished.model }),
            ...(wished.driver === undefined ? {} : { driver: String(wished.driver) }),
          },
        }),
  };
}

function readOnlyOf(said: NodeSettings['readOnly']): Pick<InventoryNode, 'readOnly'> {
  if (said === undefined || said === false) return {};
  return { readOnly: said === true ? 'the inventory says readOnly' : `read-only: ${said}` };
}

/** A class that is used but not declared is likely a slip, once any class is declared. */
function warnOfUnknownClasses(
  pieces: readonly Piece[],
  entries: readonly NodeEntry[],
  tree: GroupTree,
  report: Report,
): void {
  const known = pieces.flatMap(({ data }) => Object.keys(data.classes ?? {}));
  if (known.length === 0) return;
  const used = [
    ...entries.map(({ piece, path, settings }) => ({ piece, path: [...path, 'class'], name: settings.class })),
    ...tree.settings.map(({ piece, path, settings }) => ({ piece, path: [...path, 'class'], name: settings.class })),
  ];
  for (const { piece, path, name } of used) {
    if (name === undefined || known.includes(name)) continue;
    const meant = nearest(name, known);
    const complaint = { message: `no class is called ${JSON.stringify(name)}`, expected: `one of ${known.join(', ')}` };
    report.problem(piece.source.problemAt(path, { ...complaint, ...(meant === undefined ? {} : { nearest: meant }) }));
  }
}
