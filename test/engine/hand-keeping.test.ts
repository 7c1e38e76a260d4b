// What is kept of a step's output where it is hard: short reads and little room, a disk that fills up, somebody who goes on holding the pipe.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { step } from './hand-node.ts';
import { endAll, lines, markOf, nodesUnder, ran, tellFree } from './hand-steps.ts';
import { hasShell, processesWith, SHELLS } from './shell-node.ts';

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const { node } = nodesUnder(command);

    test('words that come one by one are there to the last byte, where room for many is left and where there is little', async () => {
      const mine = node();
      tellFree(mine, 64);
      // Of 32 KiB 24 are the beginning, which 2,000 writes of seven bytes do not fill, and 4,000 do.
      const few = step(1, ['sh', '-c', 'n=10000; while [ $n -lt 12000 ]; do echo $n; n=$((n + 1)); done']);
      expect(await ran(mine.hand(), few)).toEqual([
        { kind: 'exited', exitCode: 0, droppedBytes: 0 },
        lines(10_000, 11_999),
      ]);
      const many = step(2, ['sh', '-c', 'n=10000; while [ $n -lt 18000 ]; do echo $n; n=$((n + 1)); done']);
      const [end, text] = await ran(mine.hand(), many);
      const [, missing = ''] = /^\.\.\. here (\d+) bytes were left out/m.exec(text) ?? [];
      const [before = '', after = ''] = text.split(/\n\.\.\. here .* \.\.\.\n/);
      expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: Number(missing) });
      expect(before).toBe(lines(10_000, 17_999).slice(0, 24 * 1024));
      expect(after).toBe(lines(Number(after.slice(0, 5)), 17_999));
      expect(before.length + after.length + Number(missing)).toBe(48_000);
    });

    test('the end of a long output is there although a child that was left behind still holds the pipe', async () => {
      const mine = node();
      tellFree(mine, 16_384);
      // A second after the step nothing more is read, and on a busy machine what stood in pipes then is lost: so more than they hold comes last.
      const run = step(1, ['sh', '-c', 'sleep 1000 & seq -w 100000000 100899999; seq -w 200000000 200039999']);
      const [end, text] = await ran(mine.hand(), run);
      endAll(processesWith(markOf(mine, run.name)));
      const [, missing = ''] = /^\.\.\. here (\d+) bytes were left out/m.exec(text) ?? [];
      expect(end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: Number(missing) });
      expect(text).toContain(`\n${lines(100_890_000, 100_899_999)}`);
    });

    test('on a disk that something else fills the beginning is kept, the step ends as it would, and what is missing is told', async () => {
      const mine = node();
      tellFree(mine, 1_048_576);
      const full = `#!/bin/sh\ncase "$*" in 'bs=65536 count='[0-9]*) ;; *) exec /bin/dd "$@";; esac\n/bin/dd bs=65536 count=1 iflag=fullblock\necho "dd: error writing 'standard output': No space left on device" >&2\nexit 1\n`;
      writeFileSync(join(mine.folder, 'bin', 'dd'), full, { mode: 0o755 });
      const run = step(1, ['sh', '-c', 'head -c 1000000 /dev/zero; exit 7']);
      const [end, text] = await ran(mine.hand(), run);
      // The block that found no room counts as a full one.
      expect([end, text.length]).toEqual([{ kind: 'exited', exitCode: 7, droppedBytes: 1_000_000 }, 65_536]);
    });
  });
}
