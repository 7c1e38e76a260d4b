import { type Answerer, text } from '../answers/reply.ts';
import { type Bench, type Doing, failed, say, wait } from '../commands/doing.ts';
import { TAKES } from '../commands/durations.ts';
import { nodeOf, podsOf } from './kubectl.ts';
import type { KubeObject } from './objects.ts';
import { KUBE_FROM, KUBE_NODES } from './sharing.ts';

/** Evictions of a node that are remembered. */
const MOST_EVICTED = 64;

const NO_KUBECTL = 'sh: 1: kubectl: not found';

/** A node of the cluster, as the check of that name asks for it. */
export const kubeNode = {
  isInline: false,
  isStill: false,
  answer: ({ node, world, target }) => {
    const name = target.split('\n')[2] ?? '';
    if (node.name !== KUBE_FROM) return text(['== node', '== end 127', NO_KUBECTL]);
    const object = nodeOf(world, name);
    if (object === undefined)
      return text(['== node', '== end 1', `Error from server (NotFound): nodes "${name}" not found`]);
    return text(['== node', JSON.stringify(object), '== end 0', '']);
  },
} satisfies Answerer;

/** Pods of the cluster by node or name, a line each, and that there is no budget. */
export const kubePods = {
  isInline: false,
  isStill: false,
  answer: ({ node, world, target }) => {
    const [path = '', value = ''] = (target.split('\n')[2] ?? '').split('=');
    if (node.name !== KUBE_FROM)
      return text(['== pods', '== end 127', NO_KUBECTL, '== budgets', '== end 127', NO_KUBECTL]);
    const pods = KUBE_NODES.flatMap((name) => {
      const own = world.node(name);
      return own === undefined ? [] : podsOf(world, own).map((pod) => ({ pod, on: name }));
    });
    const lines = pods
      .filter(({ pod, on }) => (path === 'spec.nodeName' ? on : pod.metadata.name) === value)
      .map(({ pod, on }) => lineOf(pod, on));
    return text(['== pods', ...lines, '', '== end 0', '', '== budgets', '{"items":[]}', '== end 0', '']);
  },
} satisfies Answerer;

function lineOf({ metadata, spec }: KubeObject, node: string): string {
  const { namespace = '', name, uid, creationTimestamp, ownerReferences } = metadata;
  const limits = JSON.stringify(spec).match(/"limits":(\{[^{}]*\})/)?.[1] ?? '';
  const owners = JSON.stringify(ownerReferences);
  return [namespace, name, uid, node, 'Running', '', '30', creationTimestamp, '0', '', owners, '', '', limits].join(
    '\t',
  );
}

/** The scripts of actions on the cluster, by the name they are sent under. */
export const KUBE_SCRIPTS: { readonly [name: string]: (bench: Bench, args: readonly string[]) => Doing } = {
  'muster-cordon': cordon,
  'muster-evict': evict,
};

/** `CONTEXT KUBECONFIG VERB NODE`. */
function* cordon({ world, name }: Bench, [, , verb = '', node = '']: readonly string[]): Doing {
  if (name !== KUBE_FROM) return yield* failed('kubectl is not installed here', 127);
  yield wait(TAKES.quick);
  if (!KUBE_NODES.includes(node)) return yield* failed(`cannot patch nodes: nodes "${node}" not found`);
  const cordonedAtMs = verb === 'cordon' ? world.clock.nowMs() : undefined;
  world.change(node, (before) => ({ ...before, kube: { ...before.kube, cordonedAtMs } }));
  yield say(`node/${node} ${verb}ed`);
  return 0;
}

/** `CONTEXT KUBECONFIG NODE WAIT GRACE POLICY`, pods on standard input. */
function* evict({ world, name, stdin }: Bench, [, , node = '']: readonly string[]): Doing {
  if (name !== KUBE_FROM) return yield* failed('kubectl is not installed here', 127);
  const lines = stdin.split('\n').filter((line) => line !== '');
  const names = lines.map((line) => line.split(' ')[1] ?? '');
  for (const line of lines) {
    yield wait(TAKES.quick);
    yield say(`${line.split(' ').slice(0, 2).join('/')} is asked to end`);
  }
  yield wait(TAKES.endProcesses);
  const gone = names.map((pod) => ({ owner: ownerName(pod), atMs: world.clock.nowMs() }));
  world.change(node, (before) => ({
    ...before,
    kube: { ...before.kube, evicted: [...before.kube.evicted, ...gone].slice(-MOST_EVICTED) },
  }));
  yield say(`all of them are gone from ${node}`);
  return 0;
}

/** `ollama-7c9f-a1b2c` is of `ollama-7c9f`, `embed-1234-a1b2c` of the job `embed`. */
const ownerName = (pod: string): string => pod.replace(/-[0-9a-f]{5}$/, '').replace(/-\d{1,4}$/, '');
