// Every fact muster prints of the lab's nodes, compared with what each node says by other tools, in the quiet and after a restart.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from './lab.ts';
import { testLab } from './test-lab.ts';
import { agreement } from './truth.ts';
import { allUp, leftOn, nodeIn, type Watched, watch } from './watch.ts';

let lab: Lab;
let muster: Watched;
beforeAll(async () => {
  lab = await testLab();
  muster = watch(lab);
  await muster.see('all nodes up', allUp, 120_000);
});
afterAll(() => muster.close());

test.each(['nfs-1', 'client-1', 'client-2', 'client-3'])('%s is as it says itself', async (name) => {
  await agreement(lab, muster, [name]);
});

test('a restarted node is the same by another boot id, with its mount and its units as before', async () => {
  const known = (await muster.see('a boot id', (status) => idOf(status) !== undefined, 90_000)).status;
  await lab.node('client-3').restart();
  await muster.see('a new boot id', (status) => ![undefined, idOf(known)].includes(idOf(status)), 150_000);
  await agreement(lab, muster, ['client-3']);
});

test('muster leaves no process on any node', async () => {
  await muster.close();
  expect(await leftOn(lab)).toEqual({});
});

const idOf = (status: Parameters<typeof allUp>[0]): string | undefined =>
  nodeIn(status, 'client-3').facts.identity?.value?.bootId;
