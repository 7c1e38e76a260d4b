import { compared, type Difference, type Drift, differing, whyUnknown } from './comparison.ts';
import { type DirectoryState, isNumber, type VolumeDirectories, whyNotAsked, whyNotLooked } from './directories.ts';
import type { VolumeSpec } from './inventory.ts';
import { goodValueOf, type NodeFacts } from './observation.ts';
import { trimmed } from './storage-source.ts';
import type { NodeWish } from './wishes.ts';

/** One declared directory of one declared volume of one node. */
export interface DirectoryDrift {
  readonly volume: string;
  readonly spec: VolumeSpec['directories'][number];
  readonly seen?: DirectoryState;
  readonly drift: Drift;
}

/** Directories of all volumes in inventory order. What is not mounted is the volume's drift, and only unknown here. */
export function directoryDrifts(wish: NodeWish, facts: NodeFacts): readonly DirectoryDrift[] {
  return wish.volumes.flatMap((volume) => {
    if (volume.directories.length === 0) return [];
    const target = trimmed(volume.target);
    const slot = facts.directories?.[target];
    const table = goodValueOf(slot);
    const mounts = goodValueOf(facts.slots.mounts);
    return volume.directories.map((spec): DirectoryDrift => {
      const path = trimmed(spec.path);
      const why = mounts && (whyNotLooked(mounts, target) ?? whyNotAsked(mounts, target, path));
      const seen = why === undefined ? table?.directories.find((directory) => directory.path === path) : undefined;
      if (table === undefined || seen === undefined) {
        const because =
          why ?? (table === undefined ? whyUnknown(slot, wish.node) : 'more directories than are asked about');
        return { volume: volume.name, spec, drift: { kind: 'unknown', because } };
      }
      return { volume: volume.name, spec, seen, drift: driftOf(spec, seen, table) };
    });
  });
}

function driftOf(spec: VolumeSpec['directories'][number], seen: DirectoryState, table: VolumeDirectories): Drift {
  if (seen.problem === 'No such file or directory') return { kind: 'missing', because: 'there is no such directory' };
  if (seen.problem !== undefined) return { kind: 'unknown', because: seen.problem };
  return compared([
    ...differing('kind', 'directory', seen.kind ?? 'unknown'),
    ...ownership('owner', spec.owner, seen.uid, 'user', table),
    ...ownership('group', spec.group, seen.gid, 'group', table),
    ...(spec.mode === undefined ? [] : differing('mode', spec.mode, seen.mode ?? 'unknown')),
  ]);
}

/** Numbers are what a filesystem keeps; a name of the inventory counts for what it means on this node. */
function ownership(
  about: string,
  wished: string | undefined,
  seen: number | undefined,
  kind: 'user' | 'group',
  { owners }: VolumeDirectories,
): readonly Difference[] {
  if (wished === undefined) return [];
  const id = isNumber(wished)
    ? Number(wished)
    : owners.find((owner) => owner.kind === kind && owner.name === wished)?.id;
  if (id === undefined) return [{ about, wished, seen: `${seen ?? 'unknown'}, and the node has no ${kind} ${wished}` }];
  return id === seen ? [] : [{ about, wished: isNumber(wished) ? wished : `${wished} (${id})`, seen: String(seen) }];
}
