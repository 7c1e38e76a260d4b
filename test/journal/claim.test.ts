import { mkdtempSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimRollout, isElsewhere, livingRunner } from '../../src/journal/claim.ts';

const fresh = () => join(mkdtempSync(join(tmpdir(), 'muster-claim-')), 'runner.json');
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const pidSpace = readlinkSync('/proc/self/ns/pid');
const mark = (more: object) =>
  JSON.stringify({ host: hostname(), bootId: boot, pidSpace, socket: '/s', startTicks: '1', pid: 1, ...more });
const ELSEWHERE = { host: 'elsewhere', bootId: 'other', machineId: 'other' };

/** A monotonic clock that is moved by hand. */
function handClock() {
  let nowMs = 5;
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { now: () => nowMs, pass };
}

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

test('a dead process, a process id used again, an earlier boot of this machine and a broken file hold nothing', () => {
  const machineId = machine();
  const before = machineId === '' ? [] : [mark({ bootId: 'other', machineId })];
  for (const text of [mark({ pid: 4_000_000 }), mark({ pid: process.pid }), ...before, '{', '']) {
    const path = fresh();
    writeFileSync(path, text);
    expect({ text, living: livingRunner(path), kind: claimRollout(path, '/s').kind }).toEqual({
      text,
      living: undefined,
      kind: 'claimed',
    });
  }
});

test('a runner on another machine or in another container holds it until its counter stood still for a minute of looking', () => {
  for (const more of [ELSEWHERE, { pidSpace: 'pid:[1]' }, { bootId: 'other', machineId: 'a twin of this name' }]) {
    const path = fresh();
    const clock = handClock();
    writeFileSync(path, mark(more));
    writeFileSync(`${path}.beat`, '1');
    const look = () => livingRunner(path, clock.now) !== undefined;
    expect(look()).toBe(true);
    for (let second = 0; second < 50; second++) {
      clock.pass(1_000);
      expect(look()).toBe(true);
    }
    writeFileSync(`${path}.beat`, '2');
    for (let second = 0; second < 60; second++) {
      clock.pass(1_000);
      expect(look()).toBe(true);
    }
    clock.pass(1_000);
    expect(look()).toBe(false);
    expect(claimRollout(path, '/s', clock.now).kind).toBe('claimed');
  }
});

test('time in which nobody looked proves nothing: a share that hung for an hour takes no rollout away', () => {
  const path = fresh();
  const clock = handClock();
  writeFileSync(path, mark(ELSEWHERE));
  expect(claimRollout(path, '/s', clock.now).kind).toBe('held');
  clock.pass(3_600_000);
  const again = claimRollout(path, '/s', clock.now);
  expect(again.kind === 'held' && isElsewhere(again.by)).toBe(true);
});

test('each sign of life moves the counter, and tells a runner that somebody else has taken the rollout', () => {
  const path = fresh();
  const claimed = claimRollout(path, '/one');
  if (claimed.kind === 'held') throw new Error('it is held');
  const before = readFileSync(`${path}.beat`, 'utf8');
  expect(claimed.sign()).toBe(true);
  expect(readFileSync(`${path}.beat`, 'utf8')).not.toBe(before);
  writeFileSync(path, mark(ELSEWHERE));
  expect([claimed.sign(), claimed.isOurs()]).toEqual([false, false]);
  claimed.release();
  expect(readFileSync(path, 'utf8')).toBe(mark(ELSEWHERE));
});

function machine(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}
