import { describe, expect, test } from 'vitest';
import { blockDevices } from '../../src/probes/block-devices.ts';
import { capture, capturesIn, describeCaptures, factOf, failureOf, parse } from './support.ts';

const tree = (...devices: readonly object[]) => JSON.stringify({ blockdevices: devices });
const from = (...devices: readonly object[]) => factOf(blockDevices, `== lsblk 0\n${tree(...devices)}\n== by-id\n`);

describe('lsblk', () => {
  test('a disk with a partition, all columns, and the names that survive a reboot', () => {
    const disk = {
      name: '/dev/nvme0n1',
      kname: '/dev/nvme0n1',
      type: 'disk',
      size: 1_000_204_886_016,
      model: 'Samsung SSD 980  ',
      serial: 'S64D',
      wwn: 'eui.002538',
      tran: 'nvme',
      rota: false,
      ro: false,
      pttype: 'gpt',
      fstype: null,
      fsver: null,
      label: null,
      uuid: null,
      partlabel: null,
      partuuid: null,
      mountpoints: [null],
    };
    const partition = {
      ...disk,
      name: '/dev/nvme0n1p1',
      kname: '/dev/nvme0n1p1',
      type: 'part',
      size: 1_000_203_091_968,
      model: null,
      serial: null,
      fstype: 'ext4',
      fsver: '1.0',
      label: 'gpu-storage',
      uuid: '5bc38d5b',
      partlabel: 'primary',
      partuuid: 'aa-01',
      mountpoints: ['/mnt/gpu storage', '/srv'],
    };
    const byId = `total 0
lrwxrwxrwx 1 root root 13 Jan  1 00:00 nvme-Samsung_SSD_980_S64D -> ../../nvme0n1
lrwxrwxrwx 1 root root 15 Jan  1 00:00 nvme-Samsung_SSD_980_S64D-part1 -> ../../nvme0n1p1
lrwxrwxrwx 1 root root 13 Jan  1 00:00 nvme-eui.002538 -> ../../nvme0n1
`;
    const answer = `== lsblk 0\n${tree({ ...disk, children: [partition] })}\n== by-id\n${byId}`;
    const shared = {
      wwn: 'eui.002538',
      transport: 'nvme',
      isRotational: false,
      isReadOnly: false,
      partitionTable: 'gpt',
    };
    expect(factOf(blockDevices, answer)).toEqual([
      {
        path: '/dev/nvme0n1',
        kind: 'disk',
        sizeBytes: 1_000_204_886_016,
        stableIds: ['nvme-Samsung_SSD_980_S64D', 'nvme-eui.002538'],
        mountPoints: [],
        model: 'Samsung SSD 980',
        serial: 'S64D',
        ...shared,
      },
      {
        path: '/dev/nvme0n1p1',
        kind: 'part',
        parent: '/dev/nvme0n1',
        sizeBytes: 1_000_203_091_968,
        stableIds: ['nvme-Samsung_SSD_980_S64D-part1'],
        mountPoints: ['/mnt/gpu storage', '/srv'],
        fsType: 'ext4',
        fsVersion: '1.0',
        label: 'gpu-storage',
        uuid: '5bc38d5b',
        partitionLabel: 'primary',
        partitionUuid: 'aa-01',
        ...shared,
      },
    ]);
  });

  test('older versions give strings for numbers and flags, bare names, and one mount point', () => {
    expect(from({ name: 'sda', type: 'disk', size: '1024', rota: '1', ro: '0', mountpoint: '/data' })).toEqual([
      {
        path: '/dev/sda',
        kind: 'disk',
        sizeBytes: 1_024,
        stableIds: [],
        mountPoints: ['/data'],
        isRotational: true,
        isReadOnly: false,
      },
    ]);
  });

  test('pairs of a version without JSON', () => {
    const pairs = `NAME="/dev/sda" KNAME="/dev/sda" PKNAME="" TYPE="disk" SIZE="1024" MODEL="A\\x20B" ROTA="0" RO="1" MOUNTPOINT=""
NAME="/dev/sda1" KNAME="/dev/sda1" PKNAME="/dev/sda" TYPE="part" SIZE="512" MODEL="" ROTA="0" RO="1" MOUNTPOINT="/a b"
`;
    const shared = { stableIds: [], isRotational: false, isReadOnly: true };
    expect(factOf(blockDevices, `== lsblk 0\n${pairs}\n== by-id\n`)).toEqual([
      { path: '/dev/sda', kind: 'disk', sizeBytes: 1_024, mountPoints: [], model: 'A B', ...shared },
      { path: '/dev/sda1', kind: 'part', parent: '/dev/sda', sizeBytes: 512, mountPoints: ['/a b'], ...shared },
    ]);
  });

  test('a device on several legs stands once and names them all, so that no leg looks free', () => {
    const raid = { name: '/dev/md0', type: 'raid1', size: 1 };
    const leg = (name: string) => ({ name, type: 'disk', size: 2, children: [raid] });
    const found = from(leg('/dev/sda'), leg('/dev/sdb'), leg('/dev/sdc'));
    expect(found.map(({ path, parent, otherParents }) => [path, parent, otherParents])).toEqual([
      ['/dev/sda', undefined, undefined],
      ['/dev/md0', '/dev/sda', ['/dev/sdb', '/dev/sdc']],
      ['/dev/sdb', undefined, undefined],
      ['/dev/sdc', undefined, undefined],
    ]);
  });

  test('by-id names of a device mapper device are found by its kernel name', () => {
    const byId = 'lrwxrwxrwx 1 root root 10 Jan  1 00:00 dm-name-vg-lv -> ../../dm-0\n';
    const device = { name: '/dev/mapper/vg-lv', kname: '/dev/dm-0', type: 'lvm', size: 1 };
    expect(factOf(blockDevices, `== lsblk 0\n${tree(device)}\n== by-id\n${byId}`)[0]?.stableIds).toEqual([
      'dm-name-vg-lv',
    ]);
  });
});

describe('answers without devices', () => {
  test('no lsblk and no device are absence, an lsblk that fails does so in its words', () => {
    expect(parse(blockDevices, '')).toEqual({ kind: 'absent', because: 'no lsblk on this node' });
    expect(parse(blockDevices, `== lsblk 0\n${tree()}\n== by-id\n`).kind).toBe('absent');
    const words = 'lsblk: failed to access sysfs directory: /sys/dev/block: No such file or directory';
    expect(failureOf(() => parse(blockDevices, `== lsblk 1\n${words}\n== by-id\n`))).toBe(words);
  });

  test.each([
    ['half a tree', '{"blockdevices": [{"name": "sda"'],
    ['another tree', '{"blockdevices": {}}'],
    ['a device that is none', '{"blockdevices": [7]}'],
    ['a size below zero', tree({ name: 'sda', size: -1 })],
    ['a size without end', '{"blockdevices": [{"name": "sda", "size": 1e309}]}'],
    ['no size', tree({ name: 'sda' })],
    ['a path elsewhere', tree({ name: '/etc/passwd', size: 1 })],
    ['a list deeper than any', `${'{"blockdevices":['.repeat(3)}`],
  ])('%s is a failure', (_, text) => {
    expect(failureOf(() => parse(blockDevices, `== lsblk 0\n${text}\n== by-id\n`))).toMatch(/^blockDevices: line 2/);
  });
});

describeCaptures('blockDevices', () => {
  const all = (path: string) => factOf(blockDevices, `== lsblk 0\n${capture(path)}\n== by-id\n`);

  test.each(capturesIn('mounts/lsblk').filter((path) => path.endsWith('.json')))(
    '%s: every device once, every parent there',
    (path) => {
      const names = [...new Set([...capture(path).matchAll(/"name": "([^"]+)"/g)].map((match) => match[1] ?? ''))];
      const found = all(path);
      const paths = found.map((device) => `${device.path}`);
      expect(paths).toEqual(names.map((name) => (name.startsWith('/') ? name : `/dev/${name}`)));
      expect(found.filter(({ parent }) => parent !== undefined && !paths.includes(parent))).toEqual([]);
      expect(found.every(({ sizeBytes }) => Number.isFinite(sizeBytes) && sizeBytes >= 0)).toBe(true);
    },
  );

  test('a logical volume over eight disks names all eight, and all its mount points', () => {
    const volume = all('mounts/lsblk/gpud-lsblk.3.json').find(({ kind }) => kind === 'lvm');
    expect([volume?.parent, volume?.otherParents, volume?.sizeBytes, volume?.mountPoints.slice(-3)]).toEqual([
      '/dev/nvme0n1',
      [1, 2, 4, 7, 6, 5, 3].map((at) => `/dev/nvme${at}n1`),
      7 * 1_024 ** 4,
      ['/var/lib/kubelet', '/var/lib/containerd', '/sample-data-disk'],
    ]);
  });
});
