// Cards that dcgm-exporter tells, as the view GPUs, its pane and `status --json` show them: alone, and beside the driver.
import { describe, expect, test } from 'vitest';
import { statusJson, summaryRows } from '../../src/cli/format-status.ts';
import type { CardMeters } from '../../src/model/card-meters.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { nodeName } from '../../src/model/ids.ts';
import { selectCapacity } from '../../src/store/selectors/capacity.ts';
import { selectGpuRowsOfAll } from '../../src/store/selectors/gpu-rows.ts';
import type { State } from '../../src/store/state.ts';
import { gpusView } from '../../views/gpus.ts';
import { nodesView } from '../../views/nodes.ts';
import { capacityLines } from '../../views/parts/capacity.ts';
import { kubeAll } from '../kube/cluster.ts';
import { kubeConfigMap, kubeExporter, kubeNode, kubePlugin, kubePod, sliced } from '../kube/objects.ts';
import { answered, gpu, inventory, inventoryNode, observed, stateOf, up } from '../store/builders.ts';
import { NOW_MS } from './fleet.ts';
import { paintList, textOfSections } from './paint.ts';

const GIB = 2 ** 30;

const card = (index: number, more: Partial<CardMeters> = {}): CardMeters => ({
  gpu: String(index),
  uuid: `GPU-${index}`,
  model: 'NVIDIA L40S',
  utilisationRatio: 0.8,
  memoryUsedBytes: 12 * GIB,
  memoryFreeBytes: 36 * GIB,
  temperatureC: 61,
  powerW: 212.4,
  smClockMhz: 1_410,
  pods: [],
  ...more,
});

const told = (node: string, cards: readonly CardMeters[]): FleetEvent => ({
  kind: 'meters',
  event: { kind: 'cards', cluster: 'talos', node, cards, atMs: NOW_MS - 12_000 },
});

const refused: FleetEvent = {
  kind: 'meters',
  event: { kind: 'trouble', cluster: 'talos', node: 'talos-0', because: 'may not get pods/proxy' },
};

/** Two nodes without SSH, one of them outside of the inventory, with two cards each in four slices, and an SSH node. */
const fleet = inventory(
  [inventoryNode('talos-0', { via: 'kubernetes', gpus: { count: 2 } }), inventoryNode('gpu-0', { gpus: { count: 2 } })],
  { clusters: [{ name: 'talos' }] },
);
/** A new one each time: states that follow one another share when their questions were answered. */
const cluster = () =>
  stateOf(
    fleet,
    kubeAll({
      nodes: ['talos-0', 'talos-9', 'gpu-0'].map((name) => kubeNode(name, { cards: 2, gpus: 8 })),
      pods: [
        ...['talos-0', 'talos-9', 'gpu-0'].map((name) => kubeExporter(name)),
        ...['a', 'b', 'c'].map((name) => kubePod(name, { node: 'talos-0', gpus: 1 })),
      ],
      configMaps: [kubeConfigMap('time-slicing-config', { any: sliced(4) })],
      daemonSets: [kubePlugin('time-slicing-config', 'any')],
    }),
  );

const readings = () =>
  stateOf(cluster(), [
    told('talos-0', [card(0, { pods: ['ai/a', 'ai/b'] }), card(1, { utilisationRatio: 0 })]),
    told('talos-9', [card(0, { utilisationRatio: 0, memoryUsedBytes: 0, memoryFreeBytes: 48 * GIB })]),
    up('gpu-0'),
  ]);
const read = readings();

const rowAt = (state: State, id: string) => {
  const row = selectGpuRowsOfAll(state).find((each) => each.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
};

const paneAt = (state: State, id: string) =>
  textOfSections(gpusView.describe(rowAt(state, id), { state, nowMs: NOW_MS, ascii: false }));

describe('a node whose driver nobody can ask', () => {
  test('has the figures of its exporter, each row with whether they are of several pods, also outside of the inventory', () => {
    expect(paintList(gpusView, read, 80)).toMatchInlineSnapshot(`
      "NODE         GPU  STATE           UTIL        MEM    TEMP     POWER  LAST 10 MIN
      gpu-0          0  ? unknown not…  ·           ·         ·         ·
      gpu-0          1  ? unknown not…  ·           ·         ·         ·
      talos-0        0  ● busy shared   ████   80%    25%    61      212W
      talos-0        1  ◇ memory held…          0%    25%    61      212W
      talos-9        0  ○ idle shared           0%     0%    61      212W"
    `);
    expect(paintList(gpusView, read, 200)).toMatchInlineSnapshot(`
      "NODE           GPU  STATE             UTIL            MEM      TEMP     POWER  LAST 10 MIN      PROCS   AGE  MODEL           PCIE         ECC    THROTTLE    CLOCK      MIG   SHARED       FROM
      gpu-0            0  ? unknown not…    ·               ·           ·         ·                             ·
      gpu-0            1  ? unknown not…    ·               ·           ·         ·                             ·
      talos-0          0  ● busy shared     ███████▏   80%      25%    61      212W                           10s  L40S                                            1410             by 2 pods    dcgm-exporter
      talos-0          1  ◇ memory held…                0%      25%    61      212W                           10s  L40S                                            1410             in 4 slices  dcgm-exporter
      talos-9          0  ○ idle shared                 0%       0%    61      212W                           10s  L40S                                            1410             in 4 slices  dcgm-exporter"
    `);
  });

  test('says in its pane whose figures they are and how old', () => {
    expect(paneAt(read, 'talos-0:gpu0')).toMatchInlineSnapshot(`
      "[Facts]
      state           ● busy
      model           NVIDIA L40S
      uuid            GPU-0
      utilisation     80%
      memory          12G of 48G (25%)
      temperature     61 C
      power           212W
      clock           1410 MHz
      told by         dcgm-exporter
      link            has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing
      [dcgm-exporter, 12s ago]
      gpu0 NVIDIA L40S  busy 80%, memory 12G used, 36G free, 61 °C, 212 W, 1410 MHz
      shared by 2 pods: figures are of the whole card (ai/a, ai/b)
      [Wished state]
      the inventory names no model
      [Drift]
      not known: the node has no SSH (via: kubernetes); what Kubernetes says of it is in the view Sharing
      [Findings]
      none
      [Recent events]
      none"
    `);
    expect(paneAt(read, 'talos-0:gpu1')).toContain('shared in 4 slices: figures are of the whole card');
  });

  test('is counted among nodes and in the summary of status', () => {
    const [row] = nodesView.rows(read);
    expect(row?.gpus).toEqual({ good: 2, wished: 2 });
    expect(summaryRows(read)[1]).toEqual({
      what: 'GPUs',
      total: '3',
      state: '1 busy, 2 idle, 0 failed; 3 by dcgm-exporter',
    });
  });

  test('keeps its last figures dimmed, with the reason, when the exporter is refused', () => {
    const after = stateOf(read, [refused]);
    expect(rowAt(after, 'talos-0:gpu0')).toMatchObject({ slotKind: 'failed', state: { kind: 'busy' } });
    expect(paneAt(after, 'talos-0:gpu0')).toContain('[No newer figures]\nmay not get pods/proxy\n');
    expect(rowAt(stateOf(cluster(), [refused]), 'talos-0:gpu0').state).toEqual({
      kind: 'unknown',
      because: 'may not get pods/proxy',
    });
  });

  test('MIG devices are one card, with the memory of all of them', () => {
    const mig = [1, 2].map((instance) =>
      card(0, {
        mig: { instance: String(instance), profile: '1g.10gb' },
        memoryUsedBytes: GIB,
        memoryFreeBytes: 9 * GIB,
      }),
    );
    const row = rowAt(stateOf(cluster(), [told('talos-9', mig)]), 'talos-9:gpu0');
    expect(row.state).toEqual({ kind: 'mig' });
    expect(row.gpu).toMatchObject({
      memoryUsedBytes: 2 * GIB,
      memoryTotalBytes: 20 * GIB,
      migDevices: [
        { index: 1, profile: '1g.10gb', uuid: 'GPU-0' },
        { index: 2, profile: '1g.10gb', uuid: 'GPU-0' },
      ],
    });
  });

  test('a label that is no number of a card makes no row', () => {
    const state = stateOf(cluster(), [told('talos-9', [card(0, { gpu: '\u001b[2J' })])]);
    expect(selectGpuRowsOfAll(state).filter(({ node }) => node === nodeName('talos-9'))).toEqual([]);
  });
});

describe('a node with both', () => {
  const both = stateOf(readings(), [told('gpu-0', [card(0), card(1)]), answered('gpu-0', 'gpus', [gpu(0)])]);

  test('has the figures of the driver, and those of the exporter below them', () => {
    expect(rowAt(both, 'gpu-0:gpu0')).toMatchObject({ from: 'nvidia-smi', gpu: gpu(0) });
    expect(paneAt(both, 'gpu-0:gpu0')).toContain('[dcgm-exporter, 12s ago]\ngpu0 NVIDIA L40S  busy 80%');
  });

  test('a card that the driver lacks is missing, whatever the exporter told before', () => {
    expect(rowAt(both, 'gpu-0:gpu1')).toMatchObject({ from: undefined, gpu: undefined, state: { kind: 'missing' } });
  });

  test('where nvidia-smi is not installed the exporter tells in its place', () => {
    const without = stateOf(readings(), [
      told('gpu-0', [card(0)]),
      observed('gpu-0', 'gpus', { kind: 'absent', because: 'no nvidia-smi on this node' }),
    ]);
    expect(rowAt(without, 'gpu-0:gpu0')).toMatchObject({ from: 'dcgm-exporter', state: { kind: 'busy' } });
  });
});

test('pods that come and go leave the rows alone that they do not share', () => {
  const before = selectGpuRowsOfAll(read);
  const more = stateOf(read, [
    {
      kind: 'cluster',
      event: { kind: 'change', cluster: 'talos', of: 'pods', put: [], gone: ['pod-ai-c'] },
    },
  ]);
  expect(selectGpuRowsOfAll(more)).toBe(before);
});

test('status --json has every exporter with the age of its figures and by whom a card is shared', () => {
  const json = JSON.parse(JSON.stringify(statusJson(stateOf(read, [refused]), NOW_MS)));
  expect(json.clusters[0].exporters).toMatchInlineSnapshot(`
    [
      {
        "ageMs": 12000,
        "because": "may not get pods/proxy",
        "cards": [
          {
            "gpu": "0",
            "memoryFreeBytes": 38654705664,
            "memoryUsedBytes": 12884901888,
            "model": "NVIDIA L40S",
            "pods": [
              "ai/a",
              "ai/b",
            ],
            "powerW": 212.4,
            "shared": {
              "pods": 2,
            },
            "smClockMhz": 1410,
            "temperatureC": 61,
            "utilisationRatio": 0.8,
            "uuid": "GPU-0",
            "whose": "shared by 2 pods: figures are of the whole card (ai/a, ai/b)",
          },
          {
            "gpu": "1",
            "memoryFreeBytes": 38654705664,
            "memoryUsedBytes": 12884901888,
            "model": "NVIDIA L40S",
            "pods": [],
            "powerW": 212.4,
            "shared": {
              "slices": 4,
            },
            "smClockMhz": 1410,
            "temperatureC": 61,
            "utilisationRatio": 0,
            "uuid": "GPU-1",
            "whose": "shared in 4 slices: figures are of the whole card",
          },
        ],
        "node": "talos-0",
        "state": "failed",
      },
      {
        "ageMs": 12000,
        "cards": [
          {
            "gpu": "0",
            "memoryFreeBytes": 51539607552,
            "memoryUsedBytes": 0,
            "model": "NVIDIA L40S",
            "pods": [],
            "powerW": 212.4,
            "shared": {
              "slices": 4,
            },
            "smClockMhz": 1410,
            "temperatureC": 61,
            "utilisationRatio": 0,
            "uuid": "GPU-0",
            "whose": "shared in 4 slices: figures are of the whole card",
          },
        ],
        "node": "talos-9",
        "state": "ok",
      },
      {
        "ageMs": null,
        "cards": [],
        "node": "gpu-0",
        "state": "waiting",
      },
    ]
  `);
});

test('the overview counts every card that the view GPUs has, and says how many are of machines only a cluster knows', () => {
  const { gpus } = selectCapacity(read);
  expect(gpus).toMatchObject({ total: selectGpuRowsOfAll(read).length, elsewhere: 1 });
  const [, line = []] = capacityLines(read, { state: read, nowMs: NOW_MS, width: 80, ascii: false });
  expect(line.map(({ text }) => text).join('')).toMatch(/^GPUS +\d+ .* 1 outside the inventory$/);
});
