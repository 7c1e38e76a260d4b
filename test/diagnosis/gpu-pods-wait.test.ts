// Pods that wait for GPUs others hold: told once for a cluster, with who would go for them; not where another rule tells of them.
import { expect, test } from 'vitest';
import { kubeAll, SHARED_CLUSTER as well } from '../kube/cluster.ts';
import { kubePod } from '../kube/objects.ts';
import { inventory } from '../store/builders.ts';
import { watched } from './support.ts';

const MINUTE_MS = 60_000;
const fleet = inventory([], { clusters: [{ name: 'talos' }] });
const FULL = '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.';

const waits = (name: string, priority: number, gpus = 1, message = FULL) => kubePod(name, { gpus, priority, message });

/** What is found of waiting pods so long after they came. */
function foundAfter(ms: number, pods: Parameters<typeof kubeAll>[0]['pods']) {
  const fleetWatched = watched(fleet);
  fleetWatched.at(0, kubeAll({ ...well, pods: pods ?? [] }));
  return fleetWatched.at(ms).filter(({ rule }) => rule === 'gpu-pods-wait' || rule === 'gpu-priority');
}
const lasting = (pods: Parameters<typeof kubeAll>[0]['pods']) => foundAfter(2 * MINUTE_MS, pods);

test('they are one finding, the highest priority first, with who goes for each', () => {
  const holder = kubePod('batch', { node: 'gpu-0', gpus: 8, priority: 10 });
  const found = lasting([holder, waits('later', 0), waits('urgent', 100)]);
  expect(found.map(({ severity, title }) => [severity, title])).toEqual([
    ['notice', '2 pods of cluster talos wait for GPUs that others hold: ai/urgent, ai/later'],
  ]);
  expect(found[0]?.explanation).toEqual([
    'For ai/urgent goes first:',
    'on gpu-0:',
    '  ai/batch  priority 10, 8 gpu',
    expect.stringContaining("by kube-scheduler's documented rule for GPUs alone"),
    'For ai/later goes first:',
    'nobody: no node has pods of lower priority that hold enough of what it asks for',
  ]);
});

test('a pod that waits for something else, or for a moment, is none of them', () => {
  const holder = kubePod('batch', { node: 'gpu-0', gpus: 8 });
  expect(lasting([waits('cpu', 0, 1, '0/1 nodes are available: 1 Insufficient cpu.')])).toEqual([]);
  expect(foundAfter(MINUTE_MS, [holder, waits('a', 0)])).toEqual([]);
});

test('a priority class that helps nobody is told with its reason, and not twice', () => {
  const base = waits('a', 10);
  const classed = {
    ...base,
    spec: { ...Object(base['spec']), priorityClassName: 'gpu-high', preemptionPolicy: 'Never' },
  };
  const found = lasting([kubePod('batch', { node: 'gpu-0', gpus: 8 }), classed]);
  expect(found.map(({ rule }) => rule)).toEqual(['gpu-priority']);
  expect(found[0]?.explanation?.[0]).toBe('ai/a: its preemptionPolicy is Never');
});
