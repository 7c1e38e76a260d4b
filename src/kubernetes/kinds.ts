import type { Json } from '../model/json.ts';
import type { KubeKind, KubeObjects } from '../model/kubernetes.ts';
import { readConfigMap } from './read-config-map.ts';
import { readDaemonSet } from './read-daemon-set.ts';
import { readNode } from './read-node.ts';
import { readPod } from './read-pod.ts';
import { readPolicy } from './read-policy.ts';

/** One kind of object: where the API server has it, and how it is read. */
export interface Kind<K extends KubeKind> {
  readonly path: (namespace: string) => string;
  readonly read: (object: Json) => KubeObjects[K] | undefined;
  /** What tells one object from another. */
  readonly idOf: (item: KubeObjects[K]) => string;
  /** What it means when the API server knows no such kind. */
  readonly absent: string;
}

const GONE = 'the API server knows no such kind';

/** Every kind that is listed and watched. */
export const kinds: { readonly [K in KubeKind]: Kind<K> } = {
  nodes: { path: () => '/api/v1/nodes', read: readNode, idOf: ({ name }) => name, absent: GONE },
  pods: { path: () => '/api/v1/pods', read: readPod, idOf: ({ uid }) => uid, absent: GONE },
  configMaps: {
    path: (namespace) => `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`,
    read: readConfigMap,
    idOf: ({ namespace, name }) => `${namespace}/${name}`,
    absent: GONE,
  },
  daemonSets: {
    path: (namespace) => `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/daemonsets`,
    read: readDaemonSet,
    idOf: ({ namespace, name }) => `${namespace}/${name}`,
    absent: GONE,
  },
  policies: {
    path: () => '/apis/nvidia.com/v1/clusterpolicies',
    read: readPolicy,
    idOf: ({ name }) => name,
    absent: 'the cluster has no ClusterPolicy: the NVIDIA GPU operator is not installed',
  },
};
