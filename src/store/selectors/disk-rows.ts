import type { BlockDevice } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { VolumeSpec } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { type NodeFacts, type Slot, valueOf } from '../../model/observation.ts';
import type { State } from '../state.ts';
import { findingsOf, rowsByNode } from './by-node.ts';
import { wishedOf } from './wished.ts';

/** What stands on a device: nothing at all is the only state that is safe to build on. */
export type DiskState = 'mounted' | 'swap' | 'held' | 'unused' | 'partitioned' | 'blank' | 'missing' | 'drifted';

/** A disk, partition or device built on them, or a wished volume whose disk is not there. */
export interface DiskRow {
  /** `gpu01:/dev/nvme0n1p1`. */
  readonly id: string;
  readonly node: NodeName;
  /** Steps below the disk: 0 for the disk, 1 for its partitions. */
  readonly depth: number;
  readonly device: BlockDevice | undefined;
  readonly state: DiskState;
  /** Mount points, swap, or the devices built on it. */
  readonly users: readonly string[];
  readonly usedRatio: number | undefined;
  readonly volume: VolumeSpec | undefined;
  readonly differences: readonly string[];
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

interface DiskInput {
  readonly node: NodeName;
  readonly devices: Slot<readonly BlockDevice[]> | undefined;
  readonly usage: NodeFacts['usage'] | undefined;
  readonly volumes: readonly VolumeSpec[];
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

/** Devices as a tree per node, disks in the kernel's order; loop and optical devices are left out. */
export const selectDiskRows = rowsByNode(
  (state: State, { name }): DiskInput => ({
    node: name,
    devices: state.nodes.get(name)?.slots.blockDevices,
    usage: state.nodes.get(name)?.usage,
    volumes: wishedOf(state.inventory, name).volumes,
    link: state.links.get(name),
    findings: findingsOf(state, name),
  }),
  buildDisks,
).all;

const NO_DISKS = new Set(['loop', 'rom', 'zram', 'ram']);

function buildDisks(input: DiskInput): readonly DiskRow[] {
  const devices = (valueOf(input.devices) ?? []).filter(({ kind }) => !NO_DISKS.has(kind));
  const children = new Map<string | undefined, BlockDevice[]>();
  const paths = new Set<string>(devices.map(({ path }) => path));
  for (const device of devices) {
    const parent = device.parent !== undefined && paths.has(device.parent) ? device.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), device]);
  }
  const rows: DiskRow[] = [];
  const shown = new Set<string>();
  const visit = (device: BlockDevice, depth: number): void => {
    // A RAID lies on several disks, so it comes up once per disk; parents in a ring are a lie of the node.
    if (shown.has(device.path)) return;
    shown.add(device.path);
    const own = children.get(device.path) ?? [];
    rows.push(diskRow(input, device, depth, own));
    for (const child of own) visit(child, depth + 1);
  };
  for (const device of children.get(undefined) ?? []) visit(device, 0);
  return valueOf(input.devices) === undefined ? rows : [...rows, ...missingRows(input, rows)];
}

function diskRow(input: DiskInput, device: BlockDevice, depth: number, children: readonly BlockDevice[]): DiskRow {
  const volume = input.volumes.find((spec) => isPlaceOf(device, children, spec));
  const differences = volume === undefined ? [] : volumeDifferences(volume, device);
  const usage = device.mountPoints.map((target) => valueOf(input.usage?.[target])).find((value) => value !== undefined);
  const reachable = usage === undefined ? 0 : usage.usedBytes + usage.availableBytes;
  return {
    id: `${input.node}:${device.path}`,
    node: input.node,
    depth,
    device,
    state: differences.length > 0 ? 'drifted' : stateOf(device, children),
    users: usersOf(device, children),
    usedRatio: usage === undefined || reachable <= 0 ? undefined : usage.usedBytes / reachable,
    volume,
    differences,
    link: input.link,
    findings: input.findings.filter(({ evidence }) =>
      evidence.some((item) => item.node === input.node && item.about === device.path),
    ),
  };
}

function stateOf(device: BlockDevice, children: readonly BlockDevice[]): DiskState {
  if (device.fsType === 'swap' || device.mountPoints.includes('[SWAP]')) return 'swap';
  if (device.mountPoints.length > 0) return 'mounted';
  if (children.some(({ kind }) => kind !== 'part')) return 'held';
  if (children.length > 0 || device.partitionTable !== undefined) return 'partitioned';
  return device.fsType === undefined ? 'blank' : 'unused';
}

const usersOf = (device: BlockDevice, children: readonly BlockDevice[]): readonly string[] => [
  ...device.mountPoints,
  ...children.filter(({ kind }) => kind !== 'part').map(({ path }) => path),
];

/** A volume names its disk; the filesystem may lie on the disk or on its one partition, and the row is where it lies. */
function isPlaceOf(device: BlockDevice, children: readonly BlockDevice[], { disk, uuid, label }: VolumeSpec): boolean {
  if (uuid !== undefined && device.uuid === uuid) return true;
  const isDisk =
    (disk.id !== undefined && device.stableIds.some((id) => id === disk.id || id.endsWith(`/${disk.id}`))) ||
    (disk.serial !== undefined && device.serial === disk.serial && device.kind === 'disk') ||
    (disk.wwn !== undefined && device.wwn === disk.wwn && device.kind === 'disk');
  if (isDisk) return children.length === 0;
  return (
    label !== undefined &&
    device.label === label &&
    disk.id === undefined &&
    disk.serial === undefined &&
    disk.wwn === undefined
  );
}

function volumeDifferences(volume: VolumeSpec, device: BlockDevice): readonly string[] {
  const differs = (what: string, wished: string | undefined, seen: string | undefined): readonly string[] =>
    wished === undefined || wished === seen ? [] : [`${what} is ${seen ?? 'none'}, wished ${wished}`];
  return [
    ...differs('filesystem', volume.fsType, device.fsType),
    ...differs('label', volume.label, device.label),
    ...differs('uuid', volume.uuid, device.uuid),
    ...(device.fsType === volume.fsType && !device.mountPoints.includes(volume.target)
      ? [`it is not mounted at ${volume.target}`]
      : []),
  ];
}

function missingRows(input: DiskInput, rows: readonly DiskRow[]): readonly DiskRow[] {
  const found = new Set(rows.map(({ volume }) => volume));
  const byParent = rows.flatMap(({ device }) => (device === undefined ? [] : [device]));
  return input.volumes
    .filter((volume) => !found.has(volume))
    .map((volume): DiskRow => {
      const isThere = byParent.some((device) => isPlaceOf(device, [], volume));
      return {
        id: `${input.node}:volume:${volume.name}`,
        node: input.node,
        depth: 0,
        device: undefined,
        state: 'missing',
        users: [],
        usedRatio: undefined,
        volume,
        differences: [isThere ? 'the disk is there, the filesystem is not' : 'no disk of this identity is there'],
        link: input.link,
        findings: input.findings.filter(({ evidence }) =>
          evidence.some((item) => item.node === input.node && item.about === volume.target),
        ),
      };
    });
}
