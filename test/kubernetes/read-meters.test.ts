// What dcgm-exporter answers, read: lines as its versions write them, and everything an answer may be instead.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readMeters } from '../../src/kubernetes/read-meters.ts';
import { ParseError } from '../../src/model/errors.ts';

const LABELS =
  'gpu="0",UUID="GPU-a",pci_bus_id="00000000:17:00.0",device="nvidia0",modelName="NVIDIA A100-SXM4-40GB",Hostname="gpu-0",DCGM_FI_DRIVER_VERSION="550.54.15"';
const line = (name: string, value: string, more = ''): string => `${name}{${LABELS}${more}} ${value}\n`;
const pod = (name: string): string => `,container="main",namespace="ai",pod="${name}"`;

/** Empty where it is read after all. */
function whyRefused(answer: string): string {
  try {
    readMeters(answer);
    return '';
  } catch (error) {
    return error instanceof ParseError ? error.message : String(error);
  }
}

const WHOLE = [
  '# HELP DCGM_FI_DEV_SM_CLOCK SM clock frequency (in MHz).\n# TYPE DCGM_FI_DEV_SM_CLOCK gauge\n',
  line('DCGM_FI_DEV_SM_CLOCK', '1410'),
  line('DCGM_FI_DEV_GPU_TEMP', '61'),
  line('DCGM_FI_DEV_MEMORY_TEMP', '70'),
  line('DCGM_FI_DEV_POWER_USAGE', '212.453000'),
  line('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', '4335301032'),
  line('DCGM_FI_DEV_GPU_UTIL', '80'),
  line('DCGM_FI_DEV_XID_ERRORS', '31', ',err_code="31",err_msg="GPU memory page fault"'),
  line('DCGM_FI_DEV_FB_FREE', '35690'),
  line('DCGM_FI_DEV_FB_USED', '4845'),
  line('DCGM_FI_PROF_GR_ENGINE_ACTIVE', '0.712345'),
].join('');

const CARD = {
  gpu: '0',
  uuid: 'GPU-a',
  model: 'NVIDIA A100-SXM4-40GB',
  smClockMhz: 1_410,
  temperatureC: 61,
  memoryTemperatureC: 70,
  powerW: 212.453,
  utilisationRatio: 0.8,
  lastXid: 31,
  memoryFreeBytes: 35_690 * 2 ** 20,
  memoryUsedBytes: 4_845 * 2 ** 20,
  engineRatio: 0.712345,
  pods: [],
};

describe('what is told', () => {
  test('every figure of a card is read in our units', () => {
    expect(readMeters(WHOLE)).toEqual([CARD]);
  });

  test('a card that several pods share is told once a pod, and is one card with their names', () => {
    const answer = ['b', 'a', 'c'].map((name) => line('DCGM_FI_DEV_GPU_UTIL', '80', pod(name))).join('');
    expect(readMeters(answer)).toEqual([
      {
        gpu: '0',
        uuid: 'GPU-a',
        model: CARD.model,
        utilisationRatio: 0.8,
        pods: ['ai/a', 'ai/b', 'ai/c'],
      },
    ]);
  });

  test('a figure that is told twice and not the same is left out', () => {
    const answer = line('DCGM_FI_DEV_GPU_UTIL', '80', pod('a')) + line('DCGM_FI_DEV_GPU_UTIL', '20', pod('b'));
    expect(readMeters(answer)).toEqual([{ gpu: '0', uuid: 'GPU-a', model: CARD.model, pods: ['ai/a', 'ai/b'] }]);
  });

  test('MIG devices stand for themselves after their card', () => {
    const mig = (id: string, value: string) =>
      line('DCGM_FI_DEV_FB_USED', value, `,GPU_I_PROFILE="1g.10gb",GPU_I_ID="${id}"`);
    const cards = readMeters(mig('11', '5') + mig('2', '6') + line('DCGM_FI_DEV_GPU_TEMP', '40'));
    expect(cards.map(({ mig: device, memoryUsedBytes }) => [device?.instance, memoryUsedBytes])).toEqual([
      [undefined, undefined],
      ['2', 6 * 2 ** 20],
      ['11', 5 * 2 ** 20],
    ]);
  });

  test.each([
    ['a blank of 64 bits', 'DCGM_FI_DEV_MEMORY_TEMP', '9223372036854775794'],
    ['a blank of 32 bits', 'DCGM_FI_DEV_GPU_TEMP', '2147483632'],
    ['a blank of a float', 'DCGM_FI_DEV_POWER_USAGE', '140737488355328.000000'],
    ['no number', 'DCGM_FI_DEV_POWER_USAGE', 'NaN'],
    ['infinity', 'DCGM_FI_DEV_POWER_USAGE', '+Inf'],
    ['more than all', 'DCGM_FI_DEV_GPU_UTIL', '101'],
    ['less than nothing', 'DCGM_FI_DEV_FB_USED', '-1'],
    ['half an Xid', 'DCGM_FI_DEV_XID_ERRORS', '31.5'],
    ['no Xid', 'DCGM_FI_DEV_XID_ERRORS', '0'],
  ])('%s is no figure', (_, name, value) => {
    expect(readMeters(line(name, value))).toEqual([{ gpu: '0', uuid: 'GPU-a', model: CARD.model, pods: [] }]);
  });

  test('signs of labels are read as the format writes them', () => {
    const labels = String.raw`gpu="0",UUID="GPU-a",modelName="a\\b\"c}\n,"`;
    const [card] = readMeters(`DCGM_FI_DEV_GPU_TEMP{${labels}} 40\n`);
    expect(card?.model).toBe('a\\b"c}\n,');
  });

  test('a time after the value is no part of it', () => {
    expect(readMeters(line('DCGM_FI_DEV_GPU_TEMP', '40 1700000000000'))[0]?.temperatureC).toBe(40);
  });

  const recorded = '../shared/fixtures/gpu/dcgm/metrics_valid.prom';
  test.runIf(existsSync(recorded))('a recorded answer is read', () => {
    expect(readMeters(readFileSync(recorded, 'utf8'))).toEqual([
      { gpu: '0', uuid: 'GPU-aaa', utilisationRatio: 0.8, memoryUsedBytes: 2 ** 30, lastXid: 31, pods: [] },
      { gpu: '0', uuid: 'GPU-aaa', mig: { instance: '2', profile: '1g.10gb' }, utilisationRatio: 0.6, pods: [] },
    ]);
  });
});

describe('what is no answer', () => {
  test('an answer cut off anywhere gives no figure that the whole one has not', () => {
    for (let end = 0; end < WHOLE.length; end++) {
      try {
        const [card] = readMeters(WHOLE.slice(0, end));
        expect(CARD).toMatchObject(card ?? {});
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }
  });

  test('a sign changed anywhere makes at most a card of another name, an answer without a figure or a refusal', () => {
    for (let at = 0; at < WHOLE.length; at++)
      for (const sign of ['"', '{', '\\', '\n', '\u0000', ' ']) {
        try {
          readMeters(WHOLE.slice(0, at) + sign + WHOLE.slice(at + 1));
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }
  });

  test.each([
    ['nothing', '', 'the answer ends in the middle of a line'],
    ['an empty line', '\n', 'it says nothing of any card'],
    ['a page', '<html>not found</html>\n', 'dcgm-exporter: line 1 is not as expected: "<html>not found</html>"'],
    ['metrics of another', 'go_goroutines 12\n', 'it says nothing of any card'],
    [
      'a label twice',
      'DCGM_FI_DEV_GPU_TEMP{UUID="a",UUID="b"} 1\n',
      'dcgm-exporter: line 1 is not as expected: "DCGM_FI_DEV_GPU_TEMP{UUID=\\"a\\",UUID=\\"b\\"} 1"',
    ],
    [
      'no value',
      'DCGM_FI_DEV_GPU_TEMP{UUID="a"}\n',
      'dcgm-exporter: line 1 is not as expected: "DCGM_FI_DEV_GPU_TEMP{UUID=\\"a\\"}"',
    ],
    [
      'more cards than there can be',
      Array.from({ length: 200 }, (_, index) => `DCGM_FI_DEV_GPU_TEMP{UUID="${index}"} 1\n`).join(''),
      'it tells of more than 128 cards',
    ],
  ])('%s is refused in one sentence', (_, answer, sentence) => {
    expect(whyRefused(answer)).toBe(sentence);
  });

  test('a line of a megabyte is refused without being gone through', () => {
    expect(() => readMeters(`DCGM_FI_DEV_GPU_TEMP{UUID="${'\\'.repeat(1_000_000)}\n`)).toThrow(ParseError);
  });

  test('names of members of objects are metrics of nobody', () => {
    expect(() => readMeters('constructor{UUID="a"} 1\n__proto__{UUID="a"} 1\n')).toThrow('it says nothing of any card');
  });
});
