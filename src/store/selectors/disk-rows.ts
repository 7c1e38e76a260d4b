import { describeDifferences } from '../../model/comparison.ts';
import type { BlockDevice } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { VolumeSpec } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { goodValueOf as lastKnown, type NodeFacts, type Slot } from '../../model/observation.ts';
import { type VolumeDrift, volumeDrifts } from '../../model/volume-drift.ts';
import { type NodeWish, wishOf } from '../../model/wishes.ts';
import type { State } from '../state.ts';
import { aboutThing, findingsOf, oncePerSlot, rowsByNode } from './by-node.ts';

/** What stands on a device: nothing at all is the only state that is safe to build on. */
export type DiskState =
  | 'mounted'
  | 'swap'
  | 'held'
  | 'unused'
  | 'partitioned'
  | 'blank'
  | 'missing'
  | 'drifted'
  | 'unknown';

/** A disk, partition or device built on them, or a wished volume whose disk is not there. */
export interface DiskRow {
  /** `gpu01:/dev/nvme0n1p1`. */
  readonly id: string;
  readonly node: NodeName;
  /** Steps below the disk: 0 for the disk, 1 for its partitions. */
  readonly depth: number;
  /** The last of its siblings. */
  readonly isLast: boolean;
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

interface DiskPick {
  readonly node: NodeName;
  readonly devices: Slot<readonly BlockDevice[]> | undefined;
  readonly usage: NodeFacts['usage'] | undefined;
  readonly wish: NodeWish | undefined;
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

interface DiskInput extends DiskPick {
  readonly drifts: readonly VolumeDrift[];
}

/** Devices as a tree per node, disks in the kernel's order; loop and optical devices are left out. */
export const selectDiskRows = rowsByNode(
  (state: State, { name }): DiskPick => ({
    node: name,
    devices: state.nodes.get(name)?.slots.blockDevices,
    usage: state.nodes.get(name)?.usage,
    wish: wishOf(state.inventory, name),
    link: state.links.get(name),
    findings: findingsOf(state, name),
  }),
  (input) => buildDisks({ ...input, drifts: driftsOf(input) }),
).all;

const NO_DISKS = new Set(['loop', 'rom', 'zram', 'ram']);

const drifts = oncePerSlot<readonly VolumeDrift[]>();

function driftsOf({ node, wish, devices }: DiskPick): readonly VolumeDrift[] {
  if (wish === undefined) return [];
  return drifts(devices, wish, () =>
    volumeDrifts(wish, { name: node, slots: devices === undefined ? {} : { blockDevices: devices }, usage: {} }),
  );
}

function buildDisks(input: DiskInput): readonly DiskRow[] {
  const devices = (lastKnown(input.devices) ?? []).filter(({ kind }) => !NO_DISKS.has(kind));
  const children = new Map<string | undefined, BlockDevice[]>();
  const paths = new Set<string>(devices.map(({ path }) => path));
  for (const device of devices) {
    const parent = device.parent !== undefined && paths.has(device.parent) ? device.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), device]);
  }
  const rows: DiskRow[] = [];
  const shown = new Set<string>();
  const visit = (device: BlockDevice, depth: number, isLast: boolean): void => {
    // A RAID lies on several disks, so it comes up once per disk; parents in a ring are a lie of the node.
    if (shown.has(device.path)) return;
    shown.add(device.path);
    const own = children.get(device.path) ?? [];
    rows.push({ ...diskRow(input, device, depth, own), isLast });
    for (const child of own) visit(child, depth + 1, child === own.at(-1));
  };
  for (const device of children.get(undefined) ?? []) visit(device, 0, false);
  return [
    ...rows,
    ...input.drifts.flatMap((wished) => {
      const { kind } = wished.drift;
      return kind === 'missing' || kind === 'unknown' ? [volumeRow(input, wished, kind)] : [];
    }),
  ];
}

function diskRow(
  input: DiskInput,
  device: BlockDevice,
  depth: number,
  children: readonly BlockDevice[],
): Omit<DiskRow, 'isLast'> {
  const wished = input.drifts.find(({ seen }) => seen === device);
  const usage = device.mountPoints
    .map((target) => lastKnown(input.usage?.[target]))
    .find((value) => value !== undefined);
  const reachable = usage === undefined ? 0 : usage.usedBytes + usage.availableBytes;
  const differences = differencesOf(wished);
  return {
    id: `${input.node}:${device.path}`,
    node: input.node,
    depth,
    device,
    state: differences.length > 0 ? 'drifted' : stateOf(device, children),
    users: usersOf(device, children),
    usedRatio: usage === undefined || reachable <= 0 ? undefined : usage.usedBytes / reachable,
    volume: wished?.spec,
    differences,
    link: input.link,
    findings: aboutThing(input.findings, input.node, (about) => about === device.path || about === wished?.spec.name),
  };
}

function differencesOf(wished: VolumeDrift | undefined): readonly string[] {
  if (wished === undefined) return [];
  const { drift } = wished;
  if (drift.kind === 'drifted') return drift.differences.map((difference) => describeDifferences([difference]));
  return drift.kind === 'missing' || drift.kind === 'unknown' ? [drift.because] : [];
}

function stateOf(device: BlockDevice, children: readonly BlockDevice[]): DiskState {
  if (device.fsType === 'swap' || device.mountPoints.includes('[SWAP]')) return 'swap';
  if (device.mountPoints.length > 0) return 'mounted';
  if (children.some(({ kind }) => kind !== 'part')) return 'held';
  if (children.length > 0) return 'partitioned';
  if (device.fsType !== undefined) return 'unused';
  // lsblk(8) repeats the table of the disk at each of its partitions.
  return device.partitionTable !== undefined && device.kind !== 'part' ? 'partitioned' : 'blank';
}

const usersOf = (device: BlockDevice, children: readonly BlockDevice[]): readonly string[] => [
  ...device.mountPoints,
  ...children.filter(({ kind }) => kind !== 'part').map(({ path }) => path),
];

function volumeRow(input: DiskInput, wished: VolumeDrift, state: 'missing' | 'unknown'): DiskRow {
  return {
    id: `${input.node}:volume:${wished.spec.name}`,
    node: input.node,
    depth: 0,
    isLast: false,
    device: undefined,
    state,
    users: [],
    usedRatio: undefined,
    volume: wished.spec,
    differences: differencesOf(wished),
    link: input.link,
    findings: aboutThing(input.findings, input.node, (about) => about === wished.spec.name),
  };
}
