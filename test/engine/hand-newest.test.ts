// A step that has said more than its node keeps of the beginning: what it says now is asked for while it runs, with real processes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { followStep } from '../../src/engine/follow-step.ts';
import { NEWEST_BYTES } from '../../src/engine/limits.ts';
import { clock, step } from './hand-node.ts';
import { follow, lines, nodesUnder, tellFree } from './hand-steps.ts';
import { hasShell, SHELLS } from './shell-node.ts';

/** Of 1 MiB that is free half is kept: 3/4 of it beginning, and the end in two files of a sixteenth. */
const FREE_KIB = 1_024;
const HEAD = 384 * 1024;
const END = 32 * 1024;
/** Says so many lines of ten bytes, then waits for a file. */
const saying = (count: number, go: string) =>
  step(1, ['sh', '-c', `seq -w 100000000 ${100_000_000 + count - 1}; while [ ! -e ${go} ]; do sleep 0.05; done`]);

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const { node } = nodesUnder(command);

    test('a step past its room tells its newest output while it runs, and its whole end when it is over', async () => {
      const mine = node();
      tellFree(mine, FREE_KIB);
      const given = mine.hand();
      const go = join(mine.folder, 'go');
      // A few bytes more than fill the files of the end ten times: those stand nowhere before the end.
      const count = Math.ceil((HEAD + 10 * END) / 10);
      const all = lines(100_000_000, 100_000_000 + count - 1);
      const said = all.slice(0, HEAD + 10 * END);
      const run = saying(count, go);
      await given.start(run);
      const newest: string[] = [];
      const { promise: isTold, resolve: told } = Promise.withResolvers<void>();
      let text = '';
      const ended = followStep(
        {
          ...{ hand: given, clock, aborted: new AbortController().signal, onWaiting: () => {} },
          onOutput: (chunk) => {
            text += chunk.toString();
          },
          onNewest: (piece) => {
            newest.push(piece);
            if (said.endsWith(piece)) told();
          },
        },
        run.name,
      );
      await isTold;
      expect([newest.at(-1), text]).toEqual([said.slice(-NEWEST_BYTES), said.slice(0, HEAD)]);
      writeFileSync(go, '');
      expect((await ended).kind).toBe('exited');
      expect(text.slice(-END)).toBe(all.slice(-END));
      expect(await given.newest(run.name)).toBe(undefined);
    });

    test('a step whose output is all kept, and one that nobody knows, have no newest output apart', async () => {
      const mine = node();
      const given = mine.hand();
      const go = join(mine.folder, 'go');
      const run = saying(100, go);
      await given.start(run);
      const followed = follow(given, run.name);
      await followed.until('100000099');
      expect([await given.newest(run.name), await given.newest(step(7, ['x']).name)]).toEqual([undefined, undefined]);
      writeFileSync(go, '');
      expect((await followed.end).kind).toBe('exited');
    });
  });
}
