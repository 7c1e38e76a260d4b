import { chance, seedOf, uuidOf } from '../chance.ts';
import type { NodeState } from '../node-state.ts';
import { type DemoSharing, slicesOn } from './sharing.ts';

/** An object as the API server gives it. */
export interface KubeObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

const NAMESPACE = 'gpu-operator';
const CONFIG = 'time-slicing-config';
const MINUTE_MS = 60_000;

/** A GPU node of the cluster, with what its device plugin makes of its cards. */
export function nodeObject(node: NodeState, sharing: DemoSharing): KubeObject {
  const cards = node.gpus.filter(({ isLost }) => !isLost).length;
  const { replicas, resource } = slicesOn(sharing, node.name);
  const label = sharing.labels[node.name];
  const gpus = { 'nvidia.com/gpu': '0', [resource]: String(cards * replicas) };
  const isUp = node.ailments.link === 'up';
  const amounts = { cpu: String(node.cpuCount), memory: `${Math.floor(node.memoryBytes / 1024)}Ki`, ...gpus };
  return {
    kind: 'Node',
    metadata: {
      name: node.name,
      uid: uuidOf(seedOf('node', node.name)),
      labels: {
        'kubernetes.io/hostname': node.name,
        'nvidia.com/gpu.present': 'true',
        'nvidia.com/gpu.count': String(cards),
        'nvidia.com/gpu.product': (node.gpus[0]?.model.name ?? '').replaceAll(' ', '-'),
        ...(label === undefined ? {} : { 'nvidia.com/device-plugin.config': label }),
      },
    },
    spec: node.kube.cordonedAtMs === undefined ? {} : { unschedulable: true },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: [
        isUp
          ? { type: 'Ready', status: 'True' }
          : { type: 'Ready', status: 'Unknown', message: 'Kubelet stopped posting node status.' },
      ],
      nodeInfo: { kubeletVersion: 'v1.31.4', osImage: node.os.prettyName },
    },
  };
}

/** The ConfigMap of the device plugin: slices under one key, whole cards under the other. */
export const configMapObject = ({ data, changedAtMs }: DemoSharing): KubeObject => ({
  kind: 'ConfigMap',
  metadata: {
    name: CONFIG,
    namespace: NAMESPACE,
    creationTimestamp: timeOf(changedAtMs),
    annotations: { 'argocd.argoproj.io/tracking-id': 'gpu-operator:/ConfigMap' },
  },
  data,
});

/** In whole seconds, as the API server keeps it. */
const timeOf = (atMs: number): string => new Date(Math.floor(atMs / 1_000) * 1_000).toISOString();

/** The device plugin's DaemonSet on so many nodes. */
export const daemonSetObject = (nodes: number, { defaultKey }: DemoSharing): KubeObject => ({
  kind: 'DaemonSet',
  metadata: { name: 'nvidia-device-plugin-daemonset', namespace: NAMESPACE },
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: 'config-manager',
            env: [
              { name: 'DEFAULT_CONFIG', value: defaultKey },
              { name: 'FALLBACK_STRATEGIES', value: 'empty' },
            ],
            volumeMounts: [{ name: CONFIG }],
          },
        ],
        volumes: [{ name: CONFIG, configMap: { name: CONFIG } }],
      },
    },
  },
  status: { desiredNumberScheduled: nodes, updatedNumberScheduled: nodes, numberReady: nodes },
});

/** The ClusterPolicy of the operator. */
export const policyObject = ({ defaultKey }: DemoSharing): KubeObject => ({
  kind: 'ClusterPolicy',
  metadata: { name: 'cluster-policy' },
  spec: { devicePlugin: { enabled: true, config: { name: CONFIG, default: defaultKey } } },
  status: { state: 'ready' },
});

/** The device plugin's pod of one node. */
export const pluginPod = (node: NodeState, { startedAtMs }: DemoSharing): KubeObject =>
  operatorPod('nvidia-device-plugin-daemonset', node, Math.max(node.bootedAtMs, startedAtMs));

/** The pod of one node of a DaemonSet of the operator. */
export function operatorPod(daemonSet: string, node: NodeState, startMs: number): KubeObject {
  const owner = { kind: 'DaemonSet', name: daemonSet, controller: true };
  return podObject(`${daemonSet}-${node.name}`, NAMESPACE, node.name, owner, startMs, {});
}

const LANES = [
  { namespace: 'ai', owner: { kind: 'ReplicaSet', name: 'ollama-7c9f' }, periodMs: 0 },
  { namespace: 'ai', owner: { kind: 'ReplicaSet', name: 'comfyui-5b8d' }, periodMs: 0 },
  { namespace: 'lab', owner: { kind: 'Job', name: 'embed' }, periodMs: 2 * MINUTE_MS },
  { namespace: 'lab', owner: { kind: 'Job', name: 'transcribe' }, periodMs: 5 * MINUTE_MS },
  { namespace: 'lab', owner: { kind: 'Job', name: 'eval' }, periodMs: 11 * MINUTE_MS },
] as const;

/** Pods with GPUs of one node at a moment: services that stay, and jobs that come and go by a timetable. */
export function workloadPods(node: NodeState, sharing: DemoSharing, nowMs: number): readonly KubeObject[] {
  const { replicas, resource } = slicesOn(sharing, node.name);
  const cards = node.gpus.filter(({ isLost }) => !isLost).length;
  const lanes = (replicas > 1 ? LANES : LANES.slice(2, 4)).slice(0, cards * replicas);
  const { cordonedAtMs, evicted } = node.kube;
  return lanes.flatMap(({ namespace, owner, periodMs }) => {
    const seed = seedOf('lane', node.name, owner.name);
    const number = periodMs === 0 ? 0 : Math.floor(nowMs / periodMs + chance(seed, 1));
    const startMs = periodMs === 0 ? node.bootedAtMs : Math.floor((number - chance(seed, 1)) * periodMs);
    const made = { ...owner, name: periodMs === 0 ? owner.name : `${owner.name}-${number % 10_000}`, controller: true };
    const gone = evicted.filter((each) => each.owner === owner.name);
    const suffix = uuidOf(seedOf(seed, number, gone.length)).slice(0, 5);
    const name = `${made.name}-${suffix}`;
    // What a controller makes anew comes here only once the node takes pods again.
    const since = Math.max(startMs, ...gone.map(({ atMs }) => atMs));
    if (cordonedAtMs !== undefined && since > cordonedAtMs) return [];
    return [podObject(name, namespace, node.name, made, startMs, { [resource]: '1' })];
  });
}

function podObject(
  name: string,
  namespace: string,
  node: string,
  owner: object,
  startMs: number,
  limits: { readonly [resource: string]: string },
): KubeObject {
  return {
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: uuidOf(seedOf(namespace, name, node)),
      creationTimestamp: new Date(startMs).toISOString(),
      ownerReferences: [owner],
    },
    spec: { nodeName: node, priority: 0, containers: [{ name: 'main', resources: { limits } }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'main', ready: true, restartCount: 0 }] },
  };
}
