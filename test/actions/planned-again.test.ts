// What is there already is not refused by the plan that brought it about.
import { expect, test } from 'vitest';
import { mount } from '../../src/actions/mount.ts';
import { apply, planOn, simFleet } from './plan-cases.ts';

test.each(['UUID=1-2', 'LABEL=data', '/dev/sdb'])('a disk mounted as %s needs nothing more', async (source) => {
  const fleet = await simFleet({
    inventory: 'name: lab\nnodes: { nfs-a: {} }\n',
    nodes: { 'nfs-a': { disks: [{ path: '/dev/sdb', serial: 'S1', fs: 'ext4 data 1-2' }] } },
  });
  const again = () => planOn(mount, { nodes: 'nfs-a', target: '/data', source, type: 'ext4', how: 'unit' }, fleet);
  expect(apply(again(), fleet)).toEqual([]);
  expect(again().kind).toBe('no-op');
});
