// Clusters for tests without an API server: objects as it gives them, read as the product reads them.

import { readDeclared } from '../../src/kubernetes/declared.ts';
import { kinds } from '../../src/kubernetes/kinds.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import type { KubeKind, KubeObjects, KubeState } from '../../src/model/kubernetes.ts';
import { T0 } from '../store/builders.ts';
import { type KubeObject, kubeConfigMap, kubeNode, kubePlugin, kubePod, sliced } from './objects.ts';

const WATCHING: KubeState = { kind: 'watching', sinceMs: T0 };

/** What a follower tells of a kind once it has listed it. */
export function kubeListed<K extends KubeKind>(of: K, objects: readonly KubeObject[], state = WATCHING): FleetEvent {
  const { read, idOf } = kinds[of];
  const items = objects.flatMap((object): (readonly [string, KubeObjects[K]])[] => {
    const item = read(object);
    return item === undefined ? [] : [[idOf(item), item]];
  });
  return { kind: 'cluster', event: { kind: 'list', cluster: 'talos', of, items, state } } as FleetEvent;
}

/** All kinds of a cluster at once; what is left out is empty. */
export function kubeAll(
  objects: { readonly [K in KubeKind]?: readonly KubeObject[] },
  gitFile?: string,
): readonly FleetEvent[] {
  const all: readonly KubeKind[] = ['nodes', 'pods', 'configMaps', 'daemonSets', 'policies'];
  return [
    ...all.map((of) => kubeListed(of, objects[of] ?? [])),
    ...(gitFile === undefined
      ? []
      : [
          {
            kind: 'cluster' as const,
            event: { kind: 'declared' as const, cluster: 'talos', declared: readDeclared('values.yaml', gitFile) },
          },
        ]),
  ];
}

/** A cluster in which four slices of two cards are configured, advertised and used. */
export const SHARED_CLUSTER = {
  nodes: [kubeNode('gpu-0', { cards: 2, gpus: 8 })],
  pods: [kubePod('ollama', { node: 'gpu-0', gpus: 1 })],
  configMaps: [kubeConfigMap('time-slicing-config', { any: sliced(4) })],
  daemonSets: [kubePlugin('time-slicing-config', 'any')],
};

/** The GPU configuration seed's values, as printed there. */
export const SEED_VALUES = `# In infrastructure/controllers/nvidia-gpu-operator/values.yaml
devicePlugin:
  config:
    name: "time-slicing-config"
    default: "0"
    sharing:
      timeSlicing:
        renameByDefault: false
        failRequestsGreaterThanOne: false
        resources:
          - name: nvidia.com/gpu
            replicas: 4
`;
