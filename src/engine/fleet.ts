import type { Endpoint } from '../model/endpoint.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { NodeName } from '../model/ids.ts';
import type { ProbeName } from '../model/probe.ts';
import type { TerminalSize } from './ports.ts';

/** What the engine must know to start: plain data, because it crosses into a worker thread. */
export interface FleetPlan {
  readonly nodes: readonly FleetNode[];
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
  readonly maxConnecting: number;
}

export interface FleetNode {
  readonly endpoint: Endpoint;
  /** Periods that differ from the probes' own, in ms. */
  readonly everyMs: { readonly [probe: string]: number };
}

/** What the console asks of the engine. */
export type FleetRequest =
  /** Probes of these nodes are in front of the operator: poll them at least this often until the next `focus`. */
  | { readonly kind: 'focus'; readonly nodes: readonly NodeName[]; readonly probes: readonly ProbeName[]; readonly everyMs: number }
  /** Ask now, without waiting for the period; all probes when none is named. */
  | { readonly kind: 'refresh'; readonly nodes: readonly NodeName[]; readonly probes?: readonly ProbeName[] }
  /** Connect again at once, also after a refusal. */
  | { readonly kind: 'reconnect'; readonly nodes: readonly NodeName[] }
  | { readonly kind: 'accept-host-key'; readonly node: NodeName; readonly fingerprint: string }
  | { readonly kind: 'secret'; readonly id: number; readonly text: string | undefined }
  | { readonly kind: 'shell-open'; readonly shell: number; readonly node: NodeName; readonly size: TerminalSize }
  | { readonly kind: 'shell-write'; readonly shell: number; readonly data: Uint8Array }
  | { readonly kind: 'shell-resize'; readonly shell: number; readonly size: TerminalSize }
  | { readonly kind: 'shell-close'; readonly shell: number };

/** The live fleet as the console sees it; in this process or behind a worker, the same. */
export interface Fleet {
  readonly subscribe: (listener: (batch: readonly FleetEvent[]) => void) => () => void;
  readonly request: (request: FleetRequest) => void;
  readonly close: () => Promise<void>;
}
