import { describe, expect, test } from 'vitest';
import type { ExportEntry } from '../../src/model/facts.ts';
import { absolutePath, nodeName } from '../../src/model/ids.ts';
import { answered, diskMount, inventory, mount, mountSpec, observed, T0, up, usage } from '../store/builders.ts';
import { foundIn, told, watched } from './support.ts';

const fleet = inventory(['gpu01', 'gpu02', 'nfs-a']);
const disk = (node: string, target: string, ratio: number, over = {}) => [
  up(node),
  answered(node, 'mounts', [diskMount(target)]),
  answered(node, 'usage', usage(target, ratio, over), { target }),
];
const share = (node: string, ratio: number) => [
  up(node),
  answered(node, 'mounts', [mount('/data')]),
  answered(node, 'usage', usage('/data', ratio), { target: '/data' }),
];

describe('disks', () => {
  test('warn at 90 % and are critical at 95 %', () => {
    expect(foundIn(fleet, disk('gpu01', '/scratch', 0.899))).toEqual([]);
    expect(told(foundIn(fleet, disk('gpu01', '/scratch', 0.9)))).toEqual([
      'warning: /scratch on gpu01 is 90% full (93G left)',
    ]);
    expect(told(foundIn(fleet, disk('gpu01', '/scratch', 0.95)))).toEqual([
      'critical: /scratch on gpu01 is 95% full (47G left)',
    ]);
  });

  test('at the threshold do not flap: a finding closes only below 88 %', () => {
    const it = watched(fleet);
    const counts = [0.89, 0.91, 0.89, 0.91, 0.87, 0.89].map(
      (ratio, index) => it.at(index * 20_000, disk('gpu01', '/scratch', ratio)).length,
    );
    expect(counts).toEqual([0, 1, 1, 1, 0, 0]);
  });

  test('run out of inodes, too', () => {
    expect(told(foundIn(fleet, disk('gpu01', '/scratch', 0.1, { inodesFree: 20_000 })))).toEqual([
      'critical: /scratch on gpu01 is 98% full of inodes (20000 left)',
    ]);
  });

  test('a filesystem without inodes and one that is read-only by design are no finding', () => {
    expect(foundIn(fleet, disk('gpu01', '/scratch', 0.1, { inodes: 0, inodesFree: 0 }))).toEqual([]);
    const image = [
      answered('gpu01', 'mounts', [diskMount('/image', { options: ['ro'], superOptions: ['ro'] })]),
      answered('gpu01', 'usage', usage('/image', 1), { target: '/image' }),
    ];
    expect(foundIn(fleet, [up('gpu01'), ...image])).toEqual([]);
  });

  test('a full share is one finding, and one with the disk under it', () => {
    const clients = [...share('gpu01', 0.96), ...share('gpu02', 0.96)];
    expect(told(foundIn(fleet, clients))).toEqual([
      'critical: nfs-a:/export/data (on gpu[01-02]) is 96% full (37G left)',
    ]);
    expect(foundIn(fleet, [...clients, ...disk('nfs-a', '/export', 0.96)])).toMatchObject([
      { title: '/export on nfs-a is 96% full (37G left)', affects: ['gpu01', 'gpu02'] },
    ]);
  });

  test('turned read-only by the kernel is told from mounted read-only', () => {
    const turned = diskMount('/scratch', { fsType: 'ext4', superOptions: ['ro', 'errors=remount-ro'] });
    const wanted = diskMount('/archive', { options: ['ro'], superOptions: ['ro'] });
    expect(told(foundIn(fleet, [up('gpu01'), answered('gpu01', 'mounts', [turned, wanted])]))).toEqual([
      'critical: /scratch on gpu01 turned read-only',
    ]);
  });

  test('a filesystem that was aborted counts as read-only although its kernel leaves rw standing', () => {
    const aborted = diskMount('/scratch', { fsType: 'ext4', superOptions: ['rw', 'abort'] });
    expect(told(foundIn(fleet, [up('gpu01'), answered('gpu01', 'mounts', [aborted])]))).toEqual([
      'critical: /scratch on gpu01 turned read-only',
    ]);
  });

  test('with errors in the kernel log are told for a day', () => {
    const log = [{ kind: 'io-error' as const, bootSec: 100, text: 'I/O error, dev sdb, sector 1', about: 'sdb' }];
    const events = [
      up('gpu01'),
      answered('gpu01', 'load', { ...LOAD, uptimeSec: 100 }),
      answered('gpu01', 'kernelLog', log),
    ];
    const it = watched(fleet);
    expect(told(it.at(0, events))).toEqual([
      'warning: sdb of gpu01 has errors: 1 line in the kernel log of the last day',
    ]);
    expect(it.at(25 * 3_600_000)).toEqual([]);
  });
});

const LOAD = {
  load1: 0,
  load5: 0,
  load15: 0,
  uptimeSec: 0,
  cpuJiffies: { busy: 0, total: 1 },
  memoryTotalBytes: 1,
  memoryAvailableBytes: 1,
};

describe('declared mounts', () => {
  const declared = inventory(['gpu01', 'gpu02', 'nfs-a'], {
    mounts: [mountSpec(['gpu01', 'gpu02'], { options: ['noatime'] })],
  });

  test('missing on several nodes are one finding with the next move', () => {
    const events = ['gpu01', 'gpu02'].flatMap((node) => [up(node), answered(node, 'mounts', [])]);
    expect(foundIn(declared, [...events, up('nfs-a')])).toEqual([
      {
        id: 'mount-missing:nfs-a:/export/data:/data',
        rule: 'mount-missing',
        severity: 'critical',
        title: '/data is not mounted on gpu[01-02]: nothing is mounted there',
        evidence: [
          { node: 'gpu01', about: '/data', text: 'nothing is mounted there' },
          { node: 'gpu02', about: '/data', text: 'nothing is mounted there' },
        ],
        affects: [],
        nextMove: `Run "muster plan converge -l 'gpu[01-02]'", which mounts nfs-a:/export/data at /data as the inventory says, or take the wish out of it.`,
        sinceMs: T0,
      },
    ]);
  });

  test('with a failed unit tell its result, once', () => {
    const unit = {
      name: 'data.mount',
      kind: 'mount' as const,
      load: 'loaded',
      active: 'failed',
      sub: 'failed',
      result: 'exit-code',
      where: '/data',
    };
    const events = [
      up('gpu01'),
      up('gpu02'),
      answered('gpu01', 'mounts', []),
      answered('gpu01', 'units', { units: [unit], failed: ['data.mount'] }),
      answered('gpu02', 'units', {
        units: [{ ...unit, name: 'x.mount', where: '/x' }],
        failed: ['x.mount', 'cron.service'],
      }),
    ];
    expect(told(foundIn(declared, events))).toEqual([
      'critical: /data is not mounted on gpu01: nothing is mounted there, data.mount failed (exit-code)',
      'warning: x.mount on gpu02 failed: exit-code (something at /x)',
    ]);
  });

  test('with other options are drift', () => {
    const events = ['gpu01', 'gpu02'].flatMap((node) => [up(node), answered(node, 'mounts', [mount('/data')])]);
    expect(told(foundIn(declared, events))).toEqual([
      'warning: /data on gpu[01-02] is not as declared: atime: noatime wished, relatime seen',
    ]);
  });

  test('stacked over each other are told', () => {
    const twice = answered('gpu01', 'mounts', [diskMount('/data'), mount('/data')]);
    expect(told(foundIn(fleet, [up('gpu01'), twice]))).toEqual([
      'warning: /data is mounted 2 times over itself on gpu01: /dev/sdb under nfs-a:/export/data',
    ]);
  });
});

describe('exports', () => {
  const entry = (client: string, ...options: readonly string[]): ExportEntry => ({
    path: absolutePath('/export/data'),
    client,
    options: ['rw', 'sync', 'no_subtree_check', ...options],
    from: 'kernel',
  });
  const spec = { node: nodeName('nfs-a'), path: '/export/data', clients: [{ client: '10.0.0.0/8', options: ['rw'] }] };
  const declared = inventory(['nfs-a'], { exports: [spec] });
  const table = (...kernel: readonly ExportEntry[]) => [
    up('nfs-a'),
    answered('nfs-a', 'exports', { files: [], kernel }),
  ];

  test('that are missing or drifted are told with the client', () => {
    expect(told(foundIn(declared, table()))).toEqual([
      'critical: nfs-a does not export /export/data to 10.0.0.0/8: it is in no exports file',
    ]);
    expect(told(foundIn(declared, table(entry('10.0.0.0/8', 'insecure'))))).toEqual([
      'warning: nfs-a exports /export/data to 10.0.0.0/8 with other options: secure wished, insecure seen',
    ]);
  });

  test('to the whole world or with root left root are a notice', () => {
    expect(told(foundIn(fleet, table(entry('*', 'no_root_squash'))))).toEqual([
      'notice: nfs-a exports /export/data to the whole world with no_root_squash',
    ]);
    expect(told(foundIn(fleet, table(entry('10.0.0.0/8', 'no_root_squash'))))).toEqual([
      'notice: nfs-a exports /export/data with no_root_squash',
    ]);
    expect(foundIn(fleet, table(entry('10.0.0.0/8')))).toEqual([]);
  });

  test('without a running NFS server are critical', () => {
    const stopped = answered('nfs-a', 'nfsServer', { threads: 0, clients: [] });
    expect(told(foundIn(fleet, [...table(entry('10.0.0.0/8')), stopped]))).toEqual([
      'critical: the NFS server of nfs-a is stopped although it has exports',
    ]);
  });
});

describe('questions', () => {
  test('about a mount that fail in another way are told with the mount', () => {
    const denied = observed('gpu01', 'usage', { kind: 'failed', because: 'Permission denied' }, { target: '/data' });
    expect(told(foundIn(fleet, [up('gpu01'), denied], 90_000))).toEqual([
      'notice: usage of /data cannot be read on gpu01: Permission denied',
    ]);
  });

  test('that fail for three periods are gathered over the nodes, by message', () => {
    const it = watched(fleet);
    const fail = (node: string) =>
      observed(node, 'units', { kind: 'failed', because: 'units: line 3 is not as expected' });
    expect(it.at(0, [up('gpu01'), up('gpu02'), fail('gpu01'), fail('gpu02')])).toEqual([]);
    expect(told(it.at(90_000))).toEqual([
      'notice: systemd units cannot be read on gpu[01-02]: units: line 3 is not as expected',
    ]);
  });
});
