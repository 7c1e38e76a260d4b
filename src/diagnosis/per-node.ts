import { nodeDrift } from '../model/drift.ts';
import type { NodeName } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Link } from '../model/link.ts';
import { goodValueOf, type NodeFacts, type Slot } from '../model/observation.ts';
import type { ProbeName } from '../model/probe.ts';
import { remoteSource, serverOf, trimmed } from '../model/storage-source.ts';
import type { FleetFacts, Found, NodeRule, NodeView, RemoteMount } from './rule.ts';

/** Asks the node rules, and of each node only those that read something that changed. */
export interface NodeExaminer {
  /** In parts of `NODES_A_PART` nodes. */
  readonly examine: (fleet: FleetFacts) => Generator<undefined, readonly Found[]>;
  /** The node as it was examined last. */
  readonly viewOf: (node: NodeName) => NodeView | undefined;
}

/**
 * One node and what its facts meant. Written in place: a change of the load, which no rule reads, comes of each of a thousand nodes every two
 * seconds, and objects that live for so long are dear to collect.
 */
interface Examined {
  readonly view: OwnView;
  /** By rule, in their order. */
  found: readonly (readonly Found[])[];
  all: readonly Found[];
}

type OwnView = { -readonly [Key in keyof NodeView]: NodeView[Key] };

/** What of a node may have changed since it was examined. */
type FactsAndLink = Pick<NodeView, 'facts' | 'link'>;

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
        if (known === undefined) {
          known = firstLook(rules, createView(fleet.inventory, facts, link, fleet.seen.get(name)));
          examined.set(name, known);
        } else if (known.view.facts !== facts || known.view.link !== link) {
          lookAgain(rules, any, known, { facts, link });
        }
        known.view.seen = fleet.seen.get(name);
        for (const symptom of known.all) found.push(symptom);
      }
      return found;
    },
    viewOf: (node) => examined.get(node)?.view,
  };
}

function firstLook(rules: readonly NodeRule[], view: OwnView): Examined {
  const found = rules.map((rule) => symptomsOf(rule, view));
  return { view, found, all: joined(found) };
}

/** Asks the rules that read something which changed. Most changes are of the load, which none reads. */
function lookAgain(
  rules: readonly NodeRule[],
  any: Pick<NodeRule, 'reads' | 'readsFailures'>,
  known: Examined,
  now: FactsAndLink,
): void {
  const { view } = known;
  const before: FactsAndLink = { facts: view.facts, link: view.link };
  view.facts = now.facts;
  view.link = now.link;
  if (isSameIn(any, before, now)) return;
  let hasChanged = false;
  const found = rules.map((rule, index) => {
    const kept = known.found[index];
    if (kept !== undefined && readsTheSame(rule, before, now)) return kept;
    const symptoms = symptomsOf(rule, view);
    if (symptoms !== kept) hasChanged = true;
    return symptoms;
  });
  if (!hasChanged) return;
  known.found = found;
  known.all = joined(found);
}

const joined = (found: readonly (readonly Found[])[]): readonly Found[] =>
  found.every((list) => list === NONE) ? NONE : found.flat();

function symptomsOf(rule: NodeRule, view: NodeView): readonly Found[] {
  if (rule.isLive === true && !isLive(view.link)) return NONE;
  const symptoms = rule.find(view);
  return symptoms.length === 0 ? NONE : symptoms.map((symptom) => ({ ...symptom, rule: rule.name }));
}

const isLive = ({ kind }: Link): boolean => kind === 'up' || kind === 'late';

/** Asked for each rule of each node of which something changed, a thousand times a second: it must make nothing. */
function readsTheSame(rule: NodeRule, before: FactsAndLink, now: FactsAndLink): boolean {
  if (rule.isLive === true && isLive(before.link) !== isLive(now.link)) return false;
  return isSameIn(rule, before, now);
}

function isSameIn(
  { reads, readsFailures = NO_PROBES }: Pick<NodeRule, 'reads' | 'readsFailures'>,
  before: FactsAndLink,
  now: FactsAndLink,
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

/** A view that works out drift and remote mounts when asked, and again when what they come from is no longer the same. */
function createView(inventory: Inventory, facts: NodeFacts, link: Link, seen: NodeView['seen']): OwnView {
  let drift: { readonly of: readonly unknown[]; readonly value: ReturnType<NodeView['drift']> } | undefined;
  let remotes: { readonly of: unknown; readonly value: readonly RemoteMount[] } | undefined;
  const view: OwnView = {
    name: facts.name,
    inventory,
    facts,
    link,
    seen,
    drift: () => {
      const of = comparedOf(view.facts);
      if (drift === undefined || of.some((slot, at) => slot !== drift?.of[at]))
        drift = { of, value: nodeDrift(inventory, view.facts) };
      return drift.value;
    },
    remotes: () => {
      const { mounts } = view.facts.slots;
      if (remotes === undefined || remotes.of !== mounts)
        remotes = { of: mounts, value: remoteMounts(inventory, view.facts) };
      return remotes.value;
    },
  };
  return view;
}

/** What the wishes are compared with, but for the GPUs. */
const comparedOf = ({ slots, directories }: NodeFacts): readonly unknown[] => [
  slots.mounts,
  slots.exports,
  slots.blockDevices,
  directories,
];

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
