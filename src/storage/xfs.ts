import type { StorageBackend } from './backend.ts';
import { makeFilesystemStep } from './disk-steps.ts';

/** XFS on a partition of its own: grows while mounted, never shrinks. mkfs.xfs(8), xfs_growfs(8). */
export const xfs = {
  name: 'xfs',
  program: 'mkfs.xfs',
  package: 'xfsprogs',
  labelLength: 12,
  mountOptions: ['noatime'],
  provision(wish) {
    const { partition, label, uuid } = wish;
    // No -f: mkfs.xfs refuses a device that carries a signature, which is the second lock.
    const argv = ['mkfs.xfs', '-q', '-m', `uuid=${uuid}`, '-L', label, partition];
    return makeFilesystemStep('xfs', wish, argv, `xfs ${label}`);
  },
  grow: { program: 'xfs_growfs', argv: (_, target) => ['xfs_growfs', '-d', target] },
} satisfies StorageBackend;
