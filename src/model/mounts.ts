import type { Mount } from './facts.ts';
import type { AbsolutePath } from './ids.ts';

/** Filesystems whose data live on another machine: each call on them may hang for as long as that machine is silent. */
const NETWORK = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'ceph',
  'glusterfs',
  'lustre',
  'beegfs',
  'afs',
  '9p',
  'gpfs',
  'wekafs',
  'orangefs',
  'ocfs2',
  'fuse.glusterfs',
  'fuse.ceph',
  'fuse.ceph-fuse',
  'fuse.sshfs',
  'fuse.beegfs',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.juicefs',
  'fuse.cvmfs',
  'fuse.moosefs',
  'fuse.seaweedfs',
  'fuse.gcsfuse',
  'fuse.mount-s3',
  'fuse.davfs',
  'fuse.weed',
]);

/** Filesystems without a disk behind them, and those that only show another one again. */
const PSEUDO = new Set([
  'proc',
  'sysfs',
  'devtmpfs',
  'devpts',
  'tmpfs',
  'ramfs',
  'rootfs',
  'cgroup',
  'cgroup2',
  'securityfs',
  'selinuxfs',
  'smackfs',
  'debugfs',
  'tracefs',
  'configfs',
  'fusectl',
  'pstore',
  'efivarfs',
  'bpf',
  'mqueue',
  'hugetlbfs',
  'binfmt_misc',
  'autofs',
  'rpc_pipefs',
  'nfsd',
  'nsfs',
  'sockfs',
  'pipefs',
  'usbfs',
  'usbdevfs',
  'overlay',
  'aufs',
  'squashfs',
  'fuse.lxcfs',
  'fuse.snapfuse',
  'fuse.gvfsd-fuse',
  'fuse.gvfs-fuse-daemon',
  'fuse.portal',
  'fuse.vmware-vmblock',
  'fuse.squashfuse',
  'binder',
  'resctrl',
  'none',
]);

/** Whether the data live on another machine. */
export const isNetworkFs = (fsType: string): boolean => NETWORK.has(fsType);

/** Whether there is no storage of its own behind it: kernel interfaces, memory, overlays, autofs. */
export const isPseudoFs = (fsType: string): boolean => PSEUDO.has(fsType);

/** What is visible now, and what lies hidden below it. */
export interface TopMounts {
  readonly visible: readonly Mount[];
  readonly hidden: readonly Mount[];
}

/** The last mount at each target is the visible one, except that an autofs below its own real mount is not counted as hidden. */
export function topMounts(mounts: readonly Mount[]): TopMounts {
  const last = new Map<AbsolutePath, Mount>();
  for (const mount of mounts) last.set(mount.target, mount);
  const visible = mounts.filter((mount) => last.get(mount.target) === mount);
  const hidden = mounts.filter((mount) => last.get(mount.target) !== mount && mount.fsType !== 'autofs');
  return { visible, hidden };
}

/** Every mount at one target, the visible one last. */
export const stackedAt = (mounts: readonly Mount[], target: string): readonly Mount[] =>
  mounts.filter((mount) => mount.target === target);

/** An automount point: autofs mounts what belongs there at the first touch. */
export interface Automount {
  readonly mount: Mount;
  /** Seconds without use after which the real mount goes again; 0: never. */
  readonly timeoutSec: number;
  /** `direct` at the target itself (systemd, direct maps), `indirect` for keys below it. */
  readonly kind: 'direct' | 'indirect';
}

/** The automount a target is under: at the target itself, or an indirect one above it. */
export function automountAt(mounts: readonly Mount[], target: string): Automount | undefined {
  const above = mounts.findLast(
    (mount) => mount.fsType === 'autofs' && (mount.target === target || target.startsWith(`${mount.target}/`)),
  );
  if (above === undefined) return undefined;
  const option = above.superOptions.find((text) => text.startsWith('timeout='));
  const seconds = Number(option?.slice('timeout='.length));
  const kind = above.superOptions.includes('indirect') ? 'indirect' : 'direct';
  return { mount: above, timeoutSec: Number.isFinite(seconds) && seconds > 0 ? seconds : 0, kind };
}

/** The machine behind a network source: `nfs-a` of `nfs-a:/srv`, `//nfs-a/share`, `10.0.0.1@tcp:/lustre`; undefined for local ones. */
export function serverOf(source: string, fsType: string): string | undefined {
  if (!isNetworkFs(fsType)) return undefined;
  if (/^(?:cifs|smb3)$/.test(fsType)) return /^[/\\]{2}([^/\\]+)/.exec(source)?.[1];
  const bracketed = /^\[([^\]]+)\]:/.exec(source)?.[1];
  if (bracketed !== undefined) return bracketed;
  // Lustre and Ceph list several; the first is the one to name. A port or network type is no part of the name.
  const first = /^([^/,]+?)(?::\d+)?(?:@[a-z0-9]+)?(?:[:,/]|$)/.exec(source.replace(/^[^@/:]+@(?=[^@]*:\/)/, ''))?.[1];
  return first === undefined || first === 'none' || first.startsWith('beegfs_') ? undefined : first;
}

/** Filesystems of which the space is asked at most, per node. */
const MAX_USAGE_TARGETS = 64;

/**
 * Where to ask for space: visible mounts with storage behind them, one per superblock, so that bind mounts are not asked twice.
 * Never autofs, and never a mount that an autofs would take away again: statfs(2) counts as use and would keep it for ever.
 */
export function usageTargets(mounts: readonly Mount[]): readonly AbsolutePath[] {
  const devices = new Set<string>();
  const targets: AbsolutePath[] = [];
  for (const mount of topMounts(mounts).visible) {
    if (isPseudoFs(mount.fsType) || devices.has(mount.device)) continue;
    if ((automountAt(mounts, mount.target)?.timeoutSec ?? 0) > 0) continue;
    devices.add(mount.device);
    targets.push(mount.target);
    if (targets.length >= MAX_USAGE_TARGETS) break;
  }
  return targets;
}
