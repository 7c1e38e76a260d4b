// Rules about GPU sharing, over objects as the API server gives them: one case each where they fire, and where they must not.
import { describe, expect, test } from 'vitest';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { nodeName } from '../../src/model/ids.ts';
import { kubeAll, kubeListed, SHARED_CLUSTER as well } from '../kube/cluster.ts';
import { kubeConfigMap, kubeNode, kubePlugin, kubePod, sliced } from '../kube/objects.ts';
import { inventory } from '../store/builders.ts';
import { foundIn, told, watched } from './support.ts';

const MINUTE_MS = 60_000;
const fleet = inventory([], { clusters: [{ name: 'talos' }] });
const wishing = (replicas: number) =>
  inventory(['gpu-0'], {
    clusters: [{ name: 'talos' }],
    sharing: [{ nodes: [nodeName('gpu-0')], replicas, resource: 'nvidia.com/gpu', renameByDefault: false }],
  });

/** What is told after what must last has lasted. */
function lasting(of: typeof fleet, events: readonly FleetEvent[]): readonly string[] {
  const fleetWatched = watched(of);
  fleetWatched.at(0, events);
  return told(fleetWatched.at(2 * MINUTE_MS));
}

describe('a cluster', () => {
  test('that shares as configured has no finding', () => {
    expect(lasting(fleet, kubeAll(well))).toEqual([]);
    expect(lasting(wishing(4), kubeAll(well))).toEqual([]);
  });

  test('that cannot be read is one finding over all kinds with the same reason, and goes when it answers', () => {
    const trouble = (['nodes', 'pods'] as const).map(
      (of): FleetEvent => ({
        kind: 'cluster',
        event: {
          kind: 'state',
          cluster: 'talos',
          of,
          state: { kind: 'trouble', because: 'the API server does not answer', reason: 'unreachable', sinceMs: 0 },
        },
      }),
    );
    const fleetWatched = watched(fleet);
    const [finding] = fleetWatched.at(0, trouble);
    expect(finding).toMatchObject({ severity: 'critical', title: 'cluster talos: the API server does not answer' });
    expect(finding?.evidence[0]?.text).toBe('nodes, pods: the API server does not answer');
    expect(fleetWatched.at(1_000, kubeAll(well))).toEqual([]);
  });
});

describe('the configuration', () => {
  test('a default in the cluster that is no key of the ConfigMap', () => {
    const broken = { ...well, daemonSets: [kubePlugin('time-slicing-config', '0')] };
    expect(told(foundIn(fleet, kubeAll(broken)))).toEqual([
      'critical: the device plugin of gpu-0 cannot start its configuration: the default "0" is no key of ConfigMap time-slicing-config: it has any',
    ]);
  });

  test('a label that names no key', () => {
    const nodes = [kubeNode('gpu-0', { cards: 2, gpus: 8, labels: { 'nvidia.com/device-plugin.config': 'tesla' } })];
    expect(told(foundIn(fleet, kubeAll({ ...well, nodes })))).toEqual([
      'critical: gpu-0: the label nvidia.com/device-plugin.config=tesla names no key of ConfigMap time-slicing-config: it has any',
    ]);
  });

  test('neither label nor default', () => {
    expect(told(foundIn(fleet, kubeAll({ ...well, daemonSets: [kubePlugin('time-slicing-config')] })))).toEqual([
      'warning: gpu-0: neither a label nvidia.com/device-plugin.config nor a default names a key of ConfigMap time-slicing-config, so nothing is shared',
    ]);
  });

  test('a ConfigMap that is not there; one that may not be read proves nothing', () => {
    const events = kubeAll({ ...well, configMaps: [] });
    expect(told(foundIn(fleet, events))).toEqual([
      'warning: gpu-0: ConfigMap time-slicing-config is not in the namespace of the device plugin',
    ]);
    const unread = kubeListed('configMaps', [], {
      kind: 'trouble',
      because: 'may not',
      reason: 'forbidden',
      sinceMs: 0,
    });
    expect(told(foundIn(fleet, [...events, unread]))).toEqual(['warning: cluster talos: may not']);
  });

  test('one that the inventory wishes otherwise', () => {
    expect(told(foundIn(wishing(2), kubeAll(well)))).toEqual([
      'warning: the GPUs of gpu-0 are not shared as the inventory wishes: 4 slices: key any by default; the inventory wishes 2 slices',
    ]);
  });

  test('an edited ConfigMap that the device plugin has not taken counts after a minute', () => {
    const events = kubeAll({ ...well, nodes: [kubeNode('gpu-0', { cards: 2 })] });
    expect(told(foundIn(fleet, events))).toEqual([]);
    expect(lasting(fleet, events)).toEqual([
      'warning: gpu-0: 2 gpu instead of 2 x 4 = 8: the device plugin has not taken the configuration',
    ]);
  });

  test('a node that advertises nothing, with the state of its device plugin', () => {
    const nodes = [kubeNode('gpu-0', { cards: 2, gpus: 0 })];
    const plugin = kubePod('nvidia-device-plugin-daemonset-x', {
      node: 'gpu-0',
      owner: { kind: 'DaemonSet', name: 'nvidia-device-plugin-daemonset' },
      phase: 'Pending',
      reason: 'CrashLoopBackOff',
    });
    expect(lasting(fleet, kubeAll({ ...well, nodes, pods: [plugin] }))).toEqual([
      'critical: gpu-0 cannot give pods its GPUs: nothing is advertised: its device plugin nvidia-device-plugin-daemonset-x is CrashLoopBackOff',
    ]);
  });
});

describe('pods', () => {
  test('that hold more than one slice are told together, with what a slice is', () => {
    const pods = [kubePod('a', { node: 'gpu-0', gpus: 2 }), kubePod('b', { node: 'gpu-0', gpus: 3 })];
    const findings = foundIn(fleet, kubeAll({ ...well, pods }));
    expect(told(findings)).toEqual(['notice: 2 pods on gpu-0 hold more than one slice: ai/a, ai/b']);
    expect(findings[0]?.explanation?.[0]).toContain('equal time');
  });

  test('that were refused stay until somebody deletes them', () => {
    const refused = kubePod('a', { node: 'gpu-0', gpus: 2, phase: 'Failed', reason: 'UnexpectedAdmissionError' });
    expect(told(foundIn(fleet, kubeAll({ ...well, pods: [refused] })))).toEqual([
      'warning: 1 pod refused on gpu-0 (UnexpectedAdmissionError): ai/a',
    ]);
  });

  test('that ask for a name renameByDefault has moved', () => {
    const renamed = {
      ...well,
      nodes: [kubeNode('gpu-0', { cards: 2, gpus: 0, shared: 8 })],
      configMaps: [kubeConfigMap('time-slicing-config', { any: sliced(4, '    renameByDefault: true\n') })],
      pods: [kubePod('a', { gpus: 1 })],
    };
    expect(told(foundIn(fleet, kubeAll(renamed)))).toEqual([
      'warning: 1 pod waits for nvidia.com/gpu, which no node advertises: ai/a',
    ]);
  });

  test('whose selector matches no node; one that matches waits for other reasons', () => {
    const waiting = kubePod('a', { gpus: 1, nodeSelector: { gpu: 'true' } });
    expect(told(foundIn(fleet, kubeAll({ ...well, pods: [waiting] })))).toEqual([
      'warning: no node has gpu=true, so 1 pod waits for ever: ai/a',
    ]);
    const nodes = [kubeNode('gpu-0', { cards: 2, gpus: 8, labels: { gpu: 'true' } })];
    expect(told(foundIn(fleet, kubeAll({ ...well, nodes, pods: [waiting] })))).toEqual([]);
  });

  test('of a rolling update that waits for its own old pod', () => {
    const pod = (hash: string, node?: string) =>
      kubePod(`ollama-${hash}`, {
        gpus: 8,
        hash,
        owner: { kind: 'ReplicaSet', name: `ollama-${hash}` },
        ...(node === undefined ? {} : { node }),
      });
    const pods = [pod('old', 'gpu-0'), pod('new')];
    expect(told(foundIn(fleet, kubeAll({ ...well, pods }))).filter((line) => line.includes('rolling'))).toEqual([
      'warning: Deployment ai/ollama can never finish its rolling update: its old pod on gpu-0 holds the GPU the new one waits for',
    ]);
  });

  test('of a priority class that can push nobody out', () => {
    const base = kubePod('a', {
      gpus: 1,
      message: '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.',
      priority: 10,
    });
    const waiting = { ...base, spec: { ...(base['spec'] as object), priorityClassName: 'gpu-high' } };
    const holding = (priority: number) =>
      Array.from({ length: 8 }, (_, index) => kubePod(`b${index}`, { node: 'gpu-0', gpus: 1, priority }));
    const found = (priority: number) =>
      told(foundIn(fleet, kubeAll({ ...well, pods: [...holding(priority), waiting] })));
    expect(found(10)).toEqual(['notice: 1 pod of priority class gpu-high waits and can push nobody out: ai/a']);
    expect(found(0)).toEqual([]);
  });
});
