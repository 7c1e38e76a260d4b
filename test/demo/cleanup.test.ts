// Cleaning up on demo nodes, over real SSH: set aside and undone, set aside and deleted, and mounts of ours that nobody wishes.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namesIn } from '../../src/demo/files.ts';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import { undoPlan } from '../../src/engine/undo-plan.ts';
import { type DemoHands, demoHands, quickClock } from './hands.ts';

let fleet: DemoFleet;
let hands: DemoHands;
beforeAll(async () => {
  fleet = await startDemoFleet({ clock: quickClock(100) });
  hands = demoHands(fleet);
  for (const name of fleet.world.names) fleet.world.change(name, (node) => ({ ...node, processes: [], gpus: [] }));
});
afterAll(async () => {
  await hands.close();
  await fleet.close();
});

const names = (node: string, folder: string): readonly string[] => {
  const state = fleet.world.node(node);
  return state === undefined ? [] : namesIn(state, folder);
};

const SCRATCH = { nodes: 'nfs-b', root: '/export/scratch' };

test('what was set aside comes back, and is gone after it was deleted', async () => {
  const before = names('nfs-b', '/export/scratch');
  const first = await hands.succeed(await hands.plan('cleanup', SCRATCH));
  expect(names('nfs-b', '/export/scratch').filter((name) => !name.startsWith('.muster-trash-'))).toEqual([]);
  await hands.succeed(undoPlan(first));
  expect(names('nfs-b', '/export/scratch')).toEqual(before);

  await hands.succeed(await hands.plan('cleanup', SCRATCH));
  expect((await hands.plan('cleanup', { ...SCRATCH, what: 'set-aside' })).kind).toBe('no-op');
  await hands.succeed(await hands.plan('cleanup', { ...SCRATCH, what: 'set-aside', olderThan: '0' }));
  expect(names('nfs-b', '/export/scratch')).toEqual([]);
});

test('a unit of ours that the inventory does not wish goes with its mount point', async () => {
  const given = { nodes: 'cpu03', source: 'nfs-b:/export/scratch', target: '/mnt/stray', how: 'unit' };
  await hands.succeed(await hands.plan('mount', given));
  const plan = await hands.plan('cleanup', { nodes: 'cpu03', what: 'mounts' });
  await hands.succeed(plan);
  expect(names('cpu03', '/mnt')).toEqual([]);
  expect(names('cpu03', '/etc/systemd/system').filter((name) => name.endsWith('mount'))).toEqual([]);
  expect((await hands.plan('cleanup', { nodes: 'cpu03', what: 'mounts' })).kind).toBe('no-op');
});
