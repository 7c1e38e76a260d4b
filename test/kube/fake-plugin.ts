// What answers in a cluster when its sharing is changed: the GPU operator, the DaemonSet controller, the device plugin and its config-manager. Each acts
// on changes of the test API server, a turn later, as the real ones do.
import { parse } from 'yaml';
import type { ApiServer } from './api-server.ts';
import { type KubeObject, kubeNode } from './objects.ts';

const NAMESPACE = 'gpu-operator';
const PLUGIN = 'nvidia-device-plugin-daemonset';
const LABEL = 'nvidia.com/device-plugin.config';
const LONG_AGO = '2026-11-22T08:00:00Z';

/** A cluster as it stands before a test. */
export interface FakeCluster {
  readonly nodes: readonly { readonly name: string; readonly cards: number; readonly label?: string }[];
  /** The ConfigMap; undefined: the device plugin was never told one. */
  readonly map?: { readonly name: string; readonly data: Readonly<Record<string, string>>; readonly by?: string };
  readonly defaultKey?: string;
  /** The operator's ClusterPolicy; `by`: whom it says it is of. */
  readonly policy?: { readonly by?: string };
  readonly strategy?: string;
}

/** Ways in which the cluster does not do what it should. */
export interface FakeFaults {
  /** Device plugins start and read nothing new. */
  isDeaf?: boolean;
  /** The DaemonSet's pods never come. */
  isStuck?: boolean;
}

interface Started {
  readonly data: Readonly<Record<string, string>>;
  readonly defaultKey: string;
}

/** Fills the server and lets it behave; resolves once every device plugin has said what it offers. */
export async function fakePlugin(api: ApiServer, cluster: FakeCluster): Promise<FakeFaults> {
  const faults: FakeFaults = {};
  const started = new Map<string, Started>();
  const { store } = api;
  const tracked = (by: string | undefined) =>
    by === undefined ? {} : { annotations: { 'argocd.argoproj.io/tracking-id': `${by}:/ConfigMap:x/y` } };
  for (const { name, cards, label } of cluster.nodes)
    store.put('nodes', kubeNode(name, { cards, labels: label === undefined ? {} : { [LABEL]: label } }));
  if (cluster.map !== undefined) {
    const { name, data, by } = cluster.map;
    store.put('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: NAMESPACE, creationTimestamp: LONG_AGO, ...tracked(by) },
      data,
    });
  }
  if (cluster.policy !== undefined) {
    const config = cluster.map === undefined ? {} : { config: { name: cluster.map.name, default: cluster.defaultKey } };
    store.put('clusterpolicies', {
      apiVersion: 'nvidia.com/v1',
      kind: 'ClusterPolicy',
      metadata: { name: 'cluster-policy', ...tracked(cluster.policy.by) },
      spec: { devicePlugin: { enabled: true, ...config } },
    });
  }
  store.put('daemonsets', daemonSet(cluster.map?.name, cluster.defaultKey, cluster.strategy));

  const offer = (name: string) => {
    const node = store.get('nodes', name);
    const at = started.get(name);
    if (node === undefined || at === undefined) return;
    const amounts = offered(node, at);
    if (JSON.stringify(amounts) === JSON.stringify(node['status'])) return;
    store.put('nodes', { ...node, status: amounts });
  };
  const start = (createdAt: string) => {
    const set = store.get('daemonsets', PLUGIN, NAMESPACE);
    if (set === undefined) return;
    const { map, defaultKey } = told(set);
    const data = store.get('configmaps', map, NAMESPACE)?.['data'] as Started['data'] | undefined;
    for (const { name } of cluster.nodes) {
      if (!(faults.isDeaf === true && started.has(name))) started.set(name, { data: data ?? {}, defaultKey });
      store.put('pods', pluginPod(name, createdAt));
    }
    store.put('daemonsets', { ...set, status: settled(cluster.nodes.length, Number(set.metadata['generation'])) });
    for (const { name } of cluster.nodes) offer(name);
  };
  start(LONG_AGO);
  store.listen(({ resource, type, object }) => {
    if (
      resource === 'daemonsets' &&
      Number(object.metadata['generation']) > observed(object) &&
      faults.isStuck !== true
    )
      queueMicrotask(() => start(new Date().toISOString().replace(/\.\d+Z$/, 'Z')));
    if (resource === 'pods' && type === 'DELETED') queueMicrotask(() => start(new Date().toISOString()));
    if (resource === 'clusterpolicies') queueMicrotask(() => follow(api, object));
    if (resource === 'nodes') queueMicrotask(() => offer(object.metadata.name));
  });
  return faults;
}

/** The operator renders the DaemonSet from its ClusterPolicy. */
function follow({ store }: ApiServer, policy: KubeObject): void {
  const set = store.get('daemonsets', PLUGIN, NAMESPACE);
  const { devicePlugin } = policy['spec'] as { devicePlugin: { config?: { name?: string; default?: string } } };
  const { name, default: defaultKey } = devicePlugin.config ?? {};
  if (set === undefined) return;
  const now = told(set);
  if (now.map === (name ?? '') && now.defaultKey === (defaultKey ?? '')) return;
  store.put('daemonsets', { ...set, spec: daemonSet(name, defaultKey)['spec'] });
}

const settled = (count: number, generation: number) => ({
  desiredNumberScheduled: count,
  updatedNumberScheduled: count,
  numberReady: count,
  numberAvailable: count,
  observedGeneration: generation,
});

const observed = (set: KubeObject): number =>
  Number((set['status'] as { observedGeneration?: number } | undefined)?.observedGeneration ?? 0);

function daemonSet(map: string | undefined, defaultKey = '', strategy = 'RollingUpdate'): KubeObject {
  const manager = {
    name: 'config-manager',
    env: [
      { name: 'DEFAULT_CONFIG', value: defaultKey },
      { name: 'FALLBACK_STRATEGIES', value: 'empty' },
    ],
    volumeMounts: [{ name: 'configs', mountPath: '/available-configs' }],
  };
  const containers = [{ name: 'nvidia-device-plugin' }, ...(map === undefined ? [] : [manager])];
  const volumes = map === undefined ? [] : [{ name: 'configs', configMap: { name: map } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: PLUGIN, namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: { app: PLUGIN } },
      updateStrategy: { type: strategy },
      template: { metadata: { labels: { app: PLUGIN } }, spec: { containers, volumes } },
    },
  };
}

/** Which ConfigMap and default a DaemonSet was rendered with. */
function told(set: KubeObject): { readonly map: string; readonly defaultKey: string } {
  const { template } = set['spec'] as {
    template: { spec: { containers: { env?: { value: string }[] }[]; volumes: { configMap: { name: string } }[] } };
  };
  const [volume] = template.spec.volumes;
  return { map: volume?.configMap.name ?? '', defaultKey: template.spec.containers[1]?.env?.[0]?.value ?? '' };
}

const pluginPod = (node: string, createdAt: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${PLUGIN}-${node}`,
    namespace: NAMESPACE,
    creationTimestamp: createdAt,
    labels: { app: PLUGIN },
    ownerReferences: [{ kind: 'DaemonSet', name: PLUGIN, controller: true }],
  },
  spec: { nodeName: node },
  status: { phase: 'Running', containerStatuses: [{ ready: true }, { ready: true }] },
});

/** What the device plugin registers: cards times slices of the configuration that its config-manager chose. */
function offered(node: KubeObject, { data, defaultKey }: Started): object {
  const labels = node.metadata.labels ?? {};
  const cards = Number(labels['nvidia.com/gpu.count']);
  const text = data[labels[LABEL] ?? defaultKey] ?? '';
  const slicing = (parse(text) as { sharing?: { timeSlicing?: Slicing } } | null)?.sharing?.timeSlicing;
  const replicas = slicing?.resources?.find(({ name }) => name === 'nvidia.com/gpu')?.replicas ?? 1;
  const name = slicing?.renameByDefault === true && replicas > 1 ? 'nvidia.com/gpu.shared' : 'nvidia.com/gpu';
  const amounts = { cpu: '32', memory: '128Gi', [name]: String(cards * replicas) };
  return { ...(node['status'] as object), capacity: amounts, allocatable: amounts };
}

interface Slicing {
  readonly renameByDefault?: boolean;
  readonly resources?: readonly { readonly name: string; readonly replicas: number }[];
}
