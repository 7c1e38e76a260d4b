import { goodValueOf } from '../model/observation.ts';
import type { NodeRule } from './rule.ts';

/** Filesystems that turn read-only, or shut down, by themselves on an error. */
const TURNING = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'f2fs',
  'jfs',
  'reiserfs',
  'bcachefs',
  'ntfs3',
  'vfat',
  'exfat',
]);
/** Kernels since 6.12, and stable ones after it, leave `rw` standing when a filesystem stops; 6.1 says `abort`. Seen on a lab node. */
const SHUT = ['shutdown', 'emergency_ro', 'abort'];

/**
 * A filesystem that the kernel made read-only: the mount was asked for as read-write and the superblock is read-only. Both are
 * read-only where an operator wanted it, and only the mount is for a read-only bind.
 */
export const readOnly = {
  kind: 'node',
  name: 'read-only',
  title: 'Filesystem turned read-only',
  severities: ['critical'],
  reads: ['mounts'],
  find: ({ name, facts }) =>
    (goodValueOf(facts.slots.mounts) ?? [])
      .filter(({ fsType }) => TURNING.has(fsType))
      .filter(
        ({ options, superOptions }) =>
          (options.includes('rw') && superOptions.includes('ro')) || SHUT.some((word) => superOptions.includes(word)),
      )
      .map(({ target, source, device }) => ({
        // Binds and subvolumes of one superblock turn together.
        cause: `${name}:${device}`,
        severity: 'critical' as const,
        evidence: { node: name, about: target, text: `${source} was mounted read-write and is read-only now` },
      })),
  tell: ({ first }) => ({
    title: `${first.about} on ${first.node} turned read-only`,
    nextMove: `Look in the kernel log of ${first.node} for I/O or filesystem errors, save the data, then check the filesystem while it is unmounted.`,
  }),
} satisfies NodeRule;
