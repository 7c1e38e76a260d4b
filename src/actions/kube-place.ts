import type { Field, FleetView, Input, NodeView } from '../model/action.ts';
import type { Need } from '../model/check.ts';
import { checked } from '../model/check.ts';
import type { KubeNodeState, KubePodsState } from '../model/drain.ts';
import { nodeName, whyNotNodeName } from '../model/ids.ts';
import { type KubectlCall, kubectlCall, kubectlNode, kubectlTarget } from '../model/kubectl.ts';
import type { ClusterSpec } from '../model/kubernetes.ts';
import { expandRanges } from '../model/node-range.ts';
import { foldNodes } from '../model/node-set.ts';
import { type Plan, refuse, type Step } from '../model/plan.ts';
import { type NodePlan, planOf, type Refusal, refused, stageOf, whyNotChanged } from './node-plans.ts';

/** Fields of actions on a cluster. */
export const kubeFields = {
  cluster: {
    kind: 'text',
    title: 'Cluster',
    help: 'A cluster of the inventory; empty for the only one.',
  },
  nodes: {
    kind: 'text',
    title: 'Nodes',
    help: 'Nodes of the cluster, also such as no inventory names: gpu[01-04],gpu07.',
    isRequired: true,
    completes: 'nodes',
  },
} as const satisfies { readonly [field: string]: Field };

/** Kubernetes nodes of one plan, at most: each is asked for by a command of its own. */
const MOST_NODES = 64;

/** A cluster with the node its kubectl works on. */
export interface KubePlace {
  readonly spec: ClusterSpec;
  readonly call: KubectlCall;
  readonly view: NodeView;
}

/** The cluster an input is about, as far as the inventory tells. */
export function clusterIn(input: Input, { inventory }: FleetView): ClusterSpec | Refusal {
  const clusters = inventory.clusters ?? [];
  const name = String(input['cluster'] ?? '').trim();
  const names = clusters.map((each) => each.name).join(', ');
  if (name !== '')
    return (
      clusters.find((each) => each.name === name) ??
      refused(
        `the inventory names no cluster ${name}`,
        names === '' ? 'add it under "clusters:"' : `name one of ${names}`,
      )
    );
  const [only] = clusters;
  if (only === undefined)
    return refused('the inventory names no cluster', 'add it under "clusters:" (docs/kubernetes.md)');
  return clusters.length === 1 ? only : refused('the inventory names several clusters', `name one of ${names}`);
}

/** The names a field of nodes holds, each once, or why it holds none. */
export function kubeNodesIn(input: Input): readonly string[] | Refusal {
  const text = String(input['nodes'] ?? '');
  const names: string[] = [];
  for (const word of text.split(/[\s,]+(?![^[]*\])/).filter((each) => each !== '')) {
    const expanded = expandRanges(word);
    if (expanded.kind === 'error') return refused(`${word}: ${expanded.message}`, 'name nodes of the cluster');
    names.push(...expanded.names);
  }
  const odd = names.find((name) => whyNotNodeName(name) !== undefined);
  if (odd !== undefined) return refused(`${odd} cannot name a node`, 'name nodes of the cluster');
  const once = [...new Set(names)];
  if (once.length === 0) return refused('no node is named', 'name nodes of the cluster');
  return once.length <= MOST_NODES
    ? once
    : refused(`${once.length} nodes are named`, `name at most ${MOST_NODES} at once`);
}

/** Where kubectl runs for an input, looked at and free to be used; `view` undefined before it was looked at. */
export function kubePlaceIn(input: Input, fleet: FleetView): KubePlace | Refusal {
  const spec = clusterIn(input, fleet);
  if ('kind' in spec) return spec;
  const node = kubectlNode(spec);
  const because = whyNotChanged(node, fleet);
  const view = fleet.nodes.get(node);
  if (because !== undefined || view === undefined) return because ?? refused(`${node} was not looked at`, 'plan again');
  return { spec, call: kubectlCall(spec), view };
}

/**
 * A plan for nodes of a cluster: all steps stand in one job, because they run where kubectl works, one node after the other. `order` says in which
 * order the steps of several nodes run; without it a node is done before the next begins.
 */
export function planOnKube(
  input: Input,
  fleet: FleetView,
  verb: string,
  planNode: (name: string, place: KubePlace) => NodePlan,
  order: (steps: readonly (readonly Step[])[]) => readonly Step[] = (steps) => steps.flat(),
): Plan {
  const names = kubeNodesIn(input);
  if ('kind' in names) return refuse(verb, names.because, names.tryThis);
  const title = `${verb} ${foldNodes(names)}`;
  const place = kubePlaceIn(input, fleet);
  if ('kind' in place) return refuse(title, place.because, place.tryThis);
  const planned = names.map((name) => ({ nodes: [nodeName(name)], plan: planNode(name, place) }));
  const changing = planned.flatMap(({ nodes, plan }) => (plan.kind === 'steps' ? [{ nodes, steps: plan.steps }] : []));
  const [first, ...others] = order(changing.map(({ steps }) => steps));
  const concerns = changing.flatMap(({ nodes }) => nodes);
  const jobs = first === undefined ? [] : [{ node: place.view.name, steps: [first, ...others], concerns } as const];
  const notes = {
    already: planned.flatMap(({ nodes, plan }) => (plan.kind === 'already' ? [{ nodes, because: plan.because }] : [])),
    refused: planned.flatMap(({ nodes, plan }) =>
      plan.kind === 'refused' ? [{ nodes, because: plan.because, tryThis: plan.tryThis }] : [],
    ),
  };
  return planOf(title, stageOf(title, jobs), notes);
}

/** What must be looked at where kubectl works: a question each per node of the cluster. */
export function kubeNeeds(
  input: Input,
  fleet: FleetView,
  ask: (call: KubectlCall, name: string) => readonly Need[],
): ReadonlyMap<NodeView['name'], readonly Need[]> {
  const spec = clusterIn(input, fleet);
  const names = kubeNodesIn(input);
  if ('kind' in spec || 'kind' in names) return new Map();
  const call = kubectlCall(spec);
  return new Map([[kubectlNode(spec), names.flatMap((name) => ask(call, name))]]);
}

/** The question about a node. */
export const nodeNeed = (call: KubectlCall, name: string): Need => ({
  kind: 'check',
  check: 'kubeNode',
  target: kubectlTarget(call, name),
});

/** The question about the pods of a node. */
export const podsNeed = (call: KubectlCall, name: string): Need => ({
  kind: 'check',
  check: 'kubePods',
  target: kubectlTarget(call, `spec.nodeName=${name}`),
});

/** A node of the cluster as it was seen, or why nothing may be done there. */
export function kubeNodeSeen(
  name: string,
  { view, call }: KubePlace,
  { inventory }: FleetView,
): Extract<KubeNodeState, { kind: 'node' }> | Refusal {
  const readOnly = inventory.nodes.find((node) => node.name === name)?.readOnly;
  if (readOnly !== undefined) return refused(readOnly, 'leave the node out, or lift what forbids changes there');
  const target = kubectlTarget(call, name);
  const state = checked(view.seen, 'kubeNode', target);
  if (state === undefined)
    return refused(
      `${name}: ${view.seen.failed.get(`kubeNode ${target}`) ?? 'no answer'}`,
      'plan again when it answers',
    );
  return state.kind === 'node' ? state : refused(state.because, 'mend that, then plan again');
}

/** Pods as they were seen, or why they are not known. */
export function kubePodsSeen(
  selector: string,
  { view, call }: KubePlace,
  namespace?: string,
): Extract<KubePodsState, { kind: 'pods' }> | Refusal {
  const target = kubectlTarget(call, selector, ...(namespace === undefined ? [] : [namespace]));
  const state = checked(view.seen, 'kubePods', target);
  if (state === undefined)
    return refused(
      `the pods are not known: ${view.seen.failed.get(`kubePods ${target}`) ?? 'no answer'}`,
      'plan again when it answers',
    );
  return state.kind === 'pods' ? state : refused(state.because, 'mend that, then plan again');
}
