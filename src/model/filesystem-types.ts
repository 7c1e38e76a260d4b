const NETWORK = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  'ceph',
  'fuse.ceph',
  'fuse.ceph-fuse',
  'glusterfs',
  'fuse.glusterfs',
  'beegfs',
  'lustre',
  'sshfs',
  'fuse.sshfs',
  '9p',
  'virtiofs',
  'afs',
  'gpfs',
  'wekafs',
  'fuse.juicefs',
  'fuse.s3fs',
  'fuse.rclone',
  'fuse.seaweedfs',
  'fuse.mount.seaweedfs',
  'orangefs',
  'pvfs2',
  'davfs',
  'fuse.davfs',
  'ocfs2',
  'gfs2',
]);

const LOCAL = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'zfs',
  'f2fs',
  'jfs',
  'reiserfs',
  'bcachefs',
  'ntfs',
  'ntfs3',
  'fuseblk',
  'vfat',
  'exfat',
  'hfsplus',
  'nilfs2',
  'bfs',
]);

/** Whether a filesystem's data lies on another machine (or, for virtiofs and 9p, outside the guest), so that it can hang. */
export const isNetworkFilesystem = (fsType: string): boolean => NETWORK.has(fsType);

/** Whether a filesystem holds people's data: on a disk or over the network; not tmpfs, overlay, proc and their kin. */
export const isStorageFilesystem = (fsType: string): boolean => NETWORK.has(fsType) || LOCAL.has(fsType);

/** Whether a filesystem speaks NFS, of any version. */
export const isNfs = (fsType: string): boolean => fsType === 'nfs' || fsType === 'nfs4';
