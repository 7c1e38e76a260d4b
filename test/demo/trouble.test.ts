// Steps on demo nodes that something goes wrong with: what is changed, what is said, and that a later plan mends it.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { paceOf } from '../../src/demo/commands/doing.ts';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import type { NodeState } from '../../src/demo/node-state.ts';
import { undoPlan } from '../../src/engine/undo-plan.ts';
import type { Plan } from '../../src/model/plan.ts';
import { step } from '../engine/hand-node.ts';
import { type DemoHands, demoHands, heard, quickClock } from './hands.ts';

let fleet: DemoFleet;
let hands: DemoHands;
beforeAll(async () => {
  fleet = await startDemoFleet({ clock: quickClock(100) });
  hands = demoHands(fleet);
  for (const name of fleet.world.names) fleet.world.change(name, (node) => ({ ...node, processes: [] }));
});
const faults: string[] = [];
afterEach(() => {
  for (const fault of faults.splice(0)) fleet.heal(fault);
});
afterAll(async () => {
  await hands.close();
  await fleet.close();
});

function inject(fault: string): void {
  faults.push(fault);
  fleet.inject(fault);
}

function nodeOf(name: string): NodeState {
  const node = fleet.world.node(name);
  if (node === undefined) throw new Error(`no ${name}`);
  return node;
}

async function run(argv: readonly [string, ...string[]], node: string, number: number) {
  const hand = hands.hand(node);
  const order = step(number, argv);
  expect(await hand.start(order)).toEqual({ kind: 'started' });
  const { end, text } = await heard(hand, order.name);
  return { code: end.kind === 'exited' ? end.exitCode : end.kind, text };
}

const outcomes = async (plan: Plan) =>
  (await hands.run(plan)).rollout.stages.flat().map(({ node, state }) => `${node} ${state}`);

test('one node in twelve takes six times as long as its neighbours, always the same', () => {
  const paces = fleet.world.names.map((name) => ({ name, pace: paceOf(nodeOf(name)) }));
  expect(paces.filter(({ pace }) => pace > 2).map(({ name }) => name)).toEqual(['gpu07', 'cpu07']);
  expect(Math.max(...paces.map(({ pace }) => pace))).toBeGreaterThan(4 * Math.min(...paces.map(({ pace }) => pace)));
});

test('a full disk leaves the file as it was', async () => {
  inject('disk-full@cpu01');
  const plan = await hands.plan('drain-note', { nodes: 'cpu01', reason: 'new fans' });
  const { rollout, said } = await hands.run(plan);
  expect(rollout.stages.flat().map(({ state }) => state)).toEqual(['failed']);
  expect(said).toContain('No space left on device');
  expect(nodeOf('cpu01').files.has('/etc/muster/maintenance')).toBe(false);
});

test('a new text that its trial refuses does not take the place of the old one', async () => {
  const given = { nodes: 'cpu02', path: '/etc/motd', text: ['hello'], validate: 'visudo -cf "$1"' };
  expect(await outcomes(await hands.plan('copy-file', given))).toEqual(['cpu02 failed']);
  expect(nodeOf('cpu02').files.has('/etc/motd')).toBe(false);
});

test('a share of a server that is gone is not mounted, and the failed unit says so', async () => {
  inject('server-down@nfs-b');
  fleet.world.change('gpu01', (node) => ({
    ...node,
    mounts: node.mounts.filter(({ target }) => target !== '/scratch'),
  }));
  expect(await run(['systemctl', 'start', 'scratch.mount'], 'gpu01', 1)).toEqual({
    code: 1,
    text: expect.stringContaining('mount.nfs: No route to host for nfs-b:/export/scratch on /scratch'),
  });
  expect(nodeOf('gpu01').failedUnits).toEqual(['scratch.mount']);
});

test('a node without power does not go on with what it was doing', async () => {
  const hand = hands.hand('cpu03');
  const order = step(2, ['sh', '-c', 'sleep 60; mkdir /mnt/after']);
  await hand.start(order);
  const followed = heard(hand, order.name);
  inject('node-lost@cpu03');
  expect((await followed).end.kind).toBe('lost');
  faults.length = 0;
  fleet.heal('node-lost@cpu03');
  expect((await hand.look([{ kind: 'probe', probe: 'mounts' }])).kind).toBe('seen');
  await run(['sleep', '70'], 'cpu03', 3);
  expect(nodeOf('cpu03').files.has('/mnt/after')).toBe(false);
});

test('a node on which sudo is refused is refused by the plan, and by the node', async () => {
  inject('sudo-refused@cpu04');
  const plan = await hands.plan('mount', {
    nodes: 'cpu04',
    source: 'nfs-b:/export/scratch',
    target: '/x',
    how: 'unit',
  });
  expect(plan.kind).toBe('refused');
});

test('a device that is mounted is neither wiped nor formatted', async () => {
  expect(await run(['wipefs', '--all', '--backup', '--', '/dev/nvme1n1'], 'gpu02', 4)).toMatchObject({
    code: 1,
    text: expect.stringContaining('Device or resource busy'),
  });
  expect(await run(['mkfs.ext4', '-q', '/dev/nvme1n1'], 'gpu02', 5)).toMatchObject({
    code: 1,
    text: expect.stringContaining('is mounted; will not make a filesystem here'),
  });
  expect(nodeOf('gpu02').disks.find(({ name }) => name === 'nvme1n1')?.content?.label).toBe('local');
});

test('what was mounted is taken back by its undo, to the last file', async () => {
  const before = nodeOf('cpu05');
  const given = { nodes: 'cpu05', source: 'nfs-b:/export/scratch', target: '/scratch', how: 'automount' };
  const { rollout } = await hands.run(await hands.plan('mount', given));
  expect(nodeOf('cpu05').mounts.some(({ target }) => target === '/scratch')).toBe(true);
  expect(await outcomes(undoPlan(rollout))).toEqual(['cpu05 succeeded']);
  const after = nodeOf('cpu05');
  expect(after.mounts.map(({ target }) => target)).toEqual(before.mounts.map(({ target }) => target));
  expect([...after.files.keys()].filter((path) => path.startsWith('/etc/'))).toEqual(
    [...before.files.keys()].filter((path) => path.startsWith('/etc/')),
  );
});
