// What somebody with hundreds of cards looks for: links, settings and drivers that differ, and no alarm on healthy recordings.
import { describe, expect, test } from 'vitest';
import type { GpuErrors } from '../../src/model/gpu-errors.ts';
import { nodeName } from '../../src/model/ids.ts';
import { GPU_FIELDS } from '../../src/probes/gpu-fields.ts';
import { gpus as gpusProbe } from '../../src/probes/gpus.ts';
import { project } from '../probes/nvidia-smi.ts';
import { capture, capturesIn, describeCaptures, factOf } from '../probes/support.ts';
import { answered, gpu, gpus, inventory, inventoryNode, up } from '../store/builders.ts';
import { foundIn, told, watched } from './support.ts';

const MINUTE_MS = 60_000;
const fleet = inventory(['gpu01']);
const cards = (seen: Parameters<typeof gpu>[1][]) => [
  up('gpu01'),
  answered(
    'gpu01',
    'gpus',
    seen.map((over, index) => gpu(index, over)),
  ),
];
const still = { correctedGrowth: [], replayGrowth: [] };
const health = (seen: readonly Partial<GpuErrors>[]) => [
  ...cards(seen.map(() => ({}))),
  answered(
    'gpu01',
    'gpuErrors',
    seen.map((over, index) => ({ busId: gpu(index).busId, ...still, ...over })),
  ),
];

describe('links', () => {
  test('of busy cards that stay at a low generation are a finding, those of idle cards and short ones are not', () => {
    const slow = { pcieGen: 3, pcieGenMax: 5, utilisationRatio: 0.9 };
    const it = watched(fleet);
    expect(it.at(0, cards([slow, { ...slow, utilisationRatio: 0.1 }]))).toEqual([]);
    expect(told(it.at(MINUTE_MS + 1))).toEqual([
      'warning: the PCIe link of 1 busy GPU on gpu01 runs at generation 3 of 5',
    ]);
    expect(
      it.at(
        MINUTE_MS + 2,
        cards([
          { ...slow, pcieGen: 5 },
          { ...slow, pcieGen: 5 },
        ]),
      ),
    ).toEqual([]);
  });

  test('between cards count against the neighbours, bridges of some cards do not', () => {
    const links = (...active: number[]) => health(active.map((each) => ({ nvlinks: { active: each, total: 18 } })));
    expect(told(foundIn(fleet, links(18, 18, 17, 18)))).toEqual([
      'warning: gpu2 of gpu01: 17 of 18 NVLinks carry data',
    ]);
    expect(foundIn(fleet, links(4, 4, 0, 0))).toEqual([]);
    expect(foundIn(fleet, links(18, 18, 18, 18))).toEqual([]);
  });

  test('into the fabric may take two minutes after a boot', () => {
    const it = watched(fleet);
    const starting = health([{ fabric: { state: 'In Progress' } }, { fabric: { state: 'In Progress' } }]);
    expect(it.at(0, starting)).toEqual([]);
    expect(told(it.at(2 * MINUTE_MS))).toEqual(['critical: 2 GPUs on gpu01 are not in the NVLink fabric: in progress']);
    const well = { fabric: { state: 'Completed', status: 'Success' } };
    expect(it.at(3 * MINUTE_MS, health([well, well]))).toEqual([]);
    expect(told(watched(fleet).at(0, health([{ fabric: { state: 'Completed', status: 'Unknown Error' } }])))).toEqual(
      [],
    );
  });
});

test('what the driver asks for is told in its words, with the plan that does it', () => {
  const [found] = foundIn(fleet, health([{}, { recovery: 'Drain and Reset' }]));
  expect([found?.severity, found?.title, found?.nextMove]).toEqual([
    'critical',
    'gpu1 of gpu01 asks for recovery: drain and reset',
    'Drain gpu01, then run "muster plan gpu-recover -l gpu01": new work on the card fails or is not to be trusted until then.',
  ]);
});

test('persistence off is a notice on cards of data centres', () => {
  const off = { persistence: false };
  expect(
    told(
      foundIn(
        fleet,
        cards([
          { ...off, eccEnabled: true },
          { ...off, eccEnabled: true },
        ]),
      ),
    ),
  ).toEqual(['notice: persistence mode is off on 2 GPUs of gpu01']);
  const desk = gpu(0, off);
  const { eccEnabled: _, ...rest } = desk;
  expect(foundIn(fleet, [up('gpu01'), answered('gpu01', 'gpus', [rest])])).toEqual([]);
});

test('hot memory is told apart from a hot card', () => {
  const it = watched(fleet);
  it.at(0, cards([{ memoryTemperatureC: 97 }, { memoryTemperatureC: 95 }]));
  expect(told(it.at(2 * MINUTE_MS))).toEqual(['warning: the memory of 1 GPU on gpu01 is too hot, up to 97 °C']);
});

test('a card with a lower limit or other ECC than its neighbours is a notice, where they agree', () => {
  const limit = (...watts: number[]) => cards(watts.map((powerLimitW) => ({ powerLimitW, eccEnabled: true })));
  expect(told(foundIn(fleet, limit(400, 400, 300, 400)))).toEqual([
    'notice: gpu2 of gpu01: power limit 300 W, its neighbours have 400 W',
  ]);
  expect(foundIn(fleet, limit(400, 300))).toEqual([]);
  expect(foundIn(fleet, limit(400, 400, 400.4, 450))).toEqual([]);
  const ecc = cards([true, false, true].map((eccEnabled) => ({ eccEnabled })));
  expect(told(foundIn(fleet, ecc))).toEqual(['notice: gpu1 of gpu01: ECC is off, on on its neighbours']);
});

describe('drivers', () => {
  const names = ['gpu01', 'gpu02', 'gpu03', 'gpu04'];
  const groups = { gpu: names.map(nodeName), all: [...names, 'nfs-a'].map(nodeName), odd: [nodeName('gpu04')] };
  const running = (node: string, moduleVersion: string, name?: string) => [
    up(node),
    answered(
      node,
      'gpus',
      gpus(1).map((card) => ({ ...card, ...(name === undefined ? {} : { name }) })),
    ),
    answered(node, 'gpuDriver', { pciGpuCount: 1, moduleVersion }),
  ];
  const old = [...names.slice(0, 3).flatMap((node) => running(node, '550.54.15'))];

  test('that differ in a group are one notice that names the smallest group', () => {
    const found = foundIn(inventory([...names, 'nfs-a'], { groups }), [...old, ...running('gpu04', '535.1')]);
    expect(told(found)).toEqual([
      'notice: another GPU driver on gpu04 than on the rest of @gpu: 535.1, the others have 550.54.15',
    ]);
  });

  test('may differ between models, and where the inventory declares them', () => {
    const other = [...old, ...running('gpu04', '535.1', 'Tesla P100')];
    expect(foundIn(inventory(names, { groups }), other)).toEqual([]);
    const declared = inventoryNode('gpu04', { gpus: { count: 1, driver: '535' } });
    const wished = inventory([...names.slice(0, 3), declared], { groups });
    const found = foundIn(wished, [...old, ...running('gpu04', '535.1')]);
    expect(found.filter(({ rule }) => rule === 'drivers-mixed')).toEqual([]);
  });
});

describeCaptures('healthy cards', () => {
  const hosts = capturesIn('gpu/captures').filter((host) => host.includes('linux'));
  test.each(hosts.flatMap((host) => ['idle', 'load'].map((state) => [host, state] as const)))(
    '%s under %s give no finding',
    (host, state) => {
      const rows = project(capture(`${host}/${state}.query-gpu.csv`), GPU_FIELDS);
      const it = watched(fleet);
      it.at(0, [up('gpu01'), answered('gpu01', 'gpus', factOf(gpusProbe, `== gpus 0\n${rows}`))]);
      expect(told(it.at(10 * MINUTE_MS))).toEqual([]);
    },
  );
});
