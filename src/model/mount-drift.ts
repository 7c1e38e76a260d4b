import { compared, type Difference, type Drift, differing, whyUnknown } from './comparison.ts';
import type { Mount } from './facts.ts';
import { isNetworkFilesystem } from './filesystem-types.ts';
import type { Inventory, MountSpec } from './inventory.ts';
import { compareOptions } from './mount-options.ts';
import { goodValueOf, type NodeFacts } from './observation.ts';
import { isSameServer, remoteSource, trimmed } from './storage-source.ts';
import type { NodeWish } from './wishes.ts';

/** One mount of one node, wished against seen. Without `spec` nobody declared it. */
export interface MountDrift {
  readonly target: string;
  readonly spec?: MountSpec;
  /** The mount that is on top at the target; undefined while an automount waits. */
  readonly seen?: Mount;
  /** An automount that waits for its first use is as declared: nothing is mounted, and nothing is wrong. */
  readonly isWaiting: boolean;
  readonly drift: Drift;
  readonly notes: readonly string[];
}

/** Declared mounts first, in inventory order, then network mounts that nobody declared on a node that has declared ones. */
export function mountDrifts(inventory: Inventory, wish: NodeWish, facts: NodeFacts): readonly MountDrift[] {
  if (wish.mounts.length === 0) return [];
  const mounts = goodValueOf(facts.slots.mounts);
  if (mounts === undefined) {
    const because = whyUnknown(facts.slots.mounts, wish.node);
    return wish.mounts.map((spec) => ({
      ...about(spec),
      isWaiting: false,
      drift: { kind: 'unknown', because },
      notes: [],
    }));
  }
  const byTarget = topMounts(mounts);
  const declared = new Set(wish.mounts.map((spec) => trimmed(spec.target)));
  const strangers = [...byTarget.values()].flatMap(({ real }) =>
    real !== undefined && isNetworkFilesystem(real.fsType) && !declared.has(trimmed(real.target)) ? [real] : [],
  );
  return [
    ...wish.mounts.map((spec) => mountDrift(inventory, spec, byTarget.get(trimmed(spec.target)))),
    ...strangers.map(undeclared),
  ];
}

/** What is at one target: the automount trigger and the real mount on top, which are two levels. */
interface AtTarget {
  readonly automount?: Mount;
  readonly real?: Mount;
}

/** The uppermost mounts by target; a later entry of the table hides an earlier one. */
function topMounts(mounts: readonly Mount[]): ReadonlyMap<string, AtTarget> {
  const byTarget = new Map<string, AtTarget>();
  for (const mount of mounts) {
    const target = trimmed(mount.target);
    const before = byTarget.get(target);
    byTarget.set(target, mount.fsType === 'autofs' ? { ...before, automount: mount } : { ...before, real: mount });
  }
  return byTarget;
}

function mountDrift(inventory: Inventory, spec: MountSpec, at: AtTarget | undefined): MountDrift {
  const base = { ...about(spec), isWaiting: false, notes: [] };
  const { real, automount } = at ?? {};
  if (spec.absent) {
    if (real === undefined) return { ...base, drift: { kind: 'as-declared' } };
    const because = `${real.source} is mounted, and the inventory says that nothing must be`;
    return { ...base, seen: real, drift: { kind: 'unexpected', because } };
  }
  if (real === undefined) {
    if (automount !== undefined) return { ...base, isWaiting: true, drift: { kind: 'as-declared' } };
    return { ...base, drift: { kind: 'missing', because: whyMissing(spec) } };
  }
  const { differences, notes } = compareOptions(spec.options, real);
  const drift = compared([
    ...sourceDifferences(inventory, spec, real),
    ...typeDifferences(spec, real),
    ...differences,
    ...(spec.how === 'automount' && automount === undefined ? [NO_AUTOMOUNT] : []),
  ]);
  return { ...base, seen: real, drift, notes };
}

const NO_AUTOMOUNT: Difference = { about: 'how', wished: 'automount', seen: 'mounted without one' };

const whyMissing = (spec: MountSpec): string =>
  spec.how === 'automount' ? 'neither its automount nor the filesystem is there' : 'nothing is mounted there';

function about(spec: MountSpec): Pick<MountDrift, 'target' | 'spec'> {
  return { target: trimmed(spec.target), spec };
}

function undeclared(real: Mount): MountDrift {
  const because = `${real.source} is mounted, but the inventory does not know it`;
  return {
    target: trimmed(real.target),
    seen: real,
    isWaiting: false,
    drift: { kind: 'unexpected', because },
    notes: [],
  };
}

function sourceDifferences(inventory: Inventory, spec: MountSpec, seen: Mount): readonly Difference[] {
  const wished = remoteSource(spec.source, spec.fsType);
  const found = remoteSource(seen.source, seen.fsType);
  if (wished === undefined || found === undefined) {
    return isTag(spec.source, seen) ? [] : differing('source', spec.source, seen.source);
  }
  const isSame = isSameServer(inventory, wished.server, found.server, seen) && wished.path === found.path;
  return isSame ? [] : [{ about: 'source', wished: spec.source, seen: seen.source }];
}

/** `UUID=…` and `LABEL=…` name a device that the mount table shows under its kernel name: the volumes' comparison is about those. */
function isTag(source: string, seen: Mount): boolean {
  return (
    /^(UUID|LABEL|PARTUUID|PARTLABEL|ID)=/i.test(source) ||
    (source.startsWith('/dev/disk/') && seen.source.startsWith('/dev/'))
  );
}

function typeDifferences(spec: MountSpec, seen: Mount): readonly Difference[] {
  const isSame =
    spec.fsType === seen.fsType ||
    spec.fsType === 'auto' ||
    // mount.nfs turns `nfs` into the version it negotiates, and a FUSE helper puts its family before the name.
    (spec.fsType === 'nfs' && seen.fsType === 'nfs4') ||
    seen.fsType === `fuse.${spec.fsType}` ||
    (spec.fsType === 'none' && spec.options.includes('bind'));
  return isSame ? [] : differing('type', spec.fsType, seen.fsType);
}
