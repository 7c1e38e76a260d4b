// What an undo may take away: what the rollout brought, and nothing that came after it.
import { expect, test } from 'vitest';
import { mount } from '../../src/actions/mount.ts';
import { service } from '../../src/actions/service.ts';
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

test('a unit that was started is stopped by the undo as long as nobody made more of it since', async () => {
  const fleet = await simFleet({
    inventory: INVENTORY,
    nodes: { 'client-1': { services: { 'a.service': 'inactive' } } },
  });
  const plan = planOn(service, { nodes: 'client-1', unit: 'a', do: 'start' }, fleet);
  const node = fleet.nodes.get('client-1');
  if (plan.kind !== 'change' || node === undefined) throw new Error('no plan');
  expect(apply(plan, fleet)).toEqual([]);
  const [step] = plan.stages[0].jobs[0].steps;
  const [undo] = 'never' in step.undo ? [] : step.undo;
  if (undo === undefined) throw new Error('no undo');
  const unit = node.units.get('a.service');
  if (unit === undefined) throw new Error('no unit');
  node.units.set('a.service', { ...unit, enabled: true });
  expect(runStep(node, undo, undefined)).toBe('guarded: a.service is enabled');
  node.units.set('a.service', unit);
  expect([runStep(node, undo, undefined), node.units.get('a.service')?.active]).toEqual(['changed', 'inactive']);
});
