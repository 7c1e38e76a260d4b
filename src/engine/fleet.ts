import type { DirectoryWish } from '../model/directories.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { FleetRequest } from '../model/fleet-request.ts';

/** What the engine must know to start: plain data, because it crosses into a worker thread. */
export interface FleetPlan {
  readonly nodes: readonly FleetNode[];
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
  readonly maxConnecting: number;
  /** Sequence numbers start above this: an engine started anew must not speak with numbers its forerunner has used; 0 when left out. */
  readonly firstSeq?: number;
}

export interface FleetNode {
  readonly endpoint: Endpoint;
  /** Periods that differ from the probes' own, in ms. */
  readonly everyMs: { readonly [probe: string]: number };
  /** Directories the inventory wishes on its volumes. */
  readonly directories?: readonly DirectoryWish[];
}

export type { FleetRequest };

/** The live fleet as the console sees it; in this process or behind a worker, the same. */
export interface Fleet {
  readonly subscribe: (listener: (batch: readonly FleetEvent[]) => void) => () => void;
  readonly request: (request: FleetRequest) => void;
  readonly close: () => Promise<void>;
}
