import type { Field, FleetView, Input } from '../model/action.ts';
import type { NodeName } from '../model/ids.ts';
import type { MountSpec } from '../model/inventory.ts';
import { trimmed } from '../model/storage-source.ts';
import { wishOf } from '../model/wishes.ts';
import type { MountWish } from '../storage/mount-wish.ts';

/** Ten minutes: long enough for a job's pauses, short enough that a server can be taken away in a night. */
const IDLE_SEC = 600;
const DAY_SEC = 86_400;

/** Inputs that several actions on mounts share. */
export const mountFields = {
  nodes: {
    kind: 'nodes',
    title: 'Nodes',
    help: 'Which nodes, e.g. gpu[01-16] or @gpu.',
    isRequired: true,
    completes: 'nodes',
  },
  target: {
    kind: 'path',
    title: 'Mount point',
    help: 'Where, as an absolute path, e.g. /mnt/data.',
    isRequired: true,
    completes: 'mount-points',
  },
  source: {
    kind: 'text',
    title: 'Source',
    help: 'What, e.g. nfs-a:/export/data or UUID=…; empty for what the inventory says of this mount point.',
    completes: 'sources',
    shape: 'source',
  },
  type: {
    kind: 'text',
    title: 'Filesystem',
    help: 'Type, e.g. nfs4, xfs; empty for what the inventory says, else nfs4.',
    shape: 'filesystem-type',
  },
  options: {
    kind: 'text',
    title: 'Options',
    help: 'Options with commas, e.g. ro,noatime; empty for what the inventory says.',
    shape: 'mount-options',
  },
  how: {
    kind: 'choice',
    title: 'How',
    help: 'automount mounts at the first touch, unit and fstab at boot, plain only until the next boot.',
    choices: ['as-declared', 'automount', 'unit', 'fstab', 'plain'],
    default: 'as-declared',
  },
  idle: {
    kind: 'count',
    title: 'Idle seconds',
    help: 'After how many seconds without use an automount lets go; 0 for never.',
    min: 0,
    max: DAY_SEC,
    default: IDLE_SEC,
  },
  overwrite: {
    kind: 'flag',
    title: 'Overwrite',
    help: 'Replace files that are not from muster or were edited by hand; the old text is kept.',
    default: false,
  },
} as const satisfies { readonly [field: string]: Field };

/** The text of a field, undefined where it was left empty. */
export function textOf(input: Input, field: string): string | undefined {
  const value = input[field];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The mount the inventory wishes at a target of a node. */
export const specAt = (fleet: FleetView, node: NodeName, target: string): MountSpec | undefined =>
  wishOf(fleet.inventory, node)?.mounts.find((spec) => !spec.absent && trimmed(spec.target) === target);

/** The mount that is asked for on one node: what the fields say, and where they say nothing the inventory. Undefined where neither names a source. */
export function mountWish(input: Input, fleet: FleetView, node: NodeName): MountWish | undefined {
  const target = trimmed(textOf(input, 'target') ?? '/');
  const spec = specAt(fleet, node, target);
  const source = textOf(input, 'source') ?? spec?.source;
  if (source === undefined) return undefined;
  const options = textOf(input, 'options')
    ?.split(',')
    .map((option) => option.trim());
  const how = howOf(input['how']) ?? spec?.how ?? 'automount';
  return {
    source,
    target,
    fsType: textOf(input, 'type') ?? spec?.fsType ?? 'nfs4',
    options: options?.filter((option) => option !== '') ?? spec?.options ?? [],
    how,
    idleSec: typeof input['idle'] === 'number' ? input['idle'] : IDLE_SEC,
  };
}

/** The wish the inventory has of one mount. */
export const wishOfSpec = ({ source, fsType, target, options, how }: MountSpec): MountWish => ({
  source,
  fsType,
  target: trimmed(target),
  options,
  how,
  idleSec: IDLE_SEC,
});

function howOf(value: unknown): MountWish['how'] | undefined {
  return value === 'automount' || value === 'unit' || value === 'fstab' || value === 'plain' ? value : undefined;
}
