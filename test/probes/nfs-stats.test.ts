import { expect, test } from 'vitest';
import { nfsStats } from '../../src/probes/nfs-stats.ts';
import { capture, describeCaptures, factOf, failureOf, parse } from './support.ts';

/** One mount: GETATTR and READ counters, and the transport's sends and backlog. */
const block = ({
  age = 100,
  reads = 10,
  queue = 20,
  roundTrip = 50,
  sends = 30,
  backlog = 6,
  bytes = 4_096,
} = {}): string =>
  `device nfs-a:/srv mounted on /mnt/a\\040b with fstype nfs4 statvers=1.1
	opts:	rw,vers=4.2
	age:	${age}
	bytes:	1 2 3 4 ${bytes} 0 7 8
	RPC iostats version: 1.1  p/v: 100003/4 (nfs)
	xprt:	tcp 733 1 1 0 0 ${sends} ${sends} 0 9 ${backlog} 2 0 0
	per-op statistics
	        NULL: 1 1 0 0 0 0 0 0 0
	        READ: ${reads} ${reads + 2} 0 0 0 ${queue} ${roundTrip} 70 0

`;

const COUNTERS = {
  target: '/mnt/a b',
  source: 'nfs-a:/srv',
  ageSec: 100,
  operations: 11,
  retransmissions: 2,
  roundTripMsTotal: 50,
  queueMsTotal: 20,
  readBytes: 4_096,
  writtenBytes: 0,
  transport: { sends: 30, backlogTotal: 6 },
};

test('the first answer has counters and no rates; the backlog is the mean since the mount', () => {
  expect(factOf(nfsStats, block())).toEqual([{ ...COUNTERS, backlog: 0.2 }]);
});

test('the next answer has the rates between the two', () => {
  const previous = { value: factOf(nfsStats, block()), atMs: 990_000 };
  const now = block({ age: 110, reads: 20, queue: 70, roundTrip: 250, sends: 40, backlog: 26, bytes: 4_096 + 10_240 });
  const [stats] = factOf(nfsStats, now, { previous });
  expect(stats?.recent).toEqual({
    operationsPerSec: 1,
    roundTripMs: 20,
    queueMs: 5,
    retransmissionsPerSec: 0,
    readBytesPerSec: 1_024,
    writtenBytesPerSec: 0,
  });
  expect(stats?.backlog).toBe(2);
});

test('an interval without operations has no mean round trip', () => {
  const previous = { value: factOf(nfsStats, block()), atMs: 990_000 };
  expect(factOf(nfsStats, block({ age: 110 }), { previous })[0]?.recent).toEqual({
    operationsPerSec: 0,
    retransmissionsPerSec: 0,
    readBytesPerSec: 0,
    writtenBytesPerSec: 0,
  });
});

test('a remount, another server at the same place, and counters that ran backwards have no rates', () => {
  const value = factOf(nfsStats, block());
  const recent = (answer: string) => factOf(nfsStats, answer, { previous: { value, atMs: 990_000 } })[0]?.recent;
  expect(recent(block({ age: 9, reads: 20 }))).toBeUndefined();
  expect(recent(block({ age: 110, reads: 20 }).replace('nfs-a:', 'nfs-b:'))).toBeUndefined();
  expect(recent(block({ age: 110, reads: 5 }))).toBeUndefined();
});

test('connections of nconnect are added up, and UDP has its own columns', () => {
  const two = block().replace(/(\txprt:.*\n)/, '$1$1');
  const udp = block().replace(/\txprt:.*\n/, '\txprt:\tudp 733 1 30 30 0 9 6\n');
  expect(factOf(nfsStats, two)[0]?.transport).toEqual({ sends: 60, backlogTotal: 12 });
  expect(factOf(nfsStats, udp)[0]?.transport).toEqual({ sends: 30, backlogTotal: 6 });
});

test('other filesystems are passed over; without NFS the fact is absent', () => {
  const others =
    'device proc mounted on /proc with fstype proc\ndevice nfsd mounted on /proc/fs/nfsd with fstype nfsd\n';
  expect(parse(nfsStats, others)).toEqual({ kind: 'absent', because: 'no NFS is mounted on this node' });
  expect(factOf(nfsStats, others + block()).length).toBe(1);
});

test('of two mounts at one place the later one counts', () => {
  const later = block({ age: 5 });
  expect(factOf(nfsStats, block() + later).map(({ ageSec }) => ageSec)).toEqual([5]);
});

test.each([
  ['no statistics', block().replace(' statvers=1.1', '')],
  ['a version nobody knows', block().replace('statvers=1.1', 'statvers=2.0')],
  ['a block cut short', block().split('\tper-op')[0] ?? ''],
  ['an operation cut short', block().replace(/READ: .*/, 'READ: 10 12')],
])('%s is a failure', (_, answer) => {
  expect(failureOf(() => parse(nfsStats, answer))).toMatch(/^nfsStats: line \d+ is not as expected/);
});

describeCaptures('nfsStats', () => {
  test('overflowed queue times count as nothing', () => {
    const transport = { sends: 6_428, backlogTotal: 0 };
    expect(factOf(nfsStats, capture('mounts/mountstats/procfs-26231.mountstats'))).toEqual([
      {
        target: '/mnt/nfs/test',
        source: '192.168.1.1:/srv/test',
        ageSec: 13_968,
        operations: 2_927_396_305,
        retransmissions: 0,
        roundTripMsTotal: 1_667_448_833,
        queueMsTotal: 6,
        readBytes: 1_210_214_218,
        writtenBytes: 0,
        transport,
        backlog: 0,
      },
    ]);
  });

  test('NFSv3, NFSv4 and UDP mounts of two hosts', () => {
    const short = (path: string) =>
      factOf(nfsStats, capture(path)).map(
        ({ target, source, ageSec, operations, retransmissions }) =>
          `${source} ${target} ${ageSec} ${operations} ${retransmissions}`,
      );
    expect(short('mounts/mountstats/telegraf-nfsclient.mountstats')).toEqual([
      '1.2.3.4:/storage/NFS /A 1136770 23100 21',
      '2.2.2.2:/nfsdata/ /B 19 70183 1',
      'nfsserver1:/vol/export1/bread_recipes /C 1084700 746337 1',
      'nfsserver2:/tank/os2warp /D 2 19 0',
    ]);
    expect(short('mounts/mountstats/node_exporter-pid10.mountstats')).toEqual([
      '192.168.1.1:/srv/test /mnt/nfs/test 13968 1298 0',
      '192.168.1.1:/srv/test /mnt/nfs/test-dupe 13968 2927396305 0',
    ]);
  });
});
