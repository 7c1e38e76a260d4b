import { describe, expect, test } from 'vitest';
import type { NfsMountStats } from '../../src/model/facts.ts';
import { absolutePath } from '../../src/model/ids.ts';
import type { NfsServer } from '../../src/model/server-facts.ts';
import { answered, inventory, mount, mountSpec, up } from '../store/builders.ts';
import { told, watched } from './support.ts';

const MINUTE_MS = 60_000;
const NODES = ['gpu01', 'gpu02', 'nfs-a'];

type Recent = Partial<NonNullable<NfsMountStats['recent']>>;

function stats(target: string, recent: Recent, backlog = 0): NfsMountStats {
  const counters = { ageSec: 1, operations: 9, retransmissions: 0, roundTripMsTotal: 0, queueMsTotal: 0 };
  return {
    target: absolutePath(target),
    source: 'nfs-a:/export/data',
    ...counters,
    readBytes: 0,
    writtenBytes: 0,
    backlog,
    recent: { operationsPerSec: 50, retransmissionsPerSec: 0, readBytesPerSec: 0, writtenBytesPerSec: 0, ...recent },
  };
}

describe('NFS mounts', () => {
  const fleet = inventory(NODES);
  const slow = (recent: Recent, backlog = 0, nodes = ['gpu01']) =>
    nodes.flatMap((node) => [
      up(node),
      answered(node, 'mounts', [mount('/data')]),
      answered(node, 'nfsStats', [stats('/data', recent, backlog)]),
    ]);
  const judge = (events: ReturnType<typeof slow>, again = events) => {
    const it = watched(fleet);
    it.at(0, events);
    return it.at(MINUTE_MS, again);
  };

  test('that are slow for a minute are one finding per server, with what to look at first', () => {
    const it = watched(fleet);
    const events = slow({ roundTripMs: 140 }, 0, ['gpu01', 'gpu02']);
    expect(it.at(0, events)).toEqual([]);
    expect(it.at(MINUTE_MS - 1, events)).toEqual([]);
    const found = it.at(MINUTE_MS, events);
    expect(found.map(({ id, severity, title, nextMove }) => [id, severity, title, nextMove])).toEqual([
      [
        'nfs-slow:nfs-a',
        'warning',
        'nfs-a is slow for 2 mounts on gpu[01-02]: round trip 140ms',
        'Look at nfs-a: its disks, its nfsd threads and its load, then at the network to gpu[01-02].',
      ],
    ]);
  });

  test.each([
    ['retransmissions', { retransmissionsPerSec: 1 }, 0, '2% sent again', 'Look for lost packets'],
    ['waiting', { queueMs: 150 }, 0, 'queue 150ms', 'Requests wait on gpu01'],
    ['a backlog', {}, 200, '200 requests ahead of each', 'Requests wait on gpu01'],
    ['both, the worst first', { roundTripMs: 101, queueMs: 400 }, 0, 'queue 400ms, round trip 101ms', 'Requests wait'],
  ])('tell of %s', (_, recent, backlog, text, move) => {
    const [found] = judge(slow(recent, backlog));
    expect(found?.title).toBe(`nfs-a is slow for /data on gpu01: ${text}`);
    expect(found?.nextMove).toContain(move);
  });

  test('that are quick, that stand idle, or were slow once, are no finding', () => {
    expect(judge(slow({ roundTripMs: 100, queueMs: 100, retransmissionsPerSec: 0.5 }, 64))).toEqual([]);
    expect(judge(slow({ roundTripMs: 9_000, operationsPerSec: 0.5 }))).toEqual([]);
    expect(judge(slow({ roundTripMs: 9_000 }), slow({ roundTripMs: 2 }))).toEqual([]);
  });

  test('keep their finding until they are well below the limit', () => {
    const it = watched(fleet);
    it.at(0, slow({ roundTripMs: 140 }));
    const counts = [140, 80, 51, 50, 80].map(
      (roundTripMs, index) => it.at((index + 1) * MINUTE_MS, slow({ roundTripMs })).length,
    );
    expect(counts).toEqual([1, 1, 1, 0, 0]);
  });
});

describe('the threads of an NFS server', () => {
  const mounts = [mountSpec(['gpu01', 'gpu02'], { source: 'nfs-a:/export/data', fsType: 'nfs4' })];
  const fleet = inventory(NODES, { mounts });
  const server = (over: Partial<NfsServer>) => [
    up('nfs-a'),
    answered('nfs-a', 'nfsServer', { threads: 8, clients: [], ...over }),
  ];

  test('that are all at work for a minute are a finding, and say how many wait', () => {
    const it = watched(fleet);
    const events = server({ busy: { running: 2, waiting: 6 } });
    expect(it.at(0, events)).toEqual([]);
    const [found] = it.at(MINUTE_MS, events);
    expect(found?.title).toBe(
      'the NFS server of nfs-a is short of threads: all 8 threads are busy, 6 of them in state D',
    );
    expect(found?.nextMove).toBe(
      'Look first at the disks of nfs-a if threads wait in state D; else give it more ("threads=64" below [nfsd] in /etc/nfs.conf, "rpc.nfsd 64" at once).',
    );
    expect(it.at(2 * MINUTE_MS, server({ busy: { running: 1, waiting: 6 } }))).toEqual([]);
  });

  test('that are fewer than its clients, seen or declared, are a notice, but not from 64 on', () => {
    const clients = Array.from({ length: 9 }, (_, index) => ({ address: `10.0.0.${index}` }));
    expect(told(watched(fleet).at(0, server({ clients })))).toEqual([
      'notice: the NFS server of nfs-a is short of threads: 8 threads for 9 clients',
    ]);
    expect(told(watched(fleet).at(0, server({ threads: 1 })))).toEqual([
      'notice: the NFS server of nfs-a is short of threads: 1 thread for 2 clients',
    ]);
    const many = Array.from({ length: 500 }, (_, index) => ({ address: `10.0.1.${index}` }));
    expect(watched(fleet).at(0, server({ threads: 64, clients: many }))).toEqual([]);
    expect(watched(fleet).at(0, server({ clients: [] }))).toEqual([]);
  });
});
