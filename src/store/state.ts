import type { Meters } from '../model/card-meters.ts';
import type { Finding } from '../model/finding.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Cluster } from '../model/kubernetes.ts';
import type { HostKeyReview, Link } from '../model/link.ts';
import type { NodeFacts } from '../model/observation.ts';
import type { OpenPodLog } from '../model/pod-log.ts';
import type { Rollout, RolloutId } from '../model/rollout.ts';
import type { SeenLedger } from '../model/seen.ts';

/** All that the screen and the commands read. Data only: functions over it are module-level and pure. */
export interface State {
  readonly inventory: Inventory;
  /** Changes only when a fact really changed. */
  readonly nodes: ReadonlyMap<NodeName, NodeFacts>;
  /** Written in place at every poll, the one thing in here that is: only ages read it, and an age is about now. */
  readonly seen: ReadonlyMap<NodeName, SeenLedger>;
  readonly links: ReadonlyMap<NodeName, Link>;
  /** Kubernetes clusters by name, in inventory order. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** What dcgm-exporter tells of the cards of Kubernetes nodes; beside the clusters, because nothing is judged by it. */
  readonly meters: Meters;
  readonly findings: readonly Finding[];
  /** Host keys that wait for a person. */
  readonly reviews: readonly HostKeyReview[];
  /** Newest last, at most `EVENTS_KEPT`. */
  readonly events: readonly FleetEventRow[];
  /** What muster has done and is doing, by id: journals, folded. */
  readonly rollouts: ReadonlyMap<RolloutId, Rollout>;
  /** Rollouts that were begun and that no process drives now. */
  readonly orphans: ReadonlySet<RolloutId>;
  /** The log in front of the operator. */
  readonly log: OpenLog | undefined;
  /** The log of a pod in front of the operator. */
  readonly podLog: OpenPodLog | undefined;
}

/** The last lines of one node's log of one rollout. */
export interface OpenLog {
  readonly rollout: RolloutId;
  readonly node: NodeName;
  /** Number of the first line that is kept, from 1; more than 1 when older ones are only in the file. */
  readonly firstNumber: number;
  /** It grows faster than its lines are counted, so the number is a guess. */
  readonly isGuess?: true;
  readonly lines: readonly string[];
  /** Where the whole of it is. */
  readonly path: string;
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
