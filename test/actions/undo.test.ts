// What an undo may take away: what the rollout brought, and nothing that came after it.
import { expect, test } from 'vitest';
import { mount } from '../../src/actions/mount.ts';
import { apply, planOn, runStep, simFleet } from './plan-cases.ts';
import { addMount } from './sim-node.ts';

const INVENTORY = 'name: lab\nnodes: { client-1: {} }\n';
const HOW = ['automount', 'unit', 'fstab', 'plain'] as const;

test.each(HOW)('undoing a mount made as %s leaves alone what somebody mounted there since', async (how) => {
  const fleet = await simFleet({ inventory: INVENTORY, nodes: {} });
  const plan = planOn(mount, { nodes: 'client-1', target: '/data', source: 'nas:/old', options: 'ro', how }, fleet);
  const node = fleet.nodes.get('client-1');
  if (plan.kind !== 'change' || node === undefined) throw new Error('no plan');
  expect(apply(plan, fleet)).toEqual([]);
  node.mounts = node.mounts.filter(({ fsType }) => fsType === 'autofs');
  addMount(node, 'nas:/new', '/data', 'nfs4', ['rw']);

  const undo = plan.stages.flatMap(({ jobs }) =>
    jobs.flatMap(({ steps }) => steps.flatMap((step) => ('never' in step.undo ? [] : step.undo))),
  );
  const unmount = undo.filter(({ title }) => title === 'unmount /data');

  expect(unmount.map((step) => runStep(node, step, undefined))).toEqual([
    'guarded: nas:/new is mounted at /data, not nas:/old',
  ]);
});
