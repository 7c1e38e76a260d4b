// How steps end: by themselves, stopped, past their time or their output's limit, with real processes under every shell a node may have.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHandNode, step } from './hand-node.ts';
import { endAll, follow, lines, markOf, nodesUnder, ran, tellFree } from './hand-steps.ts';
import { hasShell, processesWith, SHELLS } from './shell-node.ts';

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const { node, hand } = nodesUnder(command);

    test('stopping ends all the step has started, also what left its session', async () => {
      const mine = node();
      const given = mine.hand();
      const run = step(1, ['sh', '-c', 'sleep 1000 & setsid sleep 1001 & echo up; sleep 1003']);
      await given.start(run);
      const followed = follow(given, run.name);
      await followed.until('up');
      expect(await given.stop(run.name)).toEqual({ kind: 'stopped' });
      expect(await followed.end).toEqual({ kind: 'killed', signal: 'SIGTERM', droppedBytes: 0 });
      expect(processesWith(markOf(mine, run.name))).toEqual([]);
      expect(await given.stop(run.name)).toEqual({ kind: 'was-over' });
      expect(await given.stop(step(7, ['x']).name)).toEqual({ kind: 'was-over' });
    });

    test('a step past its time is killed with all it has started', async () => {
      const mine = node();
      const run = step(1, ['sh', '-c', 'sleep 1000 & echo up; sleep 1001'], { timeoutMs: 1 });
      expect(await ran(mine.hand(), run)).toEqual([{ kind: 'timed-out', droppedBytes: 0 }, 'up\n']);
      expect(processesWith(markOf(mine, run.name))).toEqual([]);
    });

    test('of output past half of the free space the beginning and the end are kept, and a line between says what is missing', async () => {
      const mine = node();
      tellFree(mine, 16_384);
      // Lines of ten bytes. Of 8 MiB an eighth may be the end, in two files of 512 KiB, and as much is left for making it.
      const run = step(1, ['sh', '-c', 'seq -w 100000000 100899999; exit 5']);
      const [end, text] = await ran(mine.hand(), run);
      const head = 6 * 1024 * 1024;
      const [, missing = ''] = /^\.\.\. here (\d+) bytes were left out/m.exec(text) ?? [];
      expect(end).toEqual({ kind: 'exited', exitCode: 5, droppedBytes: Number(missing) });
      const [before = '', after = ''] = text.split(/\n\.\.\. here .* \.\.\.\n/);
      expect(before).toBe(lines(100_000_000, 100_899_999).slice(0, head));
      expect(after).toBe(lines(Number(after.slice(0, 9)), 100_899_999));
      expect(before.length + after.length + Number(missing)).toBe(9_000_000);
      expect(after.length).toBeGreaterThan(512 * 1024 - 10);
      expect(after.length).toBeLessThanOrEqual(1024 * 1024);
    });

    test('output that ends soon after its beginning is full is there to the last byte', async () => {
      const mine = node();
      tellFree(mine, 16_384);
      const run = step(1, ['sh', '-c', 'seq -w 100000000 100699999']);
      const [end, text] = await ran(mine.hand(), run);
      expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: 0 });
      expect(text).toBe(lines(100_000_000, 100_699_999));
    });

    test('where dd cannot count bytes the beginning is kept and the rest is counted to the byte', async () => {
      const mine = node();
      tellFree(mine, 16_384);
      const old = `#!/bin/sh\ncase "$*" in *count_bytes*) echo 'dd: invalid' >&2; exit 1;; esac\nexec /bin/dd "$@"\n`;
      writeFileSync(join(mine.folder, 'bin', 'dd'), old, { mode: 0o755 });
      const run = step(1, ['sh', '-c', 'seq -w 100000000 100899999']);
      const [end, text] = await ran(mine.hand(), run);
      const head = 6 * 1024 * 1024;
      expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: 9_000_000 - head });
      expect(text).toBe(lines(100_000_000, 100_899_999).slice(0, head));
    });

    test('where nobody says what is free, 64 MiB of output are kept, and of a line without end only the beginning', async () => {
      const mine = node();
      writeFileSync(join(mine.folder, 'bin', 'df'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const given = mine.hand();
      const run = step(1, ['sh', '-c', 'head -c 70000000 /dev/zero']);
      await given.start(run);
      const chunks: Buffer[] = [];
      const end = await given.follow(run.name, 0, (chunk) => void chunks.push(chunk));
      const kept = 60 * 1024 * 1024;
      expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: 70_000_000 - kept });
      const said = Buffer.concat(chunks);
      expect(said.toString('latin1', kept)).toBe(
        `\n... here ${70_000_000 - kept} bytes were left out: there was room for the beginning and the end ...\n`,
      );
    });

    test('a step killed from outside says by which signal', async () => {
      const [end] = await ran(hand(), step(1, ['sh', '-c', 'kill -9 $$']));
      expect(end).toEqual({ kind: 'killed', signal: 'SIGKILL', droppedBytes: 0 });
    });

    test('what a step leaves running goes on, and what it still says is no part of the step', async () => {
      const mine = node();
      const given = mine.hand();
      const run = step(1, ['sh', '-c', '(while sleep 0.05; do echo stray; done) & echo done']);
      const [end, text] = await ran(given, run);
      expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: 0 });
      expect(text.startsWith('done\n')).toBe(true);
      const again = follow(given, run.name);
      await again.end;
      expect(again.text()).toBe(text);
      const left = processesWith(markOf(mine, run.name));
      expect(left.length).toBeGreaterThan(0);
      endAll(left);
    });
  });
}

test('a step that ignores SIGTERM is killed after its grace', async () => {
  const node = startHandNode(['sh']);
  onTestFinished(() => node.close());
  const hand = node.hand();
  const run = step(1, ['sh', '-c', 'trap "" TERM; echo up; sleep 1000; sleep 1001']);
  await hand.start(run);
  const followed = follow(hand, run.name);
  await followed.until('up');
  expect(await hand.stop(run.name)).toEqual({ kind: 'stopped' });
  expect(await followed.end).toEqual({ kind: 'killed', signal: 'SIGKILL', droppedBytes: 0 });
});
