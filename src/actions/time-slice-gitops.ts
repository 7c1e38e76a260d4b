import { judgeAll } from '../conditions/judge.ts';
import type { FleetView, Input, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import type { Condition } from '../model/condition.ts';
import type { NodeName } from '../model/ids.ts';
import { type ApplicationWish, applicationTarget, type KubeWay, type SeenSharing } from '../model/kube-sharing.ts';
import type { Step } from '../model/plan.ts';
import { type InCluster, inCluster } from '../sharing/plugin-text.ts';
import { awaitStep, labelStep, restartStep, sumOf, syncStep, verifyStep } from './kube-steps.ts';
import { type Refusal, refused } from './node-plans.ts';
import type { GitEdit } from './time-slice-git.ts';
import { type ClusterPlace, gpuNodesOf, textIn, wishOf } from './time-slice-input.ts';
import { defaultKeyOf, keyOf, labelsFor, offersOf } from './time-slice-offers.ts';

/** What follows the push, each stage's steps. */
export interface GitOpsPlan {
  readonly kind: 'gitops';
  readonly push: Step | undefined;
  readonly sync: readonly Step[];
  readonly label: readonly Step[];
  readonly restart: readonly Step[];
  readonly verify: readonly Step[];
}

/** Where Argo CD keeps its Applications unless told otherwise. */
const ARGO_NAMESPACE = 'argocd';

/** The Application that makes the cluster's sharing from Git: as said, else as the objects say; undefined where nobody does. */
export function applicationIn(input: Input, { maps, policy, plugin }: SeenSharing): ApplicationWish | undefined {
  const configMap = plugin?.configMap ?? policy?.configMap;
  const tracked = maps.find(({ name }) => name === configMap)?.application ?? policy?.application;
  const said = textIn(input, 'application') || tracked;
  if (said === undefined) return undefined;
  const [namespace = '', name] = said.split('/');
  return name === undefined ? { namespace: ARGO_NAMESPACE, name: namespace } : { namespace, name };
}

/** Everything behind the push: until the slices are offered. */
export function planGitOps(
  input: Input,
  fleet: FleetView,
  place: ClusterPlace,
  { edit, at, sharing, view }: { edit: GitEdit; at: NodeName; sharing: SeenSharing; view: NodeView },
): GitOpsPlan | Refusal {
  const { way } = place;
  const nodes = gpuNodesOf(input, fleet, sharing);
  if (nodes.kind === 'refused') return nodes;
  const { plugin, namespace } = sharing;
  if (plugin === undefined)
    return refused(
      `no device plugin runs in ${namespace}${sharing.refused.has('plugins') ? ` that may be read: ${sharing.refused.get('plugins')}` : ''}`,
      'leave the cluster out to change Git alone',
    );
  const made = inCluster(edit.after, edit.config);
  const follow = followed(input, way, sharing, view, { edit, isHere: at === place.node });
  if (typeof follow === 'string')
    return { kind: 'gitops', push: warned(edit.step, [follow]), sync: [], label: [], restart: [], verify: [] };
  const map = made.map ?? plugin.configMap;
  const restart = restartStep(way, namespace, plugin, map);
  const syncOf = (there: InCluster): readonly Step[] => syncSteps(input, way, sharing, there, edit.config, follow);
  const defaultKey = made.defaultKey ?? defaultKeyOf(sharing);
  const isNamed = textIn(input, 'nodes') !== '';
  const labels = isNamed ? labelsFor(nodes.chosen, edit.config, defaultKey) : [];
  const affected = isNamed ? nodes.chosen : nodes.chosen.filter((node) => keyOf(node, defaultKey) === edit.config);
  const text = made.text ?? edit.after.map((file) => file.text).join('\n');
  const { offers, warnings } = offersOf(affected, text, wishOf(input).resource);
  const none =
    affected.length === 0 ? [`no node takes the configuration ${edit.config}: name nodes to label them`] : [];
  // An undo runs on the node of its step: only there can it be followed as well.
  const back = at === place.node ? [...syncOf(inCluster(edit.before, edit.config)), restart] : [];
  const whole: GitOpsPlan = {
    kind: 'gitops',
    push: warned(withBack(edit.step, back), [...warnings, ...none]),
    sync: syncOf(made),
    label: labels.length === 0 ? [] : [labelStep(way, labels, edit.config)],
    restart: [restart],
    verify: offers.length === 0 ? [] : [verifyStep(way, offers)],
  };
  return edit.step === undefined ? withoutDone(whole, view) : whole;
}

/** What is so already when Git declares it already; a rollout that was ended in between goes on where it was. */
function withoutDone(plan: GitOpsPlan, { seen }: NodeView): GitOpsPlan {
  const isOpen = (step: Step): boolean => typeof step.done === 'string' || judgeAll(step.done, seen).kind !== 'holds';
  const isSynced = plan.sync.every(
    (step) =>
      typeof step.done !== 'string' &&
      judgeAll(
        step.done.filter(({ kind }) => kind !== 'kube-synced'),
        seen,
      ).kind === 'holds',
  );
  return {
    ...plan,
    sync: isSynced ? [] : plan.sync,
    restart: isSynced ? plan.restart.filter(isOpen) : plan.restart,
    verify: isSynced && !plan.restart.some(isOpen) ? plan.verify.filter(isOpen) : plan.verify,
  };
}

interface Followed {
  readonly application: ApplicationWish | undefined;
  readonly warnings: readonly string[];
}

/** What is followed after the push; a sentence where the branch is not the one the cluster is made from. */
function followed(
  input: Input,
  way: KubeWay,
  sharing: SeenSharing,
  { seen }: NodeView,
  { edit, isHere }: { edit: GitEdit; isHere: boolean },
): Followed | string {
  const { root, remote, branch } = edit.clone;
  const found = applicationIn(input, sharing);
  const isOwnBranch = textIn(input, 'branch') !== '';
  const merge = `once ${branch} is merged, ask for the same again: it goes on from there`;
  if (found === undefined)
    return isOwnBranch
      ? merge
      : {
          application: undefined,
          warnings: ['nothing in the cluster says who syncs it: only what comes of it is waited for'],
        };
  const state = checked(seen, 'kubeApplication', applicationTarget(way, found));
  const name = `${found.namespace}/${found.name}`;
  if (state?.kind !== 'seen')
    return {
      application: undefined,
      warnings: [
        `Argo CD's Application ${name} cannot be read (${state?.because ?? 'no answer'}): only what comes of it is waited for`,
      ],
    };
  if (isOwnBranch && state.targetRevision !== branch)
    return `Argo CD's ${name} follows ${state.targetRevision || 'HEAD'}: ${merge}`;
  const byHand =
    textIn(input, 'sync') === 'start' ? 'it is started' : `press Sync in Argo CD when it waits, or choose sync: start`;
  return {
    application: isHere ? { ...found, clone: { root, ref: `${remote}/${branch}` } } : found,
    warnings: state.isAutomated ? [] : [`Argo CD syncs ${name} by hand alone: ${byHand}`],
  };
}

function syncSteps(
  input: Input,
  way: KubeWay,
  sharing: SeenSharing,
  there: InCluster,
  key: string,
  { application, warnings }: Followed,
): readonly Step[] {
  const minutes = Number(input['wait']);
  const { map, text, defaultKey } = there;
  if (application === undefined) {
    if (map === undefined || text === undefined) return [];
    const step = awaitStep(way, sharing.namespace, map, key, text, minutes);
    return [{ ...step, warnings }];
  }
  const then: Condition[] = [];
  if (text !== undefined)
    then.push({ kind: 'kube-map', way, ...(map === undefined ? {} : { map }), key, sha256: sumOf(text) });
  if (sharing.policy !== undefined && map !== undefined && defaultKey !== undefined)
    then.push({ kind: 'kube-policy', way, policy: sharing.policy.name, configMap: map, defaultKey });
  const start = textIn(input, 'sync') === 'start';
  return [syncStep(way, { application, minutes, start, then, warnings })];
}

const warned = (step: Step | undefined, warnings: readonly string[]): Step | undefined =>
  step === undefined ? undefined : { ...step, warnings: [...step.warnings, ...warnings] };

const withBack = (step: Step | undefined, back: readonly Step[]): Step | undefined =>
  step === undefined || 'never' in step.undo ? step : { ...step, undo: [...step.undo, ...back] };
