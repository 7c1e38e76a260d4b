// Sharing that two places set: each pair is refused with both places and with who wins, as Helm, kustomize, Argo CD and Flux have it.
import { expect, test } from 'vitest';
import { editSharing } from '../../src/sharing/edit.ts';
import { below, configBlock, file, GPU, sharingBlock } from './support.ts';

const values = (replicas: number): string =>
  `devicePlugin:\n${below(configBlock(sharingBlock(replicas), 'slices', 'any'), 2)}`;
const map = (name: string, namespace: string): string =>
  `kind: ConfigMap\nmetadata: { name: ${name}, namespace: ${namespace} }\ndata:\n  any: |-\n    version: v1\n`;
const kustomization = `kind: Kustomization
helmCharts:
  - name: gpu-operator
    valuesFile: values.yaml
    valuesInline:
${below(values(2), 6)}`;
const application = (...keys: readonly string[]): string => `kind: Application
spec:
  source:
    chart: gpu-operator
    helm:
${keys.map((key) => `      ${key}\n${below(values(2), 8)}`).join('')}`;
const release = `kind: HelmRelease
spec:
  chart:
    spec:
      chart: gpu-operator
  values:
${below(values(2), 4)}`;
const DROPPED = `devicePlugin:\n${below(sharingBlock(4), 2)}`;

const because = (...texts: readonly string[]) => {
  const files = texts.map((text, index) => file(text, `${'abc'[index]}.yaml`));
  const result = editSharing(files, { replicas: 6, resource: GPU });
  return result.kind === 'refused' ? result.because : result;
};

test.each([
  [
    'two value files',
    [values(2), values(4)],
    'both a.yaml:3 and b.yaml:3 configure the device plugin: of several value files Helm lets the one named last win',
  ],
  [
    'a value file and one with a block that no chart reads',
    [values(2), DROPPED],
    'both a.yaml:3 and b.yaml:1 configure the device plugin: of several value files Helm lets the one named last win',
  ],
  [
    'a kustomization and its values file',
    [kustomization, values(4)],
    'both a.yaml:8 and b.yaml:3 configure the device plugin: kustomize lets valuesInline win over valuesFile',
  ],
  [
    'an Application and its value file',
    [application('valuesObject:'), values(4)],
    'both a.yaml:9 and b.yaml:3 configure the device plugin: Argo CD lets values and valuesObject win over valueFiles',
  ],
  [
    'an Application twice',
    [application('values: |', 'valuesObject:')],
    'both a.yaml:23 and a.yaml:9 configure the device plugin: Argo CD takes valuesObject and leaves values',
  ],
  [
    'a HelmRelease and values it takes from elsewhere',
    [release, values(4)],
    'both a.yaml:9 and b.yaml:3 configure the device plugin: Flux lets values win over valuesFrom',
  ],
  [
    'one ConfigMap in two files',
    [map('slices', 'gpu'), map('slices', 'gpu')],
    'both a.yaml:1 and b.yaml:1 are the ConfigMap slices: kustomize builds no two of one name, kubectl leaves the one applied last',
  ],
  [
    'values and a ConfigMap of the name they make',
    [values(2), map('slices', 'gpu')],
    'both a.yaml:7 and b.yaml:1 say what ConfigMap slices holds: the chart makes it of the values only with create: true',
  ],
  [
    'two bare configurations',
    ['version: v1\nflags: {}\n---\nversion: v1\nflags: {}\n'],
    'both a.yaml:1 and a.yaml:4 are configurations',
  ],
])('%s', (_, texts, sentence) => {
  expect(because(...texts)).toBe(sentence);
});

test('a ConfigMap of the same name in another namespace is another one, and values with their own ConfigMap are one declaration', () => {
  expect(because(map('slices', 'gpu'), map('slices', 'other'))).toBe('both a.yaml:1 and b.yaml:1 hold configurations');
  const pointing = 'devicePlugin:\n  config:\n    name: slices\n    default: any\n';
  expect(because(pointing, map('slices', 'gpu'))).toMatchObject({ kind: 'edited', config: 'any' });
});
