import { describe, expect, test } from 'vitest';
import { answered, gpu, gpus, inventory, inventoryNode, load, lost, observed, T0, up } from '../store/builders.ts';
import { foundIn, told, watched } from './support.ts';

const fleet = inventory([inventoryNode('gpu01', { gpus: { count: 4, model: 'A100' } }), 'gpu02']);

describe('cards', () => {
  test('missing though on the bus point at the driver, missing from the bus at the hardware', () => {
    const seen = (onBus: number) => [
      up('gpu01'),
      answered('gpu01', 'gpus', gpus(3)),
      answered('gpu01', 'gpuDriver', { pciGpuCount: onBus }),
    ];
    expect(foundIn(fleet, seen(4))).toEqual([
      {
        id: 'gpu-missing:gpu01',
        rule: 'gpu-missing',
        severity: 'critical',
        title: 'gpu01 misses a GPU: 3 of 4 GPUs answer, the PCI bus shows 4',
        evidence: [{ node: 'gpu01', about: 'gpus', text: '3 of 4 GPUs answer, the PCI bus shows 4' }],
        affects: [],
        nextMove:
          'Look for Xid lines in the kernel log of gpu01, drain it, then reset the GPU or reboot: the card is on the bus, but the driver lost it.',
        sinceMs: T0,
      },
    ]);
    expect(foundIn(fleet, seen(3))[0]?.nextMove).toBe(
      'Drain and power-cycle gpu01; if the card stays away, reseat or replace it, or correct the count in the inventory.',
    );
  });

  test('are missed against the bus where nobody declared them', () => {
    const events = [
      up('gpu02'),
      observed('gpu02', 'gpus', { kind: 'absent', because: 'no nvidia-smi' }),
      answered('gpu02', 'gpuDriver', { pciGpuCount: 2 }),
    ];
    expect(told(foundIn(fleet, events))).toEqual([
      'critical: gpu02 misses a GPU: 0 of 2 GPUs answer (no nvidia-smi), the PCI bus shows 2',
    ]);
  });

  test('for which the driver answers with an error fail', () => {
    const cards = [gpu(0), gpu(1), gpu(2, { error: 'GPU is lost' }), gpu(3)];
    expect(told(foundIn(fleet, [up('gpu01'), answered('gpu01', 'gpus', cards)]))).toEqual([
      'critical: gpu2 of gpu01 fails: GPU is lost',
    ]);
  });

  test('of another model than declared are drift', () => {
    const cards = gpus(4).map((card) => ({ ...card, name: 'NVIDIA H100' }));
    expect(told(foundIn(fleet, [up('gpu01'), answered('gpu01', 'gpus', cards)]))).toEqual([
      'warning: the GPUs of gpu01 are not as declared: model: A100 wished, NVIDIA H100 seen',
    ]);
  });

  test('with fewer lanes than they could have are a notice', () => {
    const cards = gpus(4).map((card) => ({ ...card, pcieWidth: card.index === 2 ? 8 : 16, pcieWidthMax: 16 }));
    expect(told(foundIn(fleet, [up('gpu01'), answered('gpu01', 'gpus', cards)]))).toEqual([
      'notice: the PCIe link of 1 GPU on gpu01 runs at x8 of x16',
    ]);
  });

  test('with memory errors are told by kind', () => {
    const cards = [
      gpu(0, { eccUncorrected: 3 }),
      gpu(1, { retiredPagesPending: true }),
      gpu(2, { remappedRowsFailed: true }),
      gpu(3, { remappedRowsPending: true }),
    ];
    expect(told(foundIn(fleet, [up('gpu01'), answered('gpu01', 'gpus', cards)]))).toEqual([
      'critical: gpu2 of gpu01: a memory row could not be remapped',
      'critical: gpu0 of gpu01: 3 uncorrected memory errors',
      'warning: gpu1, gpu3 of gpu01: bad memory waits for a reset to be set aside',
    ]);
  });
});

describe('the driver', () => {
  test('that does not answer is one finding over the nodes', () => {
    const hung = (node: string) => [
      up(node),
      observed(node, 'gpus', { kind: 'hung', sinceMs: T0 + 7 }),
      answered(node, 'load', load(), { atMs: 8 }),
    ];
    expect(foundIn(fleet, [...hung('gpu01'), ...hung('gpu02')])).toMatchObject([
      {
        id: 'driver-failing:hung',
        severity: 'critical',
        title: 'the GPU driver of gpu[01-02] does not answer',
        sinceMs: T0 + 7,
      },
    ]);
  });

  test('that was updated under the running module needs a reboot', () => {
    const because = 'Failed to initialize NVML: Driver/library version mismatch';
    const [found] = foundIn(fleet, [up('gpu01'), observed('gpu01', 'gpus', { kind: 'failed', because })]);
    expect(found?.nextMove).toBe(
      'Run "muster plan gpu-recover -l gpu01", which loads the modules anew, or reboot (drain first): the driver was updated under them.',
    );
  });
});

describe('the kernel log', () => {
  const xid = (node: string, number: number, bootSec = 1_000) => [
    up(node),
    answered(node, 'load', load({ uptimeSec: 3_600 })),
    answered(node, 'kernelLog', [
      {
        kind: 'xid' as const,
        bootSec,
        xid: number,
        about: '0000:65:00',
        text: `NVRM: Xid (PCI:0000:65:00): ${number}`,
      },
    ]),
  ];

  test('an Xid is told with its meaning and since when', () => {
    expect(foundIn(fleet, [...xid('gpu01', 79), ...xid('gpu02', 79)])).toMatchObject([
      {
        id: 'xid:79',
        severity: 'critical',
        title: 'Xid 79 on gpu[01-02]: the GPU has fallen off the bus',
        sinceMs: T0 - 2_600_000,
      },
    ]);
    expect(told(foundIn(fleet, xid('gpu01', 31)))).toEqual([
      'notice: Xid 31 on gpu01: memory page fault, most often a fault of the program',
    ]);
    expect(told(foundIn(fleet, xid('gpu01', 999)))).toEqual(["warning: Xid 999 on gpu01: see NVIDIA's Xid catalogue"]);
  });
});

describe('a card that fell off the bus', () => {
  test('is one finding, from whatever side it is seen', () => {
    const about = '0000:65:00';
    const log = [
      { kind: 'xid' as const, bootSec: 1_000, xid: 79, about, text: 'NVRM: Xid 79' },
      { kind: 'gpu-fallen-off-bus' as const, bootSec: 1_000, about, text: 'GPU has fallen off the bus.' },
    ];
    const events = [
      up('gpu01'),
      answered('gpu01', 'load', load({ uptimeSec: 1_010 })),
      answered('gpu01', 'kernelLog', log),
      answered('gpu01', 'gpus', gpus(3)),
    ];
    expect(foundIn(fleet, events)).toMatchObject([
      {
        id: 'gpu-missing:gpu01',
        title: 'gpu01 misses a GPU: 3 of 4 GPUs answer',
        evidence: [{ about: 'gpus' }, { about }, { about }],
        sinceMs: T0 - 10_000,
      },
    ]);
    const failing = [gpu(0), gpu(1), gpu(2), gpu(3, { error: 'GPU is lost' })];
    expect(foundIn(fleet, [...events, answered('gpu01', 'gpus', failing)])).toMatchObject([
      { id: 'gpu-failing:gpu01' },
    ]);
  });
});

test('a lost card that makes all of nvidia-smi fail is one finding, together with its Xid and its fall', () => {
  const because =
    'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost. Reboot the system to recover this GPU';
  const xid = 'NVRM: Xid (PCI:0000:02:00): 79, GPU has fallen off the bus.';
  const lines = [
    { kind: 'gpu-fallen-off-bus' as const, bootSec: 1_000, about: '0000:02:00', text: 'GPU has fallen off the bus.' },
    { kind: 'xid' as const, bootSec: 1_000, xid: 79, about: '0000:02:00', text: xid },
  ];
  const seen = [
    up('gpu01'),
    answered('gpu01', 'load', load({ uptimeSec: 1_010 })),
    answered('gpu01', 'kernelLog', lines),
    observed('gpu01', 'gpus', { kind: 'failed', because }),
  ];
  expect(foundIn(fleet, seen)).toMatchObject([
    {
      id: 'gpu-failing:gpu01',
      title: `0000:02:00 of gpu01 fails: ${because}`,
      evidence: [{ text: because }, { text: 'GPU has fallen off the bus.' }, { text: xid }],
    },
  ]);
});

describe('what must last', () => {
  const at = (temperatureC: number) => [up('gpu02'), answered('gpu02', 'gpus', [gpu(0, { temperatureC })])];

  test('a card above 90 °C is told after two minutes, and over when it cooled to 85', () => {
    const it = watched(fleet);
    expect(it.at(0, at(91))).toEqual([]);
    expect(it.at(119_000)).toEqual([]);
    expect(told(it.at(120_000))).toEqual(['warning: 1 GPU on gpu02 is too hot, up to 91 °C']);
    expect(it.at(130_000, at(88)).length).toBe(1);
    expect(it.at(140_000, at(85))).toEqual([]);
    expect(it.at(150_000, at(88))).toEqual([]);
  });

  test('a spike starts the two minutes anew', () => {
    const it = watched(fleet);
    it.at(0, at(91));
    it.at(60_000, at(89));
    expect(it.at(121_000, at(91))).toEqual([]);
    expect(it.at(241_000).length).toBe(1);
  });

  test('throttling by hardware is told after half a minute, software power caps never', () => {
    const it = watched(fleet);
    const card = (index: number, ...throttleReasons: readonly string[]) => gpu(index, { throttleReasons });
    const cards = [card(0, 'hw-slowdown', 'hw-power-brake-slowdown'), card(1, 'sw-power-cap')];
    it.at(0, [up('gpu02'), answered('gpu02', 'gpus', cards)]);
    expect(told(it.at(30_000))).toEqual(['warning: 1 GPU on gpu02 is slowed down by the power brake']);
  });

  test('old figures of a lost node are no sign', () => {
    const it = watched(fleet);
    it.at(0, at(95));
    expect(it.at(200_000, [lost('gpu02')]).map(({ rule }) => rule)).toEqual(['node-lost']);
  });
});

describe('clocks', () => {
  test('on a slow way are not blamed for the way', () => {
    const answer = answered('gpu01', 'clock', { nodeTimeMs: T0, skewMs: 2_300 });
    if (answer.kind !== 'observation') throw new Error('an answer is an observation');
    const slow = { ...answer, observation: { ...answer.observation, tookMs: 4_000 } };
    expect(foundIn(fleet, [up('gpu01'), slow])).toEqual([]);
  });

  const skew = (node: string, skewMs: number) => [up(node), answered(node, 'clock', { nodeTimeMs: T0, skewMs })];

  test('that differ are one finding', () => {
    expect(told(foundIn(fleet, skew('gpu01', -3_400)))).toEqual(['warning: the clock of gpu01 is 3.4 s behind']);
    expect(told(foundIn(fleet, [...skew('gpu01', 400_000), ...skew('gpu02', 2_100)]))).toEqual([
      'critical: the clocks of gpu[01-02] are wrong (gpu01: 400.0 s ahead)',
    ]);
    expect(foundIn(fleet, skew('gpu01', 1_900))).toEqual([]);
  });
});
