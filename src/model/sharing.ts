import { freeOn, gpuPodsOf, gpuResources, heldOn, isGpuResource, shortResource } from './gpu-pods.ts';
import type { Inventory, SharingSpec } from './inventory.ts';
import type { Cluster, KubeNode, KubePod, Resources } from './kubernetes.ts';
import { choiceFor, type PluginChoice } from './plugin-choice.ts';
import { advertisedName, type DeclaredSharing, describeSharing, type SharingConfig } from './sharing-config.ts';

/** One link of the chain from the wish to the pods. */
export interface SharingStep {
  readonly state: 'ok' | 'none' | 'broken' | 'unknown';
  readonly text: string;
  /** Which trouble it is, where a rule is about it. */
  readonly lint?: StepLint;
}

export type StepLint = 'not-taken' | 'unhealthy' | 'nothing' | 'drifted';

/** The links, in the order they depend on each other. */
export type StepName = 'declared' | 'configured' | 'advertised' | 'used';

/** How the GPUs of one node of a cluster are shared, link by link. */
export interface NodeSharing {
  readonly cluster: string;
  readonly node: KubeNode;
  /** Cards, as feature discovery labels them or the inventory counts them. */
  readonly cards: number | undefined;
  readonly wish: SharingSpec | undefined;
  readonly choice: PluginChoice;
  readonly steps: { readonly [S in StepName]: SharingStep };
  /** The first link that breaks. */
  readonly broken: { readonly at: StepName; readonly because: string } | undefined;
  readonly held: Resources;
  readonly pods: readonly KubePod[];
}

const STEPS = ['declared', 'configured', 'advertised', 'used'] as const satisfies readonly StepName[];

const known = new WeakMap<Cluster, { readonly inventory: Inventory; readonly made: readonly NodeSharing[] }>();

/** Every GPU node of a cluster; worked out once per change of the cluster. */
export function sharingOf(cluster: Cluster, inventory: Inventory): readonly NodeSharing[] {
  const before = known.get(cluster);
  if (before?.inventory === inventory) return before.made;
  const made = [...cluster.tables.nodes.items.values()]
    .filter((node) => isGpuNode(node, inventory))
    .map((node) => nodeSharing(cluster, node, inventory));
  known.set(cluster, { inventory, made });
  return made;
}

/** A node with GPUs by what it advertises, by what its labels say of the PCI bus, or by the inventory. */
export function isGpuNode({ name, capacity, labels }: KubeNode, inventory: Inventory): boolean {
  if (Object.keys(capacity).some(isGpuResource) || labels['nvidia.com/gpu.present'] === 'true') return true;
  if (Object.keys(labels).some((label) => /^feature\.node\.kubernetes\.io\/pci-(?:\w+_)?10de\.present$/.test(label)))
    return true;
  return (inventoryNode(inventory, name)?.gpus?.count ?? 0) > 0;
}

function nodeSharing(cluster: Cluster, node: KubeNode, inventory: Inventory): NodeSharing {
  const wish = inventory.sharing.findLast(({ nodes }) => nodes.some((name) => name === node.name));
  const label = Number(node.labels['nvidia.com/gpu.count'] ?? Number.NaN);
  const cards = Number.isInteger(label) ? label : inventoryNode(inventory, node.name)?.gpus?.count;
  const choice = choiceFor(cluster, node);
  const steps = {
    declared: declaredStep(cluster.declared, wish),
    configured: configuredStep(choice, wish, cluster.declared),
    advertised: advertisedStep(cluster, node, choice, cards),
    used: usedStep(cluster, node),
  };
  const at = STEPS.find((name) => steps[name].state === 'broken');
  return {
    cluster: cluster.spec.name,
    node,
    cards,
    wish,
    choice,
    steps,
    broken: at === undefined ? undefined : { at, because: steps[at].text },
    held: heldOn(cluster, node.name),
    pods: gpuPodsOf(cluster).holding.get(node.name) ?? [],
  };
}

const inventoryNode = ({ nodes }: Inventory, name: string) => nodes.find((node) => node.name === name);

function declaredStep(declared: DeclaredSharing | undefined, wish: SharingSpec | undefined): SharingStep {
  if (declared === undefined) {
    if (wish === undefined) return { state: 'none', text: 'nothing declared' };
    return { state: 'ok', text: `${wish.replicas} slices (inventory)` };
  }
  if (declared.kind === 'unreadable') return broken(`${declared.file}: ${declared.because ?? 'it cannot be read'}`);
  if (declared.dropped !== undefined)
    return broken(
      `${declared.file}:${declared.dropped.line}: ${declared.dropped.path} is read by no template of the chart`,
    );
  const keys = Object.keys(declared.configs);
  const { defaultKey } = declared;
  if (defaultKey !== undefined && keys.length > 0 && !keys.includes(defaultKey))
    return broken(`${declared.file}: the default "${defaultKey}" is no key of the data (${keys.join(', ')})`);
  const config = declared.configs[defaultKey ?? keys[0] ?? ''];
  if (config !== undefined) return { state: 'ok', text: `${describeSharing(config)} (Git)` };
  if (declared.name === undefined) return { state: 'none', text: `whole cards (${declared.because ?? 'Git'})` };
  return {
    state: 'ok',
    text: `ConfigMap ${declared.name}${defaultKey === undefined ? '' : `, key ${defaultKey}`} (Git)`,
  };
}

function configuredStep(
  choice: PluginChoice,
  wish: SharingSpec | undefined,
  declared: DeclaredSharing | undefined,
): SharingStep {
  switch (choice.kind) {
    case 'unknown':
      return { state: 'unknown', text: choice.because };
    case 'no-plugin':
    case 'broken':
      return broken(choice.because);
    case 'plain':
      return wish === undefined && !wantsSharing(declared)
        ? { state: 'none', text: choice.because }
        : broken(choice.because);
    case 'chosen': {
      const { config, key, by } = choice;
      if (config.error !== undefined) return broken(`key ${key} of ConfigMap ${choice.map.name}: ${config.error}`);
      const text = `${describeSharing(config)}: key ${key} by ${by}`;
      const differs = wish === undefined ? undefined : wishDifference(config, wish);
      return differs === undefined ? { state: 'ok', text } : broken(`${text}; ${differs}`, 'drifted');
    }
  }
}

/** Where a configuration is not what the inventory wishes; undefined where it is. */
export function wishDifference(config: SharingConfig, wish: SharingSpec): string | undefined {
  const shared = config.resources.find(({ name }) => name === wish.resource);
  if (shared === undefined) return `the inventory wishes ${wish.replicas} slices of ${wish.resource}`;
  if (shared.replicas !== wish.replicas) return `the inventory wishes ${wish.replicas} slices`;
  if (config.renameByDefault !== wish.renameByDefault)
    return `the inventory wishes renameByDefault: ${wish.renameByDefault}`;
  return undefined;
}

const wantsSharing = (declared: DeclaredSharing | undefined): boolean =>
  declared !== undefined && Object.values(declared.configs).some(({ strategy }) => strategy !== 'none');

function advertisedStep(
  cluster: Cluster,
  node: KubeNode,
  choice: PluginChoice,
  cards: number | undefined,
): SharingStep {
  const offered = gpuResources(node.allocatable).filter(
    ([name, amount]) => amount > 0 || (node.capacity[name] ?? 0) > 0,
  );
  const text = offered.map(([name, amount]) => `${amount} ${shortResource(name)}`).join(', ');
  if (offered.length === 0) return broken(`nothing is advertised: ${whyNothing(cluster, node)}`, 'nothing');
  const sick = offered.find(([name, amount]) => amount < (node.capacity[name] ?? 0));
  if (sick !== undefined) {
    const [name, amount] = sick;
    return broken(`only ${amount} of ${node.capacity[name]} ${shortResource(name)} are healthy`, 'unhealthy');
  }
  if (choice.kind !== 'chosen' || cards === undefined || choice.config.error !== undefined)
    return { state: 'ok', text };
  for (const resource of choice.config.resources) {
    if (resource.name !== 'nvidia.com/gpu') continue;
    const name = advertisedName(choice.config, resource);
    const expected = cards * resource.replicas;
    const seen = node.capacity[name] ?? 0;
    if (seen !== expected)
      return broken(
        `${seen} ${shortResource(name)} instead of ${cards} x ${resource.replicas} = ${expected}: the device plugin has not taken the configuration`,
        'not-taken',
      );
  }
  const shared = node.capacity['nvidia.com/gpu'] ?? 0;
  if (choice.config.resources.length === 0 && cards > 0 && shared > cards)
    return broken(
      `${shared} gpu although ${cards} whole cards are configured: the device plugin has not taken it`,
      'not-taken',
    );
  return { state: 'ok', text };
}

function whyNothing(cluster: Cluster, node: KubeNode): string {
  if (node.ready !== 'yes')
    return `the kubelet is not ready${node.readyBecause === undefined ? '' : ` (${node.readyBecause})`}`;
  if (cluster.tables.pods.state.kind === 'trouble') return 'its device plugin is not known, pods may not be read';
  const plugin = gpuPodsOf(cluster).plugins.get(node.name);
  if (plugin === undefined) return 'no device plugin pod runs there';
  if (!plugin.isReady)
    return `its device plugin ${plugin.name} is ${plugin.reason ?? plugin.phase}${plugin.restarts > 0 ? `, ${plugin.restarts} restarts` : ''}`;
  return `its device plugin ${plugin.name} runs and registered no card`;
}

function usedStep(cluster: Cluster, node: KubeNode): SharingStep {
  const { state } = cluster.tables.pods;
  if (state.kind === 'trouble' || state.kind === 'asking')
    return { state: 'unknown', text: state.kind === 'trouble' ? state.because : 'not answered yet' };
  const held = heldOn(cluster, node.name);
  const offered = gpuResources(node.allocatable).filter(([name, amount]) => amount > 0 || (held[name] ?? 0) > 0);
  const text = offered.map(([name, amount]) => `${held[name] ?? 0} of ${amount} ${shortResource(name)}`).join(', ');
  const over = offered.find(([name]) => freeOn(cluster, node, name) < 0);
  if (over !== undefined) return broken(`${text}: more is held than is advertised`);
  return { state: offered.length === 0 ? 'none' : 'ok', text };
}

const broken = (text: string, lint?: StepLint): SharingStep => ({
  state: 'broken',
  text,
  ...(lint === undefined ? {} : { lint }),
});
