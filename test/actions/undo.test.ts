// What an undo may take away: what the rollout brought, and nothing that came after it.
import { expect, test } from 'vitest';
import { converge } from '../../src/actions/converge.ts';
import { mount } from '../../src/actions/mount.ts';
import { service } from '../../src/actions/service.ts';
import { unmount } from '../../src/actions/unmount.ts';
import { cmd } from '../../src/model/command.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { apply, planOn, runStep, simFleet } from './plan-cases.ts';
import { addMount } from './sim-node.ts';
import { run } from './sim-run.ts';

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

test('a directory gets the owner and mode back that it had, unless somebody gave it others since', async () => {
  const fleet = await simFleet({
    inventory: `
name: lab
nodes: { nfs-a: {} }
volumes: [{ name: data, nodes: nfs-a, disk: { serial: S1 }, type: ext4, target: /srv, directories: [{ path: a, owner: alice, mode: "2770" }] }]
`,
    nodes: {
      'nfs-a': {
        disks: [{ path: '/dev/sdb', serial: 'S1', fs: 'ext4 data 1-2' }],
        mounts: ['/dev/sdb /srv ext4 rw'],
        files: { '/etc/fstab': 'UUID=1-2 /srv ext4 defaults 0 2\n' },
        leavings: { '/srv/a': 'directory 4K 1d bob 0755' },
        directories: ['/srv'],
      },
    },
  });
  const plan = planOn(converge, {}, fleet);
  const node = fleet.nodes.get('nfs-a');
  if (plan.kind !== 'change' || node === undefined) throw new Error('no plan');
  expect(apply(plan, fleet)).toEqual([]);
  const [step] = plan.stages[0].jobs[0].steps;
  const [undo] = 'never' in step.undo ? [] : step.undo;
  if (undo === undefined) throw new Error('no undo');
  const made = node.files.get('/srv/a');
  expect(made).toMatchObject({ owner: 'alice', group: 'bob', mode: '2770' });
  node.files.set('/srv/a', { kind: 'directory', owner: 'carol', group: 'bob', mode: '2770' });
  expect(runStep(node, undo, undefined)).toBe('guarded: /srv/a belongs to carol:bob');
  if (made !== undefined) node.files.set('/srv/a', made);
  expect(runStep(node, undo, undefined)).toBe('changed');
  expect(node.files.get('/srv/a')).toMatchObject({ owner: 'bob', group: 'bob', mode: '0755' });
});

test('a bind mount that was unmounted comes back with its flags from the mount it was made of, as long as that is there', async () => {
  const disks = [{ path: '/dev/sdb', serial: 'S1', fs: 'ext4 data 1-2' }];
  const fleet = await simFleet({
    inventory: INVENTORY,
    nodes: { 'client-1': { disks, mounts: ['/dev/sdb /data ext4 noatime'] } },
  });
  const node = fleet.nodes.get('client-1');
  if (node === undefined) throw new Error('no node');
  run(node, cmd('mount', '-o', 'bind,ro,nodev', '--', '/data/in/here', '/mnt/bound'));
  const before = node.mounts.map(({ device, root, target, options }) => [device, root, target, options]);
  const plan = planOn(unmount, { nodes: 'client-1', target: '/mnt/bound' }, fleet);
  expect(apply(plan, fleet)).toEqual([]);
  expect(node.mounts.map(({ target }) => target)).toEqual(['/data']);
  const [undo] = undosOf(plan);
  if (undo === undefined) throw new Error('no undo');

  const mounts = node.mounts;
  node.mounts = [];
  expect(runStep(node, undo, undefined)).toBe('guarded: nothing is mounted at /data');
  node.mounts = mounts;
  expect(runStep(node, undo, undefined)).toBe('changed');
  expect(node.mounts.map(({ device, root, target, options }) => [device, root, target, options])).toEqual(before);
});

test('a btrfs subvolume comes back as the subvolume it was, a directory in one as the bind mount it was, and what is told otherwise not at all', async () => {
  const fleet = await simFleet({
    inventory: INVENTORY,
    nodes: {
      'client-1': {
        mounts: ['/dev/sdb /srv btrfs', '/dev/sdb /in btrfs', '/dev/sdb /odd btrfs', '/dev/sdb /top btrfs'],
      },
    },
  });
  const node = fleet.nodes.get('client-1');
  if (node === undefined) throw new Error('no node');
  const told = {
    '/srv': { root: '/@data', superOptions: ['rw', 'space_cache=v2', 'subvolid=256', 'subvol=/@data'] },
    '/in': { root: '/@data/in here', superOptions: ['rw', 'subvolid=256', 'subvol=/@data'] },
    // A comma in a name cuts it in the kernel's own table.
    '/odd': { root: '/a,b', superOptions: ['rw', 'subvolid=257', 'subvol=/a', 'b'] },
    '/top': { root: '/', superOptions: ['rw', 'subvolid=5', 'subvol=/'] },
  } as const;
  const btrfsMounts = node.mounts.map((mount) => {
    const own = Object.entries(told).find(([target]) => target === mount.target)?.[1];
    return { ...mount, device: '0:40', ...own };
  });
  const undo = (target: string, mounts = btrfsMounts) => {
    node.mounts = mounts;
    const plan = planOn(unmount, { nodes: 'client-1', target }, fleet);
    const step = plan.kind === 'change' ? plan.stages[0].jobs[0].steps[0] : undefined;
    if (step === undefined) return plan.kind;
    return 'never' in step.undo ? step.undo.never : step.undo.map(({ run }) => run.argv.join(' ')).join();
  };
  expect(['/srv', '/in', '/odd', '/top'].map((target) => undo(target))).toEqual([
    'mount -t btrfs -o rw,relatime,subvol=/@data -- /dev/sdb /srv',
    'mount -o bind,relatime -- /srv/in here /in',
    'mount -o bind,relatime -- /top/a,b /odd',
    'mount -t btrfs -o rw,relatime,subvol=/ -- /dev/sdb /top',
  ]);
  const alone = btrfsMounts.filter(({ target }) => target === '/odd');
  expect(undo('/odd', alone)).toBe('only /a,b of /dev/sdb was mounted there: mount it again as it was');
});

test('what cannot be mounted again as it was says why, and an NFS mount keeps the options it shares with its server', async () => {
  const fleet = await simFleet({
    inventory: INVENTORY,
    nodes: { 'client-1': { mounts: ['tmpfs /ram tmpfs', 'nas:/x /data nfs4 soft,nosuid', '/dev/sdb /alone ext4'] } },
  });
  const node = fleet.nodes.get('client-1');
  if (node === undefined) throw new Error('no node');
  node.mounts = node.mounts.map((mount) => (mount.target === '/alone' ? { ...mount, root: '/in/here' } : mount));
  const told = ['/ram', '/alone', '/data'].map((target) => {
    const plan = planOn(unmount, { nodes: 'client-1', target }, fleet);
    const step = plan.kind === 'change' ? plan.stages[0].jobs[0].steps[0] : undefined;
    if (step === undefined) return plan.kind;
    return 'never' in step.undo ? step.undo.never : step.undo.map(({ run }) => run.argv.join(' ')).join();
  });
  expect(told).toEqual([
    'what was in the tmpfs at /ram ends with it',
    'only /in/here of /dev/sdb was mounted there: mount it again as it was',
    'mount -t nfs4 -o rw,nosuid,relatime,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,proto=tcp,timeo=600,retrans=2,sec=sys,soft -- nas:/x /data',
  ]);
});

const undosOf = (plan: Plan): readonly Step[] =>
  plan.kind === 'change'
    ? plan.stages.flatMap(({ jobs }) =>
        jobs.flatMap(({ steps }) => steps.flatMap((step) => ('never' in step.undo ? [] : step.undo))),
      )
    : [];
