// An Argo CD as small as a test needs it: it watches a branch of a bare repository when it is asked to look, renders the values of the gpu-operator chart, applies
// them to the test API server and says how that went in its Application.
import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import type { ApiServer } from './api-server.ts';
import type { KubeObject } from './objects.ts';

const NAMESPACE = 'gpu-operator';

export interface FakeArgo {
  /** What the next sync ends with instead of success. */
  failure: string | undefined;
  /** Applies, but the Application never gets well again. */
  isDegraded: boolean;
}

/** Starts it on an Application `argocd/gpu-operator`; `isAutomated` syncs by itself. */
export function fakeArgo(api: ApiServer, repository: string, isAutomated: boolean): FakeArgo {
  const argo: FakeArgo = { failure: undefined, isDegraded: false };
  const { store } = api;
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim();
  const tip = () => git('rev-parse', 'main');
  const status = (sync: string, revision: string, operation: object = { phase: 'Succeeded' }) => ({
    sync: { status: sync, revision },
    health: { status: argo.isDegraded ? 'Degraded' : 'Healthy' },
    operationState: operation,
  });
  let synced = tip();
  store.put('applications', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'gpu-operator', namespace: 'argocd' },
    spec: {
      source: { repoURL: 'file://fleet', targetRevision: 'HEAD' },
      ...(isAutomated ? { syncPolicy: { automated: {} } } : {}),
    },
    status: status('Synced', synced),
  });
  const say = (now: object) => {
    const before = store.get('applications', 'gpu-operator', 'argocd');
    if (before === undefined) return;
    const { operation: _, ...rest } = before;
    store.put('applications', { ...rest, metadata: { ...before.metadata, annotations: {} }, status: now });
  };
  const sync = (revision: string) => {
    if (argo.failure !== undefined) {
      const operation = { phase: 'Failed', message: argo.failure, syncResult: { revision }, finishedAt: 'now' };
      return say(status('OutOfSync', synced, operation));
    }
    apply(api, parse(git('show', `${revision}:values.yaml`)));
    synced = revision;
    say(status('Synced', synced, { phase: 'Succeeded', syncResult: { revision } }));
  };
  const look = (object: KubeObject) => {
    const revision = tip();
    const isAsked = object['operation'] !== undefined;
    if (!isAsked && revision === synced) return say(status('Synced', synced));
    if (isAsked || isAutomated) sync(revision);
    else say(status('OutOfSync', synced));
  };
  store.listen(({ resource, object }) => {
    const isMeant =
      object.metadata.annotations?.['argocd.argoproj.io/refresh'] !== undefined || object['operation'] !== undefined;
    if (resource === 'applications' && isMeant) queueMicrotask(() => look(object));
  });
  return argo;
}

interface Values {
  readonly devicePlugin?: { readonly config?: { name?: string; default?: string; create?: boolean; data?: object } };
}

/** What the chart makes of its values: the ConfigMap where it is to, and the ClusterPolicy's name and default alone. */
function apply({ store }: ApiServer, { devicePlugin }: Values): void {
  const { name = '', default: defaultKey, create, data } = devicePlugin?.config ?? {};
  const annotations = { 'argocd.argoproj.io/tracking-id': 'gpu-operator:/ConfigMap:gpu-operator/x' };
  if (create === true && data !== undefined)
    store.put('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: NAMESPACE, annotations },
      data,
    });
  const policy = store.get('clusterpolicies', 'cluster-policy');
  if (policy !== undefined)
    store.put('clusterpolicies', {
      ...policy,
      spec: { devicePlugin: { enabled: true, config: { name, default: defaultKey } } },
    });
}
