import { expect, test } from 'vitest';
import { whyUsed } from '../../src/model/disk-use.ts';
import type { BlockDevice } from '../../src/model/facts.ts';
import { absolutePath, devicePath } from '../../src/model/ids.ts';
import { blockDevices, simDisk, simMount } from '../actions/sim-state.ts';

const disk = devicePath('/dev/sdb');
const BY_PATH = '/dev/disk/by-path/pci-0000:00:1f.2-ata-2-part1';

const devices = (mountedAt?: string): readonly BlockDevice[] =>
  blockDevices(
    [simDisk({ path: disk, serial: 'S1' }), simDisk({ path: '/dev/sdc', serial: 'S2', fs: 'xfs other 22' })],
    mountedAt === undefined ? [] : [simMount(1, '/dev/sdc', absolutePath(mountedAt), 'xfs', ['rw'])],
  );

test('a name of fstab that no fact translates may be the disk, as long as no other is mounted there', () => {
  const fstab = `${BY_PATH} /data xfs noauto 0 0\n`;
  expect(whyUsed(disk, devices(), fstab)).toBe(
    `/etc/fstab has ${BY_PATH} for /data, which may be /dev/sdb: no other disk is mounted there`,
  );
  expect(whyUsed(disk, devices('/data'), fstab)).toBe(undefined);
  expect(whyUsed(disk, devices(), '/dev/sr0 /media/cdrom auto noauto 0 0\n')).toBe(undefined);
});

test('a disk that is reached over two paths without multipath is in use as far as anybody can tell', () => {
  const legs = (serial: string): readonly BlockDevice[] =>
    devices().map((device) => ({ ...device, wwn: '0x5000c500a1', serial: device.path === disk ? 'S1' : serial }));
  expect(whyUsed(disk, legs('S1'), '')).toBe(
    '/dev/sdb is reached as /dev/sdc as well (WWN 0x5000c500a1), and what uses it there is not seen here',
  );
  // Some adapters give every disk behind them one WWN.
  expect(whyUsed(disk, legs('S2'), '')).toBe(undefined);
});

test.each(['stratis', 'oracleasm', 'vdo', 'jbd', 'xfs_external_log', 'linux_raid_member', 'zfs_member', 'bcache'])(
  'a disk that carries %s is a part of something larger',
  (fsType) => {
    const found = devices().map((device) => (device.path === disk ? { ...device, fsType } : device));
    expect(whyUsed(disk, found, '')).toBe(`/dev/sdb is a member of something larger (${fsType})`);
  },
);
