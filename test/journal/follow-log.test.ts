import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followLog, type LogTail } from '../../src/journal/follow-log.ts';
import {
  LOG_JUMP_BYTES,
  LOG_LINE_CHARACTERS,
  LOG_LINES_KEPT,
  LOG_SLICE_BYTES,
  LOG_TAIL_BYTES,
} from '../../src/journal/limits.ts';
import { openLogs } from '../../src/journal/node-logs.ts';
import { nodeName } from '../../src/model/ids.ts';

let folder = '';
let end: () => void = () => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-log-'));
});
afterEach(() => {
  end();
  rmSync(folder, { recursive: true });
});

/** Follows a log and resolves with the first tail that is as wanted. */
function tailWhen(path: string, isWanted: (tail: LogTail) => boolean): Promise<LogTail> {
  return new Promise((resolve) => {
    end();
    end = followLog(path, (tail) => {
      if (isWanted(tail)) resolve(tail);
    });
  });
}

test('lines come as they are written, also the one that is not finished, and cut letters are put together', async () => {
  const path = join(folder, 'gpu01.log');
  const letter = Buffer.from('ü');
  writeFileSync(path, Buffer.concat([Buffer.from('one\r\ntwo '), letter.subarray(0, 1)]));
  const both = tailWhen(path, ({ lines }) => lines[1] === 'two ü' && lines.length === 3);
  appendFileSync(path, Buffer.concat([letter.subarray(1), Buffer.from('\nthr')]));
  expect(await both).toEqual({ firstNumber: 1, lines: ['one', 'two ü', 'thr'] });
});

test('of a progress bar the last writing is shown', async () => {
  const path = join(folder, 'gpu01.log');
  writeFileSync(path, '10%\r50%\r100%\ndone\n');
  expect(await tailWhen(path, ({ lines }) => lines.length === 2)).toEqual({ firstNumber: 1, lines: ['100%', 'done'] });
});

test('a log that is not there yet is waited for', async () => {
  const path = join(folder, 'later.log');
  const tail = tailWhen(path, ({ lines }) => lines.length > 0);
  writeFileSync(path, 'hello\n');
  expect(await tail).toEqual({ firstNumber: 1, lines: ['hello'] });
});

test('more lines than are kept lose the oldest and keep their numbers', async () => {
  const path = join(folder, 'many.log');
  const count = LOG_LINES_KEPT + 5;
  writeFileSync(path, Array.from({ length: count }, (_, index) => `${index + 1}\n`).join(''));
  const tail = await tailWhen(path, ({ lines }) => lines.at(-1) === `${count}`);
  expect([tail.firstNumber, tail.lines[0], tail.lines.length]).toEqual([6, '6', LOG_LINES_KEPT]);
});

test('of a huge log the end is read, and a line says how much lies before it', async () => {
  const path = join(folder, 'huge.log');
  writeFileSync(path, `${'x'.repeat(999)}\n`.repeat(9_000));
  const bytes = 9_000_000 - LOG_TAIL_BYTES;
  const tails: LogTail[] = [];
  const tail = await tailWhen(path, (now) => {
    tails.push(now);
    return now.lines.length > 2_000;
  });
  expect(tail.lines[0]).toBe(`… the ${bytes} bytes before this are only in ${path}`);
  expect(tail.firstNumber + tail.lines.length - 1).toBe(9_000);
  expect(tails[0]?.lines).toEqual(['… counting the lines of 8.6MB']);
});

test('a log that grows faster than it can be read is jumped through, its lines keep their numbers or say that they are guesses, and once it rests all is exact', async () => {
  const path = join(folder, 'fast.log');
  writeFileSync(path, '1\n');
  const count = 60_000;
  const tails: LogTail[] = [];
  const rested = Promise.withResolvers<void>();
  end = followLog(path, (tail) => {
    tails.push(tail);
    if (tails.length === 1)
      appendFileSync(path, Array.from({ length: count }, (_, index) => `${index + 2} ${'x'.repeat(90)}\n`).join(''));
    if (tail.lines.length === LOG_LINES_KEPT) rested.resolve();
  });
  await rested.promise;
  const jumped = tails.find(({ lines }) => lines.length > 1);
  expect(jumped?.lines.length).toBeLessThan(LOG_JUMP_BYTES / 90);
  expect(jumped?.isGuess).toBe(true);
  for (const { firstNumber, isGuess, lines } of tails) {
    if (isGuess === true) continue;
    const numbers = lines.map((line, index) =>
      line.startsWith('…') ? firstNumber + index : Number(line.split(' ')[0]),
    );
    expect(numbers).toEqual(lines.map((_, index) => firstNumber + index));
  }
  expect(tails.at(-1)?.lines.at(-1)).toBe(`${count + 1} ${'x'.repeat(90)}`);
  expect(tails.at(-1)?.isGuess).toBe(undefined);
});

test('of a line of 50 MB that comes in one go and has no end its last characters are shown, as one line with its number', async () => {
  const path = join(folder, 'line.log');
  writeFileSync(path, 'one\n');
  let isWritten = false;
  const tail = await tailWhen(path, ({ lines, isGuess }) => {
    if (!isWritten) appendFileSync(path, `${'x'.repeat(50_000_000)}\x1b[2J\xff`);
    const wasWritten = isWritten;
    isWritten = true;
    return wasWritten && isGuess !== true && lines.length === 1;
  });
  expect(tail).toEqual({ firstNumber: 2, lines: [`${'x'.repeat(LOG_LINE_CHARACTERS - 5)}\x1b[2Jÿ`] });
});

test('who opens a log while it pours sees its end, and every number is right once it rests', async () => {
  const path = join(folder, 'late.log');
  const block = (from: number) => Array.from({ length: 10_000 }, (_, index) => `${from + index} ${'x'.repeat(90)}\n`);
  writeFileSync(path, block(1).join(''));
  let next = 10_001;
  const pour = setInterval(() => {
    appendFileSync(path, block(next).join(''));
    next += 10_000;
    if (next > 200_000) clearInterval(pour);
  }, 5);
  const tail = await tailWhen(path, ({ lines, isGuess }) => {
    const [last = ''] = (lines.at(-1) ?? '').split(' ');
    return isGuess !== true && last === '200000' && lines.length === LOG_LINES_KEPT;
  });
  clearInterval(pour);
  expect(tail.lines.map((line) => Number(line.split(' ')[0]))).toEqual(
    tail.lines.map((_, index) => tail.firstNumber + index),
  );
});

test('other work has its turn while a long log is counted', async () => {
  const path = join(folder, 'long.log');
  writeFileSync(path, `${'x'.repeat(99)}\n`.repeat(40_000));
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await tailWhen(path, ({ lines }) => lines.length > 2);
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(4_000_000 / LOG_SLICE_BYTES);
});

test('of a step past its room the newest lines are shown below its beginning while it runs, and its log alone when it has ended', async () => {
  const path = join(folder, 'gpu01.log');
  const gpu01 = nodeName('gpu01');
  const logs = openLogs(() => path);
  logs.pour(gpu01, Buffer.from('the beginning\n'));
  const tails: LogTail[] = [];
  const seen = (wanted: readonly string[]) =>
    expect.poll(() => tails.at(-1)?.lines, { timeout: 30_000 }).toEqual(wanted);
  end = followLog(path, (tail) => tails.push(tail));
  await seen(['the beginning']);
  logs.newest(gpu01, 'line 998\n10%\r20%\n');
  const gap = '… what the step says here is only counted; its newest lines:';
  await seen(['the beginning', gap, 'line 998', '20%']);
  expect(tails.at(-1)?.isGuess).toBe(true);
  logs.newest(gpu01, 'line 999\n');
  await seen(['the beginning', gap, 'line 999']);
  logs.pour(gpu01, Buffer.from('the end\n'));
  await logs.settle(gpu01);
  await seen(['the beginning', 'the end']);
  expect(tails.at(-1)).toEqual({ firstNumber: 1, lines: ['the beginning', 'the end'] });
  logs.close();
});
