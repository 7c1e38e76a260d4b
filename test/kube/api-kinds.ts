// The kinds the test API server can have: where they stand, and what it answers to discovery.

/** A kind of object as discovery tells it. */
export interface ApiKind {
  readonly resource: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly subresources?: readonly string[];
}

const core = (resource: string, kind: string, isNamespaced: boolean, more: Partial<ApiKind> = {}): ApiKind => ({
  resource,
  group: '',
  version: 'v1',
  kind,
  isNamespaced,
  ...more,
});

/** Every kind there can be; a server has those it was started with. */
export const API_KINDS: readonly ApiKind[] = [
  core('nodes', 'Node', false, { shortNames: ['no'] }),
  core('pods', 'Pod', true, { shortNames: ['po'], subresources: ['eviction', 'log'] }),
  core('configmaps', 'ConfigMap', true, { shortNames: ['cm'] }),
  core('events', 'Event', true),
  {
    resource: 'daemonsets',
    group: 'apps',
    version: 'v1',
    kind: 'DaemonSet',
    isNamespaced: true,
    shortNames: ['ds'],
    subresources: ['status'],
  },
  {
    resource: 'poddisruptionbudgets',
    group: 'policy',
    version: 'v1',
    kind: 'PodDisruptionBudget',
    isNamespaced: true,
    shortNames: ['pdb'],
  },
  { resource: 'clusterpolicies', group: 'nvidia.com', version: 'v1', kind: 'ClusterPolicy', isNamespaced: false },
  { resource: 'applications', group: 'argoproj.io', version: 'v1alpha1', kind: 'Application', isNamespaced: true },
];

/** `v1`, `apps/v1`. */
export const groupVersion = ({ group, version }: ApiKind): string => (group === '' ? version : `${group}/${version}`);

const baseOf = (kind: ApiKind): string => (kind.group === '' ? 'api/v1' : `apis/${groupVersion(kind)}`);

/** What a path means: an object of a kind, all of them, or nothing that is there. */
export interface ApiPath {
  readonly kind: ApiKind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Reads `/apis/apps/v1/namespaces/gpu-operator/daemonsets/plugin`. */
export function readPath(path: string, kinds: readonly ApiKind[]): ApiPath | undefined {
  for (const kind of kinds) {
    const base = `/${baseOf(kind)}/`;
    if (!path.startsWith(base)) continue;
    const rest = path
      .slice(base.length)
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    const isIn = rest[0] === 'namespaces' && rest.length > 2;
    const [resource, name, subresource] = isIn ? rest.slice(2) : rest;
    if (resource === kind.resource) return { kind, namespace: isIn ? rest[1] : undefined, name, subresource };
  }
  return undefined;
}

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** What discovery answers at a path; undefined for paths that are none of its. */
export function discovery(path: string, kinds: readonly ApiKind[]): object | undefined {
  if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(kinds) };
  const own = kinds.filter((kind) => path === `/${baseOf(kind)}`);
  const [first] = own;
  const [, namespace] = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path) ?? [];
  // kubectl looks for the namespace of what was not found.
  if (namespace !== undefined) return { kind: 'Namespace', apiVersion: 'v1', metadata: { name: namespace } };
  if (first === undefined) return undefined;
  const resources = own.flatMap((kind) => {
    const { resource: name, kind: word, isNamespaced: namespaced, shortNames = [], subresources = [] } = kind;
    return [
      { name, singularName: word.toLowerCase(), namespaced, kind: word, verbs: VERBS, shortNames },
      ...subresources.map((sub) => ({
        name: `${name}/${sub}`,
        singularName: '',
        namespaced,
        kind: sub === 'eviction' ? 'Eviction' : word,
        verbs: sub === 'eviction' ? ['create'] : ['get', 'patch', 'update'],
        ...(sub === 'eviction' ? { group: 'policy', version: 'v1' } : {}),
      })),
    ];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(first), resources };
}

function groupsOf(kinds: readonly ApiKind[]): readonly object[] {
  const groups = new Map(kinds.filter(({ group }) => group !== '').map((kind) => [kind.group, kind]));
  return [...groups.values()].map((kind) => {
    const preferred = { groupVersion: groupVersion(kind), version: kind.version };
    return { name: kind.group, versions: [preferred], preferredVersion: preferred };
  });
}
