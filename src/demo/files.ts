import { osReleaseLines } from './answers/about.ts';
import { seedOf } from './chance.ts';
import type { DemoFile, DemoMount, NodeState } from './node-state.ts';
import { isUnder } from './transitions.ts';
import { findHost, type World } from './world.ts';

/** Users and groups every demo node knows, by number. */
const IDS: { readonly [name: string]: number } = {
  root: 0,
  daemon: 1,
  demo: 1000,
  alice: 1001,
  bob: 1002,
  chen: 1003,
  dmitri: 1004,
  elena: 1005,
  farid: 1006,
  grace: 1007,
  hiro: 1008,
  nobody: 65_534,
  nogroup: 65_534,
};

/** Directories every Linux has, whether or not anything lies in them. hier(7) */
const DIRECTORIES = new Set(
  '/ /boot /dev /etc /etc/exports.d /etc/systemd /etc/systemd/system /home /media /mnt /opt /proc /root /run /srv /sys /tmp /usr /usr/bin /usr/local /usr/sbin /var /var/lib /var/log /var/tmp'.split(
    ' ',
  ),
);

/** The number of a user or group, given by name or by number; undefined for one nobody knows. */
export function idOf(name: string): number | undefined {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  return Object.hasOwn(IDS, name) ? IDS[name] : undefined;
}

/** The name of a user or group; a number without a name stays one. */
export function nameOf(name: string): string {
  const id = idOf(name);
  return Object.keys(IDS).find((each) => each === name || IDS[each] === id) ?? name;
}

/** A path without doubled, trailing and dotted parts. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** What is at a path of the node's own disks; undefined for nothing. Links are not followed. */
export function fileAt(node: NodeState, path: string): DemoFile | undefined {
  const own = node.files.get(path);
  if (own !== undefined) return own;
  const text = kernelText(node, path);
  if (text !== undefined) return made('file', text, node.bootedAtMs);
  const isDirectory =
    DIRECTORIES.has(path) ||
    node.mounts.some(({ target }) => isUnder(target, path)) ||
    [...node.files.keys()].some((each) => each.startsWith(`${path}/`));
  return isDirectory ? made('directory', '', node.bootedAtMs) : undefined;
}

/** Files the distribution wrote once and nobody changes. */
function kernelText(node: NodeState, path: string): string | undefined {
  if (path === '/etc/os-release')
    return osReleaseLines(node)
      .map((line) => `${line}\n`)
      .join('');
  if (path === '/etc/hostname') return `${node.name}\n`;
  return path === '/etc/machine-id' ? `${node.seed.toString(16).padStart(32, '0')}\n` : undefined;
}

/** Root's own, with the usual mode of its kind. */
export function made(kind: DemoFile['kind'], text: string, modifiedAtMs: number): DemoFile {
  const mode = { file: '0644', directory: '0755', link: '0777' }[kind];
  return { kind, text, mode, owner: 'root', group: 'root', modifiedAtMs };
}

/** The node with something at a path. */
export function putFile(node: NodeState, path: string, file: DemoFile): NodeState {
  return { ...node, files: new Map(node.files).set(path, file) };
}

/** The node without what is at a path and below it. */
export function dropFile(node: NodeState, path: string): NodeState {
  return { ...node, files: new Map([...node.files].filter(([each]) => !isUnder(each, path))) };
}

/** Names of what lies directly in a directory, in order. */
export function namesIn(node: NodeState, directory: string): readonly string[] {
  const prefix = directory === '/' ? '/' : `${directory}/`;
  const below = [...node.files.keys(), ...DIRECTORIES, ...node.mounts.map(({ target }) => target)];
  const names = below
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split('/')[0] ?? '');
  return [...new Set(names)].filter((name) => name !== '').sort();
}

/** Where a path really lies: on this node, or on the server of the share it is below. */
export type Place =
  | { readonly kind: 'here'; readonly node: NodeState; readonly path: string }
  /** Nobody who asks gets an answer. */
  | { readonly kind: 'hung' }
  | { readonly kind: 'stale' };

/** Follows a path over the network mount above it, if there is one. */
export function placeOf(world: World, node: NodeState, path: string): Place {
  const above = topMount(node, path);
  if (above === undefined || above.fsType !== 'nfs4') return { kind: 'here', node, path };
  if (above.hungBy.length > 0) return { kind: 'hung' };
  const [server = '', exported = ''] = above.source.split(':');
  const there = findHost(world, server);
  if (above.isStale || there === undefined) return { kind: 'stale' };
  return { kind: 'here', node: there, path: cleanPath(`${exported}/${path.slice(above.target.length)}`) };
}

/** The mount a path lies on, automounts not counted. */
export function topMount(node: NodeState, path: string): DemoMount | undefined {
  return node.mounts
    .filter(({ fsType, target }) => fsType !== 'autofs' && isUnder(path, target))
    .reduce<DemoMount | undefined>(
      (best, each) => (best === undefined || each.target.length >= best.target.length ? each : best),
      undefined,
    );
}

const inodes = new WeakMap<DemoFile, number>();
let lastInode = 1_000;

/** Device and inode of what is at a path, kept wherever it is moved; of directories that are only implied, one of their name. Undefined for nothing. */
export function inodeOf(node: NodeState, path: string): string | undefined {
  const file = node.files.get(path);
  if (file === undefined) return fileAt(node, path) === undefined ? undefined : `64768:${seedOf(node.seed, path)}`;
  const inode = inodes.get(file) ?? ++lastInode;
  inodes.set(file, inode);
  return `64768:${inode}`;
}
