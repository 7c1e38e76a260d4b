import type { Mount, NfsMountStats, Unit, UnitTable, Usage } from '../../model/facts.ts';
import type { Finding } from '../../model/finding.ts';
import type { NodeName } from '../../model/ids.ts';
import type { Inventory } from '../../model/inventory.ts';
import type { Link } from '../../model/link.ts';
import { type NodeFacts, type Slot, valueOf } from '../../model/observation.ts';
import type { State } from '../state.ts';
import { findingsOf, rowsByNode } from './by-node.ts';
import { type MountState, mountDifferences, stateOfMounted, type WishedMount } from './mount-state.ts';
import { type Wished, wishedOf } from './wished.ts';

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
  readonly wished: WishedMount | undefined;
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
  readonly wished: Wished;
  readonly link: Link | undefined;
  readonly mounts: Slot<readonly Mount[]> | undefined;
  readonly stats: Slot<readonly NfsMountStats[]> | undefined;
  readonly units: Slot<UnitTable> | undefined;
  readonly usage: NodeFacts['usage'] | undefined;
  readonly findings: readonly Finding[];
}

const mountRows = rowsByNode(pickMounts, buildMounts);

/** One row per mount per node, wished ones that are missing included; kernel-internal filesystems are left out. */
export const selectMountRows = mountRows.all;
/** The mounts of one node. */
export const mountRowsOf = mountRows.of;

function pickMounts(state: State, { name }: { readonly name: NodeName }): MountInput {
  const facts = state.nodes.get(name);
  return {
    node: name,
    inventory: state.inventory,
    wished: wishedOf(state.inventory, name),
    link: state.links.get(name),
    mounts: facts?.slots.mounts,
    stats: facts?.slots.nfsStats,
    units: facts?.slots.units,
    usage: facts?.usage,
    findings: findingsOf(state, name),
  };
}

function buildMounts(input: MountInput): readonly MountRow[] {
  const mounts = valueOf(input.mounts) ?? [];
  const wished = wishedByTarget(input.wished);
  const top = new Map(mounts.map((mount) => [mount.target as string, mount]));
  const shown = mounts.filter((mount) => isStorage(mount) || wished.has(mount.target));
  const present = shown.flatMap((mount) => presentRow(input, mount, top.get(mount.target) === mount, wished, mounts));
  const missing = [...wished]
    .filter(([target]) => !top.has(target))
    .map(([target, wish]) => missingRow(input, target, wish));
  return [...present, ...missing];
}

function wishedByTarget(wished: Wished): ReadonlyMap<string, WishedMount> {
  return new Map<string, WishedMount>([
    ...wished.volumes.map((spec) => [spec.target, { kind: 'volume', spec }] as const),
    ...wished.mounts.map((spec) => [spec.target, { kind: 'mount', spec }] as const),
  ]);
}

function presentRow(
  input: MountInput,
  mount: Mount,
  isTop: boolean,
  wishedMounts: ReadonlyMap<string, WishedMount>,
  mounts: readonly Mount[],
): readonly MountRow[] {
  // The automount below its real mount is one thing with it, not a hidden one.
  if (mount.fsType === 'autofs' && !isTop && mounts.some((other) => other !== mount && other.target === mount.target))
    return [];
  const wished = isTop ? wishedMounts.get(mount.target) : undefined;
  const isWaiting = mount.fsType === 'autofs';
  const differences = isWaiting || !isTop ? [] : mountDifferences(input.inventory, wished, mount);
  const usage = isTop ? input.usage?.[mount.target] : undefined;
  return [
    {
      ...commonRow(input, mount.target),
      id: `${input.node}:${mount.target}${isTop ? '' : `#${mount.id}`}`,
      source: isWaiting && wished?.kind === 'mount' ? wished.spec.source : mount.source,
      fsType: isWaiting && wished !== undefined ? wished.spec.fsType : mount.fsType,
      state: stateOfPresent(isTop, isWaiting, wished, differences, usage),
      mount,
      wished,
      differences,
      usage,
      stats: isTop ? valueOf(input.stats)?.find(({ target }) => target === mount.target) : undefined,
    },
  ];
}

function stateOfPresent(
  isTop: boolean,
  isWaiting: boolean,
  wished: WishedMount | undefined,
  differences: readonly string[],
  usage: Slot<Usage> | undefined,
): MountState {
  if (!isTop) return { kind: 'hidden' };
  const isUnwanted = wished?.kind === 'mount' && wished.spec.absent;
  return isWaiting && !isUnwanted ? { kind: 'waiting' } : stateOfMounted(wished, differences, usage);
}

function missingRow(input: MountInput, target: string, wished: WishedMount): MountRow {
  return {
    ...commonRow(input, target),
    id: `${input.node}:${target}`,
    source: wished.kind === 'mount' ? wished.spec.source : wished.spec.name,
    fsType: wished.spec.fsType,
    state: stateOfMissing(input.mounts, wished),
    mount: undefined,
    wished,
    differences: [],
    usage: undefined,
    stats: undefined,
  };
}

function stateOfMissing(mounts: MountInput['mounts'], wished: WishedMount): MountState {
  if (mounts === undefined || mounts.kind === 'never') return { kind: 'unknown', because: 'never asked' };
  if (mounts.kind === 'waiting') return { kind: 'unknown', because: 'waiting for the first answer' };
  if (valueOf(mounts) === undefined) {
    return { kind: 'unknown', because: mounts.kind === 'hung' ? 'the question hangs' : becauseOf(mounts) };
  }
  return { kind: wished.kind === 'mount' && wished.spec.absent ? 'absent' : 'missing' };
}

const becauseOf = (slot: Slot<unknown>): string => ('because' in slot ? slot.because : slot.kind);

function commonRow(input: MountInput, target: string) {
  return {
    node: input.node,
    target,
    link: input.link,
    unit: valueOf(input.units)?.units.find((unit) => unit.where === target && unit.kind === 'mount'),
    findings: input.findings.filter((finding) =>
      finding.evidence.some(({ node, about }) => node === input.node && about === target),
    ),
  };
}

/** Filesystems that hold nobody's files: the kernel's windows, and what containers and packages stack up. */
const INTERNAL = new Set(
  (
    'proc sysfs devtmpfs devpts tmpfs ramfs cgroup cgroup2 securityfs debugfs tracefs configfs pstore bpf mqueue hugetlbfs ' +
    'fusectl binfmt_misc rpc_pipefs nfsd nsfs overlay squashfs efivarfs selinuxfs fuse.lxcfs fuse.gvfsd-fuse fuse.portal ' +
    'fuse.snapfuse'
  ).split(' '),
);

/** Automounts of the system itself (binfmt_misc) are internal too. */
const isStorage = ({ fsType, target }: Mount): boolean =>
  !INTERNAL.has(fsType) && !(fsType === 'autofs' && target.startsWith('/proc/'));
