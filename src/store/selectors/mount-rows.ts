import { describeDifferences, whyUnknown } from '../../model/comparison.ts';
import type { Mount, NfsMountStats, Unit, UnitTable, Usage } from '../../model/facts.ts';
import { isStorageFilesystem } from '../../model/filesystem-types.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { Inventory, VolumeSpec } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { type MountDrift, mountDrifts } from '../../model/mount-drift.ts';
import { isPseudoFs, topMounts } from '../../model/mounts.ts';
import { goodValueOf as lastKnown, type NodeFacts, type Slot } from '../../model/observation.ts';
import { type NodeWish, wishOf } from '../../model/wishes.ts';
import type { State } from '../state.ts';
import { aboutThing, findingsOf, oncePerSlot, rowsByNode } from './by-node.ts';
import { type MountState, stateOfDeclared, stateOfMounted, troubleOf } from './mount-state.ts';

/** One mount of one node, or one wished mount that is not there. */
export interface MountRow {
  /** `gpu01:/data`; `gpu01:/data#7` for a mount hidden below another. */
  readonly id: string;
  readonly node: NodeName;
  readonly target: string;
  readonly source: string;
  readonly fsType: string;
  readonly state: MountState;
  readonly mount: Mount | undefined;
  /** Undefined where nothing is wished of this target, nor of any mount of the node. */
  readonly drift: MountDrift | undefined;
  /** Where it differs from the wish, and what else the comparison noticed, in sentences. */
  readonly differences: readonly string[];
  readonly usage: Slot<Usage> | undefined;
  readonly stats: NfsMountStats | undefined;
  readonly unit: Unit | undefined;
  readonly link: Link | undefined;
  readonly findings: readonly Finding[];
}

interface MountInput {
  readonly node: NodeName;
  readonly inventory: Inventory;
  readonly wish: NodeWish | undefined;
  readonly link: Link | undefined;
  readonly mounts: Slot<readonly Mount[]> | undefined;
  readonly units: Slot<UnitTable> | undefined;
  readonly findings: readonly Finding[];
}

// In three layers, because how full a mount is and its counters come every few seconds and leave all the rest as it was.
const bareRows = rowsByNode(pickMounts, buildMounts);
const stateRows = rowsByNode(pickUsage, withUsage);
const mountRows = rowsByNode(pickStats, withStats);

/** One row per mount per node, wished ones that are missing included; kernel-internal filesystems are left out. */
export const selectMountRows = mountRows.all;
/** The mounts of one node. */
export const mountRowsOf = mountRows.of;
/** The same without NFS counters: who does not show them is spared new rows with every answer of them. */
export const mountStatesOf = stateRows.of;

function pickMounts(state: State, { name }: { readonly name: NodeName }): MountInput {
  const facts = state.nodes.get(name);
  return {
    node: name,
    inventory: state.inventory,
    wish: wishOf(state.inventory, name),
    link: state.links.get(name),
    mounts: facts?.slots.mounts,
    units: facts?.slots.units,
    findings: findingsOf(state, name),
  };
}

interface UsageInput {
  readonly rows: readonly MountRow[];
  readonly mounts: Slot<readonly Mount[]> | undefined;
  readonly usage: NodeFacts['usage'] | undefined;
}

function pickUsage(state: State, { name }: { readonly name: NodeName }): UsageInput {
  const facts = state.nodes.get(name);
  return { rows: bareRows.of(state, name), mounts: facts?.slots.mounts, usage: facts?.usage };
}

function withUsage({ rows, mounts, usage: known }: UsageInput): readonly MountRow[] {
  if (known === undefined) return rows;
  return rows.map((row) => {
    if (row.mount === undefined || row.state.kind === 'hidden') return row;
    const usage = usageOf(known, row.mount, mounts);
    if (usage === undefined) return row;
    // What an automount that nobody wished will mount is not known, so neither whether it answers.
    const isUnknown = row.mount.fsType === 'autofs' && row.drift?.spec === undefined;
    return { ...row, usage, state: (isUnknown ? undefined : troubleOf(usage)) ?? row.state };
  });
}

interface StatsInput {
  readonly rows: readonly MountRow[];
  readonly stats: Slot<readonly NfsMountStats[]> | undefined;
}

function pickStats(state: State, { name }: { readonly name: NodeName }): StatsInput {
  return { rows: stateRows.of(state, name), stats: state.nodes.get(name)?.slots.nfsStats };
}

function withStats({ rows, stats: slot }: StatsInput): readonly MountRow[] {
  const stats = lastKnown(slot);
  if (stats === undefined || stats.length === 0) return rows;
  const byTarget = new Map(stats.map((each) => [each.target as string, each]));
  return rows.map((row) => {
    const own = row.mount === undefined || row.state.kind === 'hidden' ? undefined : byTarget.get(row.target);
    return own === undefined ? row : { ...row, stats: own };
  });
}

function buildMounts(input: MountInput): readonly MountRow[] {
  const mounts = lastKnown(input.mounts) ?? [];
  const byTarget = new Map(driftsOf(input).map((drift) => [drift.target, drift]));
  const volumes = new Set(input.wish?.volumes.map(({ target }) => target));
  const { visible, hidden } = topMounts(mounts);
  const isShown = (mount: Mount): boolean =>
    isStorage(mount) || byTarget.get(mount.target)?.spec !== undefined || volumes.has(mount.target);
  const present = visible.filter(isShown).map((mount) => visibleRow(input, mount, byTarget.get(mount.target)));
  const covered = hidden.filter(isShown).map((mount) => hiddenRow(input, mount));
  const seen = new Set<string>(visible.map(({ target }) => target));
  const missing = [...byTarget.values()].filter(({ target, spec }) => spec !== undefined && !seen.has(target));
  const bare = (input.wish?.volumes ?? []).filter(({ target }) => !seen.has(target) && !byTarget.has(target));
  return [
    ...present,
    ...covered,
    ...missing.map((drift) => missingRow(input, drift)),
    ...bare.map((volume) => volumeRow(input, volume)),
  ];
}

const drifts = oncePerSlot<readonly MountDrift[]>();

function driftsOf({ inventory, wish, node, mounts }: MountInput): readonly MountDrift[] {
  if (wish === undefined) return [];
  return drifts(mounts, wish, () =>
    mountDrifts(inventory, wish, { name: node, slots: mounts === undefined ? {} : { mounts }, usage: {} }),
  );
}

function visibleRow(input: MountInput, mount: Mount, drift: MountDrift | undefined): MountRow {
  // An automount in waiting has no source of its own: what it will mount is what was wished.
  const isWaiting = mount.fsType === 'autofs';
  const isVolume = input.wish?.volumes.some(({ target }) => target === mount.target) === true;
  const state: MountState = isWaiting && drift?.spec === undefined ? { kind: 'waiting' } : stateOfMounted(drift);
  return {
    ...commonRow(input, mount.target),
    id: `${input.node}:${mount.target}`,
    source: isWaiting ? (drift?.spec?.source ?? mount.source) : mount.source,
    fsType: isWaiting ? (drift?.spec?.fsType ?? mount.fsType) : mount.fsType,
    state: state.kind === 'mounted' && isVolume ? { kind: 'as-declared' } : state,
    mount,
    drift,
    differences: differencesOf(drift),
    usage: undefined,
    stats: undefined,
  };
}

/** Space is asked for once per filesystem: a bind mount has the usage of the mount it shows a part of. */
function usageOf(
  usage: NodeFacts['usage'],
  mount: Mount,
  mounts: Slot<readonly Mount[]> | undefined,
): Slot<Usage> | undefined {
  const own = usage[mount.target];
  if (own !== undefined || mount.fsType === 'autofs') return own;
  const { visible } = topMounts(lastKnown(mounts) ?? []);
  const other = visible.find(({ device, target }) => device === mount.device && usage[target] !== undefined);
  return other && usage[other.target];
}

function differencesOf(drift: MountDrift | undefined): readonly string[] {
  if (drift === undefined) return [];
  const differences =
    drift.drift.kind === 'drifted'
      ? drift.drift.differences.map((difference) => describeDifferences([difference]))
      : [];
  const reason = drift.drift.kind === 'missing' || drift.drift.kind === 'unexpected' ? [drift.drift.because] : [];
  return [...differences, ...reason, ...drift.notes];
}

function hiddenRow(input: MountInput, mount: Mount): MountRow {
  return {
    ...commonRow(input, mount.target),
    id: `${input.node}:${mount.target}#${mount.id}`,
    source: mount.source,
    fsType: mount.fsType,
    state: { kind: 'hidden' },
    mount,
    drift: undefined,
    differences: [],
    usage: undefined,
    stats: undefined,
  };
}

function missingRow(input: MountInput, drift: MountDrift): MountRow {
  return {
    ...commonRow(input, drift.target),
    id: `${input.node}:${drift.target}`,
    source: drift.spec?.source ?? '',
    fsType: drift.spec?.fsType ?? '',
    state: stateOfDeclared(drift),
    mount: undefined,
    drift,
    differences: differencesOf(drift),
    usage: undefined,
    stats: undefined,
  };
}

/** A volume whose filesystem is not mounted where it should be, as far as is known. */
function volumeRow(input: MountInput, volume: VolumeSpec): MountRow {
  const isHeard = lastKnown(input.mounts) !== undefined;
  return {
    ...commonRow(input, volume.target),
    id: `${input.node}:${volume.target}`,
    source: `volume ${volume.name}`,
    fsType: volume.fsType,
    state: isHeard
      ? { kind: 'missing', because: `volume ${volume.name} is not mounted` }
      : { kind: 'unknown', because: whyUnknown(input.mounts, input.wish?.node) },
    mount: undefined,
    drift: undefined,
    differences: [],
    usage: undefined,
    stats: undefined,
  };
}

function commonRow(input: MountInput, target: string) {
  return {
    node: input.node,
    target,
    link: input.link,
    unit: lastKnown(input.units)?.units.find((unit) => unit.where === target && unit.kind === 'mount'),
    findings: aboutThing(input.findings, input.node, (about) => about === target),
  };
}

/** Read-only images of packages and media say nothing about anybody's storage. */
const IMAGES = new Set(['squashfs', 'iso9660', 'udf', 'erofs', 'cramfs', 'fuse.snapfuse']);

/** Automounts of the system itself (binfmt_misc) are internal too; a filesystem nobody has heard of is shown. */
function isStorage({ fsType, target }: Mount): boolean {
  if (fsType === 'autofs') return !target.startsWith('/proc/');
  return isStorageFilesystem(fsType) || (!isPseudoFs(fsType) && !IMAGES.has(fsType));
}
