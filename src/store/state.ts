import type { Finding } from '../model/finding.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { HostKeyReview, Link } from '../model/link.ts';
import type { NodeFacts, Seen } from '../model/observation.ts';

/** All that the screen and the commands read. Data only: functions over it are module-level and pure. */
export interface State {
  readonly inventory: Inventory;
  /** Changes only when a fact really changed. */
  readonly nodes: ReadonlyMap<NodeName, NodeFacts>;
  /** Changes at every poll; only ages read it. */
  readonly seen: ReadonlyMap<NodeName, Seen>;
  readonly links: ReadonlyMap<NodeName, Link>;
  readonly findings: readonly Finding[];
  /** Host keys that wait for a person. */
  readonly reviews: readonly HostKeyReview[];
  /** Newest last, at most `EVENTS_KEPT`. */
  readonly events: readonly FleetEventRow[];
}

/** Rows of the event log kept; older ones are dropped. */
export const EVENTS_KEPT = 2_000;

/** Something that happened: a link lost, a mount hung, a finding opened or closed. */
export interface FleetEventRow {
  readonly id: string;
  readonly atMs: number;
  readonly node?: NodeName;
  readonly kind: 'link' | 'fact' | 'finding' | 'console';
  readonly severity: 'critical' | 'warning' | 'notice' | 'good';
  readonly text: string;
}
