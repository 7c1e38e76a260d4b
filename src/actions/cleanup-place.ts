import type { FleetView, NodeView } from '../model/action.ts';
import type { Content } from '../model/contents.ts';
import { isNetworkFilesystem } from '../model/filesystem-types.ts';
import type { NodeName } from '../model/ids.ts';
import { isUnder, remoteSource, serverOf, trimmed } from '../model/storage-source.ts';
import { nodeOfHost, wishOf } from '../model/wishes.ts';
import type { FolderKind } from './cleanup-choice.ts';
import { type Refusal, refused } from './node-plans.ts';

/** Why nothing in a directory is cleaned up from this node; undefined where it may be. `nodeCount` nodes are asked to do the same. */
export function whyNotHere(
  root: string,
  { name, seen }: NodeView,
  { inventory }: FleetView,
  nodeCount: number,
): Refusal | undefined {
  const volume = wishOf(inventory, name)?.volumes.find(({ target }) => isUnder(root, trimmed(target)));
  const mounts = seen.facts.mounts ?? [];
  if (volume !== undefined && !mounts.some(({ target }) => trimmed(target) === trimmed(volume.target)))
    return refused(
      `${root} belongs to the volume ${volume.name}, which is not mounted at ${volume.target}`,
      'see why the volume is not there, then plan again',
    );
  const over = mounts
    .filter(({ target }) => isUnder(root, trimmed(target)))
    .toSorted((a, b) => trimmed(a.target).length - trimmed(b.target).length)
    .at(-1);
  if (over === undefined || over.fsType === 'autofs' || !isNetworkFilesystem(over.fsType))
    return over?.fsType === 'autofs'
      ? refused(`${root} lies on a share that waits for the first touch`, 'clean up on the node that serves it')
      : undefined;
  const remote = remoteSource(over.source, over.fsType);
  const server = remote === undefined ? undefined : nodeOfHost(inventory, remote.server);
  const place = `${remote?.path === '/' ? '' : (remote?.path ?? '')}${root.slice(trimmed(over.target).length)}`;
  if (server !== undefined) return refused(`${root} is served by ${server}`, `clean up ${place} on ${server}`);
  return nodeCount > 1
    ? refused(`${root} lies on ${over.source}, which ${nodeCount} nodes would clean up at once`, 'name one node')
    : undefined;
}

/** Whether the node exports the directory or one above it. */
export const isExported = (root: string, { seen }: NodeView): boolean =>
  exportsOf(seen).some((path) => isUnder(root, path));

const exportsOf = ({ facts }: NodeView['seen']): readonly string[] =>
  [...(facts.exports?.kernel ?? []), ...(facts.exports?.files ?? [])].map(({ path }) => trimmed(path));

/** Nodes that have the directory mounted from this one, and where it lies for them. */
export function clientsOf(
  root: string,
  { name }: NodeView,
  { inventory, nodes }: FleetView,
): readonly { readonly node: NodeName; readonly path: string }[] {
  return [...nodes.values()].flatMap((client) =>
    client.name === name
      ? []
      : (client.seen.facts.mounts ?? []).flatMap((mount) => {
          const remote = remoteSource(mount.source, mount.fsType);
          if (remote === undefined || !isUnder(root, remote.path) || serverOf(inventory, mount) !== name) return [];
          const below = remote.path === '/' ? root : root.slice(remote.path.length);
          return [{ node: client.name, path: `${trimmed(mount.target)}${below}` }];
        }),
  );
}

/** Why an entry stays whatever its age: it is a part of what the node or the inventory needs. */
export function whyProtected(
  root: string,
  { name, owner, mode }: Content,
  kind: FolderKind,
  view: NodeView,
  { inventory }: FleetView,
): string | undefined {
  const path = `${root}/${name}`;
  const holds = (places: readonly string[]): string | undefined =>
    places.find((place) => isUnder(trimmed(place), path));
  if (kind === 'set-aside' && (owner !== 'root' || mode !== '0700'))
    return "not root's alone, so not set aside by muster";
  const mounted = holds((view.seen.facts.mounts ?? []).map(({ target }) => target));
  if (mounted !== undefined) return `something is mounted at ${mounted}`;
  const exported = holds(exportsOf(view.seen));
  if (exported !== undefined) return `${exported} is exported`;
  const wish = wishOf(inventory, view.name);
  const wished = holds([
    ...(wish?.mounts ?? []).filter(({ absent }) => !absent).map(({ target }) => target),
    ...(wish?.exports ?? []).map((spec) => spec.path),
    ...(wish?.volumes ?? []).flatMap(({ target, directories }) => [
      target,
      ...directories.map((directory) =>
        directory.path.startsWith('/') ? directory.path : `${trimmed(target)}/${directory.path}`,
      ),
    ]),
  ]);
  return wished === undefined ? undefined : `the inventory wishes ${wished}`;
}
