// What dcgm-exporter tells of the cards, as the describe panes of Sharing and Nodes show it.
import { describe, expect, test } from 'vitest';
import type { CardMeters, MetersEvent } from '../../src/model/card-meters.ts';
import { applyMeters, whoseFigures } from '../../src/model/card-meters.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { sharingAt } from '../../src/store/selectors/sharing-rows.ts';
import type { State } from '../../src/store/state.ts';
import { nodesView } from '../../views/nodes.ts';
import { sharingView } from '../../views/sharing.ts';
import { kubeAll } from '../kube/cluster.ts';
import { kubeConfigMap, kubeNode, kubePlugin, kubePod, sliced } from '../kube/objects.ts';
import { inventory, stateOf } from '../store/builders.ts';
import { NOW_MS } from './fleet.ts';
import { textOfSections } from './paint.ts';

const CARD: CardMeters = { gpu: '0', uuid: 'GPU-a', pods: [] };
const fleet = inventory(['gpu-0'], { clusters: [{ name: 'talos' }] });

const told = (event: Omit<Extract<MetersEvent, { kind: 'cards' }>, 'cluster' | 'node'>): FleetEvent => ({
  kind: 'meters',
  event: { cluster: 'talos', node: 'gpu-0', ...event },
});

/** A node with a card each in two slices, and so many pods that hold one. */
const shared = (cards: number, replicas: number, pods: number): State =>
  stateOf(
    fleet,
    kubeAll({
      nodes: [kubeNode('gpu-0', { cards, gpus: cards * replicas })],
      pods: Array.from({ length: pods }, (_, index) => kubePod(`p${index}`, { node: 'gpu-0', gpus: 1 })),
      configMaps: [kubeConfigMap('time-slicing-config', { any: sliced(replicas) })],
      daemonSets: [kubePlugin('time-slicing-config', 'any')],
    }),
  );

function paneOf(state: State, view: 'sharing' | 'nodes' = 'sharing'): string {
  const context = { state, nowMs: NOW_MS, ascii: false };
  const [row] = sharingView.rows(state);
  const [node] = nodesView.rows(state);
  if (row === undefined || node === undefined) throw new Error('no row');
  return textOfSections(view === 'sharing' ? sharingView.describe(row, context) : nodesView.describe(node, context));
}

describe('the pane', () => {
  const cards: readonly CardMeters[] = [
    {
      ...CARD,
      model: 'NVIDIA L40S',
      utilisationRatio: 0.8,
      engineRatio: 0.71,
      memoryUsedBytes: 4 * 2 ** 30,
      memoryFreeBytes: 40 * 2 ** 30,
      temperatureC: 61,
      powerW: 212.4,
      smClockMhz: 1_410,
      lastXid: 31,
      pods: ['ai/p0', 'ai/p1'],
    },
    { ...CARD, gpu: '1', uuid: 'GPU-b', mig: { instance: '2', profile: '1g.10gb' } },
  ];
  const state = stateOf(shared(2, 4, 3), [told({ kind: 'cards', cards, atMs: NOW_MS - 12_000 })]);

  test('every card has its figures, their age and whose they are', () => {
    expect(paneOf(state)).toContain(`[Cards (dcgm-exporter, 12s ago)]
gpu0 NVIDIA L40S  busy 80%, engines 71%, memory 4.0G used, 40G free, 61 °C, 212 W, 1410 MHz, last Xid 31
  shared by 2 pods: figures are of the whole card (ai/p0, ai/p1)
gpu1 MIG 2 1g.10gb  no figures
  shared in 4 slices: figures are of the whole MIG device
`);
  });

  test('a node of the inventory has them in its own pane, too', () => {
    expect(paneOf(state, 'nodes')).toContain('[Cards (dcgm-exporter, 12s ago)]\ngpu0 NVIDIA L40S  busy 80%');
  });

  test('what cannot be read any more stays with its age, and the reason beside it', () => {
    const lost = stateOf(state, [
      {
        kind: 'meters',
        event: { cluster: 'talos', node: 'gpu-0', kind: 'trouble', because: 'may not get pods/proxy' },
      },
    ]);
    expect(paneOf(lost)).toContain('[Cards (dcgm-exporter, 12s ago)]');
    expect(paneOf(lost)).toContain('[dcgm-exporter]\nmay not get pods/proxy\n');
    const gone = stateOf(lost, [{ kind: 'meters', event: { cluster: 'talos', node: 'gpu-0', kind: 'gone' } }]);
    expect(paneOf(gone)).not.toContain('dcgm-exporter');
  });

  test('figures of cards change no row and nothing that is judged', () => {
    const before = shared(2, 4, 3);
    const after = stateOf(before, [told({ kind: 'cards', cards, atMs: NOW_MS })]);
    expect(after.clusters).toBe(before.clusters);
    expect(sharingView.rows(after)).toBe(sharingView.rows(before));
  });
});

describe('whose figures they are', () => {
  test.each([
    [
      'several pods by name',
      { pods: ['a/x', 'a/y'] },
      2,
      [2, 4, 3],
      'shared by 2 pods: figures are of the whole card (a/x, a/y)',
    ],
    [
      'the only card, and several pods hold slices',
      {},
      1,
      [1, 4, 3],
      'shared by 3 pods: figures are of the whole card',
    ],
    [
      'one of several cards, and nobody is named',
      {},
      2,
      [2, 4, 3],
      'shared in 4 slices: figures are of the whole card',
    ],
    [
      'one pod of perhaps several is named',
      { pods: ['a/x'] },
      2,
      [2, 4, 3],
      'shared in 4 slices: figures are of the whole card; the exporter names a/x alone',
    ],
    ['a whole card of one pod', { pods: ['a/x'] }, 2, [2, 1, 1], 'pod a/x'],
    ['a whole card of nobody', {}, 2, [2, 1, 0], ''],
  ] as const)('%s', (_, card, cards, [count, replicas, pods], sentence) => {
    const state = shared(count, replicas, pods);
    const [row] = sharingView.rows(state);
    const sharing = row && sharingAt(state, row);
    expect(whoseFigures({ ...CARD, ...card }, cards, sharing)).toBe(sentence);
  });
});

test('the end of an exporter nobody has heard of changes nothing', () => {
  const meters = new Map();
  expect(applyMeters(meters, { cluster: 'talos', node: 'gpu-0', kind: 'gone' })).toBe(meters);
});
