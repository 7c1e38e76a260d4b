import type { Mount } from './facts.ts';
import type { AbsolutePath } from './ids.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const NETWORK = words(`
  nfs nfs4 cifs smb3 ceph glusterfs lustre beegfs afs 9p gpfs wekafs orangefs
  fuse.glusterfs fuse.ceph fuse.ceph-fuse fuse.sshfs fuse.beegfs fuse.rclone fuse.s3fs fuse.juicefs fuse.cvmfs fuse.cvmfs2
  fuse.moosefs fuse.mfs fuse.seaweedfs fuse.weed fuse.gcsfuse fuse.goofys fuse.mount-s3 fuse.davfs fuse.curlftpfs fuse.JuiceFS
`);

const PSEUDO = words(`
  proc sysfs devtmpfs devpts tmpfs ramfs rootfs cgroup cgroup2 cpuset securityfs selinuxfs smackfs debugfs tracefs configfs fusectl
  pstore efivarfs bpf mqueue hugetlbfs binfmt_misc autofs rpc_pipefs nfsd nsfs sockfs pipefs usbfs usbdevfs binder resctrl none
  overlay overlayfs aufs fuse fuse.lxcfs fuse.gvfsd-fuse fuse.gvfs-fuse-daemon fuse.portal fuse.vmware-vmblock
  fuse.fuse-overlayfs gvfs-fuse-daemon
`);

/** Read-only images are always full, which says nothing. */
const IMAGE = words('squashfs iso9660 udf erofs cramfs romfs fuse.snapfuse fuse.squashfuse fuse.squashfuse_ll');

/** Whether the data live on another machine: each call on such a mount may hang for as long as that machine is silent. */
export const isNetworkFs = (fsType: string): boolean => NETWORK.has(fsType);

/** Whether there is no storage of its own behind it: kernel interfaces, memory, overlays over others, autofs. */
export const isPseudoFs = (fsType: string): boolean => PSEUDO.has(fsType);

/** What is visible now, and what lies hidden below it. */
export interface TopMounts {
  readonly visible: readonly Mount[];
  readonly hidden: readonly Mount[];
}

/**
 * Visible is the last mount at each target, unless a mount further up was mounted over. An autofs below the real mount it made is in
 * neither list: that is how an automount looks when it works.
 */
export function topMounts(mounts: readonly Mount[]): TopMounts {
  const known = topOf.get(mounts);
  if (known !== undefined) return known;
  const top = findTop(mounts);
  topOf.set(mounts, top);
  return top;
}

/** A table is worked out once: every answer about its space asks for it, from several places. */
const topOf = new WeakMap<readonly Mount[], TopMounts>();

function findTop(mounts: readonly Mount[]): TopMounts {
  const lastAt = new Map<AbsolutePath, Mount>();
  const byId = new Map<number, Mount>();
  for (const mount of mounts) {
    lastAt.set(mount.target, mount);
    byId.set(mount.id, mount);
  }
  const isLast = (mount: Mount): boolean => lastAt.get(mount.target) === mount;
  const isReached = reachability(byId, isLast);
  const isVisible = (mount: Mount): boolean => isLast(mount) && isReached(mount);
  const isWorkingAutomount = (mount: Mount): boolean => mount.fsType === 'autofs' && !isLast(mount);
  return {
    visible: mounts.filter(isVisible),
    hidden: mounts.filter((mount) => !isVisible(mount) && !isWorkingAutomount(mount)),
  };
}

/** Whether nothing above a mount was mounted over. No recursion, and safe against circles: the table may be garbled. */
function reachability(byId: ReadonlyMap<number, Mount>, isLast: (mount: Mount) => boolean): (mount: Mount) => boolean {
  const known = new Map<Mount, boolean>();
  return (mount) => {
    const path: Mount[] = [];
    let above: Mount | undefined = mount;
    while (above !== undefined && !known.has(above)) {
      known.set(above, true);
      path.push(above);
      above = byId.get(above.parentId);
    }
    let verdict = above === undefined || known.get(above) === true;
    for (const step of path.toReversed()) {
      // A mount right on top of another at the same target covers it, and is reached through it all the same.
      verdict &&= above === undefined || above.target === step.target || isLast(above);
      known.set(step, verdict);
      above = step;
    }
    return verdict;
  };
}

/** Every mount at one target, the one on top last. */
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

/** The automount a target belongs to: at the target itself, or above it. */
export function automountAt(mounts: readonly Mount[], target: string): Automount | undefined {
  const mount = mounts.findLast(
    ({ fsType, target: point }) => fsType === 'autofs' && (point === target || target.startsWith(`${point}/`)),
  );
  if (mount === undefined) return undefined;
  const seconds = Number(mount.superOptions.find((option) => option.startsWith('timeout='))?.slice(8));
  return {
    mount,
    timeoutSec: Number.isFinite(seconds) && seconds > 0 ? seconds : 0,
    kind: mount.superOptions.includes('indirect') ? 'indirect' : 'direct',
  };
}

/**
 * The machine behind a network mount: `nfs-a` of `nfs-a:/srv`, `//nfs-a/share`, `nfs-a@tcp:/lustre` and `me@nfs-a:/home`; of several
 * the first. Undefined for local filesystems, and where the source does not name one (BeeGFS, ceph-fuse, buckets).
 */
export function serverOf(source: string, fsType: string): string | undefined {
  if (!isNetworkFs(fsType)) return undefined;
  const share = /^[/\\]{2}([^/\\]+)/.exec(source)?.[1];
  const bracketed = /^(?:[^@[\]]+@)?\[([0-9A-Fa-f:.%a-z]+)\]/.exec(source)?.[1];
  const peers = source.slice(0, Math.max(endOfPeers(source, fsType), 0));
  const [first = ''] = peers.split(fsType === 'lustre' ? /[:,]/ : ',');
  const host = fsType === 'lustre' ? first.replace(/@.*$/, '') : first.replace(/^.*@/, '');
  // A bare IPv6 address has several colons, an address with a port has one.
  const plain = host.replace(/^([^:]+):\d+$/, '$1');
  const named = share ?? bracketed ?? plain;
  return /^[A-Za-z0-9_][A-Za-z0-9._:%-]*$/.test(named) ? named : undefined;
}

/** Where the names of servers end: before `:/`, or at the colon of `gluster1:vol` and of `me@nfs-a:`. Elsewhere a colon means nothing. */
function endOfPeers(source: string, fsType: string): number {
  const beforePath = source.indexOf(':/');
  if (beforePath >= 0) return beforePath;
  return fsType.endsWith('glusterfs') || source.endsWith(':') ? source.indexOf(':') : -1;
}

/** Filesystems whose space is asked for, per node, at most. */
const MAX_USAGE_TARGETS = 64;

/**
 * Where to ask for space: visible mounts with storage behind them, one per superblock, so that a bind mount is not asked again. Never
 * autofs, and never below an autofs with a timeout: statfs(2) counts as use and would keep the real mount from ever going (systemd#19992).
 */
export function usageTargets(mounts: readonly Mount[]): readonly AbsolutePath[] {
  const automounts = mounts.filter(({ fsType }) => fsType === 'autofs');
  const byDevice = new Map<string, Mount>();
  for (const mount of topMounts(mounts).visible) {
    if (isPseudoFs(mount.fsType) || IMAGE.has(mount.fsType)) continue;
    if ((automountAt(automounts, mount.target)?.timeoutSec ?? 0) > 0) continue;
    const known = byDevice.get(mount.device);
    if (known === undefined || isPlainer(mount, known)) byDevice.set(mount.device, mount);
  }
  return [...byDevice.values()].slice(0, MAX_USAGE_TARGETS).map(({ target }) => target);
}

/** The whole filesystem rather than a directory of it, then the shorter path: what an operator would call the mount. */
function isPlainer(mount: Mount, than: Mount): boolean {
  const isWhole = mount.root === '/';
  if (isWhole !== (than.root === '/')) return isWhole;
  return mount.target.length < than.target.length;
}
