// Objects of real clusters, and hostile ones: what is read of them, and that nothing makes a reader throw.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDeclared } from '../../src/kubernetes/declared.ts';
import { kinds } from '../../src/kubernetes/kinds.ts';
import { readNode } from '../../src/kubernetes/read-node.ts';
import { readPod } from '../../src/kubernetes/read-pod.ts';
import { readPolicy } from '../../src/kubernetes/read-policy.ts';
import type { KubeKind } from '../../src/model/kubernetes.ts';
import { kubeConfigMap, kubeNode, kubePlugin, kubePod, sliced } from '../kube/objects.ts';

const fixtures = join(import.meta.dirname, '../../../shared/fixtures/k8s');
const fixture = (path: string): string => readFileSync(join(fixtures, path), 'utf8');
const items = (path: string): readonly unknown[] => JSON.parse(fixture(path)).items;

describe.runIf(existsSync(fixtures))('real objects (../shared/fixtures)', () => {
  test('nodes: capacity, MIG slices and labels', () => {
    const nodes = items('nodes/runai-nodes.list.json').map(readNode);
    expect(nodes.map((node) => [node?.name, node?.ready, node?.capacity])).toEqual([
      ['qa-mig-worker-gpu-1', 'yes', { 'nvidia.com/gpu': 2 }],
      [
        'qa-mig-worker-gpu-a100',
        'yes',
        { 'nvidia.com/gpu': 0, 'nvidia.com/mig-1g.5gb': 2, 'nvidia.com/mig-2g.10gb': 1, 'nvidia.com/mig-3g.20gb': 0 },
      ],
      [
        'qa-mig-worker-gpu-a100',
        'yes',
        {
          'nvidia.com/gpu': 0,
          'nvidia.com/mig-1g.5gb': 0,
          'nvidia.com/mig-2g.10gb': 0,
          'nvidia.com/mig-3g.20gb': 0,
          'nvidia.com/mig-7g.40gb': 1,
        },
      ],
    ]);
  });

  test('pods: what they ask for, their owner and their phase', () => {
    const pods = items('pods/runai-pods.list.json').map(readPod);
    expect(pods.map((pod) => [pod?.name, pod?.phase, pod?.requests, pod?.owner?.kind])).toEqual([
      ['job-2-0-0', 'Running', {}, 'RunaiJob'],
      ['frac-1-0-0', 'Running', {}, 'RunaiJob'],
      ['runai-reservation-gpu-i-0b498db53280b86a6-fzdhl', 'Running', { 'nvidia.com/gpu': 1 }, undefined],
    ]);
  });

  test('policies: which ConfigMap the device plugin is told to take', () => {
    const policy = readPolicy(parse(fixture('clusterpolicy/v1_clusterpolicy.yaml')));
    expect(policy).toEqual({ name: 'gpu-cluster-policy', isPluginEnabled: true });
  });

  test("values of NVIDIA's charts of today set no key that those charts no longer read", () => {
    const keys = ['values/gpu-operator-values.yaml', 'values/nvidia-device-plugin-values.yaml'].flatMap(
      (path) => readDeclared(path, fixture(path)).changedKeys ?? [],
    );
    expect(keys.map(({ key, line }) => [key.path.join('.'), key.readSince, line])).toEqual([['config', 'v0.12.0', 20]]);
  });

  test.each([
    ['gitops/mitchross-gpu-operator-kustomization.yaml', 'kustomization', 'time-slicing-config', 'config.yaml', []],
    [
      'gitops/mitchross-time-slicing-config.yaml',
      'config-map',
      'time-slicing-config',
      undefined,
      ['config.yaml: none'],
    ],
    ['gitops/goldentooth-nvidia-release.yaml', 'values', 'nvidia-device-plugin-config', 'config.yaml', []],
    [
      'gitops/goldentooth-time-slicing-config.yaml',
      'config-map',
      'nvidia-device-plugin-config',
      undefined,
      ['config.yaml: 4'],
    ],
    [
      'timeslicing/nv-time-slicing-config-fine.yaml',
      'config-map',
      'time-slicing-config-fine',
      undefined,
      ['a100-40gb: 8', 'tesla-t4: 4'],
    ],
    ['values/gpu-operator-values.yaml', 'values', undefined, undefined, []],
  ] as const)('%s declares what it says', (path, kind, name, defaultKey, configs) => {
    const declared = readDeclared(path, fixture(path));
    expect({
      kind: declared.kind,
      name: declared.name,
      defaultKey: declared.defaultKey,
      dropped: declared.dropped,
      configs: Object.entries(declared.configs).map(
        ([key, { resources }]) => `${key}: ${resources[0]?.replicas ?? 'none'}`,
      ),
    }).toEqual({ kind, name, defaultKey, dropped: undefined, configs });
  });
});

const samples = {
  nodes: kubeNode('gpu-0', { cards: 2, gpus: 8, cordoned: true }),
  pods: kubePod('a', { node: 'gpu-0', gpus: 1, owner: { kind: 'Job', name: 'a' }, reason: 'Error', message: 'x' }),
  configMaps: kubeConfigMap('config', { any: sliced(4), other: 'version: v1\nsharing: [' }),
  daemonSets: kubePlugin('config', 'any'),
  policies: { metadata: { name: 'p' }, spec: { devicePlugin: { config: { name: 'config' } } } },
} as const satisfies Record<KubeKind, object>;

/** Every value with one of its parts replaced by something that does not belong there. */
function* mutations(value: unknown): Generator<unknown> {
  for (const odd of [null, 7, 'x'.repeat(9_999), [], {}, true, '\u001b[2J']) yield odd;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const changed of mutations(item)) yield value.with(index, changed);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      for (const changed of mutations(item)) yield { ...value, [key]: changed };
  }
}

describe.each(Object.entries(samples))('%s', (name, sample) => {
  test('whatever stands where, the reader yields an object or none', () => {
    const { read } = Object.entries(kinds).find(([kind]) => kind === name)?.[1] ?? { read: () => undefined };
    let count = 0;
    for (const object of mutations(sample)) {
      read(object);
      count += 1;
    }
    expect(count).toBeGreaterThan(30);
    expect(read(sample)).toMatchSnapshot();
  });
});

describe('a declared file', () => {
  test('cut anywhere, it is a declaration or says why not', () => {
    const text = `devicePlugin:\n  config:\n    name: a\n    default: "0"\n    data:\n      any: |-\n        ${sliced(4).replaceAll('\n', '\n        ')}\n`;
    for (let end = 0; end <= text.length; end += 1) {
      const { kind, because } = readDeclared('f', text.slice(0, end));
      expect(kind === 'values' || because !== undefined).toBe(true);
    }
  });

  test.each([
    ['valuesObject:', 15],
    ['values: |', 11],
  ] as const)('an Application of Argo CD declares what its helm.%s holds', (key, line) => {
    const values = 'devicePlugin:\n  config:\n    name: slices\n    sharing: {}\n';
    const text = `kind: Application
spec:
  source:
    path: apps
  sources:
    - chart: cert-manager
      helm:
        values: 'devicePlugin: {}'
    - chart: gpu-operator
      helm:
        ${key}
          ${values.trimEnd().replaceAll('\n', '\n          ')}
`;
    const { kind, name, dropped } = readDeclared('app.yaml', text);
    expect([kind, name, dropped?.path, dropped?.line]).toEqual([
      'values',
      'slices',
      'devicePlugin.config.sharing',
      line,
    ]);
  });

  test("values of the device plugin's own chart are known by what only it has, also beside its devicePlugin.enabled", () => {
    const text = `devicePlugin: { enabled: true }\nconfig:\n  map:\n    any: |-\n      ${sliced(4).replaceAll('\n', '\n      ')}\n`;
    expect(readDeclared('f', text).configs).toMatchObject({ any: { resources: [{ replicas: 4 }] } });
  });

  test('an expanding alias is no way to fill the memory', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefg'[index]}`).join(',')}]`)
      .join('\n')}\n`;
    expect(readDeclared('f', bomb).kind).toBe('unreadable');
  });
});

describe('a dcgm-exporter', () => {
  const port = (labels: object, ports: readonly unknown[]): number | undefined => {
    const pod = kubePod('x', { node: 'gpu-0' });
    const spec = { nodeName: 'gpu-0', containers: [{ name: 'exporter', ports }] };
    return readPod({ ...pod, metadata: { ...pod.metadata, labels }, spec })?.exporterPort;
  };
  const chart = { 'app.kubernetes.io/name': 'dcgm-exporter' };

  test.each([
    ['of the operator', { app: 'nvidia-dcgm-exporter' }, [{ name: 'metrics', containerPort: 9_400 }], 9_400],
    ['with a port of its own', chart, [{ containerPort: 80 }, { name: 'metrics', containerPort: 9_500 }], 9_500],
    ['without a port', chart, [], 9_400],
    ['with a port that is none', chart, [{ name: 'metrics', containerPort: '9400/../../..' }], 9_400],
    ['with a port beyond all', chart, [{ name: 'metrics', containerPort: 70_000 }], 9_400],
    ['that is another pod', { app: 'dcgm-exporter-dashboard' }, [{ name: 'metrics', containerPort: 9_400 }], undefined],
  ])('%s is known by its labels, and asked on a port that is one', (_, labels, ports, expected) => {
    expect(port(labels, ports)).toBe(expected);
  });
});
