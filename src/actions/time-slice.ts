import type { Action, FleetView, Input, Needs, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import type { NodeName } from '../model/ids.ts';
import { sharingTarget } from '../model/kube-sharing.ts';
import { type Plan, refuse, type Stage, type Step } from '../model/plan.ts';
import { applicationNeed } from './kube-steps.ts';
import { joinedNeeds, needsOn, planOf, type Refusal, refused, stageOf, whyNotChanged } from './node-plans.ts';
import { planDirect } from './time-slice-direct.ts';
import { planEdit, withUnread } from './time-slice-git.ts';
import { applicationIn, planGitOps } from './time-slice-gitops.ts';
import { type ClusterPlace, cloneNodes, pathsIn, placeOf, refOf, sharingNeed, titleOf } from './time-slice-input.ts';

/** A setting that may be left as the file has it. */
const AS_IT_IS = ['as it is', 'true', 'false'] as const;

/** Declares time-slicing where the cluster takes it from, in Git or in its ConfigMap; src/sharing says what is read and changed there. */
export const timeSlice = {
  name: 'time-slice',
  title: 'Share GPUs by time-slicing',
  summary:
    'Declares slices per GPU in the Git files a cluster is made from, or in its ConfigMap where Git makes none, and follows it until every node offers them.',
  targets: [{ view: 'sharing', fills: { cluster: 'cluster', nodes: 'nodes' } }],
  fields: {
    cluster: {
      kind: 'text',
      title: 'Cluster',
      help: 'A cluster of the inventory, to follow the change to its end; empty to change Git alone.',
    },
    nodes: {
      kind: 'text',
      title: 'GPU nodes',
      help: 'Nodes of the cluster that are to take the configuration, by their label; empty for all that take it already.',
    },
    at: {
      kind: 'nodes',
      title: 'Clone on',
      help: 'The one node the clone lies on; git runs there as the user who logs in. Empty with a cluster: where its own file is (git), else this machine.',
      completes: 'nodes',
    },
    files: {
      kind: 'lines',
      title: 'Files',
      help: 'Absolute paths in the clone: chart values, a kustomization, a HelmRelease, an Application, or the ConfigMap; all that take part. Empty: the file of the cluster (git).',
    },
    replicas: {
      kind: 'count',
      title: 'Slices per GPU',
      help: 'Pods that share one GPU; 1 ends the sharing. Each gets equal time, none a share of memory, nothing keeps them apart; two slices are not twice the speed and may lie on two cards.',
      min: 1,
      max: 128,
      default: 4,
    },
    resource: {
      kind: 'text',
      title: 'Resource',
      help: 'nvidia.com/gpu, or that of a MIG profile, e.g. nvidia.com/mig-1g.5gb.',
      default: 'nvidia.com/gpu',
    },
    config: {
      kind: 'text',
      title: 'Configuration',
      help: 'Its key in the ConfigMap, as the label nvidia.com/device-plugin.config names it; empty for the default one.',
    },
    rename: {
      kind: 'choice',
      title: 'Rename',
      help: 'true offers nvidia.com/gpu.shared in place of nvidia.com/gpu: pods must ask for it by that name. Recommended for new set-ups.',
      choices: AS_IT_IS,
      default: 'as it is',
    },
    single: {
      kind: 'choice',
      title: 'One slice each',
      help: 'true refuses pods that ask for more than one slice, which would gain them nothing. Recommended for new set-ups.',
      choices: AS_IT_IS,
      default: 'as it is',
    },
    branch: {
      kind: 'text',
      title: 'Branch',
      help: 'The branch of the remote to push to, made where it is new; empty for the one that the clone follows.',
    },
    check: {
      kind: 'text',
      title: 'Check',
      shape: 'free',
      help: 'A line of shell that tries the changed tree before anything is pushed, e.g. kustomize build infrastructure.',
    },
    application: {
      kind: 'text',
      title: 'Application',
      help: 'NAMESPACE/NAME of the Argo CD Application to follow; empty for the one the objects of the cluster name.',
    },
    sync: {
      kind: 'choice',
      title: 'Sync by hand',
      help: 'What is done where Argo CD does not sync by itself: wait until somebody presses Sync, or start it.',
      choices: ['wait', 'start'],
      default: 'wait',
    },
    wait: {
      kind: 'count',
      title: 'Minutes',
      help: 'How long the cluster may take to have what Git declares.',
      min: 1,
      max: 120,
      default: 15,
    },
  },
  needs: (input, fleet) => joinedNeeds(gitNeeds(input, fleet), clusterNeeds(input, fleet)),
  plan(input, fleet) {
    const title = titleOf(input);
    const place = placeOf(input, fleet);
    if (place?.kind === 'refused') return refuse(title, place.because, place.tryThis);
    if (place === undefined || pathsIn(input, fleet).length > 0) return planGit(input, fleet, place);
    const seen = sharingOn(place, fleet);
    if (seen.kind === 'refused') return refuse(title, seen.because, seen.tryThis);
    const plan = planDirect(input, fleet, place, seen.sharing, seen.view);
    if (plan.kind === 'refused') return noted(title, place.node, plan);
    const stages = clusterStages(title, place.node, { ...plan, sync: [], label: [] });
    const because = `cluster ${place.spec.name} shares them so already`;
    return planOf(title, stages, {
      already: stages.length > 0 ? [] : [{ nodes: [place.node], because }],
      refused: [],
    });
  },
} satisfies Action;

/** A refusal of the one node that everything is done on. */
const noted = (title: string, node: NodeName, { because, tryThis }: Refusal): Plan => ({
  kind: 'refused',
  title,
  because,
  tryThis,
  refused: [{ nodes: [node], because, tryThis }],
});

function gitNeeds(input: Input, fleet: FleetView): Needs {
  const paths = pathsIn(input, fleet);
  if (paths.length === 0) return new Map();
  return needsOn(cloneNodes(input, fleet), () =>
    paths.map((path) => ({ kind: 'check', check: 'gitFile', target: `${refOf(input)} ${path}` })),
  );
}

/** What the cluster shares and, once that is known, the Application that makes it so. */
function clusterNeeds(input: Input, fleet: FleetView): Needs {
  const place = placeOf(input, fleet);
  if (place?.kind !== 'place') return new Map();
  const { way, node } = place;
  const view = fleet.nodes.get(node);
  const sharing = view === undefined ? undefined : checked(view.seen, 'kubeSharing', sharingTarget(way));
  const application =
    sharing?.kind === 'seen' && pathsIn(input, fleet).length > 0 ? applicationIn(input, sharing) : undefined;
  return needsOn([node], () => [
    sharingNeed(way),
    ...(application === undefined ? [] : [applicationNeed(way, application)]),
  ]);
}

/** What the cluster shares, as it was seen from the node its kubectl runs on. */
function sharingOn({ node, way, spec }: ClusterPlace, fleet: FleetView) {
  const why = whyNotChanged(node, fleet);
  const view = fleet.nodes.get(node);
  if (why !== undefined || view === undefined)
    return refused(`${node}: ${why?.because ?? 'it was not looked at'}`, why?.tryThis ?? 'plan again');
  const sharing = checked(view.seen, 'kubeSharing', sharingTarget(way));
  if (sharing?.kind === 'seen') return { kind: 'seen', sharing, view } as const;
  const because = sharing?.because ?? view.seen.failed.get(`kubeSharing ${sharingTarget(way)}`) ?? 'no answer';
  return refused(`cluster ${spec.name} from ${node}: ${because}`, 'see whether kubectl works there, then plan again');
}

/** The way by Git; without a cluster it ends with the push. */
function planGit(input: Input, fleet: FleetView, place: ClusterPlace | undefined): Plan {
  const title = titleOf(input);
  const nodes = cloneNodes(input, fleet);
  const [at] = nodes;
  if (at === undefined || nodes.length !== 1)
    return refuse(title, `${nodes.length} nodes are named for the one clone`, 'name the node the clone lies on');
  const why = whyNotChanged(at, fleet);
  const view: NodeView | undefined = fleet.nodes.get(at);
  if (why !== undefined || view === undefined)
    return noted(title, at, why ?? refused('it was not looked at', 'plan again'));
  const edit = planEdit(input, fleet, view);
  if (edit.kind === 'refused') return noted(title, at, edit);
  const { remote, branch } = edit.clone;
  const because = `${remote}/${branch} declares it so already`;
  const notes = { already: edit.step === undefined ? [{ nodes: [at], because }] : [], refused: [] };
  if (place === undefined) return planOf(title, pushStage(title, at, withUnread(edit, undefined).step), notes);
  const seen = sharingOn(place, fleet);
  if (seen.kind === 'refused') return noted(title, place.node, seen);
  const told = withUnread(edit, seen.sharing);
  const plan = planGitOps(input, fleet, place, { edit: told, at, sharing: seen.sharing, view: seen.view });
  if (plan.kind === 'refused') return noted(title, place.node, plan);
  const stages = [
    ...pushStage('change Git', at, plan.push),
    ...clusterStages(title, place.node, { ...plan, tell: [] }),
  ];
  return planOf(title, stages, notes);
}

const pushStage = (title: string, at: NodeName, step: Step | undefined): readonly Stage[] =>
  step === undefined ? [] : stageOf(title, [{ node: at, steps: [step] }]);

interface ClusterSteps {
  readonly tell: readonly Step[];
  readonly sync: readonly Step[];
  readonly label: readonly Step[];
  readonly restart: readonly Step[];
  readonly verify: readonly Step[];
}

/** Each part is verified before the next starts. */
function clusterStages(
  title: string,
  node: NodeName,
  { tell, sync, label, restart, verify }: ClusterSteps,
): readonly Stage[] {
  const stage = (name: string, steps: readonly Step[]): readonly Stage[] => {
    const [first, ...others] = steps;
    return first === undefined ? [] : stageOf(name, [{ node, steps: [first, ...others] }]);
  };
  return [
    ...stage(title, tell),
    ...stage('let Argo CD sync it', sync),
    ...stage('label the nodes', label),
    ...stage('restart the device plugin', restart),
    ...stage('verify what nodes offer', verify),
  ];
}
