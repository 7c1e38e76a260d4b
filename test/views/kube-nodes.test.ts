// What Nodes and its describe pane show of a node that only Kubernetes knows, and of a Coral accelerator.
import { expect, test } from 'vitest';
import type { TalosFacts } from '../../src/model/talos.ts';
import { nodesView } from '../../views/nodes.ts';
import { kubeAll } from '../kube/cluster.ts';
import { kubeNode } from '../kube/objects.ts';
import { stateOf } from '../store/builders.ts';
import { inventoryOf, NOW_MS, nodeOf } from './fleet.ts';
import { paintList, textOfSections } from './paint.ts';

const talos = kubeNode('talos-1', { cards: 2, cordoned: true });
const node = {
  ...talos,
  metadata: { ...talos.metadata, creationTimestamp: new Date(NOW_MS - 3 * 86_400_000).toISOString() },
  spec: { unschedulable: true, taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }] },
  status: {
    ...(talos['status'] as object),
    addresses: [{ type: 'InternalIP', address: '10.0.0.7' }],
    conditions: [
      {
        type: 'Ready',
        status: 'Unknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: new Date(NOW_MS - 120_000).toISOString(),
      },
      { type: 'DiskPressure', status: 'False' },
    ],
  },
};
const state = stateOf(
  inventoryOf([nodeOf('talos-1', { via: 'kubernetes' })], { clusters: [{ name: 'talos' }] }),
  kubeAll({ nodes: [node] }),
);

test('a node without SSH has the state of its kubelet in the list, and all that kubectl tells of it below', () => {
  expect(paintList(nodesView, state, 110)).toMatch(/talos-1 +unknown, cordoned /);
  const [row] = nodesView.rows(state);
  if (row === undefined) throw new Error('no row');
  expect(textOfSections(nodesView.describe(row, { state, nowMs: NOW_MS, ascii: false }))).toContain(`[Kubernetes]
cluster         talos
kubelet         unknown, cordoned
version         v1.31.4
system          Talos (v1.9.1)
address         10.0.0.7
in the cluster  for 3d
cpu             32 allocatable of 32
memory          128G allocatable of 128G
GPUs            2 gpu allocatable of 2 gpu
taints          nvidia.com/gpu:NoSchedule
as it should be DiskPressure
[Conditions]
Ready is Unknown for 2m: Kubelet stopped posting node status.`);
});

test('a row is built anew when its kubelet tells something else, and kept while it does not', () => {
  const [before] = nodesView.rows(state);
  expect(nodesView.rows({ ...state, clusters: new Map(state.clusters) })[0]).toBe(before);
});

test('what talosctl tells of a machine stands below what Kubernetes does, with what it could not tell', () => {
  const facts: TalosFacts = {
    stage: 'running',
    isReady: false,
    unmet: [{ name: 'services', reason: 'kubelet is not healthy' }],
    services: [
      { name: 'apid', isRunning: true, health: 'healthy' },
      { name: 'kubelet', isRunning: true, health: 'unhealthy' },
    ],
    extensions: [{ name: 'nvidia-container-toolkit-production', version: '550.127.05-v1.17.2' }],
    disks: [{ path: '/dev/nvme0n1', sizeBytes: 1024 ** 4, model: 'SSD 990', transport: 'nvme', isReadOnly: false }],
    mounts: [{ source: '/dev/nvme0n1p6', target: '/var', sizeBytes: 1024 ** 4, usedBytes: 1024 ** 4 / 2 }],
    events: [{ kind: 'io-error', text: 'I/O error, dev nvme0n1', atMs: NOW_MS - 60_000 }],
    notes: ['may not read the kernel log of talos-1; the talosconfig needs a role that may (os:reader)'],
  };
  const asked = stateOf(
    state,
    [{ kind: 'cluster', event: { kind: 'talos', cluster: 'talos', node: 'talos-1', talos: { facts } } }],
    NOW_MS,
  );
  const [row] = nodesView.rows(asked);
  if (row === undefined) throw new Error('no row');
  const shown = textOfSections(nodesView.describe(row, { state: asked, nowMs: NOW_MS, ascii: false }));
  expect(shown).toContain(`[Talos]
stage           running, not ready
services        apid
extensions      nvidia-container-toolkit-production 550.127.05-v1.17.2
/dev/nvme0n1    1.0T, SSD 990, nvme
/var            50% of 1.0T used, /dev/nvme0n1p6`);
  expect(shown).toContain('services: kubelet is not healthy');
  expect(shown).toContain('service kubelet is not healthy');
  expect(shown).toContain('60s ago  I/O error, dev nvme0n1');
  expect(shown).toContain('may not read the kernel log of talos-1');
});
