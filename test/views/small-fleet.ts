// A fleet in which every state that a view must tell apart occurs once.
import { devicePath, nodeName } from '../../src/model/ids.ts';
import type { State } from '../../src/store/state.ts';
import {
  exportsOf,
  finding,
  GiB,
  gpu,
  identity,
  inventoryOf,
  LOST,
  load,
  loadOf,
  mount,
  mountSpec,
  NOW_MS,
  nodeOf,
  ok,
  stateOf,
  usage,
} from './fleet.ts';

const TiB = 1024 * GiB;

const clients = ['gpu01', 'gpu02', 'gpu03', 'gpu04'];

const inventory = inventoryOf(
  [
    ...clients.map((name) => nodeOf(name, { groups: ['gpu'], class: 'h100', gpus: { count: 4, model: 'H100' } })),
    nodeOf('nfs-a', { groups: ['storage'], address: '10.0.0.5' }),
    nodeOf('talos1', { via: 'kubernetes' }),
  ],
  {
    mounts: [
      mountSpec('/data', 'nfs-a:/export/data', clients),
      mountSpec('/scratch', 'nfs-a:/export/scratch', clients, { how: 'automount' }),
    ],
    exports: [
      {
        node: nodeName('nfs-a'),
        path: '/export/data',
        clients: [{ client: '10.0.0.0/8', options: ['rw', 'no_root_squash'] }],
      },
      { node: nodeName('nfs-a'), path: '/export/scratch', clients: [{ client: '10.0.0.0/8', options: ['rw'] }] },
    ],
    volumes: [
      {
        name: 'bulk',
        nodes: [nodeName('nfs-a')],
        disk: { serial: 'S5GX' },
        fsType: 'xfs',
        label: 'bulk',
        target: '/export/data',
        options: [],
        directories: [],
      },
    ],
  },
);

const autofs = () => ({
  ...mount('/scratch', 'systemd-1', 'autofs', 'rw,relatime'),
  superOptions: ['timeout=60', 'direct'],
});

/** Four GPU nodes (well, hung mount, lost, never asked), one NFS server, one node without SSH. */
export const fleet: State = {
  ...stateOf(
    inventory,
    {
      gpu01: {
        slots: {
          load: load(),
          identity: identity(),
          mounts: ok([mount('/', '/dev/sda2', 'ext4', 'rw'), mount('/data', '10.0.0.5:/export/data'), autofs()]),
          gpus: ok([
            gpu(0),
            gpu(1, { utilisationRatio: 0, memoryUsedBytes: 0 }),
            gpu(2, { utilisationRatio: 0 }),
            gpu(3, { error: 'GPU is lost' }),
          ]),
          gpuProcesses: ok([
            {
              gpuUuid: 'GPU-0',
              pid: 4711,
              name: 'python',
              memoryBytes: 60 * GiB,
              user: 'ada',
              command: 'python train.py',
              container: '0123456789ab',
              startedSecAgo: 7200,
            },
            { gpuUuid: 'GPU-2', pid: 12, name: '[unknown]', memoryBytes: 8 * GiB },
          ]),
        },
        usage: { '/': ok(usage('/', 30 * GiB, 100 * GiB)), '/data': ok(usage('/data', 38 * TiB, 40 * TiB)) },
      },
      gpu02: {
        slots: {
          load: { kind: 'waiting', sinceMs: NOW_MS - 1000 },
          mounts: ok([
            mount('/data', 'nfs-a:/export/data', 'nfs4', 'ro,vers=4.2'),
            mount('/home', 'nfs-a:/export/home'),
          ]),
          gpus: {
            kind: 'hung',
            sinceMs: NOW_MS - 38_000,
            last: { value: [gpu(0), gpu(1), gpu(2)], atMs: NOW_MS - 50_000 },
          },
        },
        usage: {
          '/data': {
            kind: 'hung',
            sinceMs: NOW_MS - 38_000,
            last: { value: usage('/data', 38 * TiB, 40 * TiB), atMs: NOW_MS - 60_000 },
          },
        },
      },
      gpu03: {
        link: LOST,
        slots: {
          load: load({ load1: 130 }),
          identity: identity(),
          mounts: ok([mount('/data', 'nfs-a:/export/data')]),
          gpus: ok([gpu(0, { temperatureC: 91, throttleReasons: ['hw-thermal-slowdown'] }), gpu(1), gpu(2)]),
        },
        usage: { '/data': ok(usage('/data', 38 * TiB, 40 * TiB)) },
      },
      'nfs-a': {
        slots: {
          load: {
            kind: 'failed',
            because: 'garbled',
            sinceMs: NOW_MS - 5000,
            last: { value: loadOf({ load1: 3 }), atMs: NOW_MS - 9000 },
          },
          gpus: { kind: 'absent', because: 'no nvidia-smi' },
          mounts: ok([mount('/', '/dev/sda1', 'ext4', 'rw'), mount('/export/data', '/dev/sdb', 'xfs', 'rw')]),
          exports: ok(
            exportsOf([
              ['/export/data', '10.0.0.0/8', 'rw,no_root_squash'],
              ['/export/home', '*', 'rw'],
            ]),
          ),
          nfsServer: ok({ threads: 64, clients: [{ address: '10.0.1.1' }, { address: '10.0.1.2' }] }),
          blockDevices: ok([
            {
              path: devicePath('/dev/sda'),
              kind: 'disk',
              sizeBytes: 480 * GiB,
              stableIds: ['wwn-0x1'],
              model: 'SAMSUNG',
              serial: 'S1',
              partitionTable: 'gpt',
              mountPoints: [],
            },
            {
              path: devicePath('/dev/sda1'),
              kind: 'part',
              parent: devicePath('/dev/sda'),
              sizeBytes: 480 * GiB,
              stableIds: [],
              fsType: 'ext4',
              uuid: '1-2',
              mountPoints: ['/'],
            },
            {
              path: devicePath('/dev/sdb'),
              kind: 'disk',
              sizeBytes: 40 * TiB,
              stableIds: ['ata-S5GX'],
              serial: 'S5GX',
              fsType: 'xfs',
              label: 'data',
              mountPoints: ['/export/data'],
            },
            { path: devicePath('/dev/sdc'), kind: 'disk', sizeBytes: 4 * TiB, stableIds: [], mountPoints: [] },
          ]),
        },
        usage: { '/export/data': ok(usage('/export/data', 38 * TiB, 40 * TiB)) },
      },
      talos1: { link: { kind: 'none', because: 'its facts come through Kubernetes' } },
    },
    [
      finding('node-lost:gpu03', ['gpu03'], { title: 'gpu03 is lost: connection timed out' }),
      finding('mount-hung:nfs-a', ['gpu02'], {
        title: 'nfs-a does not answer: 1 mount hangs on gpu02',
        evidence: [{ node: nodeName('gpu02'), about: '/data', text: 'nfs-a:/export/data does not answer' }],
        affects: [nodeName('gpu02')],
        nextMove: 'Look at the NFS server of nfs-a.',
        sinceMs: NOW_MS - 38_000,
      }),
      finding('disk-filling:nfs-a', ['nfs-a'], {
        severity: 'warning',
        title: '/export/data on nfs-a is 95% full',
        evidence: [{ node: nodeName('nfs-a'), about: '/export/data', text: '95%' }],
      }),
    ],
  ),
  events: [
    {
      id: '1',
      atMs: NOW_MS - 60_000,
      node: nodeName('gpu02'),
      kind: 'fact',
      severity: 'critical',
      text: '/data hangs',
    },
    {
      id: '2',
      atMs: NOW_MS - 42_000,
      node: nodeName('gpu03'),
      kind: 'link',
      severity: 'critical',
      text: 'lost: connection timed out',
    },
  ],
};
