import type { NodeDrift } from '../model/drift.ts';
import type { Mount } from '../model/facts.ts';
import type { Evidence, Finding, Mend, Severity } from '../model/finding.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Cluster } from '../model/kubernetes.ts';
import type { HostKeyReview, Link } from '../model/link.ts';
import type { NodeFacts } from '../model/observation.ts';
import type { ProbeName } from '../model/probe.ts';
import type { Seen } from '../model/seen.ts';

/** What diagnosis looks at; the store's state is one. */
export interface FleetFacts {
  readonly inventory: Inventory;
  readonly nodes: ReadonlyMap<NodeName, NodeFacts>;
  readonly links: ReadonlyMap<NodeName, Link>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** When each question was last answered; a node of which nothing is heard proves nothing. */
  readonly seen: ReadonlyMap<NodeName, Seen>;
  readonly reviews: readonly HostKeyReview[];
  /** What was found last time: an open finding keeps its time, and closes later than it opened. */
  readonly findings: readonly Finding[];
}

/** One node as a rule sees it. */
export interface NodeView {
  readonly name: NodeName;
  readonly inventory: Inventory;
  readonly facts: NodeFacts;
  readonly link: Link;
  /** As of now; no rule is asked again because of it. */
  readonly seen: Seen | undefined;
  /** Without that of the GPUs, whose facts change with every answer: their rule compares them itself. */
  readonly drift: () => Omit<NodeDrift, 'gpus'>;
  /** Mounts from other machines, uppermost at their target, with the server they come from. */
  readonly remotes: () => readonly RemoteMount[];
}

export interface RemoteMount {
  readonly mount: Mount;
  /** A node of the inventory, or a name or address as the mount table has it. */
  readonly server: string;
  readonly path: string;
}

/** One sign of trouble on one node. Signs with the same cause become one finding, over all nodes. */
export interface Symptom {
  /** What they share, e.g. a server or a share; together with the rule's name the id of the finding. */
  readonly cause: string;
  readonly severity: Severity;
  readonly evidence: Evidence;
  /** Since when, as far as the facts tell. */
  readonly sinceMs?: number;
  /** Too weak to open a finding; keeps one open that was opened for more. */
  readonly isFaint?: boolean;
  /** Must last this long before it counts. */
  readonly afterMs?: number;
  /** Counts only once the node was heard after this: silence of one question says nothing while the whole node is silent. */
  readonly heardAfterMs?: number;
  /** Counts until then. */
  readonly untilMs?: number;
  readonly affects?: readonly NodeName[];
  /** Words the rule's `tell` needs, e.g. the server. */
  readonly words?: { readonly [name: string]: string };
}

/** A symptom with the rule that saw it. */
export interface Found extends Symptom {
  readonly rule: string;
}

/** Symptoms of one cause, to be told in one title. */
export interface Group {
  readonly cause: string;
  readonly symptoms: readonly Symptom[];
  /** Nodes with evidence, folded: `gpu[01-17]`. */
  readonly nodes: string;
  readonly nodeCount: number;
  /** Evidence of the first symptom, for causes that can have only one. */
  readonly first: Evidence;
  /** A word of the first symptom, empty if it has none. */
  readonly word: (name: string) => string;
}

export interface Told {
  /** What happened and where, in one clause. */
  readonly title: string;
  /** What to do, in one sentence. */
  readonly nextMove: string;
  /** What lies behind it, line by line, where a sentence is not enough: the corrected text of a file. */
  readonly explanation?: readonly string[];
  /** The plan that mends it. */
  readonly mend?: Mend;
}

/** What a rule adds and what it explains away: hung mounts are no cause of their own once their server is known to be gone. */
export interface Explanation {
  readonly symptoms: readonly Symptom[];
  readonly explained: ReadonlySet<Found>;
}

/** Signs on one node from that node's facts alone; asked again only when one of the facts it reads is another object. */
export interface NodeRule {
  readonly kind: 'node';
  readonly name: string;
  /** For lists of rules: what it finds, e.g. `Mount hung`. */
  readonly title: string;
  /** What its findings may be, the worst first. */
  readonly severities: readonly Severity[];
  readonly reads: readonly (ProbeName | 'link')[];
  /** Facts of which it reads only that, and how, the question fails or hangs: good answers do not ask it again. */
  readonly readsFailures?: readonly ProbeName[];
  /** Only a node that answers has it: old figures of a lost node are no sign. */
  readonly isLive?: boolean;
  readonly find: (node: NodeView) => readonly Symptom[];
  readonly tell: (group: Group) => Told;
}

/** Signs that need more than one node, or that explain what other rules found. */
export interface FleetRule {
  readonly kind: 'fleet';
  readonly name: string;
  readonly title: string;
  readonly severities: readonly Severity[];
  readonly find: (
    fleet: FleetFacts,
    found: readonly Found[],
    view: (node: NodeName) => NodeView | undefined,
  ) => Explanation;
  readonly tell: (group: Group) => Told;
}

/** Brings signs that several rules saw under the finding of one of them: it opens none of its own. */
export interface JoinRule {
  readonly kind: 'join';
  readonly name: string;
  readonly title: string;
  readonly find: (found: readonly Found[]) => Joined;
}

export interface Joined {
  /** The signs as members of another rule's finding. */
  readonly symptoms: readonly Found[];
  readonly explained: ReadonlySet<Found>;
}

/** A rule whose findings have titles. */
export type TellingRule = NodeRule | FleetRule;

export type Rule = TellingRule | JoinRule;
