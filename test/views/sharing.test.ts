// Sharing and Workloads as they stand on the screen, over one cluster with everything that can be said of it.
import { describe, expect, test } from 'vitest';
import { statusJson } from '../../src/cli/format-status.ts';
import { nodeName } from '../../src/model/ids.ts';
import { cardUses } from '../../src/store/selectors/card-uses.ts';
import type { State } from '../../src/store/state.ts';
import { sharingView } from '../../views/sharing.ts';
import { workloadsView } from '../../views/workloads.ts';
import { kubeAll, kubeListed } from '../kube/cluster.ts';
import { kubeConfigMap, kubeNode, kubePlugin, kubePod, sliced } from '../kube/objects.ts';
import { answered, gpu, inventory, stateOf } from '../store/builders.ts';
import { NOW_MS } from './fleet.ts';
import { paintList, textOfSections } from './paint.ts';

const fleet = inventory(['gpu-0'], { clusters: [{ name: 'talos' }] });
const events = kubeAll({
  nodes: [
    kubeNode('gpu-0', { cards: 2, gpus: 8 }),
    kubeNode('gpu-1', { cards: 2, cordoned: true }),
    kubeNode('gpu-2', { cards: 4, gpus: 0 }),
    kubeNode('control-0'),
  ],
  pods: [
    kubePod('ollama-7c9f-x', { node: 'gpu-0', gpus: 1, owner: { kind: 'ReplicaSet', name: 'ollama-7c9f' } }),
    kubePod('comfyui', { node: 'gpu-0', gpus: 2, priority: 100 }),
    kubePod('waiting', { gpus: 1 }),
    kubePod('crashing', { node: 'gpu-1', gpus: 1, phase: 'Pending', reason: 'CrashLoopBackOff' }),
    kubePod('coredns', { node: 'control-0' }),
  ],
  configMaps: [kubeConfigMap('time-slicing-config', { any: sliced(4) })],
  daemonSets: [kubePlugin('time-slicing-config', 'any')],
});
const state = stateOf(fleet, events);
const context = { state, nowMs: NOW_MS, ascii: false };

describe('sharing', () => {
  test('the chain of every GPU node stands in a row, and what breaks it in the state', () => {
    expect(paintList(sharingView, state, 150)).toMatchInlineSnapshot(`
      "NODE         CARDS  STATE                   DECLARED           CONFIGURED         ADVERTISED         USED               PODS  PROCS  KUBELET  CLUSTER
      gpu-0            2  ● shared                nothing declared   4 slices           8 gpu              3 of 8 gpu            2         ready    talos
      gpu-1            2  ✗ broken at advertised  nothing declared   4 slices           ✗ 2 gpu            1 of 2 gpu            1         ready,…  talos
      gpu-2            4  ✗ broken at advertised  nothing declared   4 slices           ✗ nothing                                0         ready    talos"
    `);
  });

  test('on 80 columns node and state stay', () => {
    expect(paintList(sharingView, state, 80)).toMatchInlineSnapshot(`
      "NODE        STATE                 DECLARED    CONFIGURED  ADVERTISED  USED
      gpu-0       ● shared              nothing     4 slices    8 gpu       3 of 8 gpu
      gpu-1       ✗ broken at…          nothing     4 slices    ✗ 2 gpu     1 of 2 gpu
      gpu-2       ✗ broken at…          nothing     4 slices    ✗ nothing"
    `);
  });

  test('the describe pane has the chain, the reason and the pods', () => {
    const [row] = sharingView.rows(state);
    if (row === undefined) throw new Error('no row');
    expect(textOfSections(sharingView.describe(row, context))).toMatchInlineSnapshot(`
      "[Chain]
      declared        nothing declared
      configured      4 slices: key any by default
      advertised      8 gpu
      used            3 of 8 gpu
      processes       not known: not asked yet
      breaks at       nowhere
      [Meaning]
      A slice is a turn on a card: equal time, no memory and no fault isolation. Two slices are not twice the speed and may span cards.
      [Kubernetes]
      cluster         talos
      kubelet         ready
      version         v1.31.4
      system          Talos (v1.9.1)
      cpu             32 allocatable of 32
      memory          128G allocatable of 128G
      GPUs            8 gpu allocatable of 8 gpu
      as it should be Ready
      [Configuration]
      ConfigMap       gpu-operator/time-slicing-config, owned by nobody it names
      [Pods]
      ai/ollama-7c9f-x  1 gpu  Running, priority 0
      ai/comfyui  2 gpu  Running, priority 100
      [Labels]
      nvidia.com/gpu.present=true
      nvidia.com/gpu.count=2
      [Findings]
      none
      [Recent events]
      none"
    `);
  });

  test('rows of nodes that did not change keep their objects when a pod comes', () => {
    const before = sharingView.rows(state);
    const pod = kubePod('new', { node: 'gpu-1', gpus: 1 });
    const next = stateOf(state, [
      { kind: 'cluster', event: { kind: 'change', cluster: 'talos', of: 'pods', put: [], gone: ['pod-ai-coredns'] } },
    ]);
    expect(sharingView.rows(next)).toBe(before);
    const more = stateOf(next, [kubeListed('pods', [pod])]);
    const after = sharingView.rows(more);
    expect(after[2]).toBe(before[2]);
    expect(after[0]).not.toBe(before[0]);
  });
});

describe('workloads', () => {
  test('pods that are about GPUs stand by node; what waits has none yet', () => {
    expect(paintList(workloadsView, state, 150)).toMatchInlineSnapshot(`
      "NODE         NAMESPACE   POD                             GPUS           STATE                          OWNER        PRIORITY  RESTARTS   AGE  CLUSTER
                   ai          waiting                         1 gpu          … waiting Unschedulable                     0                0   53d  talos
      gpu-0        ai          ollama-7c9f-x                   1 gpu          ● running                      ReplicaSet…  0                0   53d  talos
      gpu-0        ai          comfyui                         2 gpu          ● running                                   100              0   53d  talos
      gpu-1        ai          crashing                        1 gpu          ▲ not well CrashLoopBackOff                 0                0   53d  talos"
    `);
  });
});

describe('nothing to show', () => {
  test.each([
    ['no cluster', stateOf(inventory(['a']), [])],
    ['not answered', stateOf(fleet, [])],
    ['no GPU', stateOf(fleet, kubeAll({ nodes: [kubeNode('control-0')] }))],
    [
      'trouble',
      stateOf(fleet, [
        kubeListed('nodes', [], { kind: 'trouble', because: 'may not list nodes', reason: 'forbidden', sinceMs: 0 }),
      ]),
    ],
  ])('%s is a sentence', (_, empty) => {
    expect([sharingView.empty(empty), workloadsView.empty(empty)]).toMatchSnapshot();
  });
});

describe('who is on which card', () => {
  const uid = 'pod-ai-comfyui';
  const mig = [{ index: 1, profile: '1g.10gb', uuid: 'MIG-a' }];
  const seen = stateOf(state, [
    answered('gpu-0', 'gpus', [gpu(0, { uuid: 'GPU-a', migDevices: mig }), gpu(1, { uuid: 'GPU-b' })]),
    answered('gpu-0', 'gpuProcesses', [
      {
        gpuUuid: 'GPU-b',
        pid: 41,
        name: 'python',
        podUid: uid,
        memoryBytes: 2 ** 30,
        user: 'root',
        command: 'python main.py',
      },
      { gpuUuid: 'GPU-b', pid: 42, name: 'python', podUid: uid, memoryBytes: 2 ** 30, user: 'root' },
      { gpuUuid: 'GPU-a', pid: 43, name: 'old', podUid: 'another', memoryBytes: 2 ** 20, user: 'root' },
      { gpuUuid: 'MIG-a', pid: 44, name: 'bare' },
      { gpuUuid: 'GPU-c', pid: 45, name: 'ollama', user: 'ada', container: '0123456789ab' },
    ]),
  ]);
  const rowIn = (of: State) => {
    const row = sharingView.rows(of).find(({ node }) => node === 'gpu-0');
    if (row === undefined) throw new Error('no row');
    return row;
  };
  const paneIn = (of: State) => textOfSections(sharingView.describe(rowIn(of), { ...context, state: of }));

  test('processes of a node with SSH are joined with the pods by their cgroup, a pod that is gone and none at all included', () => {
    const uses = cardUses(seen, { cluster: 'talos', node: nodeName('gpu-0') });
    expect(uses?.map(({ card, slices, users }) => [card, slices, users.map(({ pod }) => pod?.name)])).toEqual([
      ['gpu0', 0, [undefined]],
      ['gpu0 MIG 1 1g.10gb', 0, [undefined]],
      ['gpu1', 2, ['comfyui', 'comfyui']],
      ['GPU-c', 0, [undefined]],
    ]);
    expect(paneIn(seen)).toContain(`[On its cards]
gpu0  no pod of this cluster
  43 root  1.0M  in pod another, which is gone  old
gpu0 MIG 1 1g.10gb  no pod of this cluster
  44 invisible  ?  in no pod  bare
gpu1  one pod, 2 held
  41 root  1.0G  ai/comfyui  python main.py
  42 root  1.0G  ai/comfyui  python
GPU-c  no pod of this cluster
  45 ada  ?  in no pod, container 0123456789ab  ollama`);
  });

  test('the row counts them, and those that are in no pod', () => {
    expect(rowIn(seen)).toMatchObject({ processes: 5, outside: 3 });
    expect(paneIn(seen)).toContain('processes       5, 3 in no pod');
    expect(rowIn(state)).toMatchObject({ processes: undefined, outside: 0 });
    expect(paneIn(state)).toContain('processes       not known: ');
  });

  test('status --json has each with its card, pod, user, container and command', () => {
    const json = JSON.parse(JSON.stringify(statusJson(seen, 0)));
    const [here, there] = json.clusters[0].sharing;
    expect(there.processes).toBe(null);
    expect(here.processes[2]).toEqual({
      card: 'gpu1',
      pid: 41,
      name: 'python',
      user: 'root',
      command: 'python main.py',
      container: null,
      memoryBytes: 2 ** 30,
      podUid: uid,
      pod: 'ai/comfyui',
    });
    expect(here.processes[4]).toMatchObject({ card: 'GPU-c', container: '0123456789ab', pod: null });
  });
});
