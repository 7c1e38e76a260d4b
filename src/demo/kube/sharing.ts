import { CLONE_NODE, tipOf, VALUES_FILE } from '../clone.ts';
import { fileAt } from '../files.ts';
import type { World } from '../world.ts';
import { TALOS_NODE } from './talos.ts';

/** The node kubectl works on, and those that are the cluster; the first shares its cards. */
export const KUBE_FROM = 'edge01';
/** See `KUBE_FROM`. */
export const KUBE_NODES: readonly string[] = ['gpu11', 'gpu12', TALOS_NODE];

/** How the demo's cluster shares its GPUs: what is configured, and what the device plugin has taken of it. */
export interface DemoSharing {
  /** The ConfigMap of the device plugin, and the key nodes without a label take. */
  readonly data: { readonly [key: string]: string };
  readonly defaultKey: string;
  readonly changedAtMs: number;
  readonly labels: { readonly [node: string]: string };
  /** When the device plugin last started, and what it read; 0: with its node. */
  readonly startedAtMs: number;
  readonly taken: Pick<DemoSharing, 'data' | 'defaultKey'>;
  /** The commit Argo CD synced last; empty: whatever the clone was made with. */
  readonly syncedTip: string;
}

const DATA = {
  shared:
    'version: v1\nsharing:\n  timeSlicing:\n    renameByDefault: true\n    resources:\n      - name: nvidia.com/gpu\n        replicas: 2\n',
  whole: 'version: v1\n',
};

const INITIAL: DemoSharing = {
  data: DATA,
  defaultKey: 'whole',
  changedAtMs: 0,
  labels: { gpu11: 'shared', gpu12: 'whole', [TALOS_NODE]: 'shared' },
  startedAtMs: 0,
  taken: { data: DATA, defaultKey: 'whole' },
  syncedTip: '',
};

/** How the cluster shares now. */
export const sharingIn = (world: World): DemoSharing => world.node(KUBE_FROM)?.kube.sharing ?? INITIAL;

/** Changes it. */
export const changeSharing = (world: World, change: (before: DemoSharing) => Partial<DemoSharing>): void =>
  world.change(KUBE_FROM, (node) => {
    const before = node.kube.sharing ?? INITIAL;
    return { ...node, kube: { ...node.kube, sharing: { ...before, ...change(before) } } };
  });

/** What a node offers a card: slices, and under which name. */
export function slicesOn({ labels, taken }: DemoSharing, node: string): { replicas: number; resource: string } {
  const text = taken.data[labels[node] ?? taken.defaultKey] ?? '';
  const replicas = Number(/replicas: (\d+)/.exec(text)?.[1] ?? 1);
  const isRenamed = replicas > 1 && /renameByDefault: true/.test(text);
  return { replicas, resource: isRenamed ? 'nvidia.com/gpu.shared' : 'nvidia.com/gpu' };
}

/** The device plugin of every node starts anew and reads what is configured now. */
export const restartPlugin = (world: World): void =>
  changeSharing(world, ({ data, defaultKey }) => ({ startedAtMs: world.clock.nowMs(), taken: { data, defaultKey } }));

/** The commit of the clone's branch. */
export function pushedTip(world: World): string {
  const node = world.node(CLONE_NODE);
  return node === undefined ? '' : tipOf(node);
}

/** Whether Argo CD has synced what was pushed. */
export function isSynced(world: World): boolean {
  const { syncedTip } = sharingIn(world);
  return syncedTip === '' ? pushedTip(world) === firstTip(world) : syncedTip === pushedTip(world);
}

const firstTips = new WeakMap<World, string>();

/** The commit the demo began with. */
function firstTip(world: World): string {
  const known = firstTips.get(world) ?? pushedTip(world);
  firstTips.set(world, known);
  return known;
}

/** Argo CD renders the chart with the values of the clone: the ConfigMap and the operator's default are as they say. */
export function syncFromGit(world: World): void {
  const values = world.node(CLONE_NODE);
  if (values === undefined) return;
  const text = fileAt(values, VALUES_FILE)?.text ?? '';
  const declared = declaredIn(text);
  changeSharing(world, ({ data }) => ({
    // A chart that is given no data makes no ConfigMap: the one that is there stays.
    data: Object.keys(declared.data).length === 0 ? data : declared.data,
    defaultKey: declared.defaultKey,
    changedAtMs: world.clock.nowMs(),
    syncedTip: pushedTip(world),
  }));
}

/** `devicePlugin.config` of values as an editor of lines reads them. */
function declaredIn(text: string): Pick<DemoSharing, 'data' | 'defaultKey'> {
  const data: { [key: string]: string } = {};
  const lines = text.split('\n');
  const from = lines.findIndex((line) => /^ {4}data:\s*$/.test(line));
  for (let at = from + 1; from >= 0 && at < lines.length; at += 1) {
    if (/^\s*#/.test(lines[at] ?? '')) continue;
    const key = /^ {6}([\w.-]+): \|-?$/.exec(lines[at] ?? '')?.[1];
    if (key === undefined) break;
    const block: string[] = [];
    for (; /^(?: {8}|\s*$)/.test(lines[at + 1] ?? 'x'); at += 1) block.push((lines[at + 1] ?? '').slice(8));
    data[key] = `${block.join('\n').trimEnd()}\n`;
  }
  return { data, defaultKey: /^ {4}default: "?([\w.-]+)"?/m.exec(text)?.[1] ?? '' };
}
