import { isNetworkFilesystem, isNfs } from '../model/filesystem-types.ts';

/** One mount as it should be on one node. */
export interface MountWish {
  /** `nfs-a:/export/data`, `UUID=…`, a virtio-fs tag. */
  readonly source: string;
  readonly fsType: string;
  readonly target: string;
  readonly options: readonly string[];
  readonly how: 'automount' | 'unit' | 'fstab' | 'plain';
  /** Seconds without use after which an automount lets the mount go; 0: never. */
  readonly idleSec: number;
}

/** Types systemd knows as network filesystems and orders after the network by itself. systemd's fstype_is_network. */
const ORDERED_BY_TYPE = new Set(
  'afs ceph cifs smb3 smbfs sshfs ncpfs ncp nfs nfs4 gfs gfs2 glusterfs pvfs2 ocfs2 lustre davfs'.split(' '),
);

/** Words that mean something in fstab(5) only: systemd's generator takes them, a unit's `Options=` hands them to mount(8). */
const FSTAB_ONLY = /^(bg|fg|noauto|auto|defaults|x-systemd\..*)$/;

/** What a unit's `Options=` may hold: without fstab's words, with `_netdev` where systemd cannot tell a network filesystem by its type. */
export function unitOptions({ fsType, options }: MountWish): readonly string[] {
  const kept = options.filter((option) => !FSTAB_ONLY.test(option));
  const needsWord = isNetworkFilesystem(fsType) && !ORDERED_BY_TYPE.has(fsType) && !isLocalTag(fsType);
  return needsWord && !kept.includes('_netdev') ? [...kept, '_netdev'] : kept;
}

/** Filesystems whose data lies outside of the guest but that need no network. */
const isLocalTag = (fsType: string): boolean => fsType === 'virtiofs' || fsType === '9p';

/** What fstab holds for it: `nofail`, so that a node without the share boots; `_netdev` for what is on the network; the automount as a word. */
export function fstabOptions(wish: MountWish): readonly string[] {
  const { fsType, options, how, idleSec } = wish;
  const isRemote = isNetworkFilesystem(fsType) && !isLocalTag(fsType);
  const words = [
    'nofail',
    ...(isRemote ? ['_netdev'] : []),
    ...(how === 'automount' ? ['x-systemd.automount', `x-systemd.idle-timeout=${idleSec}`] : []),
  ];
  const own = options.filter((option) => option !== 'defaults');
  return [...own, ...words.filter((word) => !own.includes(word))];
}

/** What mount(8) is given on its command line. */
export const plainOptions = ({ options }: MountWish): readonly string[] =>
  options.filter((option) => !FSTAB_ONLY.test(option) && option !== 'nofail' && option !== '_netdev');

/** Options a running mount takes without being unmounted: flags of the mount; for local filesystems everything. nfs(5), REMOUNT. */
export const isLive = (fsType: string, changed: readonly string[]): boolean =>
  !isNfs(fsType) && !isNetworkFilesystem(fsType)
    ? true
    : changed.every((word) =>
        /^(ro|rw|nosuid|suid|nodev|dev|noexec|exec|no?atime|relatime|strictatime|nodiratime|diratime)$/.test(word),
      );

/** The target that starts such a mount at boot. */
export const bootTarget = (fsType: string): string =>
  isNetworkFilesystem(fsType) && !isLocalTag(fsType) ? 'remote-fs.target' : 'local-fs.target';

/** The program mount(8) needs for the type, and the Debian package that brings it; undefined where the kernel is enough. */
export function helperOf(fsType: string): { readonly program: string; readonly package: string } | undefined {
  const packages: { readonly [type: string]: string } = {
    nfs: 'nfs-common',
    nfs4: 'nfs-common',
    cifs: 'cifs-utils',
    glusterfs: 'glusterfs-client',
    ceph: 'ceph-common',
    lustre: 'lustre-client-utils',
  };
  const name = packages[fsType];
  return name === undefined ? undefined : { program: `mount.${fsType}`, package: name };
}
