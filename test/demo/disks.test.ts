// Disks of demo nodes over real SSH: one is grown to its new size while it is in use, one is made, retired, taken back, retired and wiped.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoFleet, startDemoFleet } from '../../src/demo/fleet.ts';
import { undoPlan } from '../../src/engine/undo-plan.ts';
import { phraseFor } from '../../src/model/confirmation.ts';
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

const serialOf = (node: string, disk: string): string =>
  fleet.world.node(node)?.disks.find(({ name }) => name === disk)?.serial ?? '';
const sizeOf = (node: string, target: string): number | undefined =>
  fleet.world.node(node)?.mounts.find((mount) => mount.target === target)?.space?.sizeBytes;
const mountsOf = (node: string): readonly string[] =>
  fleet.world.node(node)?.mounts.map(({ source, target }) => `${source} ${target}`) ?? [];

test('a filesystem on an enlarged disk grows while it is mounted, once', async () => {
  expect(sizeOf('nfs-b', '/export')).toBe(12e12);
  const given = { nodes: 'nfs-b', disk: 'DEMO0NFSB0001' };
  await hands.succeed(await hands.plan('grow-disk', given));
  expect(sizeOf('nfs-b', '/export')).toBe(16e12);
  expect((await hands.plan('grow-disk', given)).kind).toBe('no-op');
});

test('the partition of an enlarged disk grows before the filesystem on it', async () => {
  const given = { nodes: 'nfs-a', disk: serialOf('nfs-a', 'sdb') };
  await hands.succeed(await hands.plan('provision-disk', { ...given, label: 'spare', target: '/mnt/spare' }));
  fleet.world.change('nfs-a', (node) => ({
    ...node,
    disks: node.disks.map((disk) => (disk.name === 'sdb' ? { ...disk, sizeBytes: 20e12 } : disk)),
  }));
  const plan = await hands.plan('grow-disk', given);
  await hands.succeed(plan);
  expect(sizeOf('nfs-a', '/mnt/spare')).toBe(20e12 - 2 * 1_048_576);
});

test('a disk that is retired comes back by undo, and is blank once it was wiped', async () => {
  const given = { nodes: 'nfs-a', disk: serialOf('nfs-a', 'sdb') };
  const before = mountsOf('nfs-a');
  const retired = await hands.succeed(await hands.plan('retire-disk', given));
  expect(mountsOf('nfs-a')).toEqual(before.filter((mount) => !mount.endsWith(' /mnt/spare')));
  expect([...(fleet.world.node('nfs-a')?.files.keys() ?? [])].filter((path) => /spare/.test(path))).toEqual([]);
  await hands.succeed(undoPlan(retired));
  expect(mountsOf('nfs-a')).toEqual(before);

  const plan = await hands.plan('retire-disk', { ...given, wipe: true });
  expect(phraseFor(plan)?.phrase).toBe(`erase ${given.disk} on nfs-a`);
  await hands.succeed(plan);
  expect(fleet.world.node('nfs-a')?.disks.find(({ name }) => name === 'sdb')?.partitions).toEqual([]);
  expect((await hands.plan('retire-disk', { ...given, wipe: true })).kind).toBe('no-op');
});

test('a disk that is exported is refused with what to do first', async () => {
  const plan = await hands.plan('retire-disk', { nodes: 'nfs-a', disk: 'DEMO0NFSA0001' });
  expect(plan.kind === 'refused' ? `${plan.because} (${plan.tryThis})` : plan.kind).toMatch(
    /^\/export\/\w+ .*\(unexport \/export\/\w+ first/,
  );
});
