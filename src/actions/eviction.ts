import type { Action, Input } from '../model/action.ts';
import type { Condition } from '../model/condition.ts';
import {
  budgetsOver,
  type DrainLeave,
  type DrainPod,
  type DrainView,
  drainPodName,
  fateOf,
  type PodBudget,
} from '../model/drain.ts';
import type { KubectlCall } from '../model/kubectl.ts';
import type { Step } from '../model/plan.ts';
import { type EvictOptions, evictRun, KUBE_MS } from './drain-steps.ts';
import { already, type NodePlan, refused } from './node-plans.ts';

/** Names in a refusal, at most. */
const MOST_NAMED = 4;

/** Fields of actions that evict pods. */
export const evictFields = {
  emptyDir: {
    kind: 'flag',
    title: 'Lose files in emptyDir',
    help: 'Evict pods that keep files in an emptyDir volume, too; the files are lost.',
    default: false,
  },
  unmanaged: {
    kind: 'flag',
    title: 'Lose unmanaged pods',
    help: 'Evict pods that no controller owns, too; nobody makes them anew.',
    default: false,
  },
  grace: {
    kind: 'count',
    title: 'Grace',
    help: 'Seconds a pod has to end by itself; empty for its own.',
    min: 0,
    max: 86_400,
  },
  wait: {
    kind: 'count',
    title: 'Wait',
    help: 'Seconds for PodDisruptionBudgets to allow it and for pods to end.',
    min: 10,
    max: 86_400,
    default: 600,
  },
} as const satisfies Action['fields'];

/** Where pods are evicted from; `isWhole`: all that may go of the node, and not only those that are named. */
export interface EvictionPlace {
  readonly call: KubectlCall;
  readonly node: string;
  readonly nowMs: number;
  readonly isWhole: boolean;
}

/** The step that evicts what may go of these pods; refused where one blocks, already where none goes. */
export function evictionOf(input: Input, view: DrainView, where: EvictionPlace): NodePlan {
  const leave: DrainLeave = { unmanaged: input['unmanaged'] === true, localStorage: input['emptyDir'] === true };
  const fates = view.pods.map((pod) => ({ pod, fate: fateOf(pod, leave) }));
  const blocking = fates.flatMap(({ pod, fate }) =>
    fate.kind === 'blocks' ? [`${drainPodName(pod)}: ${fate.because}`] : [],
  );
  if (blocking.length > 0) {
    const more = blocking.length > MOST_NAMED ? `; and ${blocking.length - MOST_NAMED} more` : '';
    return refused(
      `${blocking.slice(0, MOST_NAMED).join('; ')}${more}`,
      'save what they hold, then allow it (emptyDir, unmanaged)',
    );
  }
  const going = fates.flatMap(({ pod, fate }) => (fate.kind === 'goes' ? [{ pod, loses: fate.loses }] : []));
  const staying = fates.flatMap(({ pod, fate }) =>
    fate.kind === 'stays' ? [`${drainPodName(pod)} stays: ${fate.because}`] : [],
  );
  if (going.length === 0) return already(staying[0] ?? 'no pod runs there');
  return { kind: 'steps', steps: [evictStep({ ...where, input, leave, view, going, staying })] };
}

interface Eviction extends EvictionPlace {
  readonly input: Input;
  readonly leave: DrainLeave;
  readonly view: DrainView;
  readonly going: readonly { readonly pod: DrainPod; readonly loses: readonly string[] }[];
  readonly staying: readonly string[];
}

function evictStep({ input, call, node, leave, view, going, staying, nowMs, isWhole }: Eviction): Step {
  const options: EvictOptions = {
    waitSec: Number(input['wait']),
    graceSec: input['grace'] === undefined ? undefined : Number(input['grace']),
    policy: view.policy,
  };
  const pods = going.map(({ pod }) => pod);
  const [only] = pods;
  const what = pods.length === 1 && only !== undefined ? drainPodName(only) : `${pods.length} pods`;
  const uids = pods.map(({ uid }) => uid);
  const about = isWhole ? {} : { uids };
  const guard: Condition = { kind: 'kube-drainable', kubectl: call, node, leave, ...about };
  const isLoss = going.some(({ loses }) => loses.length > 0);
  return {
    title: `evict ${what} from ${node}`,
    run: evictRun(call, node, pods, options),
    as: 'login-user',
    ...(isLoss
      ? ({ risk: 'destroys-data', guard: [guard] } as const)
      : ({ risk: 'interrupts-users', guard: [guard] } as const)),
    done: [{ kind: 'kube-drained', kubectl: call, node, leave, ...about }],
    timeoutMs: options.waitSec * 1000 + KUBE_MS,
    preview: [
      {
        kind: 'items',
        head: `${pods.length === 1 ? 'one pod goes' : `${pods.length} pods go`} from ${node}`,
        items: going.map(({ pod, loses }) => ({
          name: `${pod.name} (${[ownerText(pod), graceText(pod, options.graceSec), ...loses].join(', ')})`,
          owner: pod.namespace,
          ...(pod.createdMs === undefined ? {} : { ageMs: Math.max(0, nowMs - pod.createdMs) }),
        })),
        after: 'whoever owns them makes them anew where there is room',
        left: staying,
      },
    ],
    undo: { never: 'pods that went are made anew by their owners; uncordon lets them come back' },
    warnings: warningsOf(going, view, options.waitSec),
  };
}

const ownerText = ({ owner, gpus }: DrainPod): string =>
  `${owner === undefined ? 'nobody' : `${owner.kind} ${owner.name}`}${gpus === 0 ? '' : `, holds ${gpus} GPU${gpus === 1 ? '' : 's or slices'}`}`;

function graceText({ graceSec, isLeaving }: DrainPod, given: number | undefined): string {
  if (isLeaving) return 'ends already';
  return `has ${given ?? graceSec ?? 30} s to end`;
}

function warningsOf(
  going: Eviction['going'],
  { budgets, budgetsUnknown }: DrainView,
  waitSec: number,
): readonly string[] {
  const held = new Map<PodBudget, DrainPod[]>();
  for (const { pod } of going)
    for (const budget of budgetsOver(pod, budgets)) held.set(budget, [...(held.get(budget) ?? []), pod]);
  const forbidding = [...held].flatMap(([budget, pods]) => {
    if (budget.allowed >= pods.length) return [];
    const allows = budget.allowed === 0 ? 'no pod' : `${budget.allowed} of ${pods.length} pods`;
    return [
      `PodDisruptionBudget ${budget.namespace}/${budget.name} lets ${allows} go now (${budget.healthy} healthy, ${budget.wanted} needed): it is asked again for ${waitSec} s`,
    ];
  });
  const two = going
    .filter(({ pod }) => budgetsOver(pod, budgets).length > 1)
    .map(
      ({ pod }) => `${drainPodName(pod)} falls under several PodDisruptionBudgets: the API server evicts no such pod`,
    );
  return [
    ...forbidding,
    ...two,
    ...(budgetsUnknown === undefined ? [] : [`PodDisruptionBudgets are not known: ${budgetsUnknown}`]),
  ];
}
