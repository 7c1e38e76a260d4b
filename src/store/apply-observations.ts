import { applyMeters } from '../model/card-meters.ts';
import type { FleetEvent } from '../model/fleet-event.ts';
import type { NodeName } from '../model/ids.ts';
import type { HostKeyReview, Link } from '../model/link.ts';
import { neutralise } from '../model/neutralise.ts';
import type { NodeFacts, Observation, Slot } from '../model/observation.ts';
import { applyPodLog } from '../model/pod-log.ts';
import { dropSeen, isHeardAfter, neverSeen, noteSeen, type SeenLedger, seenOf } from '../model/seen.ts';
import { applyClusterEvent } from './apply-clusters.ts';
import { questionKey } from './freshness.ts';
import { type Happening, whatChanged, whatHappened } from './happenings.ts';
import { whatLinkDid } from './link-events.ts';
import { isGood, nextSlot } from './slots.ts';
import { EVENTS_KEPT, type FleetEventRow, type State } from './state.ts';

/**
 * The state after a batch of what the engine told, in order. An answer older than what is known loses; an equal answer keeps every
 * object and moves only `seen`; nodes outside the inventory are nobody's and are dropped. Pure but for `seen`, which is written in place.
 */
export function applyEvents(state: State, events: readonly FleetEvent[], nowMs: number): State {
  return applyEventsWhile(state, events, nowMs, () => true).state;
}

/** Events applied before it is asked whether there is time for more. */
const EVENTS_A_SLICE = 128;

/**
 * `applyEvents` for as many events as there is time for, at least a slice, and how many those were. The state is made once for all of them:
 * its maps hold an entry for every node.
 */
export function applyEventsWhile(
  state: State,
  events: readonly FleetEvent[],
  nowMs: number,
  mayGoOn: () => boolean,
): { readonly state: State; readonly taken: number } {
  const draft = draftOf(state);
  let taken = 0;
  while (taken < events.length && (taken === 0 || mayGoOn())) {
    for (const event of events.slice(taken, taken + EVENTS_A_SLICE)) apply(draft, event, nowMs);
    taken = Math.min(events.length, taken + EVENTS_A_SLICE);
  }
  return { state: sealed(draft), taken };
}

function apply(draft: Draft, event: FleetEvent, nowMs: number): void {
  if (event.kind === 'observation') observe(draft, event.observation);
  else if (event.kind === 'link') relink(draft, event.node, event.link, nowMs);
  else if (event.kind === 'cluster') draft.clusters = applyClusterEvent(draft.clusters, event.event);
  else if (event.kind === 'meters') draft.meters = applyMeters(draft.meters, event.event);
  else if (event.kind === 'pod-log') draft.podLog = applyPodLog(draft.podLog, event.event);
  else if (event.kind === 'host-key') draft.reviews = withReview(draft.reviews, event.review);
}

/** `applyEvents` for observations alone. */
export function applyObservations(state: State, observations: readonly Observation[]): State {
  const events = observations.map((observation) => ({ kind: 'observation' as const, observation }));
  return applyEvents(state, events, observations.at(-1)?.atMs ?? 0);
}

/** The reviews without one that a person has answered. */
export function withoutReview(reviews: readonly HostKeyReview[], answered: HostKeyReview): readonly HostKeyReview[] {
  const rest = reviews.filter((review) => !isSameReview(review, answered));
  return rest.length === reviews.length ? reviews : rest;
}

/** The log with rows added; numbers go on, the oldest rows fall off. */
export function withRows(events: readonly FleetEventRow[], rows: readonly Happening[]): readonly FleetEventRow[] {
  if (rows.length === 0) return events;
  const first = Number(events.at(-1)?.id ?? 0) + 1;
  const added = rows.map((row, index) => ({
    ...row,
    text: neutralise(row.text.slice(0, ROW_LENGTH)),
    id: String(first + index),
  }));
  return [...events, ...added].slice(-EVENTS_KEPT);
}

/** Characters of a row; what a node calls its mounts may be as long as an answer. */
const ROW_LENGTH = 400;

/** Questions of one node whose sequence number is remembered after the thing asked about is gone. */
const QUESTIONS_KEPT = 512;

/** One node while a batch is applied: its facts now and before, and its times. */
interface NodeDraft {
  readonly before: NodeFacts;
  facts: NodeFacts;
  /** Those of `facts` once one of them changed: nobody else has seen them yet. */
  slots: { -readonly [P in keyof NodeFacts['slots']]: NodeFacts['slots'][P] } | undefined;
  readonly seen: SeenLedger;
  lastMs: number;
}

interface Draft {
  readonly state: State;
  readonly nodes: Map<NodeName, NodeDraft>;
  readonly links: Map<NodeName, Link>;
  readonly rows: Happening[];
  lastLinkRows: Map<NodeName, Happening> | undefined;
  reviews: readonly HostKeyReview[];
  clusters: State['clusters'];
  meters: State['meters'];
  podLog: State['podLog'];
}

const draftOf = (state: State): Draft => ({
  state,
  nodes: new Map(),
  links: new Map(),
  rows: [],
  lastLinkRows: undefined,
  reviews: state.reviews,
  clusters: state.clusters,
  meters: state.meters,
  podLog: state.podLog,
});

function observe(draft: Draft, observation: Observation): void {
  const node = nodeDraft(draft, observation.node);
  if (node === undefined) return;
  const { probe, target, outcome, seq, atMs } = observation;
  const question = questionKey(probe, target);
  if (seq < (seenOf(node.seen, question, 'seq') ?? -1)) return;
  noteSeen(node.seen, question, 'seq', seq);
  node.lastMs = Math.max(node.lastMs, atMs);

  const before = slotOf(node.facts, probe, target);
  const after = nextSlot<unknown>(before, outcome, atMs, seenOf(node.seen, question, 'atMs'));
  if (isGood(outcome, after)) noteSeen(node.seen, question, 'atMs', atMs);
  if (outcome.kind !== 'asked') noteSeen(node.seen, question, 'tookMs', observation.tookMs);
  if (after === before && outcome.kind !== 'gone') return;
  change(node, probe, target, after);
  if (outcome.kind === 'gone') forget(node, question);
  // On a silent node nothing answers; that is the link's to tell.
  if (outcome.kind === 'hung' && !isHeardAfter(node.seen, outcome.sinceMs)) return;
  for (const row of whatHappened(observation.node, question, before, after, atMs)) draft.rows.push(row);
}

function nodeDraft(draft: Draft, name: NodeName): NodeDraft | undefined {
  const known = draft.nodes.get(name);
  if (known !== undefined) return known;
  const facts = draft.state.nodes.get(name);
  if (facts === undefined) return undefined;
  const seen = draft.state.seen.get(name) ?? neverSeen();
  const made: NodeDraft = { before: facts, facts, slots: undefined, seen, lastMs: 0 };
  draft.nodes.set(name, made);
  return made;
}

function slotOf(facts: NodeFacts, probe: Observation['probe'], target: string | undefined): Slot<unknown> | undefined {
  if (probe !== 'usage' && probe !== 'directories') return facts.slots[probe];
  return target === undefined ? undefined : facts[probe]?.[target];
}

/** Puts a slot into the node's facts: copied at its first change, so that one answer more of a batch is one entry more. */
function change(
  node: NodeDraft,
  probe: Observation['probe'],
  target: string | undefined,
  slot: Slot<unknown> | undefined,
): void {
  if (probe === 'usage' || probe === 'directories') {
    if (target === undefined) return;
    node.facts = { ...node.facts, [probe]: replaced(node.facts[probe] ?? {}, target, slot) };
    return;
  }
  if (node.slots === undefined) {
    node.slots = { ...node.facts.slots };
    node.facts = { ...node.facts, slots: node.slots };
  }
  const slots: Record<string, Slot<unknown> | undefined> = node.slots;
  if (slot === undefined) delete slots[probe];
  else slots[probe] = slot;
}

function replaced<T extends object>(record: T, key: string, slot: Slot<unknown> | undefined): T {
  const next: T & Record<string, unknown> = { ...record, [key]: slot };
  if (slot === undefined) delete next[key];
  return next;
}

function forget(node: NodeDraft, question: string): void {
  noteSeen(node.seen, question, 'atMs', Number.NaN);
  noteSeen(node.seen, question, 'tookMs', Number.NaN);
  // The number stays, so that a late answer about a mount that is gone cannot bring it back; but not for ever new mount points.
  if (node.seen.places.size > QUESTIONS_KEPT) dropSeen(node.seen, question);
}

function relink(draft: Draft, name: NodeName, link: Link, nowMs: number): void {
  if (!draft.state.nodes.has(name)) return;
  const before = draft.links.get(name) ?? draft.state.links.get(name);
  draft.lastLinkRows ??= lastLinkRows(draft.state.events);
  const after = whileLost(before, link, nowMs);
  for (const row of whatLinkDid(name, before, after, draft.lastLinkRows.get(name), nowMs)) {
    draft.rows.push(row);
    draft.lastLinkRows.set(name, row);
  }
  draft.links.set(name, after);
  // A connection that stands proves that its keys were accepted.
  if (link.kind === 'up') {
    const waiting = draft.reviews.filter((review) => review.node !== name);
    if (waiting.length < draft.reviews.length) draft.reviews = waiting;
  }
}

/** A lost node stays lost, since the same moment, while it is tried again: nothing came back yet. */
function whileLost(before: Link | undefined, link: Link, nowMs: number): Link {
  if (before?.kind !== 'lost') return link;
  if (link.kind === 'connecting') return { ...before, attempt: link.attempt, retryAtMs: nowMs };
  return link.kind === 'lost' && link.sinceMs > before.sinceMs ? { ...link, sinceMs: before.sinceMs } : link;
}

function lastLinkRows(events: readonly FleetEventRow[]): Map<NodeName, Happening> {
  const last = new Map<NodeName, Happening>();
  for (const row of events) if (row.kind === 'link' && row.node !== undefined) last.set(row.node, row);
  return last;
}

function withReview(reviews: readonly HostKeyReview[], review: HostKeyReview): readonly HostKeyReview[] {
  return [...withoutReview(reviews, review), review];
}

const isSameReview = (left: HostKeyReview, right: HostKeyReview): boolean =>
  left.node === right.node && left.address === right.address && left.fingerprint === right.fingerprint;

function sealed(draft: Draft): State {
  const { state } = draft;
  const changed = [...draft.nodes.values()].filter((node) => node.facts !== node.before);
  const rows = [...draft.rows, ...changed.flatMap((node) => whatChanged(node.before, node.facts, node.lastMs))];
  return {
    ...state,
    nodes: withEntries(
      state.nodes,
      changed.map((node) => [node.facts.name, node.facts]),
    ),
    links: withEntries(state.links, [...draft.links]),
    reviews: draft.reviews,
    clusters: draft.clusters,
    meters: draft.meters,
    podLog: draft.podLog,
    events: withRows(state.events, rows),
  };
}

function withEntries<K, V>(map: ReadonlyMap<K, V>, entries: readonly (readonly [K, V])[]): ReadonlyMap<K, V> {
  if (entries.length === 0) return map;
  const next = new Map<K, V>();
  // A copy by iterator makes two objects for each of a thousand nodes, twenty times a second.
  map.forEach((value, key) => void next.set(key, value));
  for (const [key, value] of entries) next.set(key, value);
  return next;
}
