// The eviction of pods as the API server does it: a budget that allows none refuses with 429, a uid that is another's with 409.
import { json, status } from './api-answers.ts';
import type { Subresource } from './api-server.ts';

interface Eviction {
  readonly deleteOptions?: { readonly preconditions?: { readonly uid?: string } };
}

/** Answers `pods/eviction`: a pod that may go is gone at once. */
export const budgetKeeper: Subresource = ({ path, body }, store, answer) => {
  const { name = '', namespace = '' } = path;
  const pod = store.get('pods', name, namespace);
  if (pod === undefined) return void status(answer, 404, 'NotFound', `pods "${name}" not found`);
  const wanted = (JSON.parse(body) as Eviction).deleteOptions?.preconditions?.uid;
  if (wanted !== undefined && wanted !== pod.metadata.uid) {
    const words = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${pod.metadata.uid}`;
    return void status(answer, 409, 'Conflict', words);
  }
  for (const budget of store.all('poddisruptionbudgets')) {
    if (budget.metadata.namespace !== namespace) continue;
    const { spec, status: now } = budget as unknown as {
      spec: { selector: { matchLabels: Readonly<Record<string, string>> } };
      status: { disruptionsAllowed: number };
    };
    const isOver = Object.entries(spec.selector.matchLabels).every(
      ([key, value]) => pod.metadata.labels?.[key] === value,
    );
    if (!isOver) continue;
    if (now.disruptionsAllowed === 0)
      return void status(
        answer,
        429,
        'TooManyRequests',
        "Cannot evict pod as it would violate the pod's disruption budget.",
      );
    store.put('poddisruptionbudgets', {
      ...budget,
      status: { ...now, disruptionsAllowed: now.disruptionsAllowed - 1 },
    });
  }
  store.remove('pods', pod);
  json(answer, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
};
