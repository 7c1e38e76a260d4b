import { describe, expect, test } from 'vitest';
import { answered, diskMount, inventory, mount, mountSpec, observed } from '../store/builders.ts';
import { asDeclared, compare, differences, driftOf, NODES } from './compared.ts';

describe('mounts', () => {
  test('the same server under another name is the same server', () => {
    const byAddress = mount('/data', { source: '10.0.0.5:/export/data' });
    const byAlias = mount('/data', { source: 'storage:/export/data', superOptions: ['rw', 'addr=10.0.0.5'] });
    expect(compare({}, [byAddress])).toEqual(asDeclared);
    expect(compare({}, [byAlias])).toEqual(asDeclared);
    expect(compare({}, [mount('/data', { source: 'nfs-b:/export/data' })])).toEqual(
      differences(['source', 'nfs-a:/export/data', 'nfs-b:/export/data']),
    );
  });

  test('nothing mounted is missing', () => {
    expect(compare({}, [])).toEqual({
      kind: 'missing',
      because: 'nothing is mounted there',
      notes: [],
      isWaiting: false,
    });
  });

  test('an automount that waits is as declared', () => {
    const trigger = mount('/data', { fsType: 'autofs', source: 'systemd-1' });
    expect(compare({ how: 'automount' }, [trigger])).toEqual({ ...asDeclared, isWaiting: true });
    expect(compare({ how: 'automount' }, [trigger, mount('/data')])).toEqual(asDeclared);
    expect(compare({ how: 'automount' }, [mount('/data')])).toEqual(
      differences(['how', 'automount', 'mounted without one']),
    );
  });

  test('what must not be mounted is unexpected when it is', () => {
    expect(compare({ absent: true }, [])).toEqual(asDeclared);
    expect(compare({ absent: true }, [mount('/data')])).toMatchObject({ kind: 'unexpected' });
  });

  test('options nobody named and options that never reach the kernel are no drift', () => {
    expect(
      compare({ options: ['defaults', '_netdev', 'nofail', 'x-systemd.automount', 'bg'] }, [mount('/data')]),
    ).toEqual(asDeclared);
  });

  test('intr is noted as ignored', () => {
    expect(compare({ options: ['intr'] }, [mount('/data')])).toEqual({
      ...asDeclared,
      notes: ['intr is ignored since Linux 2.6.25'],
    });
  });

  test('a transfer size below the largest is noted, one the server lowered is drift', () => {
    const small = mount('/data', { superOptions: ['rw', 'vers=4.2', 'rsize=131072'] });
    expect(compare({ options: ['rsize=131072'] }, [small])).toEqual({
      ...asDeclared,
      notes: ['rsize=131072 keeps transfers below the 1048576 bytes that would be negotiated without it'],
    });
    expect(compare({ options: ['rsize=1048576'] }, [small])).toEqual(
      differences(['rsize', '1048576', '131072, as negotiated with the server']),
    );
  });

  test('named options are compared with what is in force, defaults that the kernel hides filled in', () => {
    const options = ['ro', 'soft', 'vers=4', 'noatime', 'actimeo=3', 'nconnect=4', 'proto=tcp', 'timeo=600', 'sec=sys'];
    expect(compare({ options }, [mount('/data')])).toEqual(
      differences(
        ['option', 'ro', 'rw'],
        ['option', 'soft', 'hard'],
        ['atime', 'noatime', 'relatime'],
        ['acregmax', '3', '60'],
        ['acdirmin', '3', '30'],
        ['acdirmax', '3', '60'],
        ['nconnect', '4', '1'],
      ),
    );
  });

  test('another version than the one asked for is drift', () => {
    const v3 = mount('/data', { fsType: 'nfs', superOptions: ['rw', 'vers=3'] });
    expect(compare({ options: ['nfsvers=4.2'] }, [v3])).toEqual(differences(['vers', '4.2', '3']));
    expect(compare({ fsType: 'nfs4' }, [v3])).toEqual(differences(['type', 'nfs4', 'nfs']));
  });

  test('only the uppermost mount counts', () => {
    const under = diskMount('/data');
    expect(compare({}, [under, mount('/data')])).toEqual(asDeclared);
    expect(compare({}, [mount('/data'), under])).toMatchObject({ kind: 'drifted' });
  });

  test('without an answer nothing is known, after a failure the last good answer counts', () => {
    const of = inventory(NODES, { mounts: [mountSpec(['gpu01'])] });
    expect(driftOf(of, []).mounts[0]?.drift).toEqual({ kind: 'unknown', because: 'not asked yet' });
    const events = [
      answered('gpu01', 'mounts', [mount('/data')]),
      observed('gpu01', 'mounts', { kind: 'failed', because: 'cut short' }),
    ];
    expect(driftOf(of, events).mounts[0]?.drift).toEqual({ kind: 'as-declared' });
  });

  test('a network mount that nobody declared is unexpected where mounts are declared', () => {
    const of = inventory(NODES, { mounts: [mountSpec(['gpu01'])] });
    const seen = [mount('/data'), mount('/home', { source: 'old:/home' }), diskMount('/scratch')];
    const targets = driftOf(of, [answered('gpu01', 'mounts', seen)]).mounts.map(({ target, drift }) => [
      target,
      drift.kind,
    ]);
    expect(targets).toEqual([
      ['/data', 'as-declared'],
      ['/home', 'unexpected'],
    ]);
    expect(driftOf(inventory(NODES), [answered('gpu01', 'mounts', seen)]).mounts).toEqual([]);
  });
});
