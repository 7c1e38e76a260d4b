import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import { CHECKS } from '../../src/demo/checks/registry.ts';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import { checked, type Need } from '../../src/model/check.ts';
import { ROLLOUT, step } from '../engine/hand-node.ts';
import { type DemoHands, demoHands, heard, quickClock } from './hands.ts';

let fleet: DemoFleet;
let hands: DemoHands;
beforeAll(async () => {
  fleet = await startDemoFleet({ clock: quickClock(50) });
  hands = demoHands(fleet);
});
afterAll(async () => {
  await hands.close();
  await fleet.close();
});

const EXITED = { kind: 'exited', exitCode: 0, droppedBytes: 0 };

test('a demo node can answer every check there is', () => {
  expect([...CHECKS.keys()].sort()).toEqual(Object.keys(checks).sort());
});

describe('a look', () => {
  test('sees facts and checks of one state', async () => {
    const needs: readonly Need[] = [
      { kind: 'probe', probe: 'mounts' },
      { kind: 'probe', probe: 'privilege' },
      { kind: 'check', check: 'file', target: '/etc/fstab' },
      { kind: 'check', check: 'entries', target: '/etc' },
      { kind: 'check', check: 'service', target: 'data.mount' },
      { kind: 'check', check: 'users', target: '/local' },
      { kind: 'check', check: 'signatures', target: '/dev/nvme1n1' },
      { kind: 'check', check: 'file', target: '/nowhere' },
    ];
    const look = await hands.hand('gpu01').look(needs);
    if (look.kind !== 'seen') throw new Error(look.because);
    const { seen } = look;
    expect([...seen.failed]).toEqual([]);
    expect(seen.facts.privilege).toMatchObject({ kind: 'root' });
    expect(seen.facts.mounts?.some(({ target }) => target === '/data')).toBe(true);
    const fstab = checked(seen, 'file', '/etc/fstab');
    expect(fstab).toMatchObject({ kind: 'file', owner: 'root', mode: '0644' });
    expect(fstab).toHaveProperty('text', expect.stringContaining('nfs-a:/export/data /data nfs4 hard,noatime'));
    expect(checked(seen, 'entries', '/etc')?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['exports.d', 'fstab', 'systemd']),
    );
    expect(checked(seen, 'service', 'data.mount')).toMatchObject({
      load: 'loaded',
      active: 'active',
      sub: 'mounted',
      fileState: 'generated',
      isStale: false,
    });
    expect(checked(seen, 'users', '/local')).toEqual([]);
    expect(checked(seen, 'signatures', '/dev/nvme1n1')).toMatchObject([{ type: 'xfs', label: 'local' }]);
    expect(checked(seen, 'file', '/nowhere')).toEqual({ kind: 'none' });
  });

  test('a question nobody knows fails alone', async () => {
    const look = await hands.hand('cpu01').look([{ kind: 'check', check: 'signatures', target: '/dev/sdz' }]);
    expect(look.kind === 'seen' && [...look.seen.failed.keys()]).toEqual(['signatures /dev/sdz']);
  });
});

describe('a step', () => {
  test('runs, says what it says, and ends with its exit code', async () => {
    const hand = hands.hand('cpu01');
    const run = step(1, ['sh', '-c', 'echo one; sleep 2; uname -r && hostname; false']);
    expect(await hand.start(run)).toEqual({ kind: 'started' });
    expect(await heard(hand, run.name)).toEqual({
      end: { kind: 'exited', exitCode: 1, droppedBytes: 0 },
      text: 'one\n5.14.0-503.15.1.el9_5.x86_64\ncpu01\n',
    });
  });

  test('that was started before is known and does not run again', async () => {
    const hand = hands.hand('cpu02');
    const run = step(2, ['install', '-d', '-m', '0750', '-o', 'alice', '--', '/mnt/once']);
    expect(await hand.start(run)).toEqual({ kind: 'started' });
    expect((await heard(hand, run.name)).end).toEqual(EXITED);
    fleet.world.change('cpu02', (node) => ({ ...node, files: new Map() }));
    expect(await hand.start(run)).toEqual({ kind: 'known' });
    expect((await heard(hand, run.name)).end).toEqual(EXITED);
    expect(fleet.world.node('cpu02')?.files.has('/mnt/once')).toBe(false);
  });

  test('goes on while its link is cut, and another console reads it from the byte it missed', async () => {
    const first = hands.hand('cpu03', {});
    const run = step(3, ['sh', '-c', 'echo begun; sleep 5; echo ended']);
    expect(await first.start(run)).toEqual({ kind: 'started' });
    first.close();
    const second = hands.hand('cpu03', {});
    const chunks: Buffer[] = [];
    const end = await second.follow(run.name, 'begun\n'.length, (chunk) => void chunks.push(chunk));
    expect({ end, text: Buffer.concat(chunks).toString() }).toEqual({ end: EXITED, text: 'ended\n' });
  });

  test('that takes too long is ended by the node itself', async () => {
    const hand = hands.hand('cpu01');
    const run = step(4, ['sleep', '600'], { timeoutMs: 5_000 });
    await hand.start(run);
    expect((await heard(hand, run.name)).end).toEqual({ kind: 'timed-out', droppedBytes: 0 });
  });

  test('that is stopped says so, and one that is over was over', async () => {
    const hand = hands.hand('cpu01');
    const run = step(5, ['sleep', '86400'], { timeoutMs: 86_400_000 });
    await hand.start(run);
    const followed = heard(hand, run.name);
    expect(await hand.stop(run.name)).toEqual({ kind: 'stopped' });
    expect((await followed).end).toEqual({ kind: 'killed', signal: 'SIGTERM', droppedBytes: 0 });
    expect(await hand.stop(run.name)).toEqual({ kind: 'was-over' });
  });

  test('of a program nobody knows is refused, and a line of shell with one ends with 127', async () => {
    const hand = hands.hand('cpu01');
    expect(await hand.start(step(6, ['frobnicate', '-x']))).toEqual({
      kind: 'refused',
      because: 'no such program: frobnicate',
    });
    const run = step(7, ['sh', '-c', 'frobnicate -x']);
    await hand.start(run);
    expect(await heard(hand, run.name)).toEqual({
      end: { kind: 'exited', exitCode: 127, droppedBytes: 0 },
      text: 'sh: 1: frobnicate: not found\n',
    });
  });

  test('as the login user may not do what only root may', async () => {
    const hand = hands.hand('cpu01');
    const run = step(8, ['umount', '/data'], { as: 'login-user' });
    await hand.start(run);
    expect(await heard(hand, run.name)).toEqual({
      end: { kind: 'exited', exitCode: 1, droppedBytes: 0 },
      text: 'umount: Operation not permitted\n',
    });
  });

  test('is forgotten when its node boots', async () => {
    const hand = hands.hand('cpu04');
    const run = step(9, ['sleep', '86400'], { timeoutMs: 86_400_000 });
    await hand.start(run);
    const followed = heard(hand, run.name);
    fleet.inject('node-lost@cpu04');
    expect((await followed).end.kind).toBe('lost');
    fleet.heal('node-lost@cpu04');
    expect((await heard(hand, run.name)).end).toEqual({ kind: 'unknown', because: 'it never began here' });
    expect(await hand.start(run)).toEqual({ kind: 'known' });
  });

  test('that sleeps in the kernel cannot be stopped until what it waits for answers', async () => {
    fleet.inject('hung-mount@cpu05');
    const hand = hands.hand('cpu05');
    const run = step(10, ['stat', '--file-system', '--', '/data']);
    await hand.start(run);
    const followed = heard(hand, run.name);
    expect(await hand.stop(run.name)).toEqual({ kind: 'remains', because: '4242 (stat) in state D' });
    fleet.heal('hung-mount@cpu05');
    expect((await followed).end).toEqual({ kind: 'killed', signal: 'SIGTERM', droppedBytes: 0 });
  });
});

describe('the lock', () => {
  const claim = (rollout: string) => ({
    rollout: rollout as typeof ROLLOUT,
    stage: 0,
    author: { user: 'ada', host: 'desk', from: '10.0.0.7' },
    reason: 'mount /data',
  });
  const OTHER = '20261122-103015-zzzz';

  test('is one rollout’s at a time, and another is told whose', async () => {
    const [mine, others] = [hands.hand('edge01', {}), hands.hand('edge01', {})];
    expect(await mine.lock(claim(ROLLOUT))).toEqual({ kind: 'locked' });
    expect(await mine.lock(claim(ROLLOUT))).toEqual({ kind: 'locked' });
    expect(await others.lock(claim(OTHER))).toMatchObject({
      kind: 'held',
      by: expect.stringMatching(/^ada@desk \(10\.0\.0\.7\) since \d\d:\d\d: mount \/data$/),
    });
    await mine.unlock(ROLLOUT);
    expect(await others.lock(claim(OTHER))).toEqual({ kind: 'locked' });
  });

  test('is gone after a boot', async () => {
    const hand = hands.hand('cpu06');
    expect(await hand.lock(claim(ROLLOUT))).toEqual({ kind: 'locked' });
    fleet.inject('node-lost@cpu06');
    expect((await hand.look([{ kind: 'probe', probe: 'mounts' }])).kind).toBe('unreachable');
    fleet.heal('node-lost@cpu06');
    expect(await hands.hand('cpu06', {}).lock(claim(OTHER))).toEqual({ kind: 'locked' });
  });
});

describe('where sudo wants a password', () => {
  beforeAll(() => fleet.inject('sudo-refused@gpu14'));
  afterAll(() => fleet.heal('sudo-refused@gpu14'));

  test('a hand without one stays who it is, and steps of root are refused in sudo’s words', async () => {
    const hand = hands.hand('gpu14', {});
    expect(await hand.start(step(20, ['true']))).toEqual({
      kind: 'refused',
      because: 'sudo: a password is required',
    });
    const own = step(21, ['whoami'], { as: 'login-user' });
    expect(await hand.start(own)).toEqual({ kind: 'started' });
    expect((await heard(hand, own.name)).text).toBe('demo\n');
  });

  test('the password of the demo opens it', async () => {
    const hand = hands.hand('gpu14', { askPassword: async () => 'demo' });
    const run = step(22, ['whoami']);
    expect(await hand.start(run)).toEqual({ kind: 'started' });
    expect((await heard(hand, run.name)).text).toBe('root\n');
  });

  test('another password loses the hand with a sentence', async () => {
    const hand = hands.hand('gpu14', { askPassword: async () => 'guess' });
    expect(await hand.start(step(23, ['true']))).toMatchObject({
      kind: 'lost',
      because: expect.stringContaining('sudo did not accept the password'),
    });
  });
});

test('a node that sends garbage loses the hand, not the step', async () => {
  const hand = hands.hand('gpu13', {});
  await hand.look([{ kind: 'probe', probe: 'mounts' }]);
  fleet.inject('garbage-output@gpu13');
  const asked = ['mounts', 'load', 'usb', 'clock', 'nfsStats'] as const;
  const look = await hand.look(asked.map((probe) => ({ kind: 'probe', probe })));
  fleet.heal('garbage-output@gpu13');
  expect(look.kind === 'unreachable' || look.seen.failed.size > 0).toBe(true);
  expect((await hand.look([{ kind: 'probe', probe: 'mounts' }])).kind).toBe('seen');
});
