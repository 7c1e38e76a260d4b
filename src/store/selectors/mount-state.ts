import type { Mount, Usage } from '../../model/facts.ts';
import type { Inventory, MountSpec, VolumeSpec } from '../../model/inventory.ts';
import type { Slot } from '../../model/observation.ts';
import { nodeAt, splitSource } from './wished.ts';

/**
 * What is known of one mount on one node, the worst first: it does not answer, answers with a stale handle, is wished and not there, is
 * there and must not be, differs from what was wished, is covered by a later mount, waits for its first use, or is well.
 */
export type MountState =
  | { readonly kind: 'hung'; readonly sinceMs: number }
  | { readonly kind: 'stale'; readonly because: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'drifted' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'as-declared' }
  | { readonly kind: 'mounted' }
  | { readonly kind: 'absent' }
  /** The node has not said yet, or could not say. */
  | { readonly kind: 'unknown'; readonly because: string };

/** A mount the inventory wishes: by itself, or as the place of a volume. */
export type WishedMount =
  | { readonly kind: 'mount'; readonly spec: MountSpec }
  | { readonly kind: 'volume'; readonly spec: VolumeSpec };

/** The state of a mount that is there. */
export function stateOfMounted(
  wished: WishedMount | undefined,
  differences: readonly string[],
  usage: Slot<Usage> | undefined,
): MountState {
  if (usage?.kind === 'hung') return { kind: 'hung', sinceMs: usage.sinceMs };
  if (usage?.kind === 'failed' && /stale (?:nfs )?(?:file )?handle/i.test(usage.because)) {
    return { kind: 'stale', because: usage.because };
  }
  if (wished?.kind === 'mount' && wished.spec.absent) return { kind: 'unwanted' };
  if (differences.length > 0) return { kind: 'drifted' };
  return { kind: wished === undefined ? 'mounted' : 'as-declared' };
}

/** Options the kernel never shows again: they steer mount(8), systemd or the boot. */
const NOT_IN_THE_KERNEL =
  /^(?:defaults|auto|noauto|nofail|fail|_netdev|user|users|owner|group|bg|fg|intr|nointr|retry=.*|comment=.*|x-.*|(?:no)?(?:atime|diratime)|nouser|loop)$/;

/** Where a mount differs from the wish, in sentences; empty when it does not. */
export function mountDifferences(
  inventory: Inventory,
  wished: WishedMount | undefined,
  mount: Mount,
): readonly string[] {
  if (wished === undefined) return [];
  const { spec } = wished;
  const isSameKind = spec.fsType === mount.fsType || (/^nfs4?$/.test(spec.fsType) && /^nfs4?$/.test(mount.fsType));
  const kind = isSameKind ? [] : [`type is ${mount.fsType}, wished ${spec.fsType}`];
  const source =
    wished.kind === 'volume' || isSameSource(inventory, wished.spec.source, mount.source)
      ? []
      : [`source is ${mount.source}, wished ${wished.spec.source}`];
  const effective = new Set([...mount.options, ...mount.superOptions]);
  const missing = spec.options.filter((option) => !NOT_IN_THE_KERNEL.test(option) && !isEffective(option, effective));
  return [...kind, ...source, ...missing.map((option) => `option ${option} is not in effect`)];
}

function isSameSource(inventory: Inventory, wished: string, seen: string): boolean {
  if (wished === seen) return true;
  const [left, right] = [splitSource(wished), splitSource(seen)];
  if (left === undefined || right === undefined) return isByName(wished);
  if (trimSlash(left.path) !== trimSlash(right.path)) return false;
  const server = nodeAt(inventory, left.server);
  return left.server === right.server || (server !== undefined && server === nodeAt(inventory, right.server));
}

/** `UUID=…` and `LABEL=…` stand for a device; the kernel shows the device. */
const isByName = (source: string): boolean => /^(?:(?:PART)?(?:UUID|LABEL)=|\/dev\/disk\/by-)/.test(source);

const trimSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') : path);

/** The kernel writes versions its own way: `vers=4.2` also answers `nfsvers=4.2` and `vers=4`. */
function isEffective(option: string, effective: ReadonlySet<string>): boolean {
  if (effective.has(option)) return true;
  const version = /^(?:nfsvers|vers)=(\d)(?:\.(\d))?$/.exec(option);
  if (version === null) return false;
  const [, major = '', minor] = version;
  return [...effective].some((text) =>
    minor === undefined ? text.startsWith(`vers=${major}`) : text === `vers=${major}.${minor}`,
  );
}
