// Rules about the file of Git that declares the sharing: what has no effect, what says two things, what the chart's version does not read.
import { describe, expect, test } from 'vitest';
import { kubeAll, SEED_VALUES, SHARED_CLUSTER as well } from '../kube/cluster.ts';
import { kubeNode, kubePlugin, sliced } from '../kube/objects.ts';
import { inventory } from '../store/builders.ts';
import { foundIn, told } from './support.ts';

const fleet = inventory([], { clusters: [{ name: 'talos' }] });

const map = (name: string): string => `kind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  any: 'version: v1'\n`;

describe('the Git file', () => {
  test("the seed's own values have no effect, and the corrected text is in the explanation", () => {
    const [finding] = foundIn(fleet, kubeAll({ nodes: [kubeNode('gpu-0', { cards: 2 })] }, SEED_VALUES)).filter(
      ({ rule }) => rule === 'sharing-dropped',
    );
    expect(finding?.title).toBe(
      "values.yaml:6: devicePlugin.config.sharing is read by no template of NVIDIA's chart, so the GPUs are not shared",
    );
    expect(finding?.explanation?.slice(3)).toEqual([
      'Corrected:',
      'devicePlugin:',
      '  config:',
      '    create: true',
      '    name: time-slicing-config',
      '    default: time-slicing',
      '    data:',
      '      time-slicing: |-',
      '        version: v1',
      '        sharing:',
      '          timeSlicing:',
      '            resources:',
      '              - name: nvidia.com/gpu',
      '                replicas: 4',
    ]);
  });

  test('with broken YAML names its line; the cluster is read all the same', () => {
    const findings = foundIn(fleet, kubeAll(well, 'devicePlugin:\n  config: {\n'));
    expect(told(findings)).toHaveLength(1);
    expect(findings[0]?.title).toMatch(/^values\.yaml: line 3: /);
  });

  test('that sets one key twice says both lines', () => {
    const twice = `devicePlugin:\n  config:\n    name: a\n    default: any\n    data:\n      any: |-\n        version: v1\n---\nkind: ConfigMap\ndata:\n  any: |-\n    version: v1\n`;
    expect(told(foundIn(fleet, kubeAll(well, twice)))).toEqual([
      'warning: values.yaml: lines 6 and 11 both set the key any',
    ]);
  });

  test.each([
    [
      'two documents of values',
      `${SEED_VALUES}---\n${SEED_VALUES}`,
      'lines 3 and 16 both configure the device plugin: Helm 3 reads the first document of a file alone, Helm 4 lets the later one win',
    ],
    [
      'values that stand in a later document',
      `driver: { enabled: false }\n---\n${SEED_VALUES}`,
      'line 5 configures the device plugin in a later document: Helm 3 reads the first document of a file alone, Helm 4 lets the later one win',
    ],
    [
      'values and valuesObject of an Application',
      `kind: Application\nspec:\n  source:\n    chart: gpu-operator\n    helm:\n      values: |\n        devicePlugin: { config: { name: a } }\n      valuesObject:\n        devicePlugin: { config: { name: b } }\n`,
      'lines 9 and 6 both configure the device plugin: Argo CD takes valuesObject and leaves values',
    ],
    [
      'one ConfigMap twice',
      `${map('slices')}---\n${map('slices')}`,
      'lines 3 and 9 both name the ConfigMap slices: kustomize builds no two of one name, kubectl leaves the one applied last',
    ],
  ])('with %s says both places and which of them wins', (_, text, because) => {
    const findings = foundIn(fleet, kubeAll(well, text)).filter(({ rule }) => rule === 'sharing-twice');
    expect(told(findings)).toEqual([`warning: values.yaml: ${because}`]);
  });

  test('with another chart whose values have a config of their own beside the operator contradicts nothing', () => {
    const text = `kind: Kustomization
helmCharts:
  - name: gpu-operator
    valuesInline:
      devicePlugin: { config: { name: time-slicing-config, default: any } }
  - name: external-dns
    valuesInline:
      config: { name: other, default: none }
`;
    expect(told(foundIn(fleet, kubeAll(well, text)))).toEqual([]);
    const fromGit = text.replace('name: external-dns', 'repo: apps/dns');
    expect(told(foundIn(fleet, kubeAll(well, fromGit)))).toEqual([]);
  });

  test('with two ConfigMaps of other names and the same key contradicts nothing', () => {
    expect(told(foundIn(fleet, kubeAll(well, `${map('slices')}---\n${map('other')}`)))).toEqual([]);
  });

  test('with a default that is no key says which keys there are', () => {
    const values = `devicePlugin:\n  config:\n    create: true\n    name: a\n    default: "0"\n    data:\n      any: |-\n        version: v1\n`;
    const findings = foundIn(fleet, kubeAll(well, values));
    expect(told(findings)).toEqual([
      'critical: the device plugin of gpu-0 cannot start its configuration: values.yaml: default "0" is no key of the data, which has any',
    ]);
    expect(findings[0]?.explanation?.at(-1)).toBe('default: any');
  });
});

describe('a key that the version of the chart does not read', () => {
  const operator = 'devicePlugin: { enabled: true }\ndriver:\n  useOpenKernelModules: true\n';
  const release = (chart: string, version: string, values: string): string =>
    `kind: HelmRelease\nspec:\n  chart:\n    spec:\n      chart: ${chart}\n      version: "${version}"\n  values:\n${values.replaceAll(/^(?=.)/gm, '    ')}`;
  const kustomization = `kind: Kustomization
helmCharts:
  - name: gpu-operator
    version: v26.7.0
    valuesInline:
      node-feature-discovery: { enableNodeFeatureApi: true }
`;
  const application = `kind: Application
spec:
  source:
    chart: nvidia-device-plugin
    targetRevision: 0.18.x
    helm:
      valuesObject:
        nfd: { enableNodeFeatureApi: false }
`;
  const slices = `config:\n  map:\n    any: |-\n      ${sliced(4).replaceAll('\n', '\n      ')}\n`;
  const titlesOf = (file: string, objects = well): readonly string[] => told(foundIn(fleet, kubeAll(objects, file)));

  test.each([
    [
      release('gpu-operator', 'v25.10.1', operator),
      'warning: values.yaml:10: driver.useOpenKernelModules is not read by gpu-operator v25.10.1; write driver.kernelModuleType (open, proprietary or auto)',
    ],
    [
      kustomization,
      'notice: values.yaml:6: node-feature-discovery.enableNodeFeatureApi is not read by gpu-operator v26.7.0; take it out, the NodeFeature API is always on',
    ],
    [
      application,
      'notice: values.yaml:8: nfd.enableNodeFeatureApi is not read by nvidia-device-plugin 0.18.x; take it out, the NodeFeature API is always on',
    ],
    [
      release('nvidia-device-plugin', '0.15.0', 'legacyDaemonsetAPI: false\n'),
      'notice: values.yaml:8: legacyDaemonsetAPI is not read by nvidia-device-plugin 0.15.0; take it out, only Kubernetes before 1.16 needed it',
    ],
    [
      release('nvidia-device-plugin', '0.11.0', slices),
      'critical: values.yaml:8: config is not read by nvidia-device-plugin 0.11.0; take version v0.12.0 or a newer one of the chart, the first that shares GPUs',
    ],
  ])('is told with file, line, key, version and what to do: %#', (file, title) => {
    expect(titlesOf(file)).toEqual([title]);
  });

  test('is no finding where the version still reads it, or where only a range of versions is named', () => {
    for (const version of ['v24.9.2', '>=24.0.0', '*', '^25.3.0', ''])
      expect(titlesOf(release('gpu-operator', version, operator))).toEqual([]);
    expect(titlesOf(release('nvidia-device-plugin', 'v0.12.0', slices))).toEqual([]);
  });

  test('is judged by the version that made the objects of the cluster where the file names none', () => {
    const labelled = (chart: string) => {
      const plugin = kubePlugin('time-slicing-config', 'any');
      return {
        ...well,
        daemonSets: [{ ...plugin, metadata: { ...plugin.metadata, labels: { 'helm.sh/chart': chart } } }],
      };
    };
    expect(titlesOf(operator)).toEqual([]);
    expect(titlesOf(operator, labelled('gpu-operator-v24.9.2'))).toEqual([]);
    expect(titlesOf(operator, labelled('another-v26.7.0'))).toEqual([]);
    expect(titlesOf(operator, labelled('gpu-operator-v26.7.0'))).toEqual([
      'warning: values.yaml:3: driver.useOpenKernelModules is not read by gpu-operator v26.7.0; write driver.kernelModuleType (open, proprietary or auto)',
    ]);
  });
});
