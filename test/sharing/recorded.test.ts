// Declaring time-slicing in files that people keep in Git: nothing but the lines that must change does.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { editSharing } from '../../src/sharing/edit.ts';
import type { RepositoryFile } from '../../src/sharing/places.ts';
import type { SharingWish } from '../../src/sharing/work.ts';
import { added, below, configBlock, difference, edit, edited, file, GPU, sharingBlock } from './support.ts';

const shared = fileURLToPath(new URL('../../../shared', import.meta.url));
const recorded = join(shared, 'fixtures/k8s');

describe.runIf(existsSync(recorded))('in files that people keep', () => {
  const read = (path: string): RepositoryFile => file(readFileSync(join(recorded, path), 'utf8'), path);
  const slicing = `time-slicing: |-\n  version: v1\n${below(sharingBlock(8), 2)}`;
  const cases: readonly (readonly [string, readonly string[], Partial<SharingWish>, readonly string[]])[] = [
    ['timeslicing/nv-time-slicing-config-all.yaml', [], {}, ['-          replicas: 4', '+          replicas: 8']],
    [
      'timeslicing/nv-time-slicing-config-fine.yaml',
      [],
      { config: 'tesla-t4', renameByDefault: true },
      ['+        renameByDefault: true', '-          replicas: 4', '+          replicas: 8'],
    ],
    [
      'timeslicing/nv-time-slicing-config-fine.yaml',
      [],
      { config: 'a100-40gb', resource: 'nvidia.com/mig-1g.5gb' },
      ['-          replicas: 2', '+          replicas: 8'],
    ],
    [
      'timeslicing/nv-time-slicing-config-sample.yaml',
      [],
      { failRequestsGreaterThanOne: true },
      [
        '-        failRequestsGreaterThanOne: false',
        '+        failRequestsGreaterThanOne: true',
        '-            replicas: 4',
        '+            replicas: 8',
      ],
    ],
    ['timeslicing/gpu-operator-plugin-config.yaml', [], {}, ['-      replicas: 10', '+      replicas: 8']],
    [
      'timeslicing/redhat-cop-time-sliced-4-patch.yaml',
      [],
      {},
      ['-            replicas: 4', '+            replicas: 8'],
    ],
    [
      'gitops/mitchross-time-slicing-config.yaml',
      ['gitops/mitchross-gpu-operator-kustomization.yaml'],
      {},
      added(sharingBlock(8), 4),
    ],
    [
      'gitops/goldentooth-time-slicing-config.yaml',
      ['gitops/goldentooth-nvidia-release.yaml'],
      {},
      ['-            replicas: 4', '+            replicas: 8'],
    ],
    [
      'gitops/goldentooth-time-slicing-config.yaml',
      [],
      { replicas: 1 },
      [
        '-    sharing:',
        '-      timeSlicing:',
        '-        resources:',
        `-          - name: ${GPU}`,
        '-            replicas: 4',
      ],
    ],
    [
      'values/gpu-operator-values.yaml',
      [],
      {},
      [
        '-    create: false',
        '+    create: true',
        '-    name: ""',
        '+    name: "time-slicing-config"',
        '-    default: ""',
        '+    default: "time-slicing"',
        '-    data: {}',
        '+    data:',
        ...added(slicing, 6),
      ],
    ],
    [
      'values/nvidia-device-plugin-values.yaml',
      [],
      {},
      ['-  map: {}', '+  map:', ...added(slicing, 4), '-  default: ""', '+  default: "time-slicing"'],
    ],
    ['values/data-on-eks-gpu-operator.yaml', [], {}, added(`devicePlugin:\n${below(configBlock(sharingBlock(8)), 2)}`)],
  ];

  test.each(cases)('%s beside %j with %j changes only the lines that must', (path, others, more, lines) => {
    const files = [read(path), ...others.map(read)];
    const wish = { replicas: 8, resource: GPU, ...more };
    const [before] = files;
    const after = edited(editSharing(files, wish), path);
    expect(difference(before?.text ?? '', after)).toEqual(lines);
    expect(editSharing([file(after, path), ...files.slice(1)], wish).kind).toBe('as-wished');
    const windows = files.map((one) => ({ ...one, text: one.text.replaceAll('\n', '\r\n') }));
    expect(edited(editSharing(windows, wish), path)).toBe(after.replaceAll('\n', '\r\n'));
    const ends = files.map((one) => ({ ...one, text: one.text.replace(/\n$/, '') }));
    expect(edited(editSharing(ends, wish), path).trimEnd()).toBe(after.trimEnd());
  });

  test('a release whose ConfigMap stands in another file is refused with the name of what is missing', () => {
    expect(editSharing([read('gitops/goldentooth-nvidia-release.yaml')], { replicas: 8, resource: GPU })).toEqual({
      kind: 'refused',
      because:
        'gitops/goldentooth-nvidia-release.yaml:53 points to ConfigMap nvidia-device-plugin-config, which none of the files holds',
      tryThis: 'name its file, too',
    });
  });
});

describe.runIf(existsSync(join(shared, 'seeds')))('the values file of the GPU guide', () => {
  test('comes out in a shape the chart reads', () => {
    const seed = readFileSync(join(shared, 'seeds/004_39211c145262c916.txt'), 'utf8');
    const [, text = ''] = /# Located in \S+values\.yaml\n(devicePlugin:[\s\S]*?)```/.exec(seed) ?? [];
    expect(difference(text, edited(edit(text), 'values.yaml'))).toEqual([
      '-    default: "0"',
      '-    sharing:',
      '-      timeSlicing:',
      '-        renameByDefault: false',
      '-        failRequestsGreaterThanOne: false',
      '-        resources:',
      '-          - name: nvidia.com/gpu',
      '-            replicas: 4',
      '+    default: "time-slicing"',
      '+    create: true',
      '+    data:',
      '+      time-slicing: |-',
      '+        version: v1',
      '+        sharing:',
      '+          timeSlicing:',
      '+            renameByDefault: false',
      '+            failRequestsGreaterThanOne: false',
      '+            resources:',
      '+              - name: nvidia.com/gpu',
      '+                replicas: 4',
    ]);
  });
});
