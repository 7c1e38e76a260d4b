// Steps on real nodes, as admin through sudo, as transient units of systemd: what survives what, and what is left afterwards.
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { createHand } from '../../src/engine/create-hand.ts';
import type { Hand, StepEnd, StepName } from '../../src/engine/hand.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { clock, ROLLOUT, step } from '../engine/hand-node.ts';
import { endpoint, transport } from '../transport/support.ts';
import type { Lab } from './lab.ts';
import { placesOf } from './places.ts';
import { testLab } from './test-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await testLab();
  await lab.node('client-3').says(CLEAN);
});
afterEach(async () => {
  await lab.healAll();
  await lab.node('client-3').says(CLEAN);
});

const CLEAN = "systemctl kill -s KILL 'muster-*'; sleep 0.3; umount /run/muster; rm -rf /run/muster /root/effects";

interface Entry {
  readonly nodes: { readonly [name: string]: { address: string; port: number; hostKeys: string[] } };
}

/** A hand as a console outside the lab has it; each has connections of its own. */
function handOn(name: string): Hand {
  const { nodes }: Entry = parse(readFileSync(lab.inventory, 'utf8'));
  const to = nodes[name];
  if (to === undefined) throw new Error(`the lab has no node ${name}`);
  const where = endpoint(to.port, {
    address: to.address,
    user: 'admin',
    hostKeyName: to.address,
    identityFiles: [placesOf(lab.name).key],
    pinnedHostKeys: to.hostKeys,
  });
  const hand = createHand(transport(), where, { clock, probes: {}, checks: {} });
  onTestFinished(() => hand.close());
  return hand;
}

/** Follows over every loss of the link, as a rollout does. */
async function persist(hand: Hand, name: StepName): Promise<readonly [StepEnd, string]> {
  let text = '';
  for (let tries = 0; ; tries++) {
    const end = await hand.follow(name, Buffer.byteLength(text), (chunk) => {
      text += chunk.toString();
    });
    if (end.kind !== 'lost' || tries === 200) return [end, text];
    await new Promise((resolve) => void clock.after(500, () => resolve(undefined)));
  }
}

const COUNTING = 'echo begun >>/root/effects; for i in $(seq 1 40); do echo $i; sleep 0.2; done; id -un; exit 7';
const COUNTED = `${Array.from({ length: 40 }, (_, at) => `${at + 1}\n`).join('')}root\n`;

test('a unit outlives its sessions on the node and a pulled cable, is started once, and loses no line', async () => {
  const node = lab.node('client-3');
  const hand = handOn('client-3');
  const run = step(1, ['sh', '-c', COUNTING]);
  expect(await hand.start(run)).toEqual({ kind: 'started' });
  const followed = persist(hand, run.name);
  await node.tells('pkill -KILL -u admin sshd; true');
  await node.fault('link-down');
  await node.tells('sleep 3');
  await node.heal('link-down');
  expect(await followed).toEqual([{ kind: 'exited', exitCode: 7, droppedBytes: 0 }, COUNTED]);
  expect(await hand.start(run)).toEqual({ kind: 'known' });
  expect(await node.tells('cat /root/effects')).toBe('begun\n');
  await hand.sweep(ROLLOUT);
  // systemd forgets a unit that has ended when it comes to it.
  const left = () => node.tells("ls /run/muster; systemctl list-units --all --no-legend 'muster-*'");
  await expect.poll(left, { timeout: 60_000, interval: 500 }).toBe('');
});

test('a step past its time, and one that is stopped, are gone with their whole cgroup', async () => {
  const hand = handOn('client-3');
  const script = '(trap "" TERM; env -i setsid sleep 4001 & env -i setsid sleep 4002 & wait) & sleep 4003';
  const late = step(1, ['sh', '-c', script], { timeoutMs: 2_000 });
  expect(await hand.start(late)).toEqual({ kind: 'started' });
  expect(await persist(hand, late.name)).toEqual([{ kind: 'timed-out', droppedBytes: 0 }, '']);
  expect(await lab.node('client-3').tells('pgrep -f "[s]leep 400[123]" || true')).toBe('');
  const stopped = step(2, ['sh', '-c', script]);
  expect(await hand.start(stopped)).toEqual({ kind: 'started' });
  expect(await hand.stop(stopped.name)).toEqual({ kind: 'stopped' });
  expect(await lab.node('client-3').tells('pgrep -f "[s]leep 400[123]" || true')).toBe('');
});

test('of twenty steps that begin close upon each other and end at once none is told as late', async () => {
  const hand = handOn('client-3');
  // Those begun before and the start of the next one keep the node's one processor busy: what a shell starts often waits behind the shell.
  const runs = Array.from({ length: 20 }, (_, at) => step(at + 1, ['true'], { timeoutMs: 180_000 }));
  for (const run of runs) expect(await hand.start(run)).toEqual({ kind: 'started' });
  const ends = await Promise.all(runs.map((run) => persist(hand, run.name)));
  expect(ends).toEqual(runs.map(() => [{ kind: 'exited', exitCode: 0, droppedBytes: 0 }, '']));
});

test('a step of the login user is that user, looked after by root', async () => {
  const hand = handOn('client-3');
  const run = step(1, ['sh', '-c', 'id -un; echo "$HOME"; echo "$1"', 'sh', "a 'b' $HOME"], { as: 'login-user' });
  expect(await hand.start(run)).toEqual({ kind: 'started' });
  expect(await persist(hand, run.name)).toEqual([
    { kind: 'exited', exitCode: 0, droppedBytes: 0 },
    "admin\n/home/admin\na 'b' $HOME\n",
  ]);
});

test('on a full /run a step is refused; one that runs already goes on and tells how it ended and what was dropped', async () => {
  const node = lab.node('client-3');
  await node.tells('mkdir -p -m 700 /run/muster && mount -t tmpfs -o size=200k,mode=700 tmpfs /run/muster');
  const hand = handOn('client-3');
  const run = step(1, ['sh', '-c', 'head -c 1000000 /dev/zero; exit 4']);
  expect(await hand.start(run)).toEqual({ kind: 'started' });
  const [end] = await persist(hand, run.name);
  expect(end).toMatchObject({ kind: 'exited', exitCode: 4 });
  expect('droppedBytes' in end && end.droppedBytes).toBeGreaterThan(750_000);
  // A step takes half of what is free and no more; something else takes the rest.
  await node.tells('head -c 300000 /dev/zero >/run/muster/filler || true');
  expect(await hand.start(step(2, ['true']))).toMatchObject({ kind: 'refused' });
});

test('two consoles want the node: one has it, and after a reboot the other; a step before the reboot is unknown', async () => {
  const node = lab.node('client-3');
  const [first, second] = [handOn('client-3'), handOn('client-3')];
  const other = rolloutId('20261122-110000-zzzz');
  const author = { user: 'root', host: 'jump' };
  const claims = await Promise.all([
    first.lock({ rollout: ROLLOUT, stage: 0, author, reason: 'mount /data' }),
    second.lock({ rollout: other, stage: 0, author, reason: 'reboot' }),
  ]);
  expect(claims.map(({ kind }) => kind).sort()).toEqual(['held', 'locked']);
  const run = step(1, ['sleep', '4004']);
  await first.start(run);
  await node.fault('power-off');
  await node.heal('power-off');
  expect(await node.answers()).toBe(true);
  const [end] = await persist(first, run.name);
  expect(end.kind).toBe('unknown');
  const loser =
    claims[0].kind === 'held'
      ? first.lock({ rollout: ROLLOUT, stage: 0, author, reason: '' })
      : second.lock({ rollout: other, stage: 0, author, reason: '' });
  expect(await loser).toEqual({ kind: 'locked' });
});
