// A cluster behind the kubectl of a simulated node: its ConfigMaps, the operator, the device plugin and Argo CD, as far as plans ask and change them.
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { CheckFacts } from '../../src/model/check.ts';
import { meaningOf } from '../../src/sharing/plugin-text.ts';
import type { Ran } from './sim-disks.ts';
import type { SimNode } from './sim-node.ts';

/** The cluster of a case file. */
export interface SharingSpec {
  /** `CARDS [LABEL]` each. */
  readonly nodes: { readonly [node: string]: string };
  /** ConfigMaps with their texts. */
  readonly maps?: { readonly [name: string]: { readonly [key: string]: string } };
  /** The ConfigMap that the device plugin reads, and its default. */
  readonly reads?: string;
  readonly default?: string;
  /** There is an operator; whom its ClusterPolicy and ConfigMaps are of: `argocd APP`, `helm RELEASE`, `nobody`. */
  readonly policy?: string;
  /** The label helm.sh/chart of the device plugin. */
  readonly chart?: string;
  /** Argo CD syncs by itself, or when asked. */
  readonly argo?: 'automated' | 'by hand';
}

interface SimMap {
  data: { [key: string]: string };
  changedMs: number;
}

interface SimSharing {
  readonly spec: SharingSpec;
  readonly maps: Map<string, SimMap>;
  readonly labels: Map<string, string>;
  reads: string | undefined;
  default: string | undefined;
  startedMs: number;
  /** What the device plugin read when it started. */
  taken: { readonly [key: string]: string };
  now: number;
  isSynced: boolean;
}

const known = new WeakMap<SimNode, SimSharing>();

function kubeOf(node: SimNode): SimSharing | undefined {
  const { cluster } = node.spec;
  const before = known.get(node);
  if (before !== undefined || cluster === undefined) return before;
  const maps = Object.entries(cluster.maps ?? {}).map(([name, data]) => [name, { data, changedMs: 1 }] as const);
  const labels = Object.entries(cluster.nodes).flatMap(([name, words]) => {
    const [, label] = words.split(' ');
    return label === undefined ? [] : [[name, label] as const];
  });
  const made: SimSharing = {
    spec: cluster,
    maps: new Map(maps),
    labels: new Map(labels),
    reads: cluster.reads,
    default: cluster.default,
    startedMs: 2,
    taken: cluster.maps?.[cluster.reads ?? ''] ?? {},
    now: 10,
    isSynced: true,
  };
  known.set(node, made);
  return made;
}

const cardsOf = (spec: SharingSpec, node: string): number => Number(spec.nodes[node]?.split(' ')[0]);

function ownerOf({ policy = '' }: SharingSpec): { readonly owner?: string; readonly application?: string } {
  const [by, name = ''] = policy.split(' ');
  if (by === 'argocd') return { owner: `Argo CD application ${name}`, application: name };
  return by === 'helm' ? { owner: `Helm release ${name}` } : {};
}

function offered(kube: SimSharing, node: string): { readonly [resource: string]: number } {
  const text = kube.taken[kube.labels.get(node) ?? kube.default ?? ''] ?? '';
  const { resource, replicas } = meaningOf(text, 'nvidia.com/gpu');
  return { [resource]: cardsOf(kube.spec, node) * replicas };
}

const sum = (text: string): string => createHash('sha256').update(text.trimEnd()).digest('hex');

/** What kubectl tells of the cluster's sharing. */
export function kubeSharingOf(node: SimNode): CheckFacts['kubeSharing'] {
  const kube = kubeOf(node);
  if (kube === undefined) return { kind: 'none', because: 'kubectl is not installed here' };
  const { spec, maps, labels, reads, startedMs } = kube;
  const told = {
    ...(reads === undefined ? {} : { configMap: reads }),
    ...(kube.default === undefined ? {} : { defaultKey: kube.default }),
  };
  return {
    kind: 'seen',
    namespace: 'gpu-operator',
    plugin: {
      name: 'nvidia-device-plugin-daemonset',
      ...told,
      strategy: 'RollingUpdate',
      ...(spec.chart === undefined ? {} : { chart: spec.chart }),
      pods: Object.keys(spec.nodes).map((name) => ({
        name: `plugin-${name}`,
        node: name,
        createdMs: startedMs,
        isReady: true,
      })),
    },
    maps: [...maps].map(([name, { data, changedMs }]) => ({
      name,
      version: String(changedMs),
      changedMs,
      data,
      sums: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, sum(text)])),
      ...ownerOf(spec),
    })),
    ...(spec.policy === undefined ? {} : { policy: { name: 'cluster-policy', ...told, ...ownerOf(spec) } }),
    nodes: Object.keys(spec.nodes).map((name) => {
      const label = labels.get(name);
      const amounts = offered(kube, name);
      return {
        name,
        ...(label === undefined ? {} : { label }),
        cards: cardsOf(spec, name),
        isReady: true,
        capacity: amounts,
        allocatable: amounts,
      };
    }),
    refused: new Map(),
  };
}

/** Argo CD's Application: out of sync as soon as the clone says something else. */
export function kubeApplicationOf(node: SimNode): CheckFacts['kubeApplication'] {
  const kube = kubeOf(node);
  if (kube?.spec.argo === undefined) return { kind: 'none', because: 'applications.argoproj.io not found' };
  const declared = declaredIn(node);
  const isSynced = Object.entries(declared.data).every(
    ([key, text]) => kube.maps.get(declared.name)?.data[key] === text,
  );
  return {
    kind: 'seen',
    sync: isSynced ? 'Synced' : 'OutOfSync',
    revision: 'b'.repeat(40),
    health: 'Healthy',
    phase: 'Succeeded',
    message: '',
    isAutomated: kube.spec.argo === 'automated',
    targetRevision: 'HEAD',
    repository: 'https://git.example.org/fleet',
    isAtPush: isSynced,
  };
}

/** The ConfigMap that the files of the clone make. */
function declaredIn(node: SimNode): { name: string; data: { [key: string]: string }; fallback?: string } {
  for (const [path, { text }] of node.files) {
    if (!path.startsWith('/srv/gitops/') || text === undefined) continue;
    const { kind, metadata, data, devicePlugin } = parse(text) ?? {};
    if (kind === 'ConfigMap') return { name: metadata.name, data };
    const config = devicePlugin?.config;
    if (config?.data !== undefined) return { name: config.name, data: config.data, fallback: config.default };
  }
  return { name: '', data: {} };
}

const OK: Ran = { exitCode: 0, words: '' };

/** Runs a script of `kube-scripts.ts` by its name. */
export function kubeScript(node: SimNode, name: string, [, , ...args]: readonly string[], stdin: string): Ran {
  const kube = kubeOf(node);
  if (kube === undefined) return { exitCode: 1, words: 'kubectl is not installed here' };
  kube.now += 1;
  switch (name) {
    case 'muster-kube-map':
      changeMap(kube, args, stdin);
      return OK;
    case 'muster-kube-policy': {
      const { spec } = JSON.parse(stdin);
      kube.reads = spec.devicePlugin.config.name ?? undefined;
      kube.default = spec.devicePlugin.config.default ?? undefined;
      start(kube);
      return OK;
    }
    case 'muster-kube-label': {
      const [label = '', ...names] = args;
      for (const one of names) {
        if (label === '') kube.labels.delete(one);
        else kube.labels.set(one, label);
      }
      return OK;
    }
    case 'muster-kube-sync': {
      const declared = declaredIn(node);
      kube.maps.set(declared.name, { data: declared.data, changedMs: kube.now });
      if (declared.fallback !== undefined) kube.default = declared.fallback;
      kube.reads = declared.name;
      return OK;
    }
    case 'muster-kube-restart':
      start(kube);
      return OK;
    default:
      return OK;
  }
}

function changeMap(kube: SimSharing, [, name = '', verb = '']: readonly string[], stdin: string): void {
  if (verb === 'delete') {
    kube.maps.delete(name);
    return;
  }
  const { data } = JSON.parse(stdin);
  const merged = { ...kube.maps.get(name)?.data, ...data };
  for (const [key, text] of Object.entries(merged)) if (text === null) delete merged[key];
  kube.maps.set(name, { data: merged, changedMs: kube.now });
}

function start(kube: SimSharing): void {
  kube.startedMs = kube.now + 1;
  kube.taken = { ...kube.maps.get(kube.reads ?? '')?.data };
}
