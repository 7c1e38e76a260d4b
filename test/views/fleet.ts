// Builders of states for view and selector tests: a small fleet with known facts, no engine and no clock.
import type { BlockDevice, ExportTable, Facts, Gpu, Load, Mount, Usage } from '../../src/model/facts.ts';
import type { Finding } from '../../src/model/finding.ts';
import { absolutePath, type NodeName, nodeName } from '../../src/model/ids.ts';
import type { Inventory, InventoryNode, MountSpec } from '../../src/model/inventory.ts';
import { emptyInventory } from '../../src/model/inventory.ts';
import type { Link } from '../../src/model/link.ts';
import type { NodeFacts, Slot } from '../../src/model/observation.ts';
import { seenFrom } from '../../src/model/seen.ts';
import type { State } from '../../src/store/state.ts';
import { initialState } from '../../src/store/store.ts';

export const NOW_MS = 1_800_000_000_000;
export const GiB = 1024 ** 3;

export const nodeOf = (name: string, more: Partial<InventoryNode> = {}): InventoryNode => ({
  name: nodeName(name),
  via: 'ssh',
  transport: 'auto',
  address: `${name}.example.org`,
  labels: {},
  groups: [],
  ...more,
});

export const inventoryOf = (nodes: readonly InventoryNode[], more: Partial<Inventory> = {}): Inventory => {
  const groups: Record<string, NodeName[]> = {};
  for (const node of nodes) for (const group of node.groups) groups[group] = [...(groups[group] ?? []), node.name];
  return {
    ...emptyInventory('test'),
    nodes,
    groups,
    ...more,
  };
};

export const UP: Link = { kind: 'up', sinceMs: NOW_MS - 60_000, roundTripMs: 1.4, transport: 'ssh' };
export const LOST: Link = {
  kind: 'lost',
  sinceMs: NOW_MS - 42_000,
  because: 'connection timed out',
  retryAtMs: NOW_MS + 8_000,
  attempt: 3,
  lastHeardMs: NOW_MS - 72_000,
};

export const ok = <T>(value: T): Slot<T> => ({ kind: 'ok', value, changedAtMs: NOW_MS - 2_000 });

/** What one node said; `usage` by target. Everything seen two seconds ago. */
export interface Said {
  readonly link?: Link;
  readonly slots?: NodeFacts['slots'];
  readonly usage?: NodeFacts['usage'];
}

export function stateOf(
  inventory: Inventory,
  said: { readonly [node: string]: Said },
  findings: readonly Finding[] = [],
): State {
  const state = initialState(inventory);
  const nodes = new Map(state.nodes);
  const links = new Map(state.links);
  const seen = new Map(state.seen);
  for (const [text, { link, slots = {}, usage = {} }] of Object.entries(said)) {
    const name = nodeName(text);
    nodes.set(name, { name, slots, usage });
    links.set(name, link ?? UP);
    const questions = [...Object.keys(slots), ...Object.keys(usage).map((target) => `usage:${target}`)];
    const atMs = NOW_MS - (link?.kind === 'lost' ? 72_000 : 2_000);
    seen.set(name, seenFrom(Object.fromEntries(questions.map((question) => [question, { atMs, tookMs: 3 }]))));
  }
  return { ...state, nodes, links, seen, findings };
}

export const loadOf = (more: Partial<Load> = {}): Load => ({
  load1: 12.8,
  load5: 10,
  load15: 8,
  uptimeSec: 41 * 86_400,
  cpuJiffies: { busy: 1, total: 2 },
  memoryTotalBytes: 512 * GiB,
  memoryAvailableBytes: 128 * GiB,
  ...more,
});

export const load = (more: Partial<Load> = {}): Slot<Load> => ok(loadOf(more));

export const identity = (more: Partial<Facts['identity']> = {}): Slot<Facts['identity']> =>
  ok({
    hostname: 'node',
    osName: 'Ubuntu 24.04',
    kernel: '6.8.0-45',
    architecture: 'x86_64',
    bootId: 'b0071d',
    cpuCount: 64,
    ...more,
  });

let mountIds = 30;
export const mount = (
  target: string,
  source: string,
  fsType = 'nfs4',
  options = 'rw,relatime,vers=4.2,hard',
): Mount => ({
  id: mountIds++,
  parentId: 1,
  device: `0:${mountIds + 20}`,
  root: '/',
  target: absolutePath(target),
  source,
  fsType,
  options: options.split(','),
  superOptions: ['rw'],
});

export const usage = (target: string, usedBytes: number, sizeBytes: number): Usage => ({
  target: absolutePath(target),
  sizeBytes,
  usedBytes,
  availableBytes: sizeBytes - usedBytes,
  inodes: 1_000_000,
  inodesFree: 900_000,
});

export const gpu = (index: number, more: Partial<Gpu> = {}): Gpu => ({
  index,
  uuid: `GPU-${index}`,
  name: 'NVIDIA H100 80GB HBM3',
  busId: `00000000:${index}1:00.0`,
  driverVersion: '570.86',
  utilisationRatio: 0.75,
  memoryUsedBytes: 60 * GiB,
  memoryTotalBytes: 80 * GiB,
  temperatureC: 61,
  powerW: 412,
  powerLimitW: 700,
  throttleReasons: [],
  pcieGen: 5,
  pcieGenMax: 5,
  pcieWidth: 16,
  pcieWidthMax: 16,
  migDevices: [],
  ...more,
});

export const mountSpec = (
  target: string,
  source: string,
  nodes: readonly string[],
  more: Partial<MountSpec> = {},
): MountSpec => ({
  source,
  fsType: 'nfs4',
  target,
  options: [],
  how: 'fstab',
  absent: false,
  nodes: nodes.map(nodeName),
  ...more,
});

export const finding = (id: string, nodes: readonly string[], more: Partial<Finding> = {}): Finding => ({
  id,
  rule: id.split(':')[0] ?? id,
  severity: 'critical',
  title: `${id} is wrong on ${nodes.join(',')}`,
  evidence: nodes.map((node) => ({ node: nodeName(node), about: 'link', text: 'seen' })),
  affects: [],
  nextMove: 'look at it',
  sinceMs: NOW_MS - 90_000,
  ...more,
});

export const exportsOf = (kernel: readonly [path: string, client: string, options: string][]): ExportTable => {
  const entries = kernel.map(([path, client, options]) => ({
    path: absolutePath(path),
    client,
    options: options.split(','),
    from: 'kernel',
  }));
  return { files: entries.map((entry) => ({ ...entry, from: '/etc/exports' })), kernel: entries };
};

export type { BlockDevice };
