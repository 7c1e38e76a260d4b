import type { ExportSpec, MountSpec, SharingSpec, VolumeSpec } from '../model/inventory.ts';
import type { NodeScope } from '../model/node-set.ts';
import { isUnder, trimmed } from '../model/storage-source.ts';
import { optionList, parseClients } from './options.ts';
import { nodesAt, type Piece, type Report } from './piece.ts';
import type { InventoryFile } from './schema.ts';
import { sizeBytes } from './units.ts';

type Entry<K extends 'volumes' | 'exports' | 'mounts' | 'sharing'> = NonNullable<InventoryFile[K]>[number];

/** The state one file wishes for: volumes, exports, mounts and sharing, with node sets resolved. */
export interface Wishes {
  readonly volumes: readonly VolumeSpec[];
  readonly exports: readonly ExportSpec[];
  readonly mounts: readonly MountSpec[];
  readonly sharing: readonly SharingSpec[];
}

/** Resolves the wished state of one file against all nodes and groups. */
export function buildWishes(piece: Piece, scope: NodeScope, report: Report): Wishes {
  const { volumes = [], exports = [], mounts = [], sharing = [] } = piece.data;
  return {
    volumes: volumes.map((entry, index) => buildVolume(piece, entry, index, scope, report)),
    exports: exports.flatMap((entry, index) => buildExports(piece, entry, index, scope, report)),
    mounts: mounts.map((entry, index) => buildMount(piece, entry, index, scope, report)),
    sharing: sharing.map((entry, index) => ({
      nodes: nodesAt(piece, ['sharing', index, 'nodes'], entry.nodes, scope, report),
      replicas: entry.replicas,
      resource: entry.resource ?? 'nvidia.com/gpu',
      renameByDefault: entry.renameByDefault ?? false,
    })),
  };
}

function buildVolume(
  piece: Piece,
  entry: Entry<'volumes'>,
  index: number,
  scope: NodeScope,
  report: Report,
): VolumeSpec {
  const path = ['volumes', index];
  const { id, serial, wwn, size } = entry.disk;
  if (
    id === undefined &&
    serial === undefined &&
    wwn === undefined &&
    size === undefined &&
    entry.label === undefined &&
    entry.uuid === undefined
  ) {
    const expected = 'id, serial, wwn or size of the disk, or label or uuid of its filesystem';
    report.problem(
      piece.source.problemAt([...path, 'disk'], {
        message: `nothing says which disk ${JSON.stringify(entry.name)} is`,
        at: 'key',
        expected,
      }),
    );
  }
  const bytes = size === undefined ? undefined : sizeBytes(size);
  return {
    name: entry.name,
    nodes: nodesAt(piece, [...path, 'nodes'], entry.nodes, scope, report),
    disk: {
      ...(id === undefined ? {} : { id: id.replace(/^\/dev\/disk\/by-id\//, '') }),
      ...(serial === undefined ? {} : { serial: String(serial) }),
      ...(wwn === undefined ? {} : { wwn }),
      ...(bytes === undefined ? {} : { sizeBytes: bytes }),
    },
    fsType: entry.type,
    ...(entry.label === undefined ? {} : { label: entry.label }),
    ...(entry.uuid === undefined ? {} : { uuid: entry.uuid }),
    target: entry.target,
    options: optionList(entry.options),
    directories: (entry.directories ?? []).map(({ path: directory, owner, group, mode }, at) => ({
      path: directoryPath(piece, [...path, 'directories', at, 'path'], directory, entry.target, report),
      ...(owner === undefined ? {} : { owner: String(owner) }),
      ...(group === undefined ? {} : { group: String(group) }),
      ...(mode === undefined ? {} : { mode: octalMode(piece, [...path, 'directories', at, 'mode'], mode, report) }),
    })),
  };
}

/** A directory by its absolute path; it must lie on the volume, or it would say something about another one. */
function directoryPath(
  piece: Piece,
  path: readonly (string | number)[],
  directory: string,
  target: string,
  report: Report,
): string {
  const absolute = directory.startsWith('/') ? directory : `${trimmed(target)}/${directory}`.replace('//', '/');
  const isInside = isUnder(absolute, target) && !absolute.split('/').includes('..');
  if (!isInside) {
    const message = `${JSON.stringify(directory)} is not on the volume, which is mounted at ${target}`;
    report.problem(piece.source.problemAt(path, { message, expected: `a directory below ${target}, e.g. models` }));
  }
  return absolute;
}

/** `0755` and `755` mean the same; YAML reads both as the number 755. */
function octalMode(
  piece: Piece,
  path: readonly (string | number)[],
  mode: string | number | boolean,
  report: Report,
): string {
  const text = String(mode);
  if (/^[0-7]{3,4}$/.test(text)) return text.padStart(4, '0');
  report.problem(
    piece.source.problemAt(path, {
      message: `${JSON.stringify(mode)} is no octal mode`,
      expected: 'three or four digits of 0 to 7, e.g. "0755"',
    }),
  );
  return '0755';
}

function buildExports(
  piece: Piece,
  entry: Entry<'exports'>,
  index: number,
  scope: NodeScope,
  report: Report,
): readonly ExportSpec[] {
  const clients =
    typeof entry.clients === 'string' || Array.isArray(entry.clients)
      ? [entry.clients].flat().flatMap(parseClients)
      : Object.entries(entry.clients).map(([client, options]) => ({ client, options: optionList(options) }));
  return nodesAt(piece, ['exports', index, 'node'], entry.node, scope, report).map((node) => ({
    node,
    path: entry.path,
    clients,
  }));
}

function buildMount(piece: Piece, entry: Entry<'mounts'>, index: number, scope: NodeScope, report: Report): MountSpec {
  const path = ['mounts', index];
  const absent = entry.absent ?? false;
  for (const key of ['source', 'type'] as const) {
    if (!absent && entry[key] === undefined)
      report.problem(piece.source.problemAt(path, { message: `"${key}" is missing in the mount at ${entry.target}` }));
  }
  const isNfs = entry.type !== undefined && /^nfs4?$/.test(entry.type);
  if (isNfs && entry.source !== undefined && !/^(?:\[[0-9a-fA-F:.]+\]|[^:/\s]+):\//.test(entry.source)) {
    const complaint = {
      message: `${JSON.stringify(entry.source)} is no NFS source`,
      expected: 'server:/path, e.g. nfs-a:/export/data',
    };
    report.problem(piece.source.problemAt([...path, 'source'], complaint));
  }
  return {
    source: entry.source ?? '',
    fsType: entry.type ?? '',
    target: entry.target,
    options: optionList(entry.options),
    how: entry.how ?? 'fstab',
    absent,
    nodes: nodesAt(piece, [...path, 'nodes'], entry.nodes, scope, report),
  };
}
