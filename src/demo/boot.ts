import { autofs } from './build-mounts.ts';
import { standardSettings } from './build-node.ts';
import { seedOf, uuidOf } from './chance.ts';
import { mounted, unmounted, whyNotMount } from './mounting.ts';
import { type DemoGpu, type DemoMount, type DemoUnit, type NodeState, WELL_STACK } from './node-state.ts';
import { mount } from './transitions.ts';
import { enablingLinks, nameOfUnit, reloadUnits } from './units.ts';
import type { World } from './world.ts';

/** Kernel filesystems and the root are there before systemd looks at its units. */
const isBare = ({ fsType, target }: DemoMount): boolean =>
  target === '/' || !/^(nfs4|ext4|xfs|vfat|autofs)$/.test(fsType);

/**
 * The node after a boot: everything that lives in memory starts again, everything on disk is as it was. What is mounted is what fstab and
 * enabled units say; what they cannot mount leaves a failed unit behind.
 */
export function booted(world: World, node: NodeState): NodeState {
  const nowMs = world.clock.nowMs();
  const away = node.mounts
    .filter((each) => !isBare(each))
    .reduceRight((state, { target }) => unmounted(state, target), node);
  const fresh: NodeState = {
    ...away,
    bootId: uuidOf(seedOf(node.seed, nowMs)),
    bootedAtMs: nowMs,
    mounts: away.mounts
      .filter(isBare)
      .map((each) => ({ ...each, mountedAtMs: nowMs, pausedMs: 0, isStale: false, hungBy: [] })),
    services: node.services.map((each) => ({ ...each, isActive: each.isEnabled, startedAtMs: nowMs })),
    processes: [],
    stack: WELL_STACK,
    gpus: node.gpus.map(driverFound),
    endedJobs: [],
    failedUnits: [],
    kernelLog: [],
  };
  const read = reloadUnits(fresh);
  return read.units.filter((unit) => isWanted(read, unit)).reduce((state, unit) => atBoot(world, state, unit), read);
}

/** A card as the driver finds it anew: what was set is forgotten, a lost one is back; the cards of the demo keep their MIG mode, not their instances. */
export const driverFound = (gpu: DemoGpu): DemoGpu => ({
  ...gpu,
  isLost: false,
  isMigEnabled: gpu.settings.isMigPending,
  instances: [],
  settings: standardSettings(gpu.model, gpu.settings.isMigPending),
});

/** Wanted at boot: by fstab without `noauto`, or by a link of `systemctl enable`. */
function isWanted(node: NodeState, unit: DemoUnit): boolean {
  if (unit.from === 'fstab')
    return unit.kind === 'automount' || !/(^|,)(noauto|x-systemd\.automount)(,|$)/.test(unit.options);
  return enablingLinks(node, nameOfUnit(unit)).length > 0;
}

function atBoot(world: World, node: NodeState, unit: DemoUnit): NodeState {
  if (unit.kind === 'automount') return mount(node, autofs(unit.where), world.clock.nowMs());
  const order = {
    source: unit.what,
    target: unit.where,
    fsType: unit.fsType,
    options: unit.options.split(',').filter(Boolean),
  };
  return whyNotMount(world, node, order) === undefined
    ? mounted(world, node, order)
    : { ...node, failedUnits: [...node.failedUnits, nameOfUnit(unit)] };
}

/** The node with its power cut: nothing that ran there goes on, and what it says next is another boot. */
export const powerless = (node: NodeState): NodeState => ({ ...node, bootId: '' });
