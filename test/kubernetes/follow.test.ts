// Clusters are followed against an API server on loopback, through the real kubectl (where there is one) and through a stand-in for it.
import { afterEach, describe, expect, test } from 'vitest';
import type { Cluster, KubeKind } from '../../src/model/kubernetes.ts';
import { type ApiServer, startApiServer } from '../kube/api-server.ts';
import { kubeConfigMap, kubeNode, kubePlugin, kubePod, sliced } from '../kube/objects.ts';
import { WAYS, type WatchedCluster, type Way, watchCluster } from '../kube/watched-cluster.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const RESOURCES = ['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies'];

async function newApi(resources: readonly string[] = RESOURCES): Promise<ApiServer> {
  const api = await startApiServer(resources);
  open.push(api);
  return api;
}

function watched(api: ApiServer, way: Way): WatchedCluster {
  const cluster = watchCluster(api, way);
  open.push(cluster);
  return cluster;
}

const names = (cluster: Cluster, of: KubeKind): readonly string[] =>
  [...cluster.tables[of].items.values()].map(({ name }) => name).toSorted();
const isWatching = (cluster: Cluster, ...kinds: readonly KubeKind[]): boolean =>
  kinds.every((kind) => cluster.tables[kind].state.kind === 'watching');
const because = (cluster: Cluster, of: KubeKind): string => {
  const { state } = cluster.tables[of];
  return 'because' in state ? state.because : '';
};

describe.each(WAYS)('through %s', (way) => {
  test('every kind is listed once and then watched: a change comes without another list', async () => {
    const api = await newApi();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    api.put('pods', kubePod('ollama', { node: 'gpu-0', gpus: 1 }));
    api.put('configmaps', kubeConfigMap('time-slicing-config', { any: sliced(4) }));
    api.put('daemonsets', kubePlugin('time-slicing-config', 'any'));
    const cluster = watched(api, way);
    await cluster.until((now) => isWatching(now, 'nodes', 'pods', 'configMaps', 'daemonSets', 'policies'));
    const before = cluster.cluster();
    expect(names(before, 'pods')).toEqual(['ollama']);
    await api.came('watch pods');
    api.put('pods', kubePod('comfyui', { node: 'gpu-0', gpus: 1 }));
    await cluster.until((now) => names(now, 'pods').length === 2);
    api.remove('pods', kubePod('ollama', { node: 'gpu-0', gpus: 1 }));
    const after = await cluster.until((now) => names(now, 'pods').length === 1);
    expect(names(after, 'pods')).toEqual(['comfyui']);
    expect(after.tables.nodes).toBe(before.tables.nodes);
    expect(api.asked.filter((words) => words === 'list pods')).toEqual(['list pods']);
  });

  test('a list of 1,200 pods comes in three pages', async () => {
    const api = await newApi();
    api.put('pods', ...Array.from({ length: 1_200 }, (_, index) => kubePod(`p${index}`)));
    const cluster = watched(api, way);
    const now = await cluster.until((each) => isWatching(each, 'pods'));
    expect(now.tables.pods.items.size).toBe(1_200);
    expect(api.asked.filter((words) => words === 'list pods')).toHaveLength(3);
  });

  test('a watch that ends goes on from its version without a new list, and says nothing twice', async () => {
    const api = await newApi();
    api.put('pods', kubePod('a'));
    const cluster = watched(api, way);
    await cluster.until((now) => isWatching(now, 'pods'));
    await api.came('watch pods');
    api.endWatches();
    api.put('pods', kubePod('b'));
    const now = await cluster.until((each) => names(each, 'pods').length === 2);
    expect(names(now, 'pods')).toEqual(['a', 'b']);
    expect(api.asked.filter((words) => words === 'list pods')).toHaveLength(1);
  });

  test('a version that is too old is followed by a new list, in which what went meanwhile is gone', async () => {
    const api = await newApi();
    api.put('pods', kubePod('a'), kubePod('b'));
    const cluster = watched(api, way);
    await cluster.until((now) => names(now, 'pods').length === 2);
    await api.came('watch pods');
    api.endWatches('gone');
    api.remove('pods', kubePod('a'));
    const now = await cluster.until((each) => names(each, 'pods').length === 1);
    expect(names(now, 'pods')).toEqual(['b']);
  });

  test('a refused verb is one sentence with verb, object and user, and the rest is read', async () => {
    const api = await newApi();
    api.refuse({ verb: 'list', resource: 'configmaps' }, { verb: 'watch', resource: 'nodes' });
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    const cluster = watched(api, way);
    const now = await cluster.until(
      (each) =>
        isWatching(each, 'pods', 'daemonSets') && because(each, 'configMaps') !== '' && because(each, 'nodes') !== '',
    );
    expect(because(now, 'configMaps')).toBe(
      'may not list ConfigMaps in gpu-operator as operator; grant the verb "list" to see them',
    );
    expect(because(now, 'nodes')).toBe(
      'may not watch nodes as operator; grant the verb "watch" to see them; they are listed every 30 s',
    );
    expect(names(now, 'nodes')).toEqual(['gpu-0']);
  });

  test('an expired token is one sentence; after a new log-in it goes on by itself, and what was known stays', async () => {
    const api = await newApi();
    api.put('pods', kubePod('a'));
    const cluster = watched(api, way);
    await cluster.until((now) => isWatching(now, 'pods'));
    api.expireToken(true);
    api.endWatches();
    const refused = await cluster.until((now) => because(now, 'pods') !== '');
    expect(because(refused, 'pods')).toBe(
      'the API server does not accept the credentials on this machine (expired?); log in there anew',
    );
    expect(names(refused, 'pods')).toEqual(['a']);
    api.expireToken(false);
    await cluster.until((now) => isWatching(now, 'pods'));
  });

  test('a cluster without the operator says so, and is no failure', async () => {
    const api = await newApi(['nodes', 'pods', 'configmaps', 'daemonsets']);
    const cluster = watched(api, way);
    const now = await cluster.until(({ tables }) => tables.policies.state.kind === 'absent');
    expect(because(now, 'policies')).toBe('the cluster has no ClusterPolicy: the NVIDIA GPU operator is not installed');
  });

  test('an API server that is not there is one sentence', async () => {
    const api = await startApiServer([]);
    await api.close();
    const cluster = watchCluster(api, way);
    open.push(cluster);
    const now = await cluster.until((each) => because(each, 'nodes') !== '');
    expect(because(now, 'nodes')).toContain(
      'the API server does not answer kubectl on this machine: The connection to the server',
    );
  });
});
