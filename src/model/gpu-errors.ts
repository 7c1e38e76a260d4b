import type { Growth } from './growth.ts';

/** Error counters of one card that say something by how fast they grow. nvidia-smi(1) */
export interface GpuErrors {
  /** As in `Gpu`: `0000:9b:00.0`. */
  readonly busId: string;
  /** Memory errors that were corrected since the driver was loaded. */
  readonly corrected?: number;
  /** Packets that the PCIe link had to send again since the card was reset. */
  readonly replays?: number;
  /** By how much both grew within the last minutes. */
  readonly correctedGrowth: Growth;
  readonly replayGrowth: Growth;
}
