import { describe, expect, test } from 'vitest';
import { kernelLog } from '../../src/probes/kernel-log.ts';
import { capture, describeCaptures, factOf, failureOf, parse } from './support.ts';

const events = (lines: string) => factOf(kernelLog, `== log\n${lines}`);

describe('a line', () => {
  test.each([
    ['NVRM: Xid (PCI:0000:9B:00): 119, pid=2024380, name=nvidia-smi, Timeout after 6s', 'xid', '0000:9b:00'],
    ['NVRM: Xid (PCI:00000000:9b:00.0): 79, GPU has fallen off the bus.', 'xid', '0000:9b:00.0'],
    ['NVRM: GPU 0000:02:00.0: GPU has fallen off the bus.', 'gpu-fallen-off-bus', '0000:02:00.0'],
    [
      'NVRM: The NVIDIA GPU 0000:02:00.0 (PCI ID: 10de:1b80) installed in this system has fallen off the bus',
      'gpu-fallen-off-bus',
      '0000:02:00.0',
    ],
    ['nfs: server nfs-a not responding, still trying', 'nfs-not-responding', 'nfs-a'],
    ['nfs: server fd00::1 OK', 'nfs-ok', 'fd00::1'],
    ['blk_update_request: I/O error, dev sda, sector 2048 op 0x0', 'io-error', 'sda'],
    ['Buffer I/O error on dev sdb1, logical block 0, async page read', 'io-error', 'sdb1'],
    ['XFS (dm-3): metadata I/O error in "xfs_buf_ioend" at daddr 0x1 len 8 error 5', 'io-error', 'dm-3'],
    ['nvme0n1: I/O error', 'io-error', 'nvme0n1'],
    [
      'EXT4-fs error (device sda1): ext4_lookup:1602: inode #2: comm ls: deleted inode referenced',
      'filesystem-error',
      'sda1',
    ],
    ['EXT4-fs (sda1): Remounting filesystem read-only', 'filesystem-error', 'sda1'],
    ['XFS (sdb1): Filesystem has been shut down due to log error (0x2).', 'filesystem-error', 'sdb1'],
    ['XFS (sdb1): Corruption of in-memory data detected.  Shutting down filesystem', 'filesystem-error', 'sdb1'],
    ['BTRFS error (device sdc): bdev /dev/sdc errs: wr 1, rd 0', 'filesystem-error', 'sdc'],
    ['Out of memory: Killed process 4711 (python3) total-vm:1kB', 'out-of-memory', 'python3'],
    ['Memory cgroup out of memory: Killed process 4711 (a) b) total-vm', 'out-of-memory', 'a'],
    ['Out of memory: Killed process 123, UID 48, (httpd).', 'out-of-memory', 'httpd'],
    ['INFO: task kworker/u8:3:1234 blocked for more than 120 seconds.', 'hung-task', 'kworker/u8:3'],
  ])('%j is %s of %s', (text, kind, about) => {
    const xid = /\): (\d+),/.exec(kind === 'xid' ? text : '')?.[1];
    expect(events(`<4>[74889.644138] ${text}\n`)).toEqual([
      { kind, bootSec: 74_889.644138, text, about, ...(xid === undefined ? {} : { xid: Number(xid) }) },
    ]);
  });

  test.each([
    'NVRM: Xid error: xyz, invalid data',
    'NVRM: Xid (invalid): some error',
    'EXT4-fs (vda): mounted filesystem r/w without journal',
    'XFS (sdb1): Mounting V5 Filesystem',
    'python3[12]: segfault at 0',
  ])('%j is none of our business', (text) => {
    expect(events(`<4>[1.5] ${text}\n`)).toEqual([]);
  });
});

describe('stamps', () => {
  test.each([
    ['<4>[    1.5] ', 1.5],
    ['<4>[    1.5][  T123] ', 1.5],
    ['[1.5] ', 1.5],
    ['4,812,1500000,-;', 1.5],
    ['kern  :warn  : [    1.5] ', 1.5],
    ['<4>', 0],
  ])('%j is %d seconds after the boot', (stamp, bootSec) => {
    expect(events(`${stamp}nfs: server a OK\n`)).toEqual([
      { kind: 'nfs-ok', bootSec, text: 'nfs: server a OK', about: 'a' },
    ]);
  });
});

test('a quiet log is an empty fact, a refused one fails in the words of dmesg, no dmesg is absence', () => {
  const words = 'dmesg: read kernel buffer failed: Operation not permitted';
  expect(events('')).toEqual([]);
  expect(failureOf(() => parse(kernelLog, `== log\n${words}\n== refused\n`))).toBe(words);
  expect(parse(kernelLog, '')).toEqual({ kind: 'absent', because: 'no dmesg on this node' });
});

test('the newest 200 events are kept', () => {
  const lines = Array.from({ length: 500 }, (_, at) => `<4>[${at}.0] nfs: server a OK\n`).join('');
  expect(events(lines).map(({ bootSec }) => bootSec)).toEqual(Array.from({ length: 200 }, (_, at) => at + 300));
});

describeCaptures('kernelLog', () => {
  const xids = (name: string) =>
    events(capture(`gpu/dmesg/${name}`)).map(({ kind, about, xid }) => `${kind} ${about} ${xid ?? ''}`.trim());

  test('Xids of all styles', () => {
    expect(xids('gpud-dmesg-with-xid-119.log')).toEqual(Array(5).fill('xid 0000:9b:00 119'));
    expect(xids('xid79-fallen-off-bus.log')).toEqual(['xid 0000:02:00 79']);
    expect(xids('gpud-xid-lines.log').slice(0, 8)).toEqual([
      'xid 0000:05:00 79',
      'xid 0000:01:00 79',
      'xid 0000:03:00 14',
      'xid 0000:05:00 79',
      'xid 0000:03:00 14',
      'xid 0000:05:00 79',
      'xid 0009:01:00 149',
      'xid 0009:01:00 154',
    ]);
    expect(xids('gpud-memory-oom.iso.log').slice(-4)).toEqual([
      'xid 0000:38:00 43',
      'out-of-memory httpd',
      'out-of-memory python',
      'out-of-memory httpd',
    ]);
  });

  test.each(['gpud-fabricmanager.log', 'gpud-kmsg.1.log', 'gpud-nccl-segfault.log'])(
    '%s holds nothing of interest',
    (name) => {
      expect(xids(name)).toEqual([]);
    },
  );

  test('NFS servers that fall silent and come back', () => {
    expect(events(capture('mounts/kmsg/nfs-server-messages.log')).map(({ kind, about }) => `${kind} ${about}`)).toEqual(
      [
        'nfs-not-responding 10.2.80.41',
        'nfs-not-responding 10.100.0.60',
        'nfs-not-responding 7.247.192.16',
        'nfs-not-responding nfs-prod-01.example.com',
        'nfs-not-responding 10.0.0.5',
        'nfs-ok 7.247.192.16',
        'nfs-ok nfs-prod-01.example.com',
      ],
    );
  });
});
