import { expect, test } from 'vitest';
import { load } from '../../src/probes/load.ts';
import { factOf, failureOf, parse } from './support.ts';

const ANSWER = `0.52 0.58 0.59 3/1274 93021
86400.25 1234567.01
cpu  7664 10 4259 278394 2057 0 76 244 500 0
MemTotal:       24684084 kB
MemFree:        24431708 kB
MemAvailable:   24390200 kB
`;

const VALUE = {
  load1: 0.52,
  load5: 0.58,
  load15: 0.59,
  uptimeSec: 86_400.25,
  cpuJiffies: { busy: 12_253, total: 292_704 },
  memoryTotalBytes: 24_684_084 * 1_024,
  memoryAvailableBytes: 24_390_200 * 1_024,
};

test('an answer gives load, uptime, processor time and memory; guest time is not counted twice', () => {
  expect(factOf(load, ANSWER)).toEqual(VALUE);
});

test('the busy share is what was not idle since the last answer', () => {
  const previous = { value: { ...VALUE, uptimeSec: 86_300, cpuJiffies: { busy: 12_053, total: 291_904 } }, atMs: 0 };
  expect(factOf(load, ANSWER, { previous }).cpuBusyRatio).toBe(0.25);
});

test('after a reboot, and when no time has passed, there is no busy share', () => {
  const rebooted = { value: { ...VALUE, uptimeSec: 90_000, cpuJiffies: { busy: 1, total: 2 } }, atMs: 0 };
  const still = { value: VALUE, atMs: 0 };
  expect(factOf(load, ANSWER, { previous: rebooted })).toEqual(VALUE);
  expect(factOf(load, ANSWER, { previous: still })).toEqual(VALUE);
});

test('iowait that runs backwards keeps the share between 0 and 1', () => {
  const at = (busy: number) => ({ value: { ...VALUE, cpuJiffies: { busy, total: 292_000 } }, atMs: 0 });
  expect(factOf(load, ANSWER, { previous: at(12_300) }).cpuBusyRatio).toBe(0);
  expect(factOf(load, ANSWER, { previous: at(100) }).cpuBusyRatio).toBe(1);
});

test('a kernel without MemAvailable counts free, buffers and cache', () => {
  const old = ANSWER.replace(/MemAvailable.*\n/, 'Buffers:            1000 kB\nCached:             2000 kB\n');
  const shrunk = old.replace('24431708', '   10000');
  expect(factOf(load, shrunk).memoryAvailableBytes).toBe(13_000 * 1_024);
});

test.each([
  ['nothing', ''],
  ['no processor line', ANSWER.replace('cpu  ', 'cpu0 ')],
  ['an infinite load', ANSWER.replace('0.52', '1e309')],
  ['a negative load', ANSWER.replace('0.52', '-0.52')],
  ['no memory', ANSWER.replace('MemTotal', 'MemTotel')],
])('%s is a failure', (_, answer) => {
  expect(failureOf(() => parse(load, answer))).toMatch(/^load: line \d is not as expected/);
});
