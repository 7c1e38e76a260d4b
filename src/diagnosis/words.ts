import type { Mend } from '../model/finding.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import { quote } from '../model/quote.ts';
import { remoteSource } from '../model/storage-source.ts';
import { nodeOfHost } from '../model/wishes.ts';
import type { NodeView, RemoteMount } from './rule.ts';

/** `1 mount`, `17 mounts`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `hangs` for one, `hang` for many. */
export const verb = (number: number, one: string, many: string): string => (number === 1 ? one : many);

/** A command of muster as it is typed into a shell, in the quotes of a sentence: `"muster plan converge -l 'gpu[01-02]'"`. */
export const planOf = (action: string, nodes: string, ...words: readonly string[]): string =>
  `"muster plan ${quote([action, '-l', nodes, ...words].map((word) => word.replaceAll('\0', '')))}"`;

/** The same for a plan whose fields are all said: `"muster plan time-slice --cluster talos --replicas 4"`. */
export const commandOf = ({ action, fields }: Mend): string => {
  const words = Object.entries(fields).flatMap(([field, text]) => [`--${field}`, text.replaceAll('\0', '')]);
  return `"muster plan ${quote([action, ...words])}"`;
};

/**
 * A message without what differs from node to node (addresses, numbers, the node's own name), so that the same trouble on many nodes
 * has one cause.
 */
export function messageClass(text: string, node: string): string {
  return text
    .replaceAll(node, 'node')
    .replace(/"[^"]*"?/g, '""')
    .toLowerCase()
    .replace(/[^ -~]/g, '')
    .replace(/\b[0-9a-f]*:[0-9a-f:.]+\b/g, '#')
    .replace(/\d+/g, '#')
    .replace(/#([.:]#)+/g, '#')
    .slice(0, 80);
}

/**
 * The reason a node gives, without the node's own address in front: what is told of many nodes must not name one, and on a narrow screen
 * the reason matters more. Another host's address, e.g. of a jump host, stays.
 */
export function withoutOwnPlace(text: string, inventory: Inventory, node: NodeName): string {
  const name = addressesOf(inventory).get(node) ?? node;
  if (!text.startsWith(name)) return text;
  return /^(?::\d+)?(?: \([^)]*\))?:? (.+)$/s.exec(text.slice(name.length))?.[1] ?? text;
}

const addresses = new WeakMap<Inventory, ReadonlyMap<NodeName, string>>();

function addressesOf(inventory: Inventory): ReadonlyMap<NodeName, string> {
  const known = addresses.get(inventory);
  if (known !== undefined) return known;
  const made = new Map(inventory.nodes.map(({ name, address }) => [name, address ?? name]));
  addresses.set(inventory, made);
  return made;
}

/** The distinct things a group's evidence is about: `gpu3, gpu5`; a few, then how many more. */
export function listed(names: readonly string[], most = 3): string {
  const distinct = [...new Set(names)];
  const shown = distinct.slice(0, most).join(', ');
  return distinct.length > most ? `${shown} and ${distinct.length - most} more` : shown;
}

/** The remote mount on top at a target. */
export function remoteAt(node: NodeView, target: string): RemoteMount | undefined {
  return node.remotes().find(({ mount }) => mount.target === target);
}

/** The server that a declared source names: a node of the inventory where it means one. */
export function declaredServer(node: NodeView, source: string, fsType: string): string | undefined {
  const server = remoteSource(source, fsType)?.server;
  return server === undefined ? undefined : (nodeOfHost(node.inventory, server) ?? server);
}
