import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOG_GATHER_BYTES, LOG_SLOW_MS, LOG_WAITING_BYTES } from '../../src/journal/limits.ts';
import { openLogs } from '../../src/journal/node-logs.ts';
import { nodeName } from '../../src/model/ids.ts';

const gpu01 = nodeName('gpu01');
let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-logs-'));
  path = join(folder, 'gpu01.log');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('what is poured stands in the file in its order once it has settled, and a later runner goes on after it', async () => {
  const logs = openLogs(() => path);
  const pieces = Array.from({ length: 3_000 }, (_, index) => Buffer.from(`piece ${index}\n`));
  for (const piece of pieces) logs.pour(gpu01, piece);
  const all = Buffer.concat(pieces);
  expect(logs.at(gpu01)).toBe(all.length);
  expect(await logs.settle(gpu01)).toBe(0);
  expect(readFileSync(path).equals(all)).toBe(true);
  logs.close();
  const later = openLogs(() => path);
  expect(later.at(gpu01)).toBe(all.length);
  later.close();
});

const piece = Buffer.alloc(64 * 1024, 'x');
const room = { nodeBytes: 64 * LOG_WAITING_BYTES, endsBytes: 1_000 };
/** By this clock every write takes as long as a slow disk's. */
const slowClock = () => {
  let nowMs = 0;
  return () => {
    nowMs += LOG_SLOW_MS;
    return nowMs;
  };
};

test('a stream that is faster than a slow disk is told to wait, and to go on', async () => {
  const logs = openLogs(() => path, room, slowClock());
  let poured = 0;
  const pour = () => {
    poured += piece.length;
    return logs.pour(gpu01, piece);
  };
  let hold = pour();
  // But for the first, which shows that the disk is slow, no write is told to have ended while this turn lasts.
  while (hold === undefined) hold = pour();
  expect(poured).toBe(LOG_GATHER_BYTES + LOG_WAITING_BYTES);
  await hold;
  expect(logs.pour(gpu01, piece)).toBe(undefined);
  expect(await logs.settle(gpu01)).toBe(0);
  expect(readFileSync(path).length).toBe(poured + piece.length);
  logs.close();
});

test('a disk that was slow is tried again, and one that takes a stream at once never makes it wait', async () => {
  const logs = openLogs(() => path, room, slowClock());
  for (let poured = 0; poured < LOG_GATHER_BYTES + LOG_WAITING_BYTES; poured += piece.length) logs.pour(gpu01, piece);
  await logs.settle(gpu01);
  const before = readFileSync(path).length;
  for (let poured = 0; poured < LOG_GATHER_BYTES; poured += piece.length) logs.pour(gpu01, piece);
  expect([before, readFileSync(path).length - before]).toEqual([
    LOG_GATHER_BYTES + LOG_WAITING_BYTES,
    LOG_GATHER_BYTES,
  ]);
  logs.close();

  const quick = openLogs(
    () => join(folder, 'quick.log'),
    room,
    () => 0,
  );
  const holds = Array.from({ length: (2 * LOG_WAITING_BYTES) / piece.length }, () => quick.pour(gpu01, piece));
  expect(holds.filter((hold) => hold !== undefined)).toEqual([]);
  expect(readFileSync(join(folder, 'quick.log')).length).toBe(2 * LOG_WAITING_BYTES);
  quick.close();
});

test('a few words are in the file soon, without an end of their step', async () => {
  const logs = openLogs(() => path);
  logs.pour(gpu01, Buffer.from('a few words'));
  await expect.poll(() => readFileSync(path, 'utf8'), { timeout: 30_000 }).toBe('a few words');
  logs.close();
});

const lines = (name: string, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => `${name} ${index}\n`).join(''));

test('of every step past the room the beginning and the end are kept, with a line between that counts to the byte what is missing', async () => {
  const logs = openLogs(() => path, { nodeBytes: 1_000, endsBytes: 200 });
  const said: number[] = [];
  for (const name of ['first', 'second', 'third']) {
    const all = lines(name, 500);
    const from = logs.at(gpu01);
    // However it is cut.
    for (let at = 0; at < all.length; at += 77) logs.pour(gpu01, all.subarray(at, at + 77));
    const missing = await logs.settle(gpu01);
    const kept = readFileSync(path).subarray(from, logs.at(gpu01));
    const [head = '', count = '', end = ''] = kept
      .toString()
      .split(/\n\.\.\. here (\d+) bytes were left out: there was room for the beginning and the end \.\.\.\n/);
    expect([Number(count), head.length + end.length + missing]).toEqual([missing, all.length]);
    expect(all.toString().startsWith(head)).toBe(true);
    expect(end).toMatch(new RegExp(`^${name} \\d+\n[\\s\\S]*${name} 499\n$`));
    expect(all.toString().endsWith(end)).toBe(true);
    said.push(head.length);
  }
  expect(said).toEqual([1_000, 200, 200]);
  logs.close();
});

test('what a step says now is told beside the log while there is no room for it, and no more when the step has ended', async () => {
  const logs = openLogs(() => path, { nodeBytes: 1_000, endsBytes: 200 });
  const all = lines('first', 20_000);
  for (let at = 0; at < all.length; at += 77) logs.pour(gpu01, all.subarray(at, at + 77));
  const newest = () => (existsSync(`${path}.end`) ? readFileSync(`${path}.end`, 'utf8') : undefined);
  await expect.poll(newest, { timeout: 30_000 }).toMatch(/^first \d+\n[\s\S]*first 19999\n$/);
  expect(all.toString().endsWith(newest() ?? 'nothing')).toBe(true);
  await logs.settle(gpu01);
  expect(newest()).toBe(undefined);
  logs.close();
});

test('a step that fits into what is kept of its ends is whole, and a quiet one adds nothing', async () => {
  const logs = openLogs(() => path, { nodeBytes: 10, endsBytes: 20 });
  logs.pour(gpu01, Buffer.from('twenty bytes of words'));
  logs.pour(gpu01, Buffer.from(' and fifteen more'));
  expect(await logs.settle(gpu01)).toBe(0);
  expect(await logs.settle(gpu01)).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe('twenty bytes of words and fifteen more');
  logs.close();
});

test('what is written at once past the room is counted to the byte', () => {
  const logs = openLogs(() => path, { nodeBytes: 10, endsBytes: 0 });
  expect([
    logs.write(gpu01, Buffer.from('seven b')),
    logs.write(gpu01, Buffer.from('and more')),
    logs.at(gpu01),
  ]).toEqual([0, 5, 10]);
  expect(readFileSync(path, 'utf8')).toBe('seven band');
  logs.close();
});

test.runIf(existsSync('/dev/full'))('what a full disk does not take is counted, and holds nobody back', async () => {
  const logs = openLogs(() => '/dev/full');
  const hold = logs.pour(gpu01, Buffer.alloc(LOG_WAITING_BYTES));
  logs.pour(gpu01, Buffer.from('more'));
  await hold;
  expect(await logs.settle(gpu01)).toBe(LOG_WAITING_BYTES + 4);
  expect([logs.at(gpu01), await logs.settle(gpu01)]).toEqual([0, 0]);
  logs.close();
});

test('logs that are closed while something waits write it before', async () => {
  const logs = openLogs(() => path);
  logs.pour(gpu01, Buffer.from('last words'));
  const settled = logs.settle(gpu01);
  logs.close();
  await settled;
  expect(readFileSync(path, 'utf8')).toBe('last words');
});
