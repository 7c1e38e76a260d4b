// Small fakes: an inventory, facts and events with everything a test does not care about filled in.
import type { Gpu, Load, Mount, Usage } from '../../src/model/facts.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { absolutePath, type NodeName, nodeName } from '../../src/model/ids.ts';
import type { Inventory, InventoryNode, MountSpec } from '../../src/model/inventory.ts';
import { emptyInventory } from '../../src/model/inventory.ts';
import type { Link } from '../../src/model/link.ts';
import type { Outcome } from '../../src/model/observation.ts';
import type { Fact, ProbeName } from '../../src/model/probe.ts';
import { applyEvents } from '../../src/store/apply-observations.ts';
import type { State } from '../../src/store/state.ts';
import { initialState } from '../../src/store/store.ts';

/** A moment on the console's clock to count from. */
export const T0 = 1_800_000_000_000;

export function inventoryNode(name: string, over: Partial<InventoryNode> = {}): InventoryNode {
  return { name: nodeName(name), via: 'ssh', transport: 'auto', labels: {}, groups: [], ...over };
}

export function inventory(
  nodes: readonly (string | InventoryNode)[],
  over: Partial<Omit<Inventory, 'nodes'>> = {},
): Inventory {
  return {
    ...emptyInventory('test'),
    nodes: nodes.map((node) => (typeof node === 'string' ? inventoryNode(node) : node)),
    ...over,
  };
}

export function mountSpec(nodes: readonly string[], over: Partial<Omit<MountSpec, 'nodes'>> = {}): MountSpec {
  return {
    source: 'nfs-a:/export/data',
    fsType: 'nfs',
    target: '/data',
    options: [],
    how: 'fstab',
    absent: false,
    nodes: nodes.map(nodeName),
    ...over,
  };
}

export function mount(target: string, over: Partial<Mount> = {}): Mount {
  return {
    id: 100,
    parentId: 1,
    device: '0:50',
    root: '/',
    target: absolutePath(target),
    source: 'nfs-a:/export/data',
    fsType: 'nfs4',
    options: ['rw', 'relatime'],
    superOptions: [
      'rw',
      'vers=4.2',
      'rsize=1048576',
      'wsize=1048576',
      'hard',
      'proto=tcp',
      'timeo=600',
      'retrans=2',
      'sec=sys',
    ],
    ...over,
  };
}

export const diskMount = (target: string, over: Partial<Mount> = {}): Mount =>
  mount(target, { source: '/dev/sdb', fsType: 'xfs', device: '8:16', superOptions: ['rw'], ...over });

export function gpu(index: number, over: Partial<Gpu> = {}): Gpu {
  return {
    index,
    uuid: `GPU-${index}`,
    name: 'NVIDIA A100-SXM4-80GB',
    busId: `0000:0${index}:00.0`,
    driverVersion: '550.54.15',
    utilisationRatio: 0.5,
    memoryUsedBytes: 10,
    memoryTotalBytes: 80,
    temperatureC: 60,
    powerW: 300,
    throttleReasons: [],
    migDevices: [],
    ...over,
  };
}

export const gpus = (count: number): readonly Gpu[] => Array.from({ length: count }, (_, index) => gpu(index));

export function usage(target: string, usedRatio: number, over: Partial<Usage> = {}): Usage {
  const sizeBytes = 1_000_000_000_000;
  const usedBytes = Math.round(sizeBytes * usedRatio);
  return {
    target: absolutePath(target),
    sizeBytes,
    usedBytes,
    availableBytes: sizeBytes - usedBytes,
    inodes: 1_000_000,
    inodesFree: 900_000,
    ...over,
  };
}

export function load(over: Partial<Load> = {}): Load {
  return {
    load1: 1,
    load5: 1,
    load15: 1,
    uptimeSec: 3_600,
    cpuJiffies: { busy: 1, total: 2 },
    memoryTotalBytes: 100,
    memoryAvailableBytes: 50,
    ...over,
  };
}

let lastSeq = 0;

/** An observation with the next sequence number; `atMs` counts from `T0`. */
export function observed<P extends ProbeName>(
  node: string,
  probe: P,
  outcome: Outcome<Fact<P>>,
  over: { readonly atMs?: number; readonly seq?: number; readonly target?: string } = {},
): FleetEvent {
  lastSeq += 1;
  const { atMs = 0, seq = lastSeq, ...rest } = over;
  return {
    kind: 'observation',
    observation: { node: nodeName(node), probe, seq, atMs: T0 + atMs, tookMs: 5, outcome, ...rest },
  };
}

/** A good answer. */
export const answered = <P extends ProbeName>(
  node: string,
  probe: P,
  value: Fact<P>,
  over: { readonly atMs?: number; readonly seq?: number; readonly target?: string } = {},
): FleetEvent => observed(node, probe, { kind: 'ok', value }, over);

export const linked = (node: string, link: Link): FleetEvent => ({ kind: 'link', node: nodeName(node), link });

export const up = (node: string, atMs = 0): FleetEvent =>
  linked(node, { kind: 'up', sinceMs: T0 + atMs, transport: 'ssh' });

export const lost = (node: string, atMs = 0, because = 'connection refused'): FleetEvent =>
  linked(node, { kind: 'lost', sinceMs: T0 + atMs, because, retryAtMs: T0 + atMs + 1_000, attempt: 1 });

/** A state after events, at `T0` plus `atMs`. */
export function stateOf(of: Inventory | State, events: readonly FleetEvent[], atMs = 0): State {
  return applyEvents('seen' in of ? of : initialState(of), events, T0 + atMs);
}

/** Names for comparing. */
export const names = (...all: readonly string[]): readonly NodeName[] => all.map(nodeName);
