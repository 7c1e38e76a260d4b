import { type Answerer, text } from '../answers/reply.ts';
import { type Bench, type Doing, failed, say, wait } from '../commands/doing.ts';
import { TAKES } from '../commands/durations.ts';
import { objectsOf } from './kubectl.ts';
import type { KubeObject } from './objects.ts';
import {
  changeSharing,
  isSynced,
  KUBE_FROM,
  KUBE_NODES,
  pushedTip,
  restartPlugin,
  sharingIn,
  syncFromGit,
} from './sharing.ts';

/** How the cluster shares, as the check of that name prints it. */
export const kubeSharing = {
  isInline: false,
  isStill: false,
  answer: ({ node, world }) => {
    if (node.name !== KUBE_FROM) return text(['== none', 'kubectl is not installed here']);
    const list = (resource: string): string => JSON.stringify({ items: objectsOf(world, resource) });
    return text([
      ...['== namespace', 'gpu-operator', '== plugins 0', list('daemonsets'), '== maps 0', list('configmaps')],
      ...['== policies 0', list('clusterpolicies'), '== pods 0', ...objectsOf(world, 'pods').map(podLine)],
      ...['== nodes 0', ...objectsOf(world, 'nodes').map(nodeLine)],
    ]);
  },
} satisfies Answerer;

const valueAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? Object.entries(inner).find(([name]) => name === key)?.[1]
        : undefined,
    value,
  );

function podLine({ metadata, spec }: KubeObject): string {
  const owners = JSON.stringify(metadata['ownerReferences']).match(/"name":"([^"]+)"/)?.[1] ?? '';
  return [metadata.name, valueAt(spec, 'nodeName'), metadata['creationTimestamp'], owners, 'true '].join('\t');
}

function nodeLine({ metadata, status }: KubeObject): string {
  const label = valueAt(metadata, 'labels', 'nvidia.com/device-plugin.config') ?? '';
  const ready = JSON.stringify(valueAt(status, 'conditions')).includes('"True"') ? 'True' : 'Unknown';
  const amounts = (of: string): string =>
    Object.entries(valueAt(status, of) ?? {})
      .map(([name, amount]) => `${name}=${amount} `)
      .join('');
  const cards = valueAt(metadata, 'labels', 'nvidia.com/gpu.count');
  return [metadata.name, label, cards, ready, amounts('capacity'), amounts('allocatable')].join('\t');
}

/** The Application of Argo CD that makes the operator from the clone on nfs-a. */
export const kubeApplication = {
  isInline: false,
  isStill: false,
  answer: ({ node, world }) => {
    if (node.name !== KUBE_FROM) return text(['== application 127', 'kubectl is not installed here']);
    const spec = {
      source: { repoURL: 'https://git.example.org/fleet.git', targetRevision: 'HEAD' },
      syncPolicy: { automated: {} },
    };
    const revision = sharingIn(world).syncedTip || pushedTip(world);
    const sync = { status: isSynced(world) ? 'Synced' : 'OutOfSync', revision };
    const status = { sync, health: { status: 'Healthy' }, operationState: { phase: 'Succeeded' } };
    return text(['== application 0', JSON.stringify({ spec, status })]);
  },
} satisfies Answerer;

/** The scripts that share GPUs, by the name they are sent under; each begins with `CONTEXT KUBECONFIG`. */
export const SHARING_SCRIPTS: { readonly [name: string]: (bench: Bench, args: readonly string[]) => Doing } = {
  'muster-kube-map': map,
  'muster-kube-policy': policy,
  'muster-kube-label': label,
  'muster-kube-sync': sync,
  'muster-kube-await': sync,
  'muster-kube-restart': restart,
  'muster-kube-verify': verify,
};

const isHere = ({ name }: Bench): boolean => name === KUBE_FROM;
const nowhere = (): Doing => failed('kubectl is not installed here');

/** `NAMESPACE NAME VERB`, the object or the patch on standard input. */
function* map(bench: Bench, [, , namespace = '', name = '']: readonly string[]): Doing {
  if (!isHere(bench)) return yield* nowhere();
  const given = valueAt(JSON.parse(bench.stdin), 'data');
  yield wait(TAKES.quick);
  changeSharing(bench.world, ({ data }) => {
    const merged = new Map(Object.entries({ ...data }));
    for (const [key, value] of Object.entries(given ?? {})) {
      if (typeof value === 'string') merged.set(key, value);
      else merged.delete(key);
    }
    return { data: Object.fromEntries(merged), changedAtMs: bench.world.clock.nowMs() };
  });
  yield say(`configmap/${name} patched in ${namespace}`);
  return 0;
}

/** `NAME`, the patch on standard input. */
function* policy(bench: Bench): Doing {
  if (!isHere(bench)) return yield* nowhere();
  yield wait(TAKES.quick);
  const key = valueAt(JSON.parse(bench.stdin), 'spec', 'devicePlugin', 'config', 'default');
  changeSharing(bench.world, () => ({ defaultKey: typeof key === 'string' ? key : '' }));
  restartPlugin(bench.world);
  yield say('clusterpolicy.nvidia.com/cluster-policy patched');
  return 0;
}

/** `VALUE NODES…`. */
function* label(bench: Bench, [, , value = '', ...nodes]: readonly string[]): Doing {
  if (!isHere(bench)) return yield* nowhere();
  for (const node of nodes) {
    yield wait(TAKES.quick);
    if (!KUBE_NODES.includes(node)) return yield* failed(`Error from server (NotFound): nodes "${node}" not found`);
    changeSharing(bench.world, ({ labels }) => {
      const { [node]: _, ...others } = labels;
      return { labels: value === '' ? others : { ...others, [node]: value } };
    });
    yield say(`node/${node} ${value === '' ? 'unlabeled' : 'labeled'}`);
  }
  return 0;
}

/** `NAMESPACE NAME …`: Argo CD looks, renders, applies. */
function* sync(bench: Bench, [, , , name = '']: readonly string[]): Doing {
  if (!isHere(bench)) return yield* nowhere();
  const { world } = bench;
  const tip = pushedTip(world).slice(0, 10);
  yield say('asked Argo CD to look at Git now');
  yield wait(TAKES.start);
  yield say(`${name} is OutOfSync at ${tip}, Healthy, its last sync: Running`);
  yield wait(TAKES.endProcesses);
  syncFromGit(world);
  yield say(`${name} is Synced at ${tip}, Healthy, its last sync: Succeeded`);
  return 0;
}

/** `NAMESPACE DAEMONSET …`. */
function* restart(bench: Bench, [, , , set = '']: readonly string[]): Doing {
  if (!isHere(bench)) return yield* nowhere();
  yield say(`daemonset.apps/${set} restarted`);
  for (let count = 0; count < KUBE_NODES.length; count += 1) {
    yield wait(TAKES.start);
    yield say(
      `Waiting for daemon set "${set}" rollout to finish: ${count} out of ${KUBE_NODES.length} new pods have been updated...`,
    );
  }
  restartPlugin(bench.world);
  yield say(`daemon set "${set}" successfully rolled out`);
  return 0;
}

/** `SECONDS`. */
function* verify(bench: Bench): Doing {
  if (!isHere(bench)) return yield* nowhere();
  yield wait(TAKES.quick);
  yield say('every node offers what is declared');
  return 0;
}
