import type { Mount } from './facts.ts';
import { isNetworkFilesystem } from './filesystem-types.ts';
import type { NodeName } from './ids.ts';
import type { Inventory } from './inventory.ts';
import { nodeOfHost } from './wishes.ts';

/** Where a network filesystem comes from: `nfs-a:/export/data`, `//files/share`, `[fe80::1]:/x`. */
export interface RemoteSource {
  readonly server: string;
  readonly path: string;
}

/** Reads a mount's source as server and path; undefined for local filesystems and for sources that name no server (virtiofs, beegfs). */
export function remoteSource(source: string, fsType: string): RemoteSource | undefined {
  if (!isNetworkFilesystem(fsType)) return undefined;
  const share = /^\/\/([^/]+)(\/.*)?$/.exec(source);
  if (share?.[1] !== undefined) return { server: share[1], path: trimmed(share[2] ?? '/') };
  const match = /^(?:[^@/]*@)?(?:\[([^\]]+)\]|([^:/]+)):(.*)$/.exec(source);
  const server = match?.[1] ?? match?.[2];
  if (server === undefined) return undefined;
  return { server, path: trimmed(match?.[3] ?? '') };
}

/** The server of a seen mount: a node of the inventory where one is meant, else the name or address as it stands there. */
export function serverOf(
  inventory: Inventory,
  mount: Pick<Mount, 'source' | 'fsType' | 'superOptions'>,
): string | undefined {
  const remote = remoteSource(mount.source, mount.fsType);
  if (remote === undefined) return undefined;
  return serverNode(inventory, remote.server, mount) ?? remote.server;
}

/** Whether a seen mount comes from the wished server: the same text, the same node, or the same resolved address. */
export function isSameServer(
  inventory: Inventory,
  wished: string,
  seen: string,
  mount: Pick<Mount, 'superOptions'>,
): boolean {
  if (wished.toLowerCase() === seen.toLowerCase()) return true;
  const node = nodeOfHost(inventory, wished);
  if (node !== undefined) return serverNode(inventory, seen, mount) === node;
  return resolvedAddress(mount) === wished;
}

/** Whether a mount is of this source: the same text, or the same path of the server whose address the kernel resolved. */
export function isSameSource(wished: string, mount: Pick<Mount, 'source' | 'fsType' | 'superOptions'>): boolean {
  if (trimmed(wished) === trimmed(mount.source)) return true;
  const [from, found] = [remoteSource(wished, mount.fsType), remoteSource(mount.source, mount.fsType)];
  return from !== undefined && from.path === found?.path && from.server === resolvedAddress(mount);
}

function serverNode(inventory: Inventory, server: string, mount: Pick<Mount, 'superOptions'>): NodeName | undefined {
  const address = resolvedAddress(mount);
  return nodeOfHost(inventory, server) ?? (address === undefined ? undefined : nodeOfHost(inventory, address));
}

/** The address the kernel resolved the server to, as NFS shows it: `addr=10.0.0.5`. */
function resolvedAddress(mount: Pick<Mount, 'superOptions'>): string | undefined {
  return mount.superOptions.find((option) => option.startsWith('addr='))?.slice('addr='.length);
}

/** A path without trailing slashes, `/` for the root, so that `/data/` and `/data` are one place. */
export function trimmed(path: string): string {
  const bare = path.replace(/\/+$/, '');
  return bare === '' ? '/' : bare;
}

/** Whether a path is a directory or lies in it. */
export function isUnder(path: string, directory: string): boolean {
  const base = trimmed(directory);
  return base === '/' || path === base || path.startsWith(`${base}/`);
}
