import { type DirectoryDrift, directoryDrifts } from './directory-drift.ts';
import { type ExportDrift, exportDrifts } from './export-drift.ts';
import { type GpuDrift, gpuDrift } from './gpu-drift.ts';
import type { Inventory } from './inventory.ts';
import { type MountDrift, mountDrifts } from './mount-drift.ts';
import type { NodeFacts } from './observation.ts';
import { type VolumeDrift, volumeDrifts } from './volume-drift.ts';
import { wishOf } from './wishes.ts';

/** Everything of one node that the inventory has a wish about, wished against seen. */
export interface NodeDrift {
  readonly mounts: readonly MountDrift[];
  readonly exports: readonly ExportDrift[];
  readonly volumes: readonly VolumeDrift[];
  readonly directories: readonly DirectoryDrift[];
  /** Undefined where the inventory says nothing about GPUs. */
  readonly gpus: GpuDrift | undefined;
}

const NOTHING: NodeDrift = { mounts: [], exports: [], volumes: [], directories: [], gpus: undefined };

/** Compares one node's facts with its wishes; an empty comparison for a node outside the inventory. Pure. */
export function nodeDrift(inventory: Inventory, facts: NodeFacts): NodeDrift {
  const wish = wishOf(inventory, facts.name);
  if (wish === undefined) return NOTHING;
  return {
    mounts: mountDrifts(inventory, wish, facts),
    exports: exportDrifts(inventory, wish, facts),
    volumes: volumeDrifts(wish, facts),
    directories: directoryDrifts(wish, facts),
    gpus: gpuDrift(wish, facts),
  };
}
