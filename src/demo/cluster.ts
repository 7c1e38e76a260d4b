import { type GpuModel, MODELS } from './gpu-models.ts';
import type { NodeRole } from './node-state.ts';

/** One node of the demo before it is built: who it is and what it is for. */
export interface NodePlan {
  readonly name: string;
  readonly role: NodeRole;
  /** Position among its kind, from 1; the address follows from it. */
  readonly number: number;
  readonly address: string;
  readonly gpus: readonly GpuModel[];
  readonly isMigNode: boolean;
  /** NFS servers of the fleet: a fleet of two has only the first. */
  readonly servers: readonly string[];
}

/** Most nodes one demo process is asked to simulate. */
export const MAX_DEMO_NODES = 1_000;
/** Nodes of a demo when nobody says how many. */
export const DEFAULT_DEMO_NODES = 24;

/** Driver of every GPU node, as inventory/demo.yaml wishes it. */
export const DRIVER = { version: '570.124.06', cuda: '12.8' };

const MIG_NODE = 13;
const cards = (nodes: number, count: number, model: GpuModel) =>
  Array.from({ length: nodes }, () => Array.from({ length: count }, () => model));

/** Cards of gpu01, gpu02 … gpu14, as inventory/demo.yaml has them; then it starts again. */
const CARDS: readonly (readonly GpuModel[])[] = [
  ...cards(4, 8, MODELS.h100),
  ...cards(4, 4, MODELS.a100x80),
  ...cards(2, 8, MODELS.l40s),
  ...cards(2, 4, MODELS.rtx3090),
  ...cards(1, 4, MODELS.a100x40),
  ...cards(1, 4, MODELS.a6000),
];

/**
 * The nodes of a demo fleet of a given size: two NFS servers, one edge node, and two GPU nodes for each CPU node, so that the
 * default of 24 gives nfs-a, nfs-b, gpu01 to gpu14, cpu01 to cpu07 and edge01.
 */
export function planCluster(nodes: number): readonly NodePlan[] {
  const servers = ['nfs-a', 'nfs-b'].slice(0, nodes < 3 ? 1 : 2);
  const edges = nodes < 4 ? 0 : 1;
  const workers = Math.max(0, nodes - servers.length - edges);
  const gpus = Math.ceil((workers * 2) / 3);
  const plans = [
    ...servers.map((name, at) => planNode('storage', name, at + 1)),
    ...numbered('gpu', gpus).map((name, at) => planNode('gpu', name, at + 1)),
    ...numbered('cpu', workers - gpus).map((name, at) => planNode('cpu', name, at + 1)),
    ...['edge01'].slice(0, edges).map((name, at) => planNode('edge', name, at + 1)),
  ];
  return plans.map((plan) => ({ ...plan, servers }));
}

const BLOCK = { storage: 0, gpu: 1, cpu: 2, edge: 3 } satisfies { readonly [R in NodeRole]: number };

function planNode(role: NodeRole, name: string, number: number): Omit<NodePlan, 'servers'> {
  // 250 addresses a block of the third number, so that 1,000 nodes stay inside 127.77.0.0/16.
  const third = BLOCK[role] + 4 * Math.floor((number - 1) / 250);
  const isGpu = role === 'gpu';
  return {
    name,
    role,
    number,
    address: `127.77.${third}.${((number - 1) % 250) + 1}`,
    gpus: isGpu ? (CARDS[(number - 1) % CARDS.length] ?? []) : [],
    isMigNode: isGpu && number === MIG_NODE,
  };
}

function numbered(stem: string, count: number): readonly string[] {
  const width = Math.max(2, String(count).length);
  return Array.from({ length: count }, (_, at) => `${stem}${String(at + 1).padStart(width, '0')}`);
}
