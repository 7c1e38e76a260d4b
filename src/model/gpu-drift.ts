import { compared, type Difference, type Drift, whyUnknown } from './comparison.ts';
import { goodValueOf, type NodeFacts } from './observation.ts';
import type { NodeWish } from './wishes.ts';

/** The GPUs of one node, wished against seen: how many, which, and on which driver. */
export interface GpuDrift {
  readonly wished: number;
  /** Undefined while nothing was answered. */
  readonly seen?: number;
  readonly drift: Drift;
}

/** Undefined where the inventory says nothing about the node's GPUs. */
export function gpuDrift(wish: NodeWish, facts: NodeFacts): GpuDrift | undefined {
  const spec = wish.node.gpus;
  if (spec === undefined) return undefined;
  const slot = facts.slots.gpus;
  if (slot?.kind === 'absent') {
    return spec.count === 0
      ? { wished: 0, seen: 0, drift: { kind: 'as-declared' } }
      : { wished: spec.count, seen: 0, drift: { kind: 'missing', because: slot.because } };
  }
  const gpus = goodValueOf(slot);
  if (gpus === undefined)
    return { wished: spec.count, drift: { kind: 'unknown', because: whyUnknown(slot, wish.node) } };
  const model = spec.model?.toLowerCase();
  // A card that only gives an error tells neither model nor driver.
  const healthy = gpus.filter((gpu) => gpu.error === undefined);
  const others = healthy.filter((gpu) => model !== undefined && !gpu.name.toLowerCase().includes(model));
  const drivers = new Set(healthy.map((gpu) => gpu.driverVersion));
  const differences: readonly Difference[] = [
    ...(gpus.length === spec.count ? [] : [{ about: 'count', wished: String(spec.count), seen: String(gpus.length) }]),
    ...(spec.model === undefined || others.length === 0
      ? []
      : [{ about: 'model', wished: spec.model, seen: [...new Set(others.map((gpu) => gpu.name))].join(', ') }]),
    ...[...drivers]
      .filter((driver) => spec.driver !== undefined && !isVersion(spec.driver, driver))
      .map((driver) => ({ about: 'driver', wished: spec.driver ?? '', seen: driver })),
  ];
  return { wished: spec.count, seen: gpus.length, drift: compared(differences) };
}

/** `550` wishes any 550.x, `550.54` any 550.54.x. */
const isVersion = (wished: string, seen: string): boolean => seen === wished || seen.startsWith(`${wished}.`);
