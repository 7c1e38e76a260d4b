// A step that pours megabytes into its log while a console follows it and the link is cut in the midst of them, as runner and console do it:
// over real ssh, followed over every loss, written while more comes, read as lines meanwhile.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHand } from '../../src/engine/create-hand.ts';
import { followStep } from '../../src/engine/follow-step.ts';
import type { Clock } from '../../src/engine/ports.ts';
import { followLog, type LogTail } from '../../src/journal/follow-log.ts';
import { openLogs } from '../../src/journal/node-logs.ts';
import { nodeName } from '../../src/model/ids.ts';
import { clock, step } from '../engine/hand-node.ts';
import { key, startServer } from '../transport/server.ts';
import { endpoint, transport } from '../transport/support.ts';

const LINES = 1_500_000;
const ALL = `${Array.from({ length: LINES }, (_, at) => at + 1).join('\n')}\n`;
const CUT_AT = [1, 2_000_000, 5_000_000, 9_000_000];

/** What waits before it tries again need not wait here. */
const eager: Clock = { nowMs: clock.nowMs, after: (_, call) => clock.after(0, call) };

/** A hand over real ssh, on a spool and with a key of its own. */
async function reach(folder: string) {
  const server = await startServer();
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, key().private, { mode: 0o600 });
  const there = endpoint(server.port, { identityFiles: [keyFile] });
  const hand = createHand(transport(), there, { clock, probes: {}, checks: {}, spool: join(folder, 'spool') });
  onTestFinished(() => hand.close());
  return { hand, cut: server.cut };
}

/** Follows a log as the console does; resolves with the first tail that ends in this line, all before it counted. */
function lastTail(path: string, line: string): Promise<LogTail> {
  return new Promise((resolve) => {
    const end = followLog(path, (tail) => {
      if (tail.isGuess !== true && tail.lines.at(-1) === line) resolve(tail);
    });
    onTestFinished(end);
  });
}

test('a link cut again and again while a step pours loses nothing and doubles nothing, in the log and in the numbers of its lines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-pour-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const gpu01 = nodeName('gpu01');
  const path = join(folder, 'gpu01.log');
  const logs = openLogs(() => path);
  onTestFinished(() => logs.close());
  const { hand, cut } = await reach(folder);
  const run = step(1, ['seq', '1', String(LINES)]);
  expect(await hand.start(run)).toEqual({ kind: 'started' });

  const tail = lastTail(path, String(LINES));
  const cuts = [...CUT_AT];
  const lost: string[] = [];
  const end = await followStep(
    {
      hand,
      clock: eager,
      aborted: new AbortController().signal,
      onOutput: (chunk) => {
        const held = logs.pour(gpu01, chunk);
        if (logs.at(gpu01) >= (cuts[0] ?? Number.POSITIVE_INFINITY)) {
          cuts.shift();
          cut();
        }
        return held;
      },
      onWaiting: (because) => void lost.push(because),
    },
    run.name,
  );
  expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: 0 });
  expect(cuts).toEqual([]);
  expect(lost.length).toBeGreaterThan(0);
  expect(await logs.settle(gpu01)).toBe(0);
  expect(logs.at(gpu01)).toBe(ALL.length);
  // As one comparison: a difference of megabytes as words would fill the screen.
  expect(readFileSync(path, 'latin1') === ALL).toBe(true);

  const { firstNumber, lines } = await tail;
  expect(firstNumber + lines.length - 1).toBe(LINES);
  expect(lines.every((line, at) => at === 0 || line === String(firstNumber + at))).toBe(true);
});
