import { gpuPodsOf, podName } from '../model/gpu-pods.ts';
import type { Cluster, KubePod } from '../model/kubernetes.ts';
import { perCluster, placeOfPod, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';
import { count, listed, verb } from './words.ts';

/** Waiting GPU pods whose node selector matches no node of the cluster, ready or not. */
export const selectorNoNode = {
  kind: 'fleet',
  name: 'selector-no-node',
  title: 'Node selector matches no node',
  severities: ['warning'],
  find: perCluster((cluster, inventory) =>
    gpuPodsOf(cluster)
      .waiting.filter((pod) => Object.keys(pod.nodeSelector).length > 0 && !matchesAny(cluster, pod))
      .flatMap((pod) => {
        const selector = Object.entries(pod.nodeSelector)
          .map(([key, value]) => `${key}=${value}`)
          .join(',');
        return placeOfPod(cluster, inventory, '').map((node) => ({
          cause: `${cluster.spec.name}:${selector}`,
          severity: 'warning' as const,
          evidence: { node, about: SHARING, text: `${podName(pod)} wants ${selector}` },
          words: { pod: podName(pod), selector },
        }));
      }),
  ),
  tell: ({ symptoms, word }) => ({
    title: `no node has ${word('selector')}, so ${count(symptoms.length, 'pod')} ${verb(symptoms.length, 'waits', 'wait')} for ever: ${listed(symptoms.map(({ words }) => words?.['pod'] ?? ''))}`,
    nextMove: `Label the GPU nodes with ${word('selector')}, in Talos by nodeLabels of the machine config, or correct the nodeSelector of the workload.`,
  }),
} satisfies FleetRule;

function matchesAny({ tables }: Cluster, { nodeSelector }: KubePod): boolean {
  const { state, items } = tables.nodes;
  if (state.kind !== 'watching') return true;
  const wanted = Object.entries(nodeSelector);
  for (const { labels } of items.values()) if (wanted.every(([key, value]) => labels[key] === value)) return true;
  return false;
}
