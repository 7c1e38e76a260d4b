import { describe, expect, test } from 'vitest';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import type { RefusedReason } from '../../src/model/link.ts';
import {
  answered,
  inventory,
  linked,
  load,
  lost,
  mount,
  mountSpec,
  names,
  observed,
  T0,
  up,
  usage,
} from '../store/builders.ts';
import { foundIn, told, watched } from './support.ts';

const CLIENTS = ['gpu01', 'gpu02', 'gpu03'];
const fleet = inventory([...CLIENTS, 'nfs-a']);

const mountsData = (node: string): readonly FleetEvent[] => [
  up(node),
  answered(node, 'mounts', [mount('/data')]),
  answered(node, 'usage', usage('/data', 0.5), { target: '/data' }),
];
/** A mount that hangs on a node of which other things are heard. */
const hangs = (node: string, atMs: number): readonly FleetEvent[] => [
  observed(node, 'usage', { kind: 'hung', sinceMs: T0 + atMs }, { target: '/data', atMs: atMs + 5_000 }),
  answered(node, 'load', load(), { atMs: atMs + 5_000 }),
];
const refused = (node: string, reason: RefusedReason, because = 'no'): FleetEvent =>
  linked(node, { kind: 'refused', sinceMs: T0, because, reason });

describe('nodes', () => {
  test('a healthy fleet has no findings, and the same list each time', () => {
    const it = watched(fleet);
    const first = it.at(0, [...CLIENTS.flatMap(mountsData), up('nfs-a')]);
    expect(first).toEqual([]);
    expect(it.at(500, [answered('gpu01', 'mounts', [mount('/data')])])).toBe(first);
  });

  test('nodes lost for the same reason are one finding since the first was lost', () => {
    const found = foundIn(fleet, [lost('gpu01', 2_000), lost('gpu02', 1_000), lost('gpu03', 0, 'timed out')], 5_000);
    expect(found).toEqual([
      {
        id: 'node-lost:timed out',
        rule: 'node-lost',
        severity: 'critical',
        title: 'gpu03 does not answer: timed out',
        evidence: [{ node: 'gpu03', about: 'link', text: 'timed out' }],
        affects: [],
        nextMove:
          'Check power, network and sshd of gpu03; muster tries again by itself, and "reconnect" tries at once.',
        sinceMs: T0,
      },
      {
        id: 'node-lost:connection refused',
        rule: 'node-lost',
        severity: 'critical',
        title: 'gpu[01-02] do not answer: connection refused',
        evidence: [
          { node: 'gpu01', about: 'link', text: 'connection refused' },
          { node: 'gpu02', about: 'link', text: 'connection refused' },
        ],
        affects: [],
        nextMove:
          'Check power, network and sshd of gpu[01-02]; muster tries again by itself, and "reconnect" tries at once.',
        sinceMs: T0 + 1_000,
      },
    ]);
  });

  test('addresses in the reason do not part one cause into many', () => {
    const found = foundIn(fleet, [
      lost('gpu01', 0, 'connect to 10.0.0.1:22 refused'),
      lost('gpu02', 0, 'connect to 10.0.0.2:22 refused'),
    ]);
    expect(found.map(({ title }) => title)).toEqual(['gpu[01-02] do not answer: connect to 10.0.0.1:22 refused']);
  });

  test('a title gives the reason without the own address of one of its nodes, but keeps that of a jump host', () => {
    const found = foundIn(fleet, [
      lost('gpu01', 0, 'gpu01 (10.0.0.1:22) refuses the connection'),
      lost('gpu02', 0, 'gpu02 (10.0.0.2:22) refuses the connection'),
      lost('gpu03', 0, 'bastion (10.0.0.9:22) refuses the connection'),
      refused('nfs-a', 'authentication', 'nfs-a:2222 does not let root in: no key to try'),
    ]);
    expect(told(found)).toEqual([
      'critical: nfs-a refuses muster: does not let root in: no key to try',
      'critical: gpu03 does not answer: bastion (10.0.0.9:22) refuses the connection',
      'critical: gpu[01-02] do not answer: refuses the connection',
    ]);
  });

  test('a changed host key is told with the command that takes the old one away, as the shell wants it', () => {
    const review = {
      ...{ node: 'gpu02', address: '10.0.0.2:2222', keyType: 'ssh-ed25519', fingerprint: 'SHA256:new' },
      ...{ knownFingerprint: 'SHA256:old', knownFrom: '/home/a/.ssh/known_hosts:3', knownAs: '[10.0.0.2]:2222' },
    };
    const nextMove = (knownFrom: string) =>
      foundIn(fleet, [refused('gpu02', 'host-key-changed'), { kind: 'host-key', review: { ...review, knownFrom } }])[0]
        ?.nextMove;
    expect(nextMove(review.knownFrom)).toContain(`"ssh-keygen -R '[10.0.0.2]:2222' -f '/home/a/.ssh/known_hosts'"`);
    expect(nextMove('inventory')).toContain('pin its new key in the inventory');
  });

  test('a reason that changes while a node is tried again does not make another finding', () => {
    const it = watched(fleet);
    const [first] = it.at(0, [lost('gpu01', 0, 'closed the connection')]);
    const [second, ...more] = it.at(1_000, [lost('gpu01', 1_000, 'refuses the connection')]);
    expect(second).toMatchObject({
      id: first?.id,
      sinceMs: T0,
      title: 'gpu01 does not answer: refuses the connection',
    });
    expect(more).toEqual([]);
  });

  test('a silent node is late', () => {
    const late = linked('gpu01', { kind: 'late', sinceMs: T0, lastHeardMs: T0 - 15_000 });
    expect(told(foundIn(fleet, [late]))).toEqual(['warning: gpu01 answers late']);
  });

  test('refusals are told by what a person must do', () => {
    const review = { node: 'gpu02', address: '10.0.0.2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:new' };
    const found = foundIn(fleet, [
      refused('gpu01', 'authentication', 'no key was accepted'),
      refused('gpu02', 'host-key-changed'),
      { kind: 'host-key', review: { ...review, knownFingerprint: 'SHA256:old', knownFrom: 'known_hosts:3' } },
      refused('gpu03', 'host-key-unknown'),
      refused('nfs-a', 'host-key-revoked'),
    ]);
    expect(told(found)).toEqual([
      'critical: the host key of gpu02 changed: SHA256:old on file, SHA256:new offered',
      'critical: nfs-a shows a revoked host key',
      'critical: gpu01 refuses muster: no key was accepted',
      'warning: gpu03 waits until a person accepts its host key',
    ]);
  });

  test('an unknown host key behind the system ssh is told with the command that shows it', () => {
    const because = 'gpu01 shows a host key nobody has accepted yet; run "ssh -l ops gpu01" once and compare it';
    const found = foundIn(fleet, [refused('gpu01', 'host-key-unknown', because), refused('gpu02', 'host-key-unknown')]);
    expect(found.map(({ nextMove }) => nextMove.split(',')[0])).toEqual([
      'Compare the fingerprints on the host key review with the consoles of gpu02',
      'Run "ssh -l ops gpu01" once (for gpu01)',
    ]);
  });

  test('sudo refused is one finding, and what needs root does not fail beside it', () => {
    const events = CLIENTS.flatMap((node) => [
      up(node),
      answered(node, 'privilege', { kind: 'refused' as const, because: 'a password is required' }),
      observed(node, 'kernelLog', { kind: 'failed', because: 'dmesg: Operation not permitted' }),
    ]);
    expect(told(foundIn(fleet, events, 3_600_000))).toEqual([
      'warning: sudo is refused on gpu[01-03]: a password is required',
    ]);
  });
});

describe('a dead server', () => {
  test('is one finding for the node and every mount that hangs on it', () => {
    const it = watched(fleet);
    it.at(0, [...CLIENTS.flatMap(mountsData), up('nfs-a')]);
    const found = it.at(35_000, [lost('nfs-a', 30_000), ...CLIENTS.flatMap((node) => hangs(node, 20_000))]);
    expect(found).toEqual([
      {
        id: 'server-unreachable:nfs-a',
        rule: 'server-unreachable',
        severity: 'critical',
        title: 'nfs-a does not answer: 3 mounts hang on gpu[01-03]',
        evidence: [
          { node: 'nfs-a', about: 'link', text: 'connection refused' },
          ...CLIENTS.map((node) => ({ node, about: '/data', text: 'nfs-a:/export/data does not answer' })),
        ],
        affects: names(...CLIENTS),
        nextMove:
          'Bring nfs-a back (power, network, sshd: connection refused); hard mounts go on by themselves then, so leave the clients alone.',
        sinceMs: T0 + 30_000,
      },
    ]);
  });

  test('is the same finding from its loss until the last mount answers', () => {
    const it = watched(fleet);
    it.at(0, [...CLIENTS.flatMap(mountsData), up('nfs-a')]);
    const [first] = it.at(31_000, [lost('nfs-a', 30_000)]);
    expect(first).toMatchObject({
      id: 'server-unreachable:nfs-a',
      title: 'nfs-a does not answer, and gpu[01-03] mount from it: connection refused',
    });
    const [second] = it.at(60_000, hangs('gpu02', 45_000));
    expect(second).toMatchObject({
      id: first?.id,
      sinceMs: first?.sinceMs,
      title: 'nfs-a does not answer: 1 mount hangs on gpu02',
    });
    expect(it.at(90_000, [up('nfs-a', 90_000), ...CLIENTS.flatMap(mountsData)])).toEqual([]);
  });

  test('explains mounts that are missing because of it', () => {
    const declared = inventory([...CLIENTS, 'nfs-a'], { mounts: [mountSpec(['gpu01'])] });
    const found = foundIn(declared, [up('gpu01'), answered('gpu01', 'mounts', []), lost('nfs-a')]);
    expect(found.map(({ id }) => id)).toEqual(['server-unreachable:nfs-a']);
  });
});

describe('a mount that hangs', () => {
  test('on a server that answers points at its file service', () => {
    const found = foundIn(fleet, [
      ...CLIENTS.flatMap(mountsData),
      up('nfs-a'),
      ...hangs('gpu01', 10),
      ...hangs('gpu03', 5),
    ]);
    expect(found).toMatchObject([
      {
        id: 'mount-hung:nfs-a',
        title: '2 mounts from nfs-a hang on gpu[01,03]',
        nextMove:
          'nfs-a itself answers: look at its file service there (nfsd threads, exports, disks) and at the network to gpu[01,03].',
        sinceMs: T0 + 5,
      },
    ]);
  });

  test('on a server that nobody watches says so', () => {
    const far = [
      up('gpu01'),
      answered('gpu01', 'mounts', [mount('/data', { source: '10.9.9.9:/x' })]),
      ...hangs('gpu01', 0),
    ];
    expect(foundIn(fleet, far)).toMatchObject([
      {
        title: '1 mount from 10.9.9.9 hangs on gpu01',
        nextMove: 'Check that 10.9.9.9 is up and its file service reachable from gpu01; muster does not watch it.',
      },
    ]);
  });

  test('counts too when its question could be killed', () => {
    const mounted = mountsData('gpu01');
    const killed = observed(
      'gpu01',
      'usage',
      { kind: 'failed', because: 'no answer within 5 s; killed' },
      { target: '/data' },
    );
    expect(
      told(foundIn(fleet, [...mounted, up('nfs-a'), killed, answered('gpu01', 'load', load(), { atMs: 1 })])),
    ).toEqual(['critical: 1 mount from nfs-a hangs on gpu01']);
  });

  test('is nothing while the whole node is silent', () => {
    const mounted = mountsData('gpu01');
    const silent = observed(
      'gpu01',
      'usage',
      { kind: 'hung', sinceMs: T0 + 10_000 },
      { target: '/data', atMs: 15_000 },
    );
    const it = watched(fleet);
    expect(it.at(15_000, [...mounted, silent])).toEqual([]);
    expect(it.at(20_000, [answered('gpu01', 'load', load(), { atMs: 20_000 })]).length).toBe(1);
  });

  test('with a stale handle is broken, not hung', () => {
    const stale = (node: string) =>
      observed(node, 'usage', { kind: 'failed', because: 'usage: Stale file handle' }, { target: '/data' });
    const found = foundIn(fleet, [...mountsData('gpu01'), ...mountsData('gpu02'), stale('gpu01'), stale('gpu02')]);
    expect(told(found)).toEqual(['critical: /data on gpu[01-02] is broken: stale file handle']);
  });
});
