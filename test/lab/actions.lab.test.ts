// Every command of the plans, run on real nodes: disks that carry something, exports, units with escaped names, busy mounts, fstab, and back again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { Action } from '../../src/model/action.ts';
import type { FreshDisk } from './disks.ts';
import type { Lab } from './lab.ts';
import { apply, planOn, type RealFleet, realFleet, undo } from './real-fleet.ts';
import { testLab } from './test-lab.ts';

let lab: Lab;
let disk: FreshDisk;
let fleet: RealFleet;

beforeAll(async () => {
  lab = await testLab();
  disk = await lab.node('nfs-1').freshDisk({ sizeMiB: 400 });
  fleet = await realFleet(lab);
});
afterAll(async () => {
  await disk.remove();
});

const action = (name: string): Action => {
  const found = actions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no action ${name}`);
  return found;
};

const bad = (outcomes: readonly string[]): readonly string[] =>
  outcomes.filter((line) => !/: (already|changed)$/.test(line));

const SHARE = () => ({
  server: 'nfs-1',
  disk: disk.serial,
  label: 'gpu-storage',
  target: '/srv/gpu-storage',
  directories: ['data 1000:1000 0775'],
  clients: ['10.77.0.0/24(rw,sync,no_subtree_check)'],
  nodes: 'client-1,client-3',
  mountPoint: '/mnt/gpu-storage',
  clientOptions: 'hard,noatime',
  wipe: true,
});

test('a disk with leftovers becomes storage that two clients use, and a second plan has nothing to do', async () => {
  const server = lab.node('nfs-1');
  await server.tells(`parted -s -a optimal ${disk.path} mklabel msdos mkpart primary 1MiB 50% mkpart primary 50% 100%
    udevadm settle; mkfs.ext4 -q -L Backup ${disk.path}1; mkswap -L oldswap ${disk.path}2; udevadm settle`);
  const refusal = await planOn(action('share-storage'), { ...SHARE(), wipe: false }, fleet);
  expect(refusal.kind === 'refused' ? refusal.because : refusal.kind).toMatch(
    /carries dos on .*ext4 "Backup".*swap "oldswap"/,
  );

  const plan = await planOn(action('share-storage'), SHARE(), fleet);
  expect(bad(await apply(fleet, plan))).toEqual([]);
  const again = await planOn(action('share-storage'), SHARE(), fleet);
  expect(again.kind === 'no-op' ? '' : again).toBe('');

  await lab
    .node('client-1')
    .tells('echo hello > /mnt/gpu-storage/data/x || su admin -c "echo hello > /mnt/gpu-storage/data/x"; true');
  expect(
    await server.tells(
      'blkid -s LABEL -o value /dev/disk/by-label/gpu-storage; ls /var/lib/muster/backups; stat -c %a:%u /srv/gpu-storage/data',
    ),
  ).toMatch(/^gpu-storage\n(.*\n)*wipefs-.*\n(.*\n)*775:1000\n$/);
});

test('options change without a second mount, and a busy mount names who uses it', async () => {
  const node = lab.node('client-1');
  const input = { nodes: 'client-1', target: '/mnt/gpu-storage' };
  const pid = (await node.tells('cd /mnt/gpu-storage; sleep 300 >/dev/null 2>&1 & echo $!')).trim();
  const busy = await planOn(action('remount'), { ...input, options: 'soft,timeo=50' }, fleet);
  expect(busy.kind === 'refused' ? busy.because : busy.kind).toContain(`in use by ${pid} root sleep 300`);

  const plan = await planOn(action('remount'), { ...input, options: 'soft,timeo=50', users: 'end' }, fleet);
  expect(bad(await apply(fleet, plan))).toEqual([]);
  expect(await node.tells("grep -c ' /mnt/gpu-storage nfs4 .*soft' /proc/mounts")).toBe('1\n');
  expect((await planOn(action('remount'), { ...input, options: 'soft,timeo=50' }, fleet)).kind).toBe('no-op');
});

test('fstab is edited in place, undone, and the mount goes with its line', async () => {
  const node = lab.node('client-2');
  const before = await node.tells('cat /etc/fstab');
  const input = {
    nodes: 'client-2',
    target: '/mnt/by fstab',
    source: `${lab.node('nfs-1').address}:/srv/gpu-storage`,
    options: 'vers=4.2',
    how: 'fstab',
  };
  const plan = await planOn(action('mount'), input, fleet);
  expect(bad(await apply(fleet, plan))).toEqual([]);
  expect(await node.tells('tail -n 1 /etc/fstab')).toContain('/mnt/by\\040fstab nfs4 vers=4.2,nofail,_netdev 0 0');
  expect(bad(await undo(fleet, plan))).toEqual([]);
  expect(await node.tells('cat /etc/fstab')).toBe(before);

  expect(bad(await apply(fleet, plan))).toEqual([]);
  const gone = await planOn(action('unmount'), { nodes: 'client-2', target: '/mnt/by fstab', keep: 'gone' }, fleet);
  expect(bad(await apply(fleet, gone))).toEqual([]);
  expect(await node.tells('cat /etc/fstab; grep -c fstab /proc/mounts; rmdir "/mnt/by fstab"', {})).toBe(
    `${before}0\n`,
  );
});

test('xfs goes onto a blank disk by a unit, and retires with everything that was written down', async () => {
  const node = lab.node('client-3');
  const own = await node.freshDisk({ sizeMiB: 512 });
  const plan = await planOn(
    action('provision-disk'),
    { nodes: 'client-3', disk: own.serial, type: 'xfs', label: 'scratch', target: '/scratch' },
    fleet,
  );
  expect(bad(await apply(fleet, plan))).toEqual([]);
  expect(await node.tells('awk \'$2 == "/scratch" { print $3 }\' /proc/mounts')).toBe('xfs\n');
  const gone = await planOn(action('unmount'), { nodes: 'client-3', target: '/scratch', keep: 'gone' }, fleet);
  expect(bad(await apply(fleet, gone))).toEqual([]);
  await own.remove();
});

test('clients let go, the export goes, and nothing of ours is left', async () => {
  const still = await planOn(action('unexport'), { nodes: 'nfs-1', path: '/srv/gpu-storage' }, fleet);
  expect(still.kind === 'refused' ? still.because : still.kind).toMatch(/is mounted by client-/);
  const away = await planOn(
    action('unmount'),
    { nodes: 'client-[1,3]', target: '/mnt/gpu-storage', keep: 'gone' },
    fleet,
  );
  expect(bad(await apply(fleet, away))).toEqual([]);
  const plan = await planOn(action('unexport'), { nodes: 'nfs-1', path: '/srv/gpu-storage' }, fleet);
  expect(bad(await apply(fleet, plan))).toEqual([]);
  const local = await planOn(action('unmount'), { nodes: 'nfs-1', target: '/srv/gpu-storage', keep: 'gone' }, fleet);
  expect(bad(await apply(fleet, local))).toEqual([]);
  expect(await lab.node('client-1').tells('ls /etc/systemd/system | grep -c gpu.x2dstorage; true')).toBe('0\n');
  expect(await lab.node('nfs-1').tells('ls /etc/exports.d; exportfs -s | grep -c gpu-storage; true')).toBe('0\n');
});
