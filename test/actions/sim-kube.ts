// A cluster as the commands of plans see it where kubectl works: the demo's words are not needed, only nodes, pods and what eviction does to them.
import type { CheckFacts } from '../../src/model/check.ts';
import type { Command } from '../../src/model/command.ts';
import type { DrainPod } from '../../src/model/drain.ts';

/** A cluster of a case file: `ready` or `cordoned` by node, and `NAMESPACE/NAME NODE OWNER-KIND OWNER [files]` a pod, `-` for no owner. */
export interface KubeSpec {
  readonly nodes: { readonly [name: string]: string };
  readonly pods?: readonly string[];
}

/** The cluster behind a simulated node. */
export interface SimKube {
  readonly cordoned: Map<string, boolean>;
  pods: readonly DrainPod[];
}

export const simKube = ({ nodes, pods = [] }: KubeSpec): SimKube => ({
  cordoned: new Map(Object.entries(nodes).map(([name, word]) => [name, word === 'cordoned'])),
  pods: pods.map(podOf),
});

function podOf(line: string): DrainPod {
  const [id = '', node = '', kind = '-', owner = '', files] = line.split(' ');
  const [namespace = '', name = ''] = id.split('/');
  return {
    namespace,
    name,
    uid: `uid-${name}`,
    node,
    phase: 'Running',
    isLeaving: false,
    graceSec: 30,
    createdMs: undefined,
    priority: 0,
    owner: kind === '-' ? undefined : { kind, name: owner },
    isMirror: false,
    hasLocalStorage: files !== undefined,
    labels: {},
    gpus: 0,
  };
}

/** Whether a command is one of kubectl's. */
export const isOnKube = ({ argv }: Command): boolean => argv[3] === 'muster-cordon' || argv[3] === 'muster-evict';

/** Plays a step: `sh -c SCRIPT NAME CONTEXT KUBECONFIG …`. */
export function runOnKube(kube: SimKube, { argv, stdin = '' }: Command): { exitCode: number; words: string } {
  const [, , , name, , , first = '', second = ''] = argv;
  if (name === 'muster-cordon') kube.cordoned.set(second, first === 'cordon');
  const uids = new Set(stdin.split('\n').map((line) => line.split(' ')[2]));
  if (name === 'muster-evict') kube.pods = kube.pods.filter(({ uid }) => !uids.has(uid));
  return { exitCode: 0, words: '' };
}

/** What a check of the cluster answers; false for other checks. */
export function checkOfKube(
  kube: SimKube,
  check: string,
  target: string,
  checks: Map<string, CheckFacts[keyof CheckFacts]>,
): boolean {
  const asked = target.split('\n')[2] ?? '';
  if (check === 'kubeNode') {
    const isCordoned = kube.cordoned.get(asked);
    checks.set(
      `${check} ${target}`,
      isCordoned === undefined
        ? { kind: 'none', because: `the cluster has no node ${asked}` }
        : { kind: 'node', uid: `uid-${asked}`, isCordoned, ready: 'True' },
    );
    return true;
  }
  if (check !== 'kubePods') return false;
  const [path, value] = asked.split('=');
  const pods = kube.pods.filter((pod) => (path === 'spec.nodeName' ? pod.node : pod.name) === value);
  checks.set(`${check} ${target}`, { kind: 'pods', pods, budgets: [], policy: 'policy/v1' });
  return true;
}
