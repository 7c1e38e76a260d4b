import { mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimRollout, livingRunner } from '../../src/journal/claim.ts';

const fresh = () => join(mkdtempSync(join(tmpdir(), 'muster-claim-')), 'runner.json');
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const mark = (more: object) =>
  JSON.stringify({ host: hostname(), bootId: boot, socket: '/s', startTicks: '1', pid: 1, ...more });

test('a rollout is driven by one process: a second claim is told who holds it, and may have it after the release', () => {
  const path = fresh();
  const first = claimRollout(path, '/one');
  const second = claimRollout(path, '/two');
  expect(first.kind).toBe('claimed');
  expect(second.kind === 'held' && second.by.pid).toBe(process.pid);
  if (first.kind === 'claimed') first.release();
  expect(livingRunner(path)).toBeUndefined();
  expect(claimRollout(path, '/two').kind).toBe('claimed');
});

test('a dead process, a process id used again, another boot and a broken file hold nothing', () => {
  for (const text of [mark({ pid: 4_000_000 }), mark({ pid: process.pid }), mark({ bootId: 'other' }), '{', '']) {
    const path = fresh();
    writeFileSync(path, text);
    expect({ text, living: livingRunner(path), kind: claimRollout(path, '/s').kind }).toEqual({
      text,
      living: undefined,
      kind: 'claimed',
    });
  }
});

test('a runner on another machine that shares the folder holds it as long as it gives signs of life', () => {
  const path = fresh();
  writeFileSync(path, mark({ host: 'elsewhere' }));
  expect(claimRollout(path, '/s').kind).toBe('held');
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(path, longAgo, longAgo);
  expect(claimRollout(path, '/s').kind).toBe('claimed');
});
