import type { NodeName } from '../../model/ids.ts';
import type { ExportSpec, MountSpec } from '../../model/inventory.ts';
import { optionList, parseClients, parseExportLine } from '../options.ts';
import { isRecord } from '../record.ts';
import { resolve, resolveDeep } from './jinja.ts';
import type { HostScope } from './scope.ts';
import type { Told } from './told.ts';

/** What the variables of an Ansible inventory wish for. */
export interface AnsibleWishes {
  readonly exports: readonly ExportSpec[];
  readonly mounts: readonly MountSpec[];
}

/** A mount of one host, before equal ones of many hosts are gathered. */
type HostMount = Omit<MountSpec, 'nodes' | 'absent'>;

type Fields = { readonly [key: string]: unknown };

/** Groups whose members export, where `nfs_exports` is set for more hosts than export. */
const SERVER_GROUPS = ['nfs_server', 'nfs_servers', 'nfs-server', 'nfs-servers'];

/**
 * Wished exports and mounts of all nodes: `nfs_exports` (exports(5) lines or DeepOps' maps), `nfs.mounts`, `nfs_mounts`,
 * `virtio_fs_mounts`, `beegfs_config`. What holds a template that is not understood is told and left out.
 */
export function ansibleWishes(nodes: readonly NodeName[], scope: HostScope, told: Told): AnsibleWishes {
  const exports = nodes.flatMap((node) => exportsOf(node, scope, told));
  const mounts = new Map<string, { readonly mount: HostMount; readonly nodes: NodeName[] }>();
  for (const node of nodes) {
    for (const mount of mountsOf(node, scope, told)) {
      const key = JSON.stringify(mount);
      const known = mounts.get(key);
      if (known === undefined) mounts.set(key, { mount, nodes: [node] });
      else if (known.nodes.at(-1) !== node) known.nodes.push(node);
    }
  }
  return {
    exports,
    mounts: [...mounts.values()].map(({ mount, nodes: of }) => ({ ...mount, absent: false, nodes: of })),
  };
}

function exportsOf(node: NodeName, scope: HostScope, told: Told): readonly ExportSpec[] {
  const value = listOf(node, 'nfs_exports', scope, told);
  if (value.length === 0 || !isServer(node, scope)) return [];
  return value.flatMap((entry) => {
    const line = typeof entry === 'string' ? parseExportLine(entry) : undefined;
    if (line !== undefined) return [{ node, ...line }];
    const path = isRecord(entry) ? textAt(entry, 'path') : undefined;
    if (!isRecord(entry) || path === undefined || !path.startsWith('/')) {
      told.tell(node, `an entry of nfs_exports is no export and left out: ${shown(entry)}`);
      return [];
    }
    return [{ node, path, clients: parseClients(textAt(entry, 'options') ?? '*') }];
  });
}

/** Whether exports set for a host are meant for it: its own always; those of a group where no group of servers says otherwise. */
function isServer(node: NodeName, scope: HostScope): boolean {
  if (scope.isOwn(node, 'nfs_exports')) return true;
  const pattern = scope.lookup(node, 'nfs_server_group');
  if (typeof pattern === 'string') return matches(node, pattern, scope);
  const group = SERVER_GROUPS.find((name) => scope.tree.groups.has(name));
  return group === undefined || scope.hostsOf(group).includes(node);
}

/** Ansible's host pattern as far as DeepOps uses it: `group`, `group[0]`, `group[1:]`, several with commas. */
function matches(node: NodeName, pattern: string, scope: HostScope): boolean {
  return pattern.split(',').some((part) => {
    const [, group = '', from, colon, to] = /^\s*([^[\]]+?)(?:\[(\d{1,6})(:)?(\d{1,6})?\])?\s*$/.exec(part) ?? [];
    const hosts = scope.tree.hosts.has(group) ? [group] : scope.hostsOf(group);
    if (from === undefined) return hosts.includes(node);
    // Ansible counts the end of a slice in.
    const end = colon === undefined ? Number(from) + 1 : to === undefined ? hosts.length : Number(to) + 1;
    return hosts.slice(Number(from), end).includes(node);
  });
}

function mountsOf(node: NodeName, scope: HostScope, told: Told): readonly HostMount[] {
  const own = isServedBy(node, scope);
  return (
    [...nfsMap(node, scope, told), ...nfsList(node, scope, told)]
      // A server does not mount its own export over itself.
      .filter(({ source }) => !own(source))
      .concat(virtioFs(node, scope, told), beegfs(node, scope, told))
  );
}

/** goldentooth's `nfs.mounts`: share, mount, type, options as list or `{}`; its role writes automount units. */
function nfsMap(node: NodeName, scope: HostScope, told: Told): readonly HostMount[] {
  const nfs = scope.lookup(node, 'nfs');
  const mounts = isRecord(nfs) ? nfs['mounts'] : undefined;
  return Object.entries(isRecord(mounts) ? mounts : {}).flatMap(([name, entry]) => {
    const fields = resolvedMap(node, `nfs.mounts.${name}`, entry, scope, told);
    const [source, target] = [textAt(fields, 'share'), textAt(fields, 'mount')];
    if (source === undefined || target === undefined) return [];
    return [
      {
        source,
        fsType: textAt(fields, 'type') ?? 'nfs',
        target,
        options: optionsAt(fields, 'options'),
        how: 'automount' as const,
      },
    ];
  });
}

/** DeepOps' `nfs_mounts`: mountpoint, server, path, options; or the words of Ansible's mount module: path, src, opts, fstype. */
function nfsList(node: NodeName, scope: HostScope, told: Told): readonly HostMount[] {
  const pattern = scope.lookup(node, 'nfs_client_group');
  if (!scope.isOwn(node, 'nfs_mounts') && typeof pattern === 'string' && !matches(node, pattern, scope)) return [];
  return listOf(node, 'nfs_mounts', scope, told).flatMap((entry, index) => {
    const fields = resolvedMap(node, `nfs_mounts[${index}]`, entry, scope, told);
    const server = textAt(fields, 'server');
    const source =
      textAt(fields, 'src') ?? (server === undefined ? undefined : `${server}:${textAt(fields, 'path') ?? ''}`);
    const target =
      textAt(fields, 'mountpoint') ?? (textAt(fields, 'src') === undefined ? undefined : textAt(fields, 'path'));
    if (source === undefined || target === undefined) return [];
    const options = [...optionsAt(fields, 'options'), ...optionsAt(fields, 'opts')];
    return [{ source, fsType: textAt(fields, 'fstype') ?? 'nfs', target, options, how: 'fstab' as const }];
  });
}

/** ai-how's `virtio_fs_mounts`: tag, mount_point, options, readonly; often JSON in a text. */
function virtioFs(node: NodeName, scope: HostScope, told: Told): readonly HostMount[] {
  return listOf(node, 'virtio_fs_mounts', scope, told).flatMap((entry, index) => {
    const fields = resolvedMap(node, `virtio_fs_mounts[${index}]`, entry, scope, told);
    const [source, target] = [textAt(fields, 'tag'), textAt(fields, 'mount_point')];
    if (source === undefined || target === undefined) return [];
    const options = optionList(textAt(fields, 'options') ?? 'rw,relatime');
    const isReadOnly = /^(?:true|yes|1)$/i.test(textAt(fields, 'readonly') ?? '');
    const effective = isReadOnly ? ['ro', ...options.filter((option) => option !== 'rw' && option !== 'ro')] : options;
    return [{ source, fsType: 'virtiofs', target, options: effective, how: 'fstab' as const }];
  });
}

/** ai-how's `beegfs_config`; the kernel names every BeeGFS mount `beegfs_nodev`. */
function beegfs(node: NodeName, scope: HostScope, told: Told): readonly HostMount[] {
  const fields = resolvedMap(node, 'beegfs_config', decoded(scope.lookup(node, 'beegfs_config')), scope, told);
  const client = isRecord(fields['client_config']) ? fields['client_config'] : fields;
  const target = textAt(client, 'mount_point') ?? textAt(client, 'mount_path') ?? textAt(fields, 'mount_point');
  const isOff = /^(?:false|no|0)$/i.test(textAt(fields, 'enabled') ?? '');
  return target === undefined || isOff
    ? []
    : [{ source: 'beegfs_nodev', fsType: 'beegfs', target, options: [], how: 'fstab' as const }];
}

/** Whether the server of a source is this node, by name or address. */
function isServedBy(node: NodeName, scope: HostScope): (source: string) => boolean {
  const names = ['ansible_host', 'ansible_ssh_host', 'ipv4_address', 'ip'].map((name) =>
    resolve(scope.lookup(node, name), node, scope),
  );
  const addresses = new Set<string>([
    node,
    ...names.flatMap((name) => (name.kind === 'ok' && typeof name.value === 'string' ? [name.value] : [])),
  ]);
  return (source) => addresses.has(source.replace(/:\/.*$/s, ''));
}

/** A list variable, decoded from JSON in a text where it is one. */
function listOf(node: NodeName, name: string, scope: HostScope, told: Told): readonly unknown[] {
  const raw = scope.lookup(node, name);
  if (raw === undefined || raw === null) return [];
  const resolved = resolve(decoded(raw), node, scope);
  const value = resolved.kind === 'ok' ? decoded(resolved.value) : undefined;
  if (Array.isArray(value)) return value;
  const why = resolved.kind === 'unresolved' ? resolved.expression.slice(0, 100) : 'it is no list';
  told.tell(node, `${name} is not understood and left out: ${why}`);
  return [];
}

/** A map with its templates resolved; empty, and told, where one is not understood. */
function resolvedMap(node: NodeName, name: string, value: unknown, scope: HostScope, told: Told): Fields {
  if (value === undefined || value === null) return {};
  const resolved = resolveDeep(value, node, scope);
  if (resolved.kind === 'ok' && isRecord(resolved.value)) return resolved.value;
  told.tell(
    node,
    `${name} is not understood and left out: ${resolved.kind === 'unresolved' ? resolved.expression.slice(0, 100) : 'it is no map'}`,
  );
  return {};
}

/** INI inventories carry lists and maps as JSON in a text. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*(?:\[|\{(?!\{))/.test(value)) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch {
    return value;
  }
}

const textAt = (fields: Fields, key: string): string | undefined => {
  const value = fields[key];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
};

const optionsAt = (fields: Fields, key: string): readonly string[] => {
  const value = fields[key];
  return optionList(typeof value === 'string' ? value : Array.isArray(value) ? value.map(String) : []);
};

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);
