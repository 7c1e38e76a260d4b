// How steps end: by themselves, stopped, past their time or their output's limit, with real processes under every shell a node may have.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHandNode, step } from './hand-node.ts';
import { endAll, follow, markOf, nodesUnder, ran } from './hand-steps.ts';
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

    test('output past half of the free space is dropped to the byte counted, and the step lives to its end', async () => {
      const mine = node();
      const freeKib = 16_384;
      const told = `Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 99999 1 ${freeKib} 1% /run`;
      writeFileSync(join(mine.folder, 'bin', 'df'), `#!/bin/sh\ncat <<'end'\n${told}\nend\n`, { mode: 0o755 });
      const given = mine.hand();
      const run = step(1, ['sh', '-c', 'head -c 9000000 /dev/zero; exit 5']);
      await given.start(run);
      let bytes = 0;
      const end = await given.follow(run.name, 0, (chunk) => {
        bytes += chunk.length;
      });
      const kept = (freeKib * 1024) / 2;
      expect([end, bytes]).toEqual([{ kind: 'exited', exitCode: 5, droppedBytes: 9_000_000 - kept }, kept]);
    });

    test('where nobody says what is free, 64 MiB of output are kept', async () => {
      const mine = node();
      writeFileSync(join(mine.folder, 'bin', 'df'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const given = mine.hand();
      const run = step(1, ['sh', '-c', 'head -c 70000000 /dev/zero']);
      await given.start(run);
      let bytes = 0;
      const end = await given.follow(run.name, 0, (chunk) => {
        bytes += chunk.length;
      });
      const kept = 64 * 1024 * 1024;
      expect([end, bytes]).toEqual([{ kind: 'exited', exitCode: 0, droppedBytes: 70_000_000 - kept }, kept]);
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
