import type { Action, FleetView, Input } from '../model/action.ts';
import type { Plan } from '../model/plan.ts';
import { cordonStep } from './drain-steps.ts';
import { kubeFields, kubeNeeds, kubeNodeSeen, nodeNeed, planOnKube } from './kube-place.ts';
import { already } from './node-plans.ts';

/** Rows that stand for nodes of a cluster. */
const NODE_ROWS = [
  { view: 'sharing', fills: { nodes: 'nodes', cluster: 'cluster' } },
  { view: 'nodes', fills: { nodes: 'nodes' } },
] as const;

/** Keeps new pods off nodes of a cluster. */
export const cordon = {
  name: 'cordon',
  title: 'Cordon nodes of Kubernetes',
  summary: 'Keeps new pods off nodes of a cluster through kubectl; those that run stay, and uncordon takes it back.',
  targets: NODE_ROWS,
  fields: kubeFields,
  needs: (input, fleet) => kubeNeeds(input, fleet, (call, name) => [nodeNeed(call, name)]),
  plan: (input, fleet) => planMarks(input, fleet, true),
} satisfies Action;

/** Lets pods come to nodes of a cluster again. */
export const uncordon = {
  name: 'uncordon',
  title: 'Uncordon nodes of Kubernetes',
  summary: 'Lets new pods come to nodes of a cluster again, through kubectl.',
  targets: NODE_ROWS,
  fields: kubeFields,
  needs: (input, fleet) => kubeNeeds(input, fleet, (call, name) => [nodeNeed(call, name)]),
  plan: (input, fleet) => planMarks(input, fleet, false),
} satisfies Action;

const planMarks = (input: Input, fleet: FleetView, isCordoned: boolean): Plan =>
  planOnKube(input, fleet, isCordoned ? 'cordon' : 'uncordon', (name, place) => {
    const state = kubeNodeSeen(name, place, fleet);
    if (state.kind === 'refused') return state;
    if (state.isCordoned === isCordoned)
      return already(isCordoned ? 'it is cordoned already' : 'it takes new pods already');
    return { kind: 'steps', steps: [cordonStep(place.call, name, state.uid, isCordoned)] };
  });
