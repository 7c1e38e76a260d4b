// Every shape in which sharing is declared, and every one that must be refused.
import { expect, test } from 'vitest';
import { editSharing } from '../../src/sharing/edit.ts';
import { added, below, difference, edit, edited, file, GPU, sharingBlock } from './support.ts';

const SEED = `# GPUs
devicePlugin:
  config:
    name: "time-slicing-config"
    default: "0"
    # four each
    sharing:
      timeSlicing:
        renameByDefault: false # as ever
        resources:
          - name: nvidia.com/gpu
            replicas: 4
  enabled: true # the rest stays
`;

test('a sharing block that no chart reads moves to where it has an effect, with its comments', () => {
  const result = edit(SEED, { replicas: 6 });
  expect(edited(result, 'values.yaml')).toBe(`# GPUs
devicePlugin:
  config:
    name: "time-slicing-config"
    default: "time-slicing"
    # four each
    create: true
    data:
      time-slicing: |-
        version: v1
        sharing:
          timeSlicing:
            renameByDefault: false # as ever
            resources:
              - name: nvidia.com/gpu
                replicas: 6
  enabled: true # the rest stays
`);
  expect(result).toMatchObject({
    config: 'time-slicing',
    changes: [
      'values.yaml:7: moves a sharing block from where no chart reads it',
      'nvidia.com/gpu: 6 slices per card, was 4',
      'values.yaml:4: the chart makes a ConfigMap with the configuration time-slicing',
      'values.yaml:4: create: true, so that the chart makes the ConfigMap',
      'values.yaml:4: default: time-slicing, a key that is there',
    ],
  });
});

const MAP = `kind: ConfigMap
metadata:
  name: time-slicing-config
data:
  any: |
    version: v1
    sharing:
      timeSlicing:
        resources:
        - name: nvidia.com/gpu
          replicas: 2
`;

test('a block no chart reads is taken away where the ConfigMap it should be in is there, and default names its key', () => {
  const result = editSharing([file(SEED), file(MAP, 'map.yaml')], { replicas: 4, resource: GPU });
  expect(difference(SEED, edited(result, 'values.yaml'))).toEqual([
    '-    default: "0"',
    '+    default: "any"',
    '-    sharing:',
    '-      timeSlicing:',
    '-        renameByDefault: false # as ever',
    '-        resources:',
    '-          - name: nvidia.com/gpu',
    '-            replicas: 4',
  ]);
  expect(difference(MAP, edited(result, 'map.yaml'))).toEqual(['-          replicas: 2', '+          replicas: 4']);
});

test('values in a text within an Application are changed in place, two blocks deep', () => {
  const text = `kind: Application
spec:
  source:
    chart: gpu-operator
    helm:
      values: |
        devicePlugin:
          config:
            create: true
            default: any
            data:
              any: |-
                version: v1
                sharing:
                  timeSlicing:
                    resources:
                    - name: nvidia.com/gpu
                      replicas: 2 # was one

        driver: {enabled: false}
  destination: {}
`;
  expect(difference(text, edited(edit(text), 'values.yaml'))).toEqual([
    '-                      replicas: 2 # was one',
    '+                      replicas: 4 # was one',
  ]);
});

test('a configuration of a new name is added beside the others, and the default stays', () => {
  expect(difference(MAP, edited(edit(MAP, { config: 'workers' }), 'values.yaml'))).toEqual(
    added(`workers: |-\n  version: v1\n${below(sharingBlock(4), 2)}`, 2),
  );
});

test('of several resources only the one is taken out when its sharing ends', () => {
  const text = `version: v1
sharing:
  timeSlicing:
    resources:
    - name: nvidia.com/gpu
      replicas: 2
    # slices
    - name: nvidia.com/mig-1g.5gb
      replicas: 2
`;
  expect(difference(text, edited(edit(text, { replicas: 1 }), 'values.yaml'))).toEqual([
    '-    - name: nvidia.com/gpu',
    '-      replicas: 2',
  ]);
});

test.each([
  ['broken YAML', 'devicePlugin:\n  config: [\n', /^values\.yaml:\d+ is no YAML: .+/],
  ['a key said twice', 'devicePlugin: {}\ndevicePlugin: {}\n', /^values\.yaml:2 is no YAML: Map keys must be unique/],
  [
    'two documents that both configure the plugin',
    `${SEED}---\n${SEED}`,
    'both values.yaml:4 and values.yaml:18 configure the device plugin: Helm 3 reads the first document of a file alone, Helm 4 lets the later one win',
  ],
  [
    'one ConfigMap twice',
    `${MAP}---\n${MAP}`,
    'both values.yaml:1 and values.yaml:13 are the ConfigMap time-slicing-config: kustomize builds no two of one name, kubectl leaves the one applied last',
  ],
  [
    'two ConfigMaps',
    `${MAP}---\n${MAP.replace('time-slicing-config', 'other')}`,
    'both values.yaml:1 and values.yaml:13 hold configurations',
  ],
  ['no sharing at all', 'kind: Deployment\n', /^none of the files holds values/],
  [
    'MPS',
    'version: v1\nsharing:\n  mps:\n    resources:\n    - {name: nvidia.com/gpu, replicas: 2}\n',
    'values.yaml:1 shares by MPS; a node shares by MPS or by time-slicing, so take the mps block out first',
  ],
  [
    'a configuration within quotes',
    'kind: ConfigMap\ndata:\n  any: "version: v1\\n"\n',
    'values.yaml:3 holds the configuration as a quoted text; write it as a block (|), then try again',
  ],
  [
    'a folded configuration',
    'kind: ConfigMap\ndata:\n  any: >\n    version: v1\n',
    'values.yaml:3 holds the configuration as a folded text; write it as a block (|), then try again',
  ],
  [
    'several configurations, none of them the default',
    MAP.replace('  any: |', '  other: |\n    version: v1\n  any: |'),
    'values.yaml:5 holds the configurations other, any',
  ],
  [
    'a list within braces that would have to be written anew',
    'version: v1\nsharing: {timeSlicing: {resources: [{name: other, replicas: 2}]}}\n',
    'values.yaml:1 cannot be changed line by line without a rewrite',
  ],
])('%s is refused in one sentence with its place', (_, text, because) => {
  const result = edit(text);
  expect(result.kind).toBe('refused');
  if (result.kind !== 'refused') return;
  if (typeof because === 'string') expect(result.because).toBe(because);
  else expect(result.because).toMatch(because);
  expect(result.because).not.toContain('\n');
});

test('a name that no ConfigMap could have is refused', () => {
  expect(edit(MAP, { config: 'a b' })).toEqual({
    kind: 'refused',
    because: '"a b" cannot name a configuration',
    tryThis: 'use letters, digits, dots and dashes, 63 at most',
  });
});

test('a default that names no key is mended where a configuration is named; one that works stays', () => {
  const values = (name: string): string =>
    `devicePlugin:\n  config:\n    create: true\n    default: ${name}\n    data:\n      any: |-\n        version: v1\n      more: |-\n        version: v1\n`;
  const asWished = { config: 'more', replicas: 1 };
  expect(difference(values('"0"'), edited(edit(values('"0"'), asWished), 'values.yaml'))).toEqual([
    '-    default: "0"',
    '+    default: "more"',
  ]);
  expect(edit(values('any'), asWished)).toEqual({ kind: 'as-wished', config: 'more' });
});
