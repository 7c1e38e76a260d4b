import { describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/model/facts.ts';
import { GPU_FIELDS, type GpuField, OLD_GPU_FIELDS } from '../../src/probes/gpu-fields.ts';
import { gpus } from '../../src/probes/gpus.ts';
import { project } from './nvidia-smi.ts';
import { capture, capturesIn, describeCaptures, factOf, failureOf, parse } from './support.ts';

const MIB = 1_048_576;

/** A busy H100 with every column given. */
const CARD: { readonly [F in GpuField]: string } = {
  index: '0',
  uuid: 'GPU-0a',
  name: 'NVIDIA H100 80GB HBM3',
  'pci.bus_id': '00000000:9B:00.0',
  driver_version: '590.48.01',
  'utilization.gpu': '57',
  'memory.used': '19818',
  'memory.total': '81559',
  'temperature.gpu': '59',
  'temperature.memory': '54',
  'power.draw': '631.95',
  'power.limit': '700.00',
  'clocks.current.sm': '1755',
  'clocks.max.sm': '1980',
  'clocks.current.memory': '2619',
  'fan.speed': '38',
  pstate: 'P0',
  'clocks_event_reasons.active': '0x0000000000000048',
  'ecc.mode.current': 'Enabled',
  'ecc.errors.corrected.volatile.total': '3',
  'ecc.errors.uncorrected.volatile.total': '1',
  'retired_pages.pending': 'No',
  'remapped_rows.pending': 'No',
  'remapped_rows.failure': 'Yes',
  'pcie.link.gen.current': '4',
  'pcie.link.gen.max': '5',
  'pcie.link.width.current': '8',
  'pcie.link.width.max': '16',
  persistence_mode: 'Disabled',
  compute_mode: 'Exclusive_Process',
  serial: '1650124014249',
  'mig.mode.current': 'Disabled',
};

const VALUE: Gpu = {
  index: 0,
  uuid: 'GPU-0a',
  name: 'NVIDIA H100 80GB HBM3',
  busId: '0000:9b:00.0',
  driverVersion: '590.48.01',
  utilisationRatio: 0.57,
  memoryUsedBytes: 19_818 * MIB,
  memoryTotalBytes: 81_559 * MIB,
  temperatureC: 59,
  memoryTemperatureC: 54,
  powerW: 631.95,
  powerLimitW: 700,
  smClockMhz: 1_755,
  maxSmClockMhz: 1_980,
  memoryClockMhz: 2_619,
  fanRatio: 0.38,
  performanceState: 'P0',
  throttleReasons: ['hw-slowdown', 'hw-thermal-slowdown'],
  eccEnabled: true,
  eccCorrected: 3,
  eccUncorrected: 1,
  retiredPagesPending: false,
  remappedRowsPending: false,
  remappedRowsFailed: true,
  pcieGen: 4,
  pcieGenMax: 5,
  pcieWidth: 8,
  pcieWidthMax: 16,
  persistence: false,
  computeMode: 'Exclusive_Process',
  migEnabled: false,
  migDevices: [],
  serial: '1650124014249',
};

const row = (changes: { readonly [F in GpuField]?: string } = {}, fields: readonly GpuField[] = GPU_FIELDS): string =>
  `${fields.map((field) => changes[field] ?? CARD[field]).join(', ')}\n`;

const cards = (rows: string, code = 0) => factOf(gpus, `== gpus ${code}\n${rows}`);
const card = (changes: { readonly [F in GpuField]?: string }) => cards(row(changes))[0];

describe('a card', () => {
  test('with every column', () => {
    expect(cards(row())).toEqual([VALUE]);
  });

  test('of an old driver has the columns that driver knows', () => {
    const { index, uuid, name, busId, driverVersion, utilisationRatio, memoryUsedBytes, memoryTotalBytes } = VALUE;
    const { temperatureC, powerW, powerLimitW, performanceState } = VALUE;
    const kept = { index, uuid, name, busId, driverVersion, utilisationRatio, memoryUsedBytes, memoryTotalBytes };
    expect(cards(row({}, OLD_GPU_FIELDS))).toEqual([
      { ...kept, temperatureC, powerW, powerLimitW, performanceState, throttleReasons: [], migDevices: [] },
    ]);
  });

  test.each([
    '[N/A]',
    'N/A',
    '[Not Supported]',
    '[Unknown Error]',
    'ERR!',
    '[Insufficient Permissions]',
    '[Requested functionality has been deprecated]',
    '',
    '-5',
    '1e309',
    'NaN',
    '99999999999999999999',
  ])('whose power reads %j has no power, and is well otherwise', (text) => {
    const { powerW: _, ...rest } = VALUE;
    expect(card({ 'power.draw': text })).toEqual(rest);
  });

  test.each([
    [{ 'utilization.gpu': '[GPU is lost]' }, 'GPU is lost'],
    [{ serial: '[GPU requires reset]' }, 'GPU requires reset'],
    [{ 'utilization.gpu': '[Unknown Error]', 'memory.used': '[Unknown Error]' }, 'Unknown Error'],
    [{ 'utilization.gpu': 'ERR!', 'temperature.gpu': 'ERR!' }, 'ERR!'],
  ] as const)('that answers %j is in error', (changes, error) => {
    expect(card(changes)?.error).toBe(error);
  });

  test('slows down for reasons, of which idleness and chosen clocks are none', () => {
    const reasons = (mask: string) => card({ 'clocks_event_reasons.active': mask })?.throttleReasons;
    expect(reasons('0x0000000000000103')).toEqual([]);
    expect(reasons('0x00000000000000FC')).toEqual([
      'sw-power-cap',
      'hw-slowdown',
      'sync-boost',
      'sw-thermal-slowdown',
      'hw-thermal-slowdown',
      'hw-power-brake-slowdown',
    ]);
    expect(reasons('0xfffffffffffffffffff')).toEqual([]);
  });
});

describe('MIG', () => {
  test('devices belong to the card of that id', () => {
    const list = `GPU 0: NVIDIA H100 (UUID: GPU-0a)
  MIG 3g.40gb     Device  0: (UUID: MIG-1)
  MIG 1g.10gb+me  Device  1: (UUID: MIG-GPU-0a/7/0)
GPU 1: NVIDIA H100 (UUID: GPU-0b)
  MIG 7g.80gb     Device  0: (UUID: MIG-3)
`;
    const rows = row({ 'mig.mode.current': 'Enabled' }) + row({ index: '1', uuid: 'GPU-0b' });
    const found = factOf(gpus, `== gpus 0\n${rows}== list\n${list}`);
    expect(found.map(({ migEnabled, migDevices }) => [migEnabled, migDevices])).toEqual([
      [
        true,
        [
          { index: 0, profile: '3g.40gb', uuid: 'MIG-1' },
          { index: 1, profile: '1g.10gb+me', uuid: 'MIG-GPU-0a/7/0' },
        ],
      ],
      [false, [{ index: 0, profile: '7g.80gb', uuid: 'MIG-3' }]],
    ]);
  });
});

describe('cards the driver lost', () => {
  const lost =
    'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU';

  test('stand among the others, at the number the driver gives or in the gap', () => {
    const rows = row() + row({ index: '2', uuid: 'GPU-0c' });
    const places = (line: string) =>
      cards(`${rows}${line}\n`, 15).map(({ index, busId, error }) => [index, busId, error]);
    const others = [
      [0, '0000:9b:00.0', undefined],
      [2, '0000:9b:00.0', undefined],
    ];
    const sentence = 'GPU is lost.  Reboot the system to recover this GPU';
    expect(places(lost)).toEqual([others[0], [1, '0000:02:00.0', sentence], others[1]]);
    expect(places('Unable to determine the device handle for GPU3: 0000:B3:00.0: Unknown Error')).toEqual([
      ...others,
      [3, '0000:b3:00.0', 'Unknown Error'],
    ]);
  });

  test('alone are the failure of the whole question', () => {
    expect(failureOf(() => parse(gpus, `== gpus 15\n${lost}\n`))).toMatch(
      /^Unable to determine .*: GPU is lost\. Reboot/,
    );
  });
});

describe('without cards', () => {
  test('no tool and no device are absence, silence with an exit code is a failure', () => {
    expect(parse(gpus, '')).toEqual({ kind: 'absent', because: 'no nvidia-smi on this node' });
    expect(parse(gpus, '== gpus 6\nNo devices were found\n')).toEqual({
      kind: 'absent',
      because: 'the driver finds no GPU on this node',
    });
    expect(failureOf(() => parse(gpus, '== gpus 255\n\n'))).toBe('nvidia-smi ended with 255');
  });

  test('a field this driver does not know even in the short list is a failure', () => {
    const words = 'Field "pstate" is not a valid field to query.';
    expect(failureOf(() => parse(gpus, `== gpus 2\n${words}\n`))).toBe(words);
  });
});

describeCaptures('gpus', () => {
  const hosts = capturesIn('gpu/captures');

  test.each(hosts.flatMap((host) => ['idle', 'load'].map((state) => [host, state] as const)))(
    '%s under %s gives one card without error',
    (host, state) => {
      const all = capture(`${host}/${state}.query-gpu.csv`);
      const full = factOf(gpus, `== gpus 0\n${project(all, GPU_FIELDS)}== list\n${capture(`${host}/L.txt`)}`);
      const old = cards(project(all, OLD_GPU_FIELDS));
      expect([full.length, old.length, full[0]?.error, full[0]?.name]).toEqual([1, 1, undefined, old[0]?.name]);
      expect(full[0]?.memoryTotalBytes).toBeGreaterThan(full[0]?.memoryUsedBytes ?? Number.NaN);
      expect(full[0]?.migDevices.length).toBe(host.includes('mig') ? 4 : 0);
    },
  );

  test('an H100 cut up by MIG gives no utilisation, and everything else', () => {
    const host = 'gpu/captures/linux-x86_64__nvidia-h100-mig__590.48.01';
    const rows = project(capture(`${host}/load.query-gpu.csv`), GPU_FIELDS);
    const profiles = [
      [0, '3g.40gb', 'MIG-00000000-0000-0000-0000-000000000000'],
      [1, '2g.20gb', 'MIG-00000001-0000-0000-0000-000000000001'],
      [2, '1g.10gb', 'MIG-00000002-0000-0000-0000-000000000002'],
      [3, '1g.10gb', 'MIG-00000003-0000-0000-0000-000000000003'],
    ] as const;
    expect(factOf(gpus, `== gpus 0\n${rows}== list\n${capture(`${host}/L.txt`)}`)).toEqual([
      {
        index: 0,
        uuid: 'GPU-00000000-0000-0000-0000-000000000000',
        name: 'NVIDIA H100 80GB HBM3',
        busId: '0000:00:09.0',
        driverVersion: '590.48.01',
        memoryUsedBytes: 11_125 * MIB,
        memoryTotalBytes: 81_559 * MIB,
        temperatureC: 53,
        memoryTemperatureC: 59,
        powerW: 433.78,
        powerLimitW: 700,
        smClockMhz: 1_980,
        maxSmClockMhz: 1_980,
        memoryClockMhz: 2_619,
        performanceState: 'P0',
        throttleReasons: [],
        eccEnabled: true,
        eccCorrected: 0,
        eccUncorrected: 0,
        pcieGen: 5,
        pcieGenMax: 5,
        pcieWidth: 16,
        pcieWidthMax: 16,
        persistence: true,
        computeMode: 'Default',
        migEnabled: true,
        migDevices: profiles.map(([index, profile, uuid]) => ({ index, profile, uuid })),
        serial: '0000000000000',
      },
    ]);
  });

  test('masks of three cards', () => {
    const masks = capture('gpu/csv/insights-clocks-event-reasons.csv').trim().split('\n');
    expect(
      masks.map((line) => card({ 'clocks_event_reasons.active': line.split(', ')[1] ?? '' })?.throttleReasons),
    ).toEqual([[], [], ['sw-power-cap', 'hw-power-brake-slowdown']]);
  });

  test.each([
    ['device-handle-unknown-old', 'Unable to determine the device handle for GPU 0000:0B:00.0: Unknown Error'],
    [
      'driver-not-loaded',
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    ],
    [
      'gpu-lost-with-space',
      'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost. Reboot the system to recover this GPU',
    ],
    ['nvml-unknown-error', 'Failed to initialize NVML: Unknown Error'],
    [
      'version-mismatch-535',
      'Failed to initialize NVML: Driver/library version mismatch; NVML library version: 535.288',
    ],
    [
      'version-mismatch-580',
      'Failed to initialize NVML: Driver/library version mismatch; NVML library version: 580.173',
    ],
    ['version-mismatch-old', 'Failed to initialize NVML: Driver/library version mismatch'],
  ])('%s fails in the words of the driver', (name, words) => {
    expect(failureOf(() => parse(gpus, `== gpus 9\n${capture(`gpu/failures/${name}.txt`)}`))).toBe(words);
  });
});
