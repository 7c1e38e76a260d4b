import { nodeDrift } from '../model/drift.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Link } from '../model/link.ts';
import { goodValueOf, type NodeFacts, type Slot } from '../model/observation.ts';
import type { ProbeName } from '../model/probe.ts';
import type { Seen } from '../model/seen.ts';
import { remoteSource, serverOf, trimmed } from '../model/storage-source.ts';
import type { FleetFacts, Found, NodeRule, NodeView, RemoteMount } from './rule.ts';

/** Asks the node rules, and of each node only those that read something that changed. */
export interface NodeExaminer {
  /** In parts of `NODES_A_PART` nodes. */
  readonly examine: (fleet: FleetFacts) => Generator<undefined, readonly Found[]>;
  /** The node as it was examined last. */
  readonly viewOf: (node: NodeName) => NodeView | undefined;
}

interface Examined {
  readonly view: NodeView;
  /** By rule, in their order. */
  readonly found: readonly (readonly Found[])[];
  readonly all: readonly Found[];
}

/** Nodes looked at before a key may be heard: each costs 10 to 80 us when its facts have changed. */
const NODES_A_PART = 16;

const IDLE: Link = { kind: 'idle' };
const NONE: readonly Found[] = [];
const NO_PROBES: readonly ProbeName[] = [];

/** An examiner that has seen nothing yet. It remembers per node what its unchanged facts meant. */
export function createNodeExaminer(rules: readonly NodeRule[]): NodeExaminer {
  // A rule that wants a live node reads its link.
  const reads = [...new Set(['link' as const, ...rules.flatMap((rule) => rule.reads)])];
  const readsFailures = [...new Set(rules.flatMap((rule) => rule.readsFailures ?? []))];
  const any: Pick<NodeRule, 'reads' | 'readsFailures'> = { reads, readsFailures };
  let examined: Map<NodeName, Examined> = new Map();
  let inventory: Inventory | undefined;
  return {
    *examine(fleet) {
      if (fleet.inventory !== inventory) examined = new Map();
      inventory = fleet.inventory;
      const found: Found[] = [];
      let looked = 0;
      for (const [name, facts] of fleet.nodes) {
        looked += 1;
        if (looked % NODES_A_PART === 0) yield;
        const link = fleet.links.get(name) ?? IDLE;
        let known = examined.get(name);
        if (known === undefined || known.view.facts !== facts || known.view.link !== link) {
          const view = viewOf(fleet.inventory, facts, link, fleet.seen.get(name), known?.view);
          // Most changes are of the load, which no rule reads.
          known =
            known !== undefined && isSameIn(any, known.view, view) ? { ...known, view } : examine(rules, view, known);
          examined.set(name, known);
        }
        for (const symptom of known.all) found.push(symptom);
      }
      return found;
    },
    viewOf: (node) => examined.get(node)?.view,
  };
}

function examine(rules: readonly NodeRule[], view: NodeView, before: Examined | undefined): Examined {
  let hasChanged = before === undefined;
  const found = rules.map((rule, index) => {
    const kept = before?.found[index];
    if (kept !== undefined && before !== undefined && readsTheSame(rule, before.view, view)) return kept;
    const symptoms = symptomsOf(rule, view);
    if (symptoms !== kept) hasChanged = true;
    return symptoms;
  });
  if (before !== undefined && !hasChanged) return { view, found: before.found, all: before.all };
  return { view, found, all: found.every((list) => list === NONE) ? NONE : found.flat() };
}

function symptomsOf(rule: NodeRule, view: NodeView): readonly Found[] {
  if (rule.isLive === true && !isLive(view.link)) return NONE;
  const symptoms = rule.find(view);
  return symptoms.length === 0 ? NONE : symptoms.map((symptom) => ({ ...symptom, rule: rule.name }));
}

const isLive = ({ kind }: Link): boolean => kind === 'up' || kind === 'late';

/** Asked for each rule of each node of which something changed, a thousand times a second: it must make nothing. */
function readsTheSame(rule: NodeRule, before: NodeView, now: NodeView): boolean {
  if (rule.isLive === true && isLive(before.link) !== isLive(now.link)) return false;
  return isSameIn(rule, before, now);
}

function isSameIn(
  { reads, readsFailures = NO_PROBES }: Pick<NodeRule, 'reads' | 'readsFailures'>,
  before: NodeView,
  now: NodeView,
): boolean {
  for (const what of reads) {
    if (what === 'link' ? before.link !== now.link : isOther(what, before.facts, now.facts)) return false;
  }
  for (const what of readsFailures) {
    if (isOther(what, before.facts, now.facts) && (isFailing(what, before.facts) || isFailing(what, now.facts)))
      return false;
  }
  return true;
}

function isFailing(what: ProbeName, facts: NodeFacts): boolean {
  if (what !== 'usage' && what !== 'directories') return isTrouble(facts.slots[what]);
  const slots = facts[what];
  for (const target in slots) if (isTrouble(slots[target])) return true;
  return false;
}

const isTrouble = (slot: Slot<unknown> | undefined): boolean => slot?.kind === 'failed' || slot?.kind === 'hung';

const isOther = (what: ProbeName, before: NodeFacts, now: NodeFacts): boolean =>
  what === 'usage' || what === 'directories' ? before[what] !== now[what] : before.slots[what] !== now.slots[what];

/** A view that works out drift and remote mounts when first asked, and takes them over while what they come from is the same. */
function viewOf(
  inventory: Inventory,
  facts: NodeFacts,
  link: Link,
  seen: Seen | undefined,
  before: NodeView | undefined,
): NodeView {
  let drift: ReturnType<NodeView['drift']> | undefined;
  let remotes: readonly RemoteMount[] | undefined;
  const old = before?.facts.slots;
  const { slots } = facts;
  const isDriftKept =
    old !== undefined &&
    old.mounts === slots.mounts &&
    old.exports === slots.exports &&
    old.blockDevices === slots.blockDevices &&
    before?.facts.directories === facts.directories;
  return {
    name: facts.name,
    inventory,
    facts,
    link,
    seen,
    drift: isDriftKept && before !== undefined ? before.drift : () => (drift ??= nodeDrift(inventory, facts)),
    remotes:
      before !== undefined && old?.mounts === slots.mounts
        ? before.remotes
        : () => (remotes ??= remoteMounts(inventory, facts)),
  };
}

function remoteMounts(inventory: Inventory, facts: NodeFacts): readonly RemoteMount[] {
  const top = new Map<string, RemoteMount | undefined>();
  for (const mount of goodValueOf(facts.slots.mounts) ?? []) {
    const remote = remoteSource(mount.source, mount.fsType);
    const server = serverOf(inventory, mount);
    // A later entry hides an earlier one at the same target, whatever it is.
    top.set(
      trimmed(mount.target),
      remote === undefined || server === undefined ? undefined : { mount, server, path: remote.path },
    );
  }
  return [...top.values()].filter((remote) => remote !== undefined);
}
