import type { StorageBackend } from './backend.ts';
import { ext4 } from './ext4.ts';
import { xfs } from './xfs.ts';

/** Every filesystem muster can make, the usual one first. */
export const backends: readonly StorageBackend[] = [ext4, xfs];
