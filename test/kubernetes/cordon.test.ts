// Cordon and uncordon from plan to done, through the real kubectl against the test API server; and each way in which it may not be.
import { describe, expect, test } from 'vitest';
import { cordon, uncordon } from '../../src/actions/cordon.ts';
import { kubeBench } from '../kube/kube-bench.ts';
import { kubeNode } from '../kube/objects.ts';
import { hasKubectl } from '../kube/watched-cluster.ts';

if (!hasKubectl) test('kubectl is not installed here: nothing is cordoned', () => {});

const outcomes = (all: readonly { readonly outcome: string }[]): readonly string[] => all.map(({ outcome }) => outcome);

describe.runIf(hasKubectl)('cordon', () => {
  test('keeps new pods off two nodes, is nothing to do a second time, and is taken back by its undo', async () => {
    const { api, plan, run, runStep } = await kubeBench();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }), kubeNode('gpu-1', { cards: 2 }));
    const planned = await plan(cordon, { nodes: 'gpu-[0-1]' });
    expect(outcomes(await run(planned))).toEqual(['done', 'done']);
    expect(api.store.get('nodes', 'gpu-1')?.['spec']).toEqual({ unschedulable: true });
    const again = await plan(cordon, { nodes: 'gpu-[0-1]' });
    expect(again).toMatchObject({ kind: 'no-op', because: 'it is cordoned already' });
    const undo = planned.kind === 'change' ? planned.stages[0].jobs[0].steps[0].undo : [];
    const [step] = 'never' in undo ? [] : undo;
    expect(step === undefined ? undefined : (await runStep(step)).outcome).toBe('done');
    const back = await plan(uncordon, { nodes: 'gpu-[0-1]' });
    expect(back).toMatchObject({ kind: 'change', title: 'uncordon gpu-[0-1]' });
    expect(outcomes(await run(back))).toEqual(['done']);
  });

  test('a node that was taken out of the cluster and came anew is not the one that was seen', async () => {
    const { api, plan, run } = await kubeBench();
    const node = kubeNode('gpu-0', { cards: 2 });
    api.put('nodes', node);
    const planned = await plan(cordon, { nodes: 'gpu-0' });
    api.put('nodes', { ...node, metadata: { ...node.metadata, uid: 'another' } });
    expect(outcomes(await run(planned))).toEqual([
      'guarded: gpu-0 was taken out of the cluster and is another one now',
    ]);
  });

  test('a node the cluster does not have, and a refused verb, are one sentence each before anything runs', async () => {
    const { api, plan } = await kubeBench();
    expect(await plan(cordon, { nodes: 'nope' })).toMatchObject({
      kind: 'refused',
      because: 'the cluster has no node nope',
    });
    api.refuse({ verb: 'get', resource: 'nodes' });
    expect(await plan(cordon, { nodes: 'gpu-0' })).toMatchObject({
      kind: 'refused',
      because: 'may not get nodes as operator; grant the verb "get" to see them',
    });
  });

  test('a verb refused at the change, an expired token and an API server that is away are one sentence each', async () => {
    const { api, plan, run } = await kubeBench();
    api.put('nodes', kubeNode('gpu-0', { cards: 2 }));
    const planned = await plan(cordon, { nodes: 'gpu-0' });
    api.refuse({ verb: 'patch', resource: 'nodes' });
    expect(await run(planned)).toEqual([
      { outcome: 'exit 1', said: 'may not patch nodes as operator; grant the verb in a role, then try again\n' },
    ]);
    api.expireToken(true);
    expect(await plan(cordon, { nodes: 'gpu-0' })).toMatchObject({
      kind: 'refused',
      because:
        'the API server does not accept the credentials on the node kubectl runs on (expired?); log in there anew',
    });
    await api.close();
    expect(await plan(cordon, { nodes: 'gpu-0' })).toMatchObject({
      kind: 'refused',
      because: expect.stringContaining('the API server does not answer kubectl on the node kubectl runs on: '),
    });
  });
});
