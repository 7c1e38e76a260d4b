// Objects of the API server, as small as a test can use; what is not said is as a plain cluster has it.

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

export interface KubeObject {
  readonly metadata: Metadata;
  readonly [key: string]: unknown;
}

/** A node with cards, labelled as GPU feature discovery does. */
export function kubeNode(
  name: string,
  {
    cards = 0,
    gpus = cards,
    shared = 0,
    labels = {},
    cordoned = false,
  }: {
    readonly cards?: number;
    readonly gpus?: number;
    readonly shared?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly cordoned?: boolean;
  } = {},
): KubeObject {
  const amounts = {
    cpu: '32',
    memory: '128Gi',
    ...(gpus === 0 ? {} : { 'nvidia.com/gpu': String(gpus) }),
    ...(shared === 0 ? {} : { 'nvidia.com/gpu.shared': String(shared) }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `node-${name}`,
      labels: {
        'kubernetes.io/hostname': name,
        ...(cards === 0 ? {} : { 'nvidia.com/gpu.present': 'true', 'nvidia.com/gpu.count': String(cards) }),
        ...labels,
      },
    },
    spec: cordoned ? { unschedulable: true } : {},
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: [{ type: 'Ready', status: 'True', message: 'kubelet is posting ready status' }],
      nodeInfo: { kubeletVersion: 'v1.31.4', osImage: 'Talos (v1.9.1)' },
    },
  };
}

/** A pod that runs on a node, or waits where `node` is empty. */
export function kubePod(
  name: string,
  {
    node = '',
    gpus = 0,
    resource = 'nvidia.com/gpu',
    namespace = 'ai',
    owner,
    hash,
    reason,
    message,
    phase = node === '' ? 'Pending' : 'Running',
    priority = 0,
    nodeSelector = {},
  }: {
    readonly node?: string;
    readonly gpus?: number;
    readonly resource?: string;
    readonly namespace?: string;
    readonly owner?: { readonly kind: string; readonly name: string };
    readonly hash?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly phase?: string;
    readonly priority?: number;
    readonly nodeSelector?: Readonly<Record<string, string>>;
  } = {},
): KubeObject {
  const isWaiting = node === '';
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: reason ?? 'Unschedulable',
    message: message ?? '',
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `pod-${namespace}-${name}`,
      creationTimestamp: '2026-11-22T10:00:00Z',
      ...(hash === undefined ? {} : { labels: { 'pod-template-hash': hash } }),
      ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
    },
    spec: {
      ...(isWaiting ? {} : { nodeName: node }),
      nodeSelector,
      priority,
      containers: [{ name: 'main', resources: gpus === 0 ? {} : { limits: { [resource]: String(gpus) } } }],
    },
    status: {
      phase,
      ...(isWaiting ? { conditions: [condition] } : {}),
      ...(isWaiting || reason === undefined ? {} : { reason, message }),
      containerStatuses: isWaiting ? [] : [{ name: 'main', ready: phase === 'Running', restartCount: 0, state: {} }],
    },
  };
}

/** A dcgm-exporter on a node, as the operator makes it. */
export function kubeExporter(node: string, port?: number): KubeObject {
  const pod = kubePod(`nvidia-dcgm-exporter-${node}`, { node, namespace: 'gpu-operator' });
  const ports = port === undefined ? [] : [{ name: 'metrics', containerPort: port }];
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { app: 'nvidia-dcgm-exporter' } },
    spec: { nodeName: node, containers: [{ name: 'nvidia-dcgm-exporter', ports }] },
  };
}

/** A ConfigMap of the operator's namespace. */
export const kubeConfigMap = (name: string, data: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'gpu-operator', uid: `map-${name}` },
  data,
});

/** The device plugin's DaemonSet, as the operator makes it. */
export const kubePlugin = (configMap?: string, defaultKey?: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'nvidia-device-plugin-daemonset', namespace: 'gpu-operator', uid: 'plugin' },
  spec: {
    updateStrategy: { type: 'RollingUpdate' },
    template: {
      spec: {
        containers: [
          { name: 'nvidia-device-plugin' },
          ...(configMap === undefined
            ? []
            : [
                {
                  name: 'config-manager',
                  env: [
                    ...(defaultKey === undefined ? [] : [{ name: 'DEFAULT_CONFIG', value: defaultKey }]),
                    { name: 'FALLBACK_STRATEGIES', value: 'empty' },
                  ],
                  volumeMounts: [{ name: 'time-slicing-config' }],
                },
              ]),
        ],
        volumes: [{ name: 'time-slicing-config', configMap: { name: configMap } }],
      },
    },
  },
  status: { desiredNumberScheduled: 1, numberReady: 1 },
});

/** A device plugin configuration with so many slices a card. */
export const sliced = (replicas: number, more = ''): string =>
  `version: v1\nsharing:\n  timeSlicing:\n${more}    resources:\n      - name: nvidia.com/gpu\n        replicas: ${replicas}\n`;
