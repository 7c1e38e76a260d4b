// Sharing without Git, end to end: the real kubectl against the test API server, with an operator and device plugins that answer as the real ones do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { timeSlice } from '../../src/actions/time-slice.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { type ApiServer, startApiServer } from '../kube/api-server.ts';
import { type ByHand, byHand } from '../kube/by-hand.ts';
import { type FakeCluster, type FakeFaults, fakePlugin } from '../kube/fake-plugin.ts';
import { sliced } from '../kube/objects.ts';
import { shortWaits } from '../kube/short-waits.ts';
import { hasKubectl, kubeconfigOf } from '../kube/watched-cluster.ts';
import { inventory } from '../store/builders.ts';

if (!hasKubectl) test('kubectl is not installed here: sharing without Git is not tried', () => {});

const TWO = {
  nodes: [
    { name: 'gpu-0', cards: 2 },
    { name: 'gpu-1', cards: 4 },
  ],
};
const SHARED: FakeCluster = {
  ...TWO,
  map: { name: 'time-slicing-config', data: { any: 'version: v1\n' } },
  defaultKey: 'any',
  policy: {},
};

interface Stage {
  readonly api: ApiServer;
  readonly hand: ByHand;
  readonly faults: FakeFaults;
  readonly offers: (resource?: string) => Record<string, number>;
}

async function stage(cluster: FakeCluster): Promise<Stage> {
  const api = await startApiServer(['nodes', 'pods', 'configmaps', 'daemonsets', 'clusterpolicies']);
  const folder = mkdtempSync(join(tmpdir(), 'muster-direct-'));
  writeFileSync(join(folder, 'config'), kubeconfigOf(api.url));
  onTestFinished(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const faults = await fakePlugin(api, cluster);
  const made = inventory([], {
    clusters: [{ name: 'talos', kubeconfig: join(folder, 'config'), namespace: 'gpu-operator' }],
  });
  const hand = byHand(
    { ...made, nodes: inventory(['deploy']).nodes.map((node) => ({ ...node, via: 'local' })) },
    { PATH: shortWaits(join(folder, 'bin')), HOME: folder },
  );
  const offers = (resource = 'nvidia.com/gpu') =>
    Object.fromEntries(
      api.store.all('nodes').map(({ metadata, status }) => {
        const { allocatable } = status as { allocatable: Record<string, string> };
        return [metadata.name, Number(allocatable[resource] ?? 0)];
      }),
    );
  return { api, hand, faults, offers };
}

const stepsOf = (plan: Plan): readonly Step[] =>
  plan.kind === 'change' ? plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps)) : [];
const refusal = (plan: Plan): string => (plan.kind === 'refused' ? `${plan.because}; ${plan.tryThis}` : plan.kind);

describe.runIf(hasKubectl)('sharing without Git', { timeout: 300_000 }, () => {
  test('the ConfigMap is changed, the device plugin restarted, and every node seen to offer cards times slices; a second time nothing is done', async () => {
    const { hand, offers, api } = await stage(SHARED);
    const plan = await hand.plan(timeSlice, { cluster: 'talos', replicas: '4' });
    expect(await hand.run(plan)).toEqual([
      'change any of ConfigMap gpu-operator/time-slicing-config: changed',
      'restart the device plugin, DaemonSet gpu-operator/nvidia-device-plugin-daemonset: changed',
      'see 2 nodes offer the slices: already',
    ]);
    expect(offers()).toEqual({ 'gpu-0': 8, 'gpu-1': 16 });
    expect(api.asked.filter((words) => words.startsWith('patch'))).toEqual([
      'patch configmaps/time-slicing-config',
      'patch daemonsets/nvidia-device-plugin-daemonset',
    ]);
    expect(await hand.plan(timeSlice, { cluster: 'talos', replicas: '4' })).toMatchObject({ kind: 'no-op' });
  });

  test('one node of two gets a configuration of its own by its label, without touching the other; undone, everything is as it was', async () => {
    const { hand, offers, api } = await stage(SHARED);
    const plan = await hand.plan(timeSlice, { cluster: 'talos', nodes: 'gpu-1', replicas: '2', rename: 'true' });
    expect(await hand.run(plan)).toEqual([
      'change time-slicing of ConfigMap gpu-operator/time-slicing-config: changed',
      'label with the configuration time-slicing gpu-1: changed',
      'restart the device plugin, DaemonSet gpu-operator/nvidia-device-plugin-daemonset: changed',
      'see gpu-1 offer the slices: already',
    ]);
    expect([offers(), offers('nvidia.com/gpu.shared')]).toEqual([
      { 'gpu-0': 2, 'gpu-1': 0 },
      { 'gpu-0': 0, 'gpu-1': 8 },
    ]);
    const back = stepsOf(plan)
      .toReversed()
      .flatMap(({ undo }) => ('never' in undo ? [] : undo));
    const told: string[] = [];
    for (const step of back) told.push(`${step.title}: ${await hand.step(step)}`);
    expect(told).toEqual([
      'take the label of the configuration from gpu-1: changed',
      'put time-slicing of ConfigMap gpu-operator/time-slicing-config back: changed',
      'restart the device plugin, DaemonSet gpu-operator/nvidia-device-plugin-daemonset: changed',
    ]);
    expect(offers()).toEqual({ 'gpu-0': 2, 'gpu-1': 4 });
    expect(api.store.get('configmaps', 'time-slicing-config', 'gpu-operator')?.['data']).toEqual({
      any: 'version: v1\n',
    });
  });

  test('an operator that names no ConfigMap is told one, and starts the device plugin with it by itself', async () => {
    const { hand, offers } = await stage({ ...TWO, policy: {} });
    const plan = await hand.plan(timeSlice, { cluster: 'talos', replicas: '3' });
    expect(await hand.run(plan)).toEqual([
      'make ConfigMap gpu-operator/time-slicing-config with time-slicing: changed',
      'let ClusterPolicy cluster-policy name ConfigMap time-slicing-config, default time-slicing: changed',
      'restart the device plugin, DaemonSet gpu-operator/nvidia-device-plugin-daemonset: already',
      'see 2 nodes offer the slices: already',
    ]);
    expect(offers()).toEqual({ 'gpu-0': 6, 'gpu-1': 12 });
  });

  test('what Argo CD or a chart makes is not changed by hand: the plan says whose it is and names the other way', async () => {
    const { hand } = await stage({ ...SHARED, map: { name: 'slices', data: { any: sliced(2) }, by: 'gpu-operator' } });
    expect(refusal(await hand.plan(timeSlice, { cluster: 'talos', replicas: '4' }))).toBe(
      'ConfigMap gpu-operator/slices is made by Argo CD application gpu-operator, which would undo a change by hand; change it in Git: name its files (files), or the file under clusters: in the inventory (git)',
    );
  });

  test('somebody else who changes the ConfigMap between plan and step is not overwritten', async () => {
    const { hand, api } = await stage(SHARED);
    const [first] = stepsOf(await hand.plan(timeSlice, { cluster: 'talos', replicas: '4' }));
    if (first === undefined) throw new Error('no step');
    api.before((words) => {
      const map = api.store.get('configmaps', 'time-slicing-config', 'gpu-operator');
      if (words.startsWith('patch') && map !== undefined && map.metadata.labels === undefined)
        api.put('configmaps', { ...map, metadata: { ...map.metadata, labels: { by: 'bob' } } });
    });
    expect(await hand.step(first)).toBe(
      'exit 1: somebody else changed ConfigMap gpu-operator/time-slicing-config meanwhile; nothing of it is changed: plan again',
    );
  });

  test('a cluster with no operator and no device plugin, one without the rights, an expired token and a server that is away are refused in one sentence each', async () => {
    const { hand, api } = await stage({ ...TWO, policy: {} });
    const asked = async () => refusal(await hand.plan(timeSlice, { cluster: 'talos', replicas: '4' }));
    for (const resource of ['daemonsets', 'clusterpolicies'])
      for (const object of api.store.all(resource)) api.remove(resource, object);
    expect(await asked()).toBe(
      'no device plugin runs in gpu-operator; install the GPU operator, or name its namespace in the inventory',
    );
    api.refuse({ verb: 'list', resource: 'daemonsets' });
    expect(await asked()).toBe(
      'may not list DaemonSets in gpu-operator as operator; grant the verb "list" to see them; mend that, then plan again',
    );
    api.expireToken(true);
    expect(await asked()).toBe(
      'cluster talos from localhost: the API server does not accept the credentials on the node kubectl runs on (expired?); log in there anew; see whether kubectl works there, then plan again',
    );
    await api.close();
    expect(await asked()).toMatch(
      /^cluster talos from localhost: the API server does not answer kubectl on the node kubectl runs on: The connection to the server [\d.:]+ was refused[^;]*; see whether kubectl works there, then plan again$/,
    );
  });

  test('without the right to change ConfigMaps the step says which verb is missing, and nothing is restarted', async () => {
    const { hand, api } = await stage(SHARED);
    api.refuse({ verb: 'patch', resource: 'configmaps' });
    const told = await hand.run(await hand.plan(timeSlice, { cluster: 'talos', replicas: '4' }));
    expect(told).toEqual([
      'change any of ConfigMap gpu-operator/time-slicing-config: exit 1: you may not patch ConfigMaps in gpu-operator; ask for the verb',
    ]);
  });
});
