import { deploymentOf, freeOn, gpuPodsOf, gpuResources, podName } from '../model/gpu-pods.ts';
import type { Cluster, KubePod } from '../model/kubernetes.ts';
import { perCluster, placeOfPod, SHARING } from './clusters.ts';
import type { FleetRule } from './rule.ts';

/** A new revision that cannot start because its own old pod holds the GPU, and that would only end once the new one runs. */
export const gpuRolloutStuck = {
  kind: 'fleet',
  name: 'gpu-rollout-stuck',
  title: 'Rolling update cannot finish',
  severities: ['warning'],
  find: perCluster((cluster, inventory) => {
    return gpuPodsOf(cluster).waiting.flatMap((pod) => {
      const deployment = deploymentOf(pod);
      const old = oldOf(cluster, pod);
      if (deployment === undefined || old === undefined) return [];
      return placeOfPod(cluster, inventory, old.node).map((node) => ({
        cause: `${cluster.spec.name}:${deployment}`,
        severity: 'warning' as const,
        evidence: { node, about: SHARING, text: `${podName(pod)} waits for what ${podName(old)} holds` },
        words: { deployment },
      }));
    });
  }),
  tell: ({ word, nodes }) => ({
    title: `Deployment ${word('deployment')} can never finish its rolling update: its old pod on ${nodes} holds the GPU the new one waits for`,
    nextMove:
      'Set strategy.type: Recreate in Git, or scale to 0 and back; deleting the old pod only helps until the next update.',
    explanation: [
      'A RollingUpdate starts the new pod before it ends the old one.',
      'Corrected:',
      'spec:',
      '  strategy:',
      '    type: Recreate',
    ],
  }),
} satisfies FleetRule;

/** The pod of the revision before that holds what a new one waits for. */
export function oldOf(cluster: Cluster, pod: KubePod): KubePod | undefined {
  const deployment = deploymentOf(pod);
  if (deployment === undefined || hasRoom(cluster, pod)) return undefined;
  for (const pods of gpuPodsOf(cluster).holding.values())
    for (const each of pods)
      if (deploymentOf(each) === deployment && each.templateHash !== pod.templateHash)
        return each.isLeaving ? undefined : each;
  return undefined;
}

/** Whether some node that the pod may run on has what it asks for. */
function hasRoom(cluster: Cluster, { requests, nodeSelector }: KubePod): boolean {
  const wanted = gpuResources(requests);
  for (const node of cluster.tables.nodes.items.values()) {
    if (node.isCordoned || !Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value)) continue;
    if (wanted.every(([name, amount]) => freeOn(cluster, node, name) >= amount)) return true;
  }
  return false;
}
