// Drain and evict through the real kubectl against the test API server, whose evictions mind budgets as the real one's do.
import { describe, expect, test } from 'vitest';
import { drain, evict } from '../../src/actions/drain.ts';
import { kubeBench } from '../kube/kube-bench.ts';
import { type KubeObject, kubeNode, kubePod } from '../kube/objects.ts';
import { hasKubectl } from '../kube/watched-cluster.ts';

if (!hasKubectl) test('kubectl is not installed here: nothing is drained', () => {});

const SET = { kind: 'ReplicaSet', name: 'web-7c9f' };

/** A pod with labels, volumes or annotations beside. */
function pod(
  name: string,
  options: Parameters<typeof kubePod>[1],
  more: { app?: string; mirror?: true; files?: true } = {},
) {
  const made = kubePod(name, { node: 'gpu-0', ...options });
  return {
    ...made,
    metadata: {
      ...made.metadata,
      ...(more.app === undefined ? {} : { labels: { app: more.app } }),
      ...(more.mirror ? { annotations: { 'kubernetes.io/config.mirror': 'x' } } : {}),
    },
    spec: {
      ...(made['spec'] as object),
      terminationGracePeriodSeconds: 45,
      ...(more.files ? { volumes: [{ name: 'cache', emptyDir: {} }] } : {}),
    },
  };
}

const budget = (name: string, app: string, disruptionsAllowed: number): KubeObject => ({
  metadata: { name, namespace: 'ai' },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1 },
});

describe.runIf(hasKubectl)('drain', () => {
  test('takes what may go, leaves DaemonSet and mirror pods, and proves that the rest is gone', async () => {
    const { api, plan, run } = await kubeBench();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    api.put('poddisruptionbudgets', budget('web', 'web', 5));
    api.put(
      'pods',
      pod('web-1', { owner: SET, gpus: 2 }, { app: 'web' }),
      pod('done-1', { phase: 'Succeeded' }, { files: true }),
      pod('agent', { owner: { kind: 'DaemonSet', name: 'agent' } }),
      pod('proxy', { owner: { kind: 'Node', name: 'gpu-0' } }, { mirror: true }),
      kubePod('elsewhere', { node: 'gpu-1' }),
    );
    const planned = await plan(drain, { nodes: 'gpu-0' });
    if (planned.kind !== 'change') throw new Error(JSON.stringify(planned));
    const [cordon, evicting] = planned.stages[0].jobs[0].steps;
    expect(cordon.title).toBe('cordon gpu-0');
    expect(evicting).toMatchObject({ title: 'evict 2 pods from gpu-0', risk: 'interrupts-users', warnings: [] });
    expect(evicting?.preview).toEqual([
      {
        kind: 'items',
        head: '2 pods go from gpu-0',
        items: [
          expect.objectContaining({
            name: 'web-1 (ReplicaSet web-7c9f, holds 2 GPUs or slices, has 45 s to end)',
            owner: 'ai',
          }),
          expect.objectContaining({ name: 'done-1 (nobody, has 45 s to end)', owner: 'ai' }),
        ],
        after: 'whoever owns them makes them anew where there is room',
        left: [
          'ai/agent stays: DaemonSet agent wants it on every node',
          'ai/proxy stays: the kubelet runs it from a file of the node (mirror pod)',
        ],
      },
    ]);
    const ran = await run(planned);
    expect(ran.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(ran[1]?.said).toBe('ai/web-1 is asked to end\nai/done-1 is asked to end\nall of them are gone from gpu-0\n');
    expect(api.store.all('pods').map(({ metadata }) => metadata.name)).toEqual(['agent', 'proxy', 'elsewhere']);
    expect(await plan(drain, { nodes: 'gpu-0' })).toMatchObject({ kind: 'no-op' });
  }, 60_000);

  test('pods nobody makes anew and files in emptyDir block, each with its reason, until they are let go', async () => {
    const { api, plan } = await kubeBench();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    api.put('pods', pod('bare', {}), pod('cache', { owner: SET }, { files: true }));
    expect(await plan(drain, { nodes: 'gpu-0' })).toMatchObject({
      kind: 'refused',
      because:
        'ai/bare: nobody would make it anew: no controller owns it; ai/cache: its files in an emptyDir volume would be lost',
      tryThis: 'save what they hold, then allow it (emptyDir, unmanaged)',
    });
    const planned = await plan(drain, { nodes: 'gpu-0', emptyDir: true, unmanaged: true });
    expect(planned.kind === 'change' ? planned.stages[0].jobs[0].steps[1]?.risk : '').toBe('destroys-data');
  }, 60_000);

  test('a budget that forbids is told in the plan, and names the pods when the time is over', async () => {
    const { api, plan, run, hurry } = await kubeBench();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    api.put('poddisruptionbudgets', budget('web', 'web', 0));
    api.put('pods', pod('web-1', { owner: SET }, { app: 'web' }));
    const planned = await plan(drain, { nodes: 'gpu-0', wait: '10' });
    expect(planned.kind === 'change' ? planned.stages[0].jobs[0].steps[1]?.warnings : []).toEqual([
      'PodDisruptionBudget ai/web lets no pod go now (1 healthy, 1 needed): it is asked again for 10 s',
    ]);
    hurry(4);
    const ran = await run(planned);
    expect(ran[1]).toEqual({
      outcome: 'exit 1',
      said: `ai/web-1 has to wait: Cannot evict pod as it would violate the pod's disruption budget.
after 10 s a PodDisruptionBudget still forbids that these go: ai/web-1; give it more replicas, or wait longer
`,
    });
    expect(api.store.get('nodes', 'gpu-0')?.['spec']).toEqual({ unschedulable: true });
  }, 60_000);

  test('a pod that came meanwhile is not evicted unseen; one of the same name and another uid is left alone', async () => {
    const { api, plan, run } = await kubeBench();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    const first = pod('web-1', { owner: SET });
    api.put('pods', first);
    const planned = await plan(drain, { nodes: 'gpu-0' });
    api.put('pods', { ...first, metadata: { ...first.metadata, uid: 'another' } });
    const ran = await run(planned);
    expect(ran[1]).toEqual({
      outcome: 'unverified: still on gpu-0: ai/web-1',
      said: 'ai/web-1 is gone already\nall of them are gone from gpu-0\n',
    });
  }, 60_000);

  test('one pod is evicted by name, wherever it runs, and a refused verb is one sentence', async () => {
    const { api, plan, run } = await kubeBench();
    api.put('pods', pod('web-1', { owner: SET }), pod('web-2', { owner: SET }), pod('bare', {}));
    const planned = await plan(evict, { pod: 'ai/web-1' });
    api.refuse({ verb: 'create', resource: 'pods' });
    expect(await run(planned)).toEqual([
      {
        outcome: 'exit 1',
        said: 'may not create pods/eviction in ai as operator; grant the verb in a role, then try again\n',
      },
    ]);
    api.refuse();
    expect((await run(planned)).map(({ outcome }) => outcome)).toEqual(['done']);
    expect(await plan(evict, { pod: 'ai/web-1' })).toMatchObject({ kind: 'no-op', because: 'there is no such pod' });
    expect(() => plan(evict, { pod: 'web' })).toThrow('"web" is no pod, which is written NAMESPACE/NAME');
    expect(await plan(evict, { pod: 'ai/bare' })).toMatchObject({ kind: 'refused' });
  }, 60_000);
});
