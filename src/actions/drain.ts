import type { Action, FleetView, Input } from '../model/action.ts';
import type { DrainView } from '../model/drain.ts';
import { type KubectlCall, kubectlCall, kubectlNode, kubectlTarget } from '../model/kubectl.ts';
import { type Plan, refuse, type Step } from '../model/plan.ts';
import { cordonStep } from './drain-steps.ts';
import { evictFields, evictionOf } from './eviction.ts';
import {
  clusterIn,
  kubeFields,
  kubeNeeds,
  kubeNodeSeen,
  kubePlaceIn,
  kubePodsSeen,
  nodeNeed,
  planOnKube,
  podsNeed,
} from './kube-place.ts';
import { already, type NodePlan, planOf, stageOf } from './node-plans.ts';

/** Empties nodes of a cluster: cordoned first, then every pod that may go is evicted, as `kubectl drain` would. */
export const drain = {
  name: 'drain',
  title: 'Drain nodes of Kubernetes',
  summary:
    'Cordons nodes, then evicts their pods and waits until they are gone; shows first which go, which stay or block and why, and which budgets forbid.',
  targets: [
    { view: 'sharing', fills: { nodes: 'nodes', cluster: 'cluster' } },
    { view: 'nodes', fills: { nodes: 'nodes' } },
  ],
  fields: { ...kubeFields, ...evictFields },
  needs: (input, fleet) => kubeNeeds(input, fleet, (call, name) => [nodeNeed(call, name), podsNeed(call, name)]),
  // All are cordoned before the first pod goes, so that none comes to a node that is next.
  plan: (input, fleet) =>
    planOnKube(
      input,
      fleet,
      'drain',
      (name, place) => {
        const state = kubeNodeSeen(name, place, fleet);
        if (state.kind === 'refused') return state;
        const pods = kubePodsSeen(`spec.nodeName=${name}`, place);
        if (pods.kind === 'refused') return pods;
        return planDrain(input, name, state, pods, place.call, fleet.nowMs);
      },
      (all) => [
        ...all.flatMap((steps) => steps.filter(isCordon)),
        ...all.flatMap((steps) => steps.filter((step) => !isCordon(step))),
      ],
    ),
} satisfies Action;

const isCordon = ({ title }: Step): boolean => title.startsWith('cordon ');

/** Evicts one pod, wherever it runs; its node goes on taking pods. */
export const evict = {
  name: 'evict',
  title: 'Evict a pod',
  summary: 'Evicts one pod through the API that minds PodDisruptionBudgets, and waits until it is gone.',
  targets: [{ view: 'workloads', fills: { pod: 'pod', cluster: 'cluster' } }],
  fields: {
    cluster: kubeFields.cluster,
    pod: { kind: 'text', title: 'Pod', help: 'NAMESPACE/NAME', isRequired: true, shape: 'pod' },
    ...evictFields,
  },
  needs: (input, fleet) => {
    const spec = clusterIn(input, fleet);
    const pod = podIn(input);
    if ('kind' in spec || pod === undefined) return new Map();
    const target = kubectlTarget(kubectlCall(spec), `metadata.name=${pod.name}`, pod.namespace);
    return new Map([[kubectlNode(spec), [{ kind: 'check', check: 'kubePods', target }]]]);
  },
  plan: planEvict,
} satisfies Action;

function podIn(input: Input): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] =
    /^([a-z0-9][a-z0-9-]{0,62})\/([a-z0-9][a-z0-9.-]{0,252})$/.exec(String(input['pod']).trim()) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function planEvict(input: Input, fleet: FleetView): Plan {
  const named = podIn(input);
  const title = `evict ${String(input['pod']).trim()}`;
  if (named === undefined) return refuse(title, 'this names no pod', 'name it as NAMESPACE/NAME');
  const place = kubePlaceIn(input, fleet);
  if ('kind' in place) return refuse(title, place.because, place.tryThis);
  const seen = kubePodsSeen(`metadata.name=${named.name}`, place, named.namespace);
  if (seen.kind === 'refused') return refuse(title, seen.because, seen.tryThis);
  const [pod] = seen.pods;
  if (pod === undefined)
    return planOf(title, [], { already: [{ nodes: [], because: 'there is no such pod' }], refused: [] });
  if (pod.node === '') return refuse(title, 'it waits for a node: there is nothing to evict', 'delete it with kubectl');
  const plan = evictionOf(input, seen, { call: place.call, node: pod.node, nowMs: fleet.nowMs, isWhole: false });
  if (plan.kind === 'refused') return refuse(title, plan.because, plan.tryThis);
  if (plan.kind === 'already')
    return planOf(title, [], { already: [{ nodes: [], because: plan.because }], refused: [] });
  const [first, ...others] = plan.steps;
  if (first === undefined) return refuse(title, 'there is nothing to do', 'plan again');
  return planOf(title, stageOf(title, [{ node: place.view.name, steps: [first, ...others] }]), {
    already: [],
    refused: [],
  });
}

function planDrain(
  input: Input,
  name: string,
  { uid, isCordoned }: { readonly uid: string; readonly isCordoned: boolean },
  view: DrainView,
  call: KubectlCall,
  nowMs: number,
): NodePlan {
  const evicting = evictionOf(input, view, { call, node: name, nowMs, isWhole: true });
  if (evicting.kind === 'refused') return evicting;
  const cordoning = isCordoned ? [] : [cordonStep(call, name, uid, true)];
  if (evicting.kind === 'steps') return { kind: 'steps', steps: [...cordoning, ...evicting.steps] };
  return cordoning.length > 0
    ? { kind: 'steps', steps: cordoning }
    : already('it is cordoned, and no pod on it would go');
}
