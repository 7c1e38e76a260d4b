import type { Growth } from './growth.ts';

/** What a card tells of errors: counters that say something by how fast they grow, and what the driver asks for. nvidia-smi(1) */
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
  /** What the driver wants done to the card, in its words: `Reset`, `Drain and Reset`, `Reboot`. Undefined where it wants nothing. */
  readonly recovery?: string;
  /** The link to the NVSwitches of the board, where the card has one. */
  readonly fabric?: { readonly state: string; readonly status?: string };
  /** NVLinks between cards that carry data, and all there are. Undefined on cards without them, or with MIG on. */
  readonly nvlinks?: { readonly active: number; readonly total: number };
}
