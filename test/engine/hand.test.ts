// Steps, locks and looks of a hand, with real processes under every shell a node may have; without systemd, as this machine may be.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/model/check.ts';
import { ParseError } from '../../src/model/errors.ts';
import { fact, type Probe } from '../../src/model/probe.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { ROLLOUT, step } from './hand-node.ts';
import { follow, nodesUnder, ran } from './hand-steps.ts';
import { hasShell, SHELLS } from './shell-node.ts';

const OTHER = rolloutId('20261122-110000-zzzz');
const author = { user: 'root', host: 'jump', from: '10.0.0.7' };

for (const { name: shell, command } of SHELLS) {
  describe.runIf(hasShell(command))(`under ${shell}`, () => {
    const { node, hand } = nodesUnder(command);

    test('a step runs with exactly its arguments, its output arrives, and its exit code', async () => {
      const words = ['a b', "it's", '"', '$HOME `id` $(id)', '\\n', 'two\nlines\n', '-n', '', 'ünï ☃', '*', '\t', '%s'];
      const [end, text] = await ran(
        hand(),
        step(1, ['sh', '-c', 'printf "<%s>" "$@"; echo err >&2; exit 3', 'sh', ...words]),
      );
      expect(end).toEqual({ kind: 'exited', exitCode: 3, droppedBytes: 0 });
      expect(text).toBe(`${words.map((word) => `<${word}>`).join('')}err\n`);
    });

    test('a step gets exactly its input, whatever its length, and no file keeps it', async () => {
      const mine = node();
      const input = `\\0101 %s\n\tä${'x'.repeat(70_000)}\n\nend`;
      const run = step(1, ['cat'], { command: { argv: ['cat'], stdin: input, secrets: ['end'] } });
      expect(await ran(mine.hand(), run)).toEqual([{ kind: 'exited', exitCode: 0, droppedBytes: 0 }, input]);
      expect(existsSync(join(mine.spool, run.name, 'in'))).toBe(false);
    });

    test('a step without input reads its end at once, and finds itself in / under LC_ALL=C with default signals', async () => {
      const script = 'cat; pwd; echo "$LC_ALL"; umask; grep SigIgn /proc/$$/status';
      const [, text] = await ran(hand(), step(1, ['sh', '-c', script]));
      // The shell that starts a guard in the background ignores SIGINT and SIGQUIT; busybox's env cannot undo the second.
      expect(text).toMatch(/^\/\nC\n0022\nSigIgn:\t000000000000000[04]\n$/);
    });

    test('a name that is known is never started again, by this hand or another', async () => {
      const mine = node();
      const effects = join(mine.folder, 'effects');
      const run = step(1, ['sh', '-c', `echo once >>${effects}`]);
      const first = mine.hand();
      const starts = await Promise.all([first, mine.hand(), mine.hand(), mine.hand()].map((each) => each.start(run)));
      expect(starts.every(({ kind }) => kind === 'started' || kind === 'known')).toBe(true);
      await follow(first, run.name).end;
      expect(await first.start(run)).toEqual({ kind: 'known' });
      expect(readFileSync(effects, 'utf8')).toBe('once\n');
    });

    test('what cannot run is refused with a reason, and leaves nothing behind', async () => {
      const mine = node();
      const given = mine.hand();
      expect(await given.start(step(1, ['no-such-program']))).toEqual({
        kind: 'refused',
        because: 'no such program: no-such-program',
      });
      expect(await given.start(step(2, ['echo', 'a\0b']))).toEqual({
        kind: 'refused',
        because: 'an argument holds a NUL byte',
      });
      const shown = { argv: ['echo', 'x-hunter2'] as const, secrets: ['hunter2'] };
      expect(await given.start(step(3, ['echo'], { command: shown }))).toMatchObject({ kind: 'refused' });
      expect(readdirSync(mine.spool)).toEqual([]);
    });

    test('output arrives while the step runs, and a later byte resumes without one lost or doubled', async () => {
      const mine = node();
      const gate = join(mine.folder, 'gate');
      const run = step(1, ['sh', '-c', `mkfifo ${gate}; echo first; cat ${gate}; echo last`]);
      const first = mine.hand();
      await first.start(run);
      const followed = follow(first, run.name);
      await followed.until('first\n');
      mine.cut();
      expect(await followed.end).toEqual({ kind: 'lost', because: 'the link was cut' });
      const open = step(2, ['sh', '-c', `echo middle >${gate}`]);
      await first.start(open);
      const resumed = follow(first, run.name, 'first\n'.length);
      expect(await resumed.end).toEqual({ kind: 'exited', exitCode: 0, droppedBytes: 0 });
      expect(resumed.text()).toBe('middle\nlast\n');
      const again = follow(first, run.name, 'first\nmid'.length);
      await again.end;
      expect(again.text()).toBe('dle\nlast\n');
    });

    test('a step that was never started, and one with less output than was read, are unknown', async () => {
      const mine = hand();
      expect(await follow(mine, step(9, ['x']).name).end).toMatchObject({ kind: 'unknown' });
      await ran(mine, step(1, ['echo', 'x']));
      expect(await follow(mine, step(1, ['x']).name, 100).end).toMatchObject({ kind: 'unknown' });
    });

    test('a step that was asked about before its start arrived never begins', async () => {
      const mine = hand();
      const late = step(1, ['true']);
      expect(await follow(mine, late.name).end).toEqual({ kind: 'unknown', because: 'it never began here' });
      expect(await mine.start(late)).toEqual({ kind: 'known' });
      expect(await follow(mine, late.name).end).toEqual({ kind: 'unknown', because: 'it never began here' });
      expect(await mine.stop(step(2, ['true']).name)).toEqual({ kind: 'was-over' });
      expect(await mine.start(step(2, ['true']))).toEqual({ kind: 'known' });
    });

    test('sweeping removes what a rollout left and nothing that runs or belongs to others', async () => {
      const mine = node();
      const given = mine.hand();
      await ran(given, step(1, ['true']));
      await given.start(step(2, ['sleep', '1000']));
      await given.sweep(OTHER);
      expect(readdirSync(mine.spool).sort()).toEqual([step(1, ['x']).name, step(2, ['x']).name]);
      await given.sweep(ROLLOUT);
      expect(readdirSync(mine.spool)).toEqual([step(2, ['x']).name]);
      await given.stop(step(2, ['x']).name);
      await given.sweep(ROLLOUT);
      expect(readdirSync(mine.spool)).toEqual([]);
    });

    test('the spool can be looked into by nobody else', async () => {
      const mine = node();
      await ran(mine.hand(), step(1, ['true']));
      expect((statSync(mine.spool).mode & 0o777).toString(8)).toBe('700');
    });

    test('one rollout has the node; taken again it is a sign of life; another waits until it is given back', async () => {
      const mine = node();
      const [first, second] = [mine.hand(), mine.hand()];
      expect(await first.lock({ rollout: ROLLOUT, stage: 0, author, reason: 'mount /data' })).toEqual({
        kind: 'locked',
      });
      expect(await first.lock({ rollout: ROLLOUT, stage: 0, author, reason: 'mount /data' })).toEqual({
        kind: 'locked',
      });
      const held = await second.lock({ rollout: OTHER, stage: 0, author, reason: '' });
      expect(held.kind === 'held' && held.by).toMatch(/^root@jump \(10\.0\.0\.7\) since \d\d:\d\d: mount \/data$/);
      await second.unlock(OTHER);
      expect((await second.lock({ rollout: OTHER, stage: 0, author, reason: '' })).kind).toBe('held');
      await first.unlock(ROLLOUT);
      expect(await second.lock({ rollout: OTHER, stage: 0, author, reason: '' })).toEqual({ kind: 'locked' });
      expect((await first.lock({ rollout: ROLLOUT, stage: 0, author, reason: '' })).kind).toBe('held');
    });

    test('questions are asked anew each time; one that hangs, fails or is absent costs only itself', async () => {
      const tools: Probe<'tools'> = {
        name: 'tools',
        ask: { kind: 'inline', sh: 'answer=$PWD; printf "%s\\n" "$answer"', builtinsOnly: true },
        everyMs: 0,
        parse: ({ stdout }) => fact([stdout]),
      };
      const kernelLog: Probe<'kernelLog'> = {
        name: 'kernelLog',
        ask: { kind: 'child', sh: 'sleep 1000', deadlineMs: 300 },
        everyMs: 0,
        parse: () => fact([]),
      };
      const gpus: Probe<'gpus'> = {
        name: 'gpus',
        ask: { kind: 'child', sh: ':', deadlineMs: 5_000, brief: true },
        everyMs: 0,
        parse: () => ({ kind: 'absent', because: 'no GPU' }),
      };
      const file: Check<'file'> = {
        name: 'file',
        sh: 'echo "$1" >&2; printf %s "$1"',
        deadlineMs: 5_000,
        parse: ({ stdout }) => {
          if (stdout === '/none') return { kind: 'none' };
          throw new ParseError('file', 1, stdout);
        },
      };
      const mine = hand({ probes: { tools, kernelLog, gpus }, checks: { file } });
      const looked = await mine.look([
        { kind: 'probe', probe: 'kernelLog' },
        { kind: 'probe', probe: 'tools' },
        { kind: 'probe', probe: 'gpus' },
        { kind: 'check', check: 'file', target: '/none' },
        { kind: 'check', check: 'file', target: '/a b' },
        { kind: 'check', check: 'users', target: '/' },
      ]);
      expect(looked).toMatchObject({
        kind: 'seen',
        seen: {
          facts: { tools: ['/\n'] },
          checks: new Map([['file /none', { kind: 'none' }]]),
          failed: new Map([
            ['users /', 'this program knows no such check'],
            ['file /a b', 'file: line 1 is not as expected: "/a b"; it said: /a b'],
            ['kernelLog', 'no answer within 0.3 s'],
          ]),
          absent: new Map([['gpus', 'no GPU']]),
        },
      });
    });
  });
}
