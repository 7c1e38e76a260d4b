import { buildFiles } from './build-files.ts';
import { chance } from './chance.ts';
import type { NodeRole, NodeState, Space } from './node-state.ts';
import { exportPath, type MountRequest, mount } from './transitions.ts';
import { reloadUnits } from './units.ts';

/** Network every demo node is in, as the demo inventory writes it. */
export const DEMO_NETWORK = '127.77.0.0/16';

/** A share of the demo inventory: who exports it and who mounts it. */
interface Share {
  readonly server: string;
  readonly path: string;
  readonly target: string;
  readonly roles: readonly NodeRole[];
  readonly how: 'fstab' | 'automount';
  /** As fstab has them. */
  readonly options: readonly string[];
  readonly exportOptions: readonly string[];
}

const exported = (sync: 'sync' | 'async') => ['rw', sync, 'no_subtree_check', 'root_squash', 'mp=/export'];

/** The mounts and exports that inventory/demo.yaml wishes. */
export const SHARES: readonly Share[] = [
  {
    server: 'nfs-a',
    path: '/export/data',
    target: '/data',
    roles: ['gpu', 'cpu', 'edge'],
    how: 'fstab',
    options: ['hard', 'noatime', '_netdev', 'nofail'],
    exportOptions: exported('sync'),
  },
  {
    server: 'nfs-b',
    path: '/export/scratch',
    target: '/scratch',
    roles: ['gpu'],
    how: 'fstab',
    options: ['hard', 'noatime', 'nconnect=4', '_netdev', 'nofail'],
    exportOptions: exported('async'),
  },
  {
    server: 'nfs-a',
    path: '/export/home',
    target: '/home',
    roles: ['gpu', 'cpu'],
    how: 'automount',
    options: ['hard', 'nosuid', 'nodev'],
    exportOptions: exported('sync'),
  },
];

/** Gives a new node its kernel filesystems, its disks' mounts, its shares with their units, and a server its exports. */
export function buildMounts(bare: NodeState, rootDevice: string, servers: readonly string[], nowMs: number): NodeState {
  const local = [...kernelMounts(rootDevice, bare, nowMs), ...diskMounts(bare, nowMs)];
  const mounted = local.reduce((state, request) => mount(state, request, state.bootedAtMs), bare);
  const shares = SHARES.filter(({ server, roles }) => servers.includes(server) && roles.includes(bare.role));
  const shared = shares.reduce(mountShare, mounted);
  const served = SHARES.filter((share) => share.server === bare.name).reduce(
    (state, share) =>
      exportPath(state, {
        path: share.path,
        client: DEMO_NETWORK,
        options: share.exportOptions,
        file: '/etc/exports.d/muster.exports',
      }),
    shared,
  );
  return reloadUnits(buildFiles(served, shares.map(fstabEntry)));
}

const fstabEntry = ({ server, path, target, how, options }: Share) => ({
  source: `${server}:${path}`,
  target,
  options: how === 'automount' ? [...options, 'noauto', 'x-systemd.automount'] : options,
});

/** What the kernel makes of an NFS mount's options. nfs(5) */
export function nfsSuperOptions(options: readonly string[], server: string, client: string): readonly string[] {
  const shown = new Map(Object.entries(NFS_SHOWN));
  for (const option of options) {
    const [key = '', value] = option.split('=', 2);
    if (value !== undefined && !/^(x-|mount|retry$|clientaddr$)/.test(key))
      shown.set(key === 'nfsvers' ? 'vers' : key, value);
  }
  const words = [...shown].map(([key, value]) => `${key}=${value}`);
  const before = words.findIndex((word) => word.startsWith('proto='));
  return [
    'rw',
    ...words.slice(0, before),
    options.includes('soft') ? 'soft' : 'hard',
    ...words.slice(before),
    `clientaddr=${client}`,
    'local_lock=none',
    `addr=${server}`,
  ];
}

/** What the kernel fills in where nobody says otherwise. A version is shown in full: 4.2 is what two recent kernels agree on. */
const NFS_SHOWN = {
  vers: '4.2',
  rsize: '1048576',
  wsize: '1048576',
  namlen: '255',
  proto: 'tcp',
  timeo: '600',
  retrans: '2',
  sec: 'sys',
};

function mountShare(state: NodeState, share: Share): NodeState {
  const source = `${share.server}:${share.path}`;
  const generic = share.options.filter((option) => ['noatime', 'nosuid', 'nodev'].includes(option));
  const options = ['rw', ...generic, ...(generic.includes('noatime') ? [] : ['relatime'])];
  const serverAddress = share.server === 'nfs-a' ? '127.77.0.1' : '127.77.0.2';
  const request: MountRequest = {
    source,
    target: share.target,
    fsType: 'nfs4',
    options,
    superOptions: nfsSuperOptions(share.options, serverAddress, state.address),
  };
  if (share.how === 'fstab') return mount(state, request, state.bootedAtMs + 30_000);

  const armed = mount(state, autofs(share.target), state.bootedAtMs);
  // Nobody has worked on some nodes since they booted: there the automount only waits.
  return chance(state.seed, 21) < 0.25 ? armed : mount(armed, request, state.bootedAtMs + 600_000);
}

/** The kernel's side of an automount that waits. */
export function autofs(target: string): MountRequest {
  return {
    source: 'systemd-1',
    target,
    fsType: 'autofs',
    options: ['rw', 'relatime'],
    superOptions: ['rw', 'fd=63', 'pgrp=1', 'timeout=0', 'minproto=5', 'maxproto=5', 'direct', 'pipe_ino=19238'],
  };
}

function kernelMounts(rootDevice: string, state: NodeState, nowMs: number): readonly MountRequest[] {
  const busy = ['rw', 'nosuid', 'nodev', 'noexec', 'relatime'];
  const kernel = (fsType: string, target: string, options = busy): MountRequest => ({
    source: fsType,
    target,
    fsType,
    options,
    superOptions: ['rw'],
  });
  const root: MountRequest = {
    source: `/dev/${rootDevice}`,
    target: '/',
    fsType: 'ext4',
    options: ['rw', 'relatime'],
    superOptions: ['rw', 'errors=remount-ro'],
    device: rootDevice.startsWith('nvme') ? '259:2' : '8:2',
    space: space(partitionBytes(state, rootDevice), 0.3 + chance(state.seed, 22) * 0.35, 2_000, nowMs),
  };
  return [
    root,
    kernel('sysfs', '/sys'),
    kernel('proc', '/proc'),
    { ...kernel('devtmpfs', '/dev', ['rw', 'nosuid', 'relatime']), source: 'udev' },
    kernel('devpts', '/dev/pts', ['rw', 'nosuid', 'noexec', 'relatime']),
    { ...kernel('tmpfs', '/run', ['rw', 'nosuid', 'nodev']), space: space(state.memoryBytes / 10, 0.01, 0, nowMs) },
    { ...kernel('tmpfs', '/dev/shm', ['rw', 'nosuid', 'nodev']), space: space(state.memoryBytes / 2, 0, 0, nowMs) },
    kernel('securityfs', '/sys/kernel/security'),
    { ...kernel('cgroup2', '/sys/fs/cgroup'), superOptions: ['rw', 'nsdelegate', 'memory_recursiveprot'] },
    kernel('debugfs', '/sys/kernel/debug'),
    kernel('tracefs', '/sys/kernel/tracing'),
    kernel('hugetlbfs', '/dev/hugepages', ['rw', 'relatime']),
    kernel('mqueue', '/dev/mqueue'),
    ...(state.nfsdThreads > 0 ? [kernel('nfsd', '/proc/fs/nfsd', ['rw', 'relatime'])] : []),
  ];
}

function diskMounts(state: NodeState, nowMs: number): readonly MountRequest[] {
  return state.disks.flatMap((disk) => {
    const { content } = disk;
    if (content?.fsType === undefined) return [];
    const target = content.label === 'local' ? '/local' : '/export';
    const filled = 0.35 + chance(state.seed, 23) * 0.3;
    return {
      source: `/dev/${disk.name}`,
      target,
      fsType: content.fsType,
      options: ['rw', 'noatime'],
      superOptions:
        content.fsType === 'xfs' ? ['rw', 'attr2', 'inode64', 'logbufs=8', 'logbsize=32k', 'noquota'] : ['rw'],
      device: disk.name.startsWith('nvme') ? '259:3' : '8:0',
      space: space(
        content.filesystemBytes ?? disk.sizeBytes,
        filled,
        target === '/export' ? 24_000_000 : 1_500_000,
        nowMs,
      ),
    };
  });
}

function space(sizeBytes: number, usedRatio: number, growthBytesPerSec: number, sinceMs: number): Space {
  return { sizeBytes, usedRatio, sinceMs, growthBytesPerSec, isFull: false };
}

function partitionBytes(state: NodeState, name: string): number {
  return state.disks.flatMap((disk) => disk.partitions).find((part) => part.name === name)?.sizeBytes ?? 0;
}
