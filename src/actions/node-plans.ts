import type { FleetView, NodeView } from '../model/action.ts';
import type { Need } from '../model/check.ts';
import type { NodeName } from '../model/ids.ts';
import { parseNodeSet } from '../model/node-set.ts';
import type { Job, NodeNote, Plan, Stage, Step } from '../model/plan.ts';

/** What is to be done on one node. */
export type NodePlan =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'already'; readonly because: string }
  | Refusal;

/** Why nothing may be done there, and the next move. */
export interface Refusal {
  readonly kind: 'refused';
  readonly because: string;
  readonly tryThis: string;
}

/** Shorthand for planners. */
export const refused = (because: string, tryThis: string): Refusal => ({ kind: 'refused', because, tryThis });
/** Shorthand for planners. */
export const already = (because: string): NodePlan => ({ kind: 'already', because });
/** Shorthand for planners: steps, or that there are none. */
export const stepsOr = (steps: readonly Step[], because: string): NodePlan =>
  steps.length === 0 ? already(because) : { kind: 'steps', steps };

/** The nodes a field names; fields are read against the inventory, so a set that names none is a refusal of the caller's. */
export function nodesIn(text: unknown, { inventory }: FleetView): readonly NodeName[] {
  if (typeof text !== 'string') return [];
  const set = parseNodeSet(text, inventory);
  return set.kind === 'ok' ? set.nodes : [];
}

/** Why a node cannot be changed at all; undefined where it can. */
export function whyNotChanged(node: NodeName, { nodes }: FleetView): Refusal | undefined {
  const view = nodes.get(node);
  if (view === undefined) return refused('it was not looked at', 'plan again');
  if (view.offLimits !== undefined)
    return refused(view.offLimits, 'leave the node out, or lift what forbids changes there');
  if (view.unreachable !== undefined) return refused(view.unreachable, 'see why with doctor, then plan again');
  const { privilege } = view.seen.facts;
  if (privilege?.kind === 'refused')
    return refused(`root is refused: ${privilege.because}`, 'allow sudo without a password there, or log in as root');
  return whyUnknown(view);
}

/** A question about the whole node that had no answer: what was not seen is not the same as what is not there. */
function whyUnknown({ seen: { failed } }: NodeView): Refusal | undefined {
  for (const [question, because] of failed) {
    const what = Object.hasOwn(ESSENTIAL, question) ? ESSENTIAL[question] : undefined;
    if (what !== undefined) return refused(`${what} not known: ${because}`, 'plan again when it answers');
  }
  return undefined;
}

const ESSENTIAL: { readonly [probe: string]: string } = {
  privilege: 'its privileges are',
  mounts: 'its mounts are',
  units: 'its units are',
  tools: 'its programs are',
  blockDevices: 'its disks are',
  exports: 'its exports are',
  nfsServer: 'its NFS server is',
};

/** Same needs for each of the nodes. */
export const needsOn = (
  nodes: readonly NodeName[],
  needs: (node: NodeName) => readonly Need[],
): ReadonlyMap<NodeName, readonly Need[]> => new Map(nodes.map((node) => [node, needs(node)]));

/** Needs of several questions joined by node, each once. */
export function joinedNeeds(
  ...all: readonly ReadonlyMap<NodeName, readonly Need[]>[]
): ReadonlyMap<NodeName, readonly Need[]> {
  const joined = new Map<NodeName, Map<string, Need>>();
  for (const [node, needs] of all.flatMap((each) => [...each])) {
    const own = joined.get(node) ?? new Map<string, Need>();
    for (const need of needs) own.set(JSON.stringify(need), need);
    joined.set(node, own);
  }
  return new Map([...joined].map(([node, needs]) => [node, [...needs.values()]]));
}

/** Plans of many nodes, parted by their kind. */
export interface Gathered {
  readonly jobs: readonly Job[];
  readonly already: readonly NodeNote[];
  readonly refused: readonly NodeNote[];
}

/** Plans each node; equal reasons are gathered into one note. */
export function gather(nodes: readonly NodeName[], fleet: FleetView, planNode: (view: NodeView) => NodePlan): Gathered {
  const plans = nodes.map((node) => {
    const view = fleet.nodes.get(node);
    const plan =
      whyNotChanged(node, fleet) ??
      (view === undefined ? refused('it was not looked at', 'plan again') : planNode(view));
    return { node, plan };
  });
  return {
    jobs: plans.flatMap(({ node, plan }) => {
      if (plan.kind !== 'steps') return [];
      const [first, ...others] = plan.steps;
      return first === undefined ? [] : [{ node, steps: [first, ...others] }];
    }),
    already: notes(
      plans.flatMap(({ node, plan }) => (plan.kind === 'already' ? [{ nodes: [node], because: plan.because }] : [])),
    ),
    refused: notes(
      plans.flatMap(({ node, plan }) =>
        plan.kind === 'refused' ? [{ nodes: [node], because: plan.because, tryThis: plan.tryThis }] : [],
      ),
    ),
  };
}

function notes(each: readonly NodeNote[]): readonly NodeNote[] {
  const gathered = new Map<string, NodeNote>();
  for (const note of each) {
    const key = `${note.because}\n${note.tryThis ?? ''}`;
    const known = gathered.get(key);
    gathered.set(key, known === undefined ? note : { ...known, nodes: [...known.nodes, ...note.nodes] });
  }
  return [...gathered.values()];
}

/** A stage where there is anything to do in it. */
export function stageOf(
  title: string,
  jobs: readonly Job[],
  more: Pick<Stage, 'maxAtOnce' | 'note'> = {},
): readonly Stage[] {
  const [first, ...others] = jobs;
  return first === undefined ? [] : [{ title, jobs: [first, ...others], ...more }];
}

/** The plan of one stage in which each of these nodes has its own steps, or its reason. */
export function planEach(
  title: string,
  nodes: readonly NodeName[],
  fleet: FleetView,
  planNode: (view: NodeView) => NodePlan,
  more: Pick<Stage, 'maxAtOnce' | 'note'> = {},
): Plan {
  const gathered = gather(nodes, fleet, planNode);
  return planOf(title, stageOf(title, gathered.jobs, more), gathered);
}

/** A plan of what was gathered: a change where any node has steps, a refusal where nothing can be done and something was refused. */
export function planOf(title: string, stages: readonly Stage[], gathered: Pick<Gathered, 'already' | 'refused'>): Plan {
  const [first, ...others] = stages;
  const { already: done, refused: notDone } = gathered;
  if (first !== undefined)
    return { kind: 'change', title, stages: [first, ...others], already: done, refused: notDone };
  const [refusal] = notDone;
  if (refusal !== undefined) {
    const { because, tryThis = 'plan again' } = refusal;
    return { kind: 'refused', title, because, tryThis, refused: notDone };
  }
  return { kind: 'no-op', title, because: done[0]?.because ?? 'there is nothing to do', already: done };
}

/** Both halves of several gatherings. */
export const mergedNotes = (...all: readonly Gathered[]): Pick<Gathered, 'already' | 'refused'> => ({
  already: notes(all.flatMap(({ already }) => already)),
  refused: notes(all.flatMap(({ refused }) => refused)),
});
