import { type Cluster, KUBE_WORDS, type KubeTrouble } from '../model/kubernetes.ts';
import { perCluster, placesOf } from './clusters.ts';
import type { FleetRule, Symptom } from './rule.ts';

const MOVES: { readonly [R in KubeTrouble]: string } = {
  forbidden:
    'Grant the verb it names (kubectl auth can-i tells what is allowed), or live without it: the rest is read all the same.',
  unauthorized: 'Log in to the cluster anew where kubectl runs; muster goes on by itself.',
  unreachable: 'Look at the API server and at the network between; muster asks again by itself.',
  'no-kubectl': 'Install kubectl there, or name a node that has it with "from" of the cluster.',
  configuration: 'Correct context, kubeconfig or "from" of the cluster in the inventory.',
  failed: 'Run the same kubectl command by hand where it runs.',
};

/** A cluster that cannot be read, or of which something may not be: each sentence once, however many kinds it is about. */
export const clusterUnread = {
  kind: 'fleet',
  name: 'cluster-unread',
  title: 'Cluster cannot be read',
  severities: ['critical', 'warning', 'notice'],
  find: perCluster((cluster, inventory) => {
    const places = placesOf(cluster, inventory);
    return troublesOf(cluster).flatMap(({ because, kinds, reason, severity }) =>
      places.map(
        (node): Symptom => ({
          cause: `${cluster.spec.name}:${because}`,
          severity,
          evidence: { node, about: 'kubernetes', text: `${kinds}: ${because}` },
          words: { cluster: cluster.spec.name, because, nextMove: MOVES[reason] },
        }),
      ),
    );
  }),
  tell: ({ word }) => ({ title: `cluster ${word('cluster')}: ${word('because')}`, nextMove: word('nextMove') }),
} satisfies FleetRule;

interface Trouble {
  readonly because: string;
  readonly kinds: string;
  readonly reason: KubeTrouble;
  readonly severity: Symptom['severity'];
}

function troublesOf({ tables }: Cluster): readonly Trouble[] {
  const bySentence = new Map<string, Trouble>();
  for (const [kind, word] of Object.entries(KUBE_WORDS)) {
    const state = Object.entries(tables).find(([name]) => name === kind)?.[1].state;
    if (state?.kind !== 'trouble' && state?.kind !== 'listing') continue;
    const { because } = state;
    const reason = state.kind === 'trouble' ? state.reason : 'forbidden';
    const severity = state.kind === 'listing' ? 'notice' : reason === 'forbidden' ? 'warning' : 'critical';
    const before = bySentence.get(because);
    bySentence.set(because, {
      because,
      reason,
      severity,
      kinds: before === undefined ? word : `${before.kinds}, ${word}`,
    });
  }
  return [...bySentence.values()];
}
