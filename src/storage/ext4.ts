import { formatBytes } from '../model/units.ts';
import type { StorageBackend } from './backend.ts';
import { makeFilesystemStep } from './disk-steps.ts';

/** ext4 on a partition of its own: grows while mounted, shrinks only unmounted. mke2fs(8). */
export const ext4 = {
  name: 'ext4',
  program: 'mkfs.ext4',
  package: 'e2fsprogs',
  labelLength: 16,
  mountOptions: ['noatime'],
  provision(wish) {
    const { partition, label, uuid, reservedPercent, disk } = wish;
    // No -F. mke2fs asks about what it finds only on a terminal: the guard is the lock here.
    const argv = ['mkfs.ext4', '-q', '-m', String(reservedPercent), '-L', label, '-U', uuid, partition];
    const kept = formatBytes((disk.sizeBytes * reservedPercent) / 100);
    const after = `ext4 ${label}, ${reservedPercent} % (${kept}) for root alone`;
    return makeFilesystemStep('ext4', wish, argv, after);
  },
  grow: { program: 'resize2fs', argv: (device) => ['resize2fs', device] },
} satisfies StorageBackend;
