import { describe, expect, test } from 'vitest';
import type { BlockDevice, ExportEntry } from '../../src/model/facts.ts';
import { absolutePath, devicePath, nodeName } from '../../src/model/ids.ts';
import type { VolumeSpec } from '../../src/model/inventory.ts';
import { remoteSource } from '../../src/model/storage-source.ts';
import { nodeOfHost } from '../../src/model/wishes.ts';
import { answered, gpu, gpus, inventory, inventoryNode, observed, type stateOf } from '../store/builders.ts';
import { driftOf, NODES } from './compared.ts';

describe('hosts', () => {
  test('a source names its server in every spelling', () => {
    expect(remoteSource('nfs-a:/export/data/', 'nfs')).toEqual({ server: 'nfs-a', path: '/export/data' });
    expect(remoteSource('[fe80::1%eth0]:/x', 'nfs4')).toEqual({ server: 'fe80::1%eth0', path: '/x' });
    expect(remoteSource('//files/share/sub', 'cifs')).toEqual({ server: 'files', path: '/share/sub' });
    expect(remoteSource('me@box:/home', 'fuse.sshfs')).toEqual({ server: 'box', path: '/home' });
    expect(remoteSource('dataset', 'virtiofs')).toBeUndefined();
    expect(remoteSource('/dev/sdb', 'xfs')).toBeUndefined();
  });

  test('a host is a node by name, address or short name, and never by the first number of an address', () => {
    const of = inventory([...NODES, inventoryNode('10')]);
    const found = ['NFS-A', 'nfs-a.example.org', '10.0.0.5', '10.0.0.6', 'nfs-b'].map((host) => nodeOfHost(of, host));
    expect(found).toEqual(['nfs-a', 'nfs-a', 'nfs-a', undefined, undefined]);
  });
});

describe('exports', () => {
  const spec = {
    node: nodeName('nfs-a'),
    path: '/export/data',
    clients: [{ client: '10.0.0.0/255.255.255.0', options: ['rw'] }],
  };
  const of = inventory(NODES, { exports: [spec] });
  const entry = (over: Partial<ExportEntry> = {}): ExportEntry => ({
    path: absolutePath('/export/data'),
    client: '10.0.0.0/24',
    options: ['sync', 'wdelay', 'hide', 'no_subtree_check', 'sec=sys', 'rw', 'secure', 'root_squash', 'no_all_squash'],
    from: 'kernel',
    ...over,
  });
  const kernel = (...entries: readonly ExportEntry[]) =>
    driftOf(of, [answered('nfs-a', 'exports', { files: [], kernel: entries })], 'nfs-a').exports.map(
      ({ drift }) => drift,
    );

  test('defaults that nobody wrote are as declared', () => {
    expect(kernel(entry())).toEqual([{ kind: 'as-declared' }]);
  });

  test('a toggle that differs from its default is drift though nobody named it', () => {
    const options = entry().options.map((option) => (option === 'root_squash' ? 'no_root_squash' : option));
    expect(kernel(entry({ options }))).toEqual([
      { kind: 'drifted', differences: [{ about: 'option', wished: 'root_squash', seen: 'no_root_squash' }] },
    ]);
  });

  test('what the kernel does not export is missing, with where it stands', () => {
    const files = [entry({ from: '/etc/exports.d/data.exports' })];
    const [missing] = driftOf(of, [answered('nfs-a', 'exports', { files, kernel: [] })], 'nfs-a').exports;
    expect(missing?.drift).toEqual({
      kind: 'missing',
      because: 'it stands in /etc/exports.d/data.exports, but the kernel does not export it',
    });
  });

  test('without root the kernel table is unknown, not empty', () => {
    const [unknown] = driftOf(
      of,
      [answered('nfs-a', 'exports', { files: [entry({ from: '/etc/exports' })] })],
      'nfs-a',
    ).exports;
    expect(unknown?.drift.kind).toBe('unknown');
  });

  test('what nobody declared is unexpected', () => {
    expect(kernel(entry(), entry({ client: '*' })).map(({ kind }) => kind)).toEqual(['as-declared', 'unexpected']);
  });
});

describe('volumes', () => {
  const spec: VolumeSpec = {
    name: 'scratch',
    nodes: [nodeName('gpu01')],
    disk: { serial: 'S1' },
    fsType: 'xfs',
    label: 'scratch',
    uuid: 'ABCD-1',
    target: '/scratch/',
    options: [],
    directories: [],
  };
  const disk: BlockDevice = {
    path: devicePath('/dev/sdb'),
    kind: 'disk',
    sizeBytes: 1,
    stableIds: [],
    serial: 'S1',
    mountPoints: [],
  };
  const part: BlockDevice = {
    path: devicePath('/dev/sdb1'),
    parent: devicePath('/dev/sdb'),
    kind: 'part',
    sizeBytes: 1,
    stableIds: [],
    fsType: 'xfs',
    label: 'scratch',
    uuid: 'abcd-1',
    mountPoints: ['/scratch'],
  };
  const compareDisks = (devices: readonly BlockDevice[]) =>
    driftOf(inventory(NODES, { volumes: [spec] }), [answered('gpu01', 'blockDevices', devices)]).volumes[0]?.drift;

  test('the filesystem is found on a partition of the disk that is meant', () => {
    expect(compareDisks([disk, part])).toEqual({ kind: 'as-declared' });
  });

  test('another disk with the same label is not the one that is meant', () => {
    expect(compareDisks([{ ...disk, serial: 'S2' }, part])).toEqual({
      kind: 'missing',
      because: 'no disk with serial S1',
    });
  });

  test('a filesystem made anew, or not mounted, is drift', () => {
    expect(compareDisks([disk, { ...part, uuid: 'ffff-1', mountPoints: [] }])).toEqual({
      kind: 'drifted',
      differences: [
        { about: 'uuid', wished: 'abcd-1', seen: 'ffff-1' },
        { about: 'mounted at', wished: '/scratch', seen: 'not mounted' },
      ],
    });
  });

  test('an empty disk has no filesystem', () => {
    expect(compareDisks([disk])).toEqual({ kind: 'missing', because: 'no xfs filesystem on /dev/sdb' });
  });
});

describe('GPUs', () => {
  const of = inventory([inventoryNode('gpu01', { gpus: { count: 2, model: 'A100', driver: '550' } })]);
  const compareGpus = (event: Parameters<typeof stateOf>[1][number]) => driftOf(of, [event]).gpus;

  test('count, model and driver are compared', () => {
    expect(compareGpus(answered('gpu01', 'gpus', gpus(2)))).toEqual({
      wished: 2,
      seen: 2,
      drift: { kind: 'as-declared' },
    });
    const other = gpu(0, { name: 'NVIDIA H100', driverVersion: '535.1' });
    expect(compareGpus(answered('gpu01', 'gpus', [other]))?.drift).toEqual({
      kind: 'drifted',
      differences: [
        { about: 'count', wished: '2', seen: '1' },
        { about: 'model', wished: 'A100', seen: 'NVIDIA H100' },
        { about: 'driver', wished: '550', seen: '535.1' },
      ],
    });
  });

  test('no GPU at all is missing, no answer is unknown', () => {
    expect(compareGpus(observed('gpu01', 'gpus', { kind: 'absent', because: 'no nvidia-smi' }))).toEqual({
      wished: 2,
      seen: 0,
      drift: { kind: 'missing', because: 'no nvidia-smi' },
    });
    expect(compareGpus(observed('gpu01', 'gpus', { kind: 'failed', because: 'garbled' }))?.drift.kind).toBe('unknown');
  });
});
