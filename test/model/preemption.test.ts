// Which pods kube-scheduler's documented rule takes for a waiting GPU pod, over small clusters read as the product reads them.
import { describe, expect, test } from 'vitest';
import { podName } from '../../src/model/gpu-pods.ts';
import { whoGoesFirst } from '../../src/model/preemption.ts';
import { whoGoesLines } from '../../src/model/preemption-words.ts';
import { workloadsView } from '../../views/workloads.ts';
import { kubeAll } from '../kube/cluster.ts';
import { type KubeObject, kubeNode, kubePod } from '../kube/objects.ts';
import { inventory, stateOf, T0 } from '../store/builders.ts';
import { textOfSections } from '../views/paint.ts';

const fleet = inventory([], { clusters: [{ name: 'talos' }] });

type Pod = { readonly gpus?: number; readonly priority?: number; readonly startTime?: string };

/** A pod on a node; `startTime` as its kubelet says it. */
function held(
  name: string,
  node: string,
  { gpus = 1, priority = 0, startTime = '2026-11-22T10:00:00Z' }: Pod = {},
): KubeObject {
  const pod = kubePod(name, { node, gpus, priority });
  return { ...pod, status: { ...Object(pod['status']), startTime } };
}

/** A pod that waits, with what its spec and status say beyond. */
function waiting(
  more: {
    readonly priority?: number;
    readonly gpus?: number;
    readonly nodeSelector?: Readonly<Record<string, string>>;
  } = {},
  spec: object = {},
  status: object = {},
): KubeObject {
  const pod = kubePod('want', {
    gpus: 1,
    priority: 100,
    message: '0/2 nodes are available: 2 Insufficient nvidia.com/gpu.',
    ...more,
  });
  return { ...pod, spec: { ...Object(pod['spec']), ...spec }, status: { ...Object(pod['status']), ...status } };
}

const NODES = [kubeNode('a', { cards: 2 }), kubeNode('b', { cards: 2, labels: { zone: 'b' } })];

function cluster(want: KubeObject, pods: readonly KubeObject[], nodes: readonly KubeObject[] = NODES) {
  const state = stateOf(fleet, kubeAll({ nodes, pods: [want, ...pods] }));
  const found = state.clusters.get('talos');
  const pod = [...(found?.tables.pods.items.values() ?? [])].find(({ name }) => name === 'want');
  if (found === undefined || pod === undefined) throw new Error('no cluster');
  return { state, who: whoGoesFirst(found, pod), pod };
}

/** `a: ai/x ai/y`, the preferred node first. */
const choicesOf = (want: KubeObject, pods: readonly KubeObject[]): readonly string[] => {
  const { who } = cluster(want, pods);
  if (who.kind !== 'victims') throw new Error(who.kind);
  return who.choices.map(({ node, victims }) => `${node}: ${victims.map(podName).join(' ')}`);
};

describe('on one node', () => {
  const full = [held('x', 'b', { gpus: 2, priority: 500 })];

  test('the pod of lowest priority goes, and of equal ones the one that began last', () => {
    const old = held('old', 'a', { startTime: '2026-11-20T10:00:00Z' });
    expect(choicesOf(waiting(), [...full, held('high', 'a', { priority: 50 }), old])).toEqual(['a: ai/old']);
    expect(choicesOf(waiting(), [...full, held('new', 'a'), old])).toEqual(['a: ai/new']);
  });

  test('no more go than must, the one of lowest priority first', () => {
    const pods = [...full, held('high', 'a', { priority: 50 }), held('low', 'a')];
    expect(choicesOf(waiting({ gpus: 2 }), pods)).toEqual(['a: ai/low ai/high']);
  });

  test('pods of the same priority and pods without GPUs never go', () => {
    const pods = [...full, held('same', 'a', { priority: 100 }), held('none', 'a', { gpus: 0 }), held('low', 'a')];
    expect(choicesOf(waiting(), pods)).toEqual(['a: ai/low']);
    expect(cluster(waiting({ gpus: 2 }), pods).who).toEqual({
      kind: 'nobody',
      because: 'no node has pods of lower priority that hold enough of what it asks for',
    });
  });
});

describe('of several nodes', () => {
  test.each<readonly [string, readonly KubeObject[], readonly string[]]>([
    [
      'the lowest highest priority among those that go is preferred',
      [held('p', 'a', { gpus: 2, priority: 20 }), held('q', 'b', { gpus: 2, priority: 10 })],
      ['b: ai/q', 'a: ai/p'],
    ],
    [
      'then the lowest sum of priorities, which fewer pods always have',
      [held('p1', 'a', { priority: 10 }), held('p2', 'a', { priority: 0 }), held('q', 'b', { gpus: 2, priority: 10 })],
      ['b: ai/q', 'a: ai/p2 ai/p1'],
    ],
    [
      'then the one whose most important pod began last',
      [
        held('p', 'a', { gpus: 2, startTime: '2026-11-20T10:00:00Z' }),
        held('q', 'b', { gpus: 2, startTime: '2026-11-21T10:00:00Z' }),
      ],
      ['b: ai/q', 'a: ai/p'],
    ],
  ])('%s', (_, pods, choices) => {
    expect(choicesOf(waiting({ gpus: 2 }), pods)).toEqual(choices);
  });

  test('a node that is cordoned, not meant or not ready is none', () => {
    const pods = [held('p', 'a', { gpus: 2 }), held('q', 'b', { gpus: 2, priority: 10 })];
    expect(choicesOf(waiting({ nodeSelector: { zone: 'b' } }), pods)).toEqual(['b: ai/q']);
    const cordoned = [kubeNode('a', { cards: 2, cordoned: true }), kubeNode('b', { cards: 2 })];
    expect(cluster(waiting(), pods, cordoned).who).toMatchObject({ choices: [{ node: 'b' }] });
  });
});

describe('nobody goes', () => {
  const pods = [held('p', 'a', { gpus: 2 })];

  test('for a pod that may push nobody out, or that has room', () => {
    const full = [...pods, held('q', 'b', { gpus: 2 })];
    const { who, pod } = cluster(waiting({}, { preemptionPolicy: 'Never' }), full);
    expect(whoGoesLines(who, pod)).toEqual(['nobody: its preemptionPolicy is Never']);
    const roomy = cluster(waiting(), pods);
    expect(whoGoesLines(roomy.who, roomy.pod)).toEqual([
      'nobody: b has the GPUs it asks for, so it waits for something else',
    ]);
  });
});

test('the pane of a waiting pod has who goes first, by which rule, and the node the scheduler has chosen', () => {
  const pods = [held('p', 'a', { gpus: 2, priority: 20 }), held('q', 'b', { gpus: 2, priority: 10 })];
  const { state } = cluster(waiting({}, { priorityClassName: 'high' }, { nominatedNodeName: 'b' }), pods);
  const paneOf = (name: string) => {
    const row = workloadsView.rows(state).find(({ pod }) => pod.name === name);
    if (row === undefined) throw new Error(`no row ${name}`);
    return textOfSections(workloadsView.describe(row, { state, nowMs: T0, ascii: false }));
  };
  expect(paneOf('want')).toContain('priority        100 (high)\n');
  expect(paneOf('want')).toContain(`[Who goes first]
the scheduler has chosen b: the pod waits for others to end there
on b:
  ai/q  priority 10, 2 gpu
else on a:
  ai/p  priority 20, 2 gpu
by kube-scheduler's documented rule for GPUs alone: PodDisruptionBudgets (nodes where fewer are violated come first of all), taints, affinity, CPU and memory are not looked at`);
  expect(paneOf('p')).not.toContain('Who goes first');
});
