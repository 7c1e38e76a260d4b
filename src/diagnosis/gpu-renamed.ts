import { gpuPodsOf, podName } from '../model/gpu-pods.ts';
import type { Cluster } from '../model/kubernetes.ts';
import { perCluster, placeOfPod, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';
import { count, listed, verb } from './words.ts';

const WHOLE = 'nvidia.com/gpu';
const SHARED = 'nvidia.com/gpu.shared';

/** Waiting pods that ask for a name no node advertises while the other of the two is there: renameByDefault moved it under them. */
export const gpuRenamed = {
  kind: 'fleet',
  name: 'gpu-renamed',
  title: 'GPUs asked for by another name',
  severities: ['warning'],
  find: perCluster((cluster, inventory) => {
    const names = offered(cluster);
    const [asked, there] = names.has(WHOLE) ? [SHARED, WHOLE] : [WHOLE, SHARED];
    if (names.has(asked) || !names.has(there)) return [];
    return gpuPodsOf(cluster)
      .waiting.filter(({ requests }) => (requests[asked] ?? 0) > 0)
      .flatMap((pod) =>
        placeOfPod(cluster, inventory, '').map((node) => ({
          cause: `${cluster.spec.name}:${asked}`,
          severity: 'warning' as const,
          evidence: { node, about: SHARING, text: `${podName(pod)} asks for ${asked}; the nodes advertise ${there}` },
          words: { pod: podName(pod), asked, there },
        })),
      );
  }),
  tell: ({ symptoms, word }) => ({
    title: `${count(symptoms.length, 'pod')} ${verb(symptoms.length, 'waits', 'wait')} for ${word('asked')}, which no node advertises: ${listed(symptoms.map(({ words }) => words?.['pod'] ?? ''))}`,
    nextMove: `Let the pods ask for ${word('there')}, or turn renameByDefault round in the device plugin's configuration.`,
    explanation: [
      'renameByDefault: true advertises slices as nvidia.com/gpu.shared and no nvidia.com/gpu at all; the label gpu.product stays.',
      'renameByDefault: false keeps the name nvidia.com/gpu and adds -SHARED to the label nvidia.com/gpu.product.',
    ],
  }),
} satisfies FleetRule;

const offered = ({ tables }: Cluster): ReadonlySet<string> =>
  new Set(
    [...tables.nodes.items.values()].flatMap(({ capacity }) =>
      Object.entries(capacity).flatMap(([name, amount]) => (amount > 0 ? [name] : [])),
    ),
  );
