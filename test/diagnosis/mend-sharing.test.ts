// Findings about sharing name the plan that mends them: a filled form of time-slice, and the same as a command.
import { expect, test } from 'vitest';
import { timeSlice } from '../../src/actions/time-slice.ts';
import { wishOf } from '../../src/actions/time-slice-input.ts';
import { readDeclared } from '../../src/kubernetes/declared.ts';
import type { Finding } from '../../src/model/finding.ts';
import { nodeName } from '../../src/model/ids.ts';
import { readInput } from '../../src/model/input.ts';
import { CONFIG_LABEL } from '../../src/model/plugin-choice.ts';
import { editSharing } from '../../src/sharing/edit.ts';
import { kubeAll, SEED_VALUES } from '../kube/cluster.ts';
import { kubeConfigMap, kubeNode, kubePlugin, sliced } from '../kube/objects.ts';
import { inventory } from '../store/builders.ts';
import { foundIn, watched } from './support.ts';

const MAP = 'time-slicing-config';
const fleet = inventory([], { clusters: [{ name: 'talos' }] });
const wishing = inventory(['gpu-0'], {
  clusters: [{ name: 'talos' }],
  sharing: [{ nodes: [nodeName('gpu-0')], replicas: 2, resource: 'nvidia.com/gpu', renameByDefault: true }],
});
const well = {
  nodes: [kubeNode('gpu-0', { cards: 2, gpus: 8 })],
  configMaps: [kubeConfigMap(MAP, { plain: 'version: v1\n', any: sliced(4) })],
  daemonSets: [kubePlugin(MAP, 'any')],
};
const labelled = (value: string) => [kubeNode('gpu-0', { cards: 2, gpus: 8, labels: { [CONFIG_LABEL]: value } })];
const values = (rest: string): string => `devicePlugin:\n  config:\n    create: true\n    name: ${MAP}\n${rest}`;

function mended(findings: readonly Finding[], rule: string) {
  const finding = findings.find((each) => each.rule === rule);
  const command = /"(muster plan [^"]+)"/.exec(finding?.nextMove ?? '')?.[1];
  return { command, mend: finding?.mend };
}

/** What the form makes of the fields; throws what it would say. */
function inputOf(mend: Finding['mend']) {
  const read = readInput(timeSlice.fields, mend?.fields ?? {}, fleet);
  if (read.kind !== 'input') throw new Error(JSON.stringify(read.problems));
  return read.input;
}

test.each([
  [
    'sharing-dropped',
    () => foundIn(fleet, kubeAll({ nodes: well.nodes }, SEED_VALUES)),
    'muster plan time-slice --cluster talos --replicas 4',
    { cluster: 'talos', replicas: '4' },
  ],
  [
    'sharing-default',
    () => foundIn(fleet, kubeAll(well, values('    default: "0"\n    data:\n      any: |-\n        version: v1\n'))),
    'muster plan time-slice --cluster talos --config any --replicas 1',
    { cluster: 'talos', config: 'any', replicas: '1' },
  ],
  [
    'sharing-label',
    () => foundIn(fleet, kubeAll({ ...well, nodes: labelled('tesla') })),
    'muster plan time-slice --cluster talos --nodes gpu-0 --config any --replicas 4',
    { cluster: 'talos', nodes: 'gpu-0', config: 'any', replicas: '4' },
  ],
  [
    'sharing-unchosen',
    () => foundIn(fleet, kubeAll({ ...well, daemonSets: [kubePlugin(MAP)] })),
    'muster plan time-slice --cluster talos --nodes gpu-0 --config any --replicas 4',
    { cluster: 'talos', nodes: 'gpu-0', config: 'any', replicas: '4' },
  ],
  [
    'sharing-drifted',
    () => foundIn(wishing, kubeAll(well)),
    'muster plan time-slice --cluster talos --nodes gpu-0 --config any --replicas 2 --rename true',
    { cluster: 'talos', nodes: 'gpu-0', config: 'any', replicas: '2', rename: 'true' },
  ],
  [
    'sharing-not-taken',
    () => {
      const waiting = watched(fleet);
      waiting.at(0, kubeAll({ ...well, nodes: [kubeNode('gpu-0', { cards: 2 })] }));
      return waiting.at(120_000);
    },
    'muster plan time-slice --cluster talos --config any --replicas 4',
    { cluster: 'talos', config: 'any', replicas: '4' },
  ],
] as const)('%s names the command and fills the form with the same', (rule, findings, command, fields) => {
  const found = mended(findings(), rule);
  expect(found).toEqual({ command, mend: { action: 'time-slice', fields } });
  expect(inputOf(found.mend)).toMatchObject({ replicas: Number(fields.replicas), resource: 'nvidia.com/gpu' });
});

test.each([
  ['sharing-dropped', SEED_VALUES],
  [
    'sharing-dropped',
    'devicePlugin:\n  sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}\n  enabled: true\n',
  ],
  [
    'sharing-default',
    values('    default: "0"\n    data:\n      a: |-\n        version: v1\n      b: |-\n        version: v1\n'),
  ],
])('what %s fills in mends the file of Git', (rule, text) => {
  const { mend } = mended(foundIn(fleet, kubeAll({ nodes: well.nodes }, text)), rule);
  const edit = editSharing([{ path: 'values.yaml', text }], wishOf(inputOf(mend)));
  const after = edit.kind === 'edited' ? (edit.files[0]?.text ?? '') : '';
  const declared = readDeclared('values.yaml', after);
  expect(declared.dropped).toBeUndefined();
  expect(Object.keys(declared.configs)).toContain(declared.defaultKey);
  expect(foundIn(fleet, kubeAll({ nodes: well.nodes }, after)).map((finding) => finding.rule)).not.toContain(rule);
});

test.each([
  ['shared by MPS', SEED_VALUES.replace('timeSlicing', 'mps')],
  ['of two resources', `${SEED_VALUES}          - name: nvidia.com/mig-1g.5gb\n            replicas: 2\n`],
])('a block %s is moved by hand: no plan does it', (_, text) => {
  const [finding] = foundIn(fleet, kubeAll({ nodes: well.nodes }, text)).filter(
    ({ rule }) => rule === 'sharing-dropped',
  );
  expect([finding?.mend, finding?.nextMove]).toEqual([undefined, expect.stringMatching(/^Move it into the data/)]);
});

test('a node whose configuration others take as well, and are to keep, gets one of its own', () => {
  const nodes = [...well.nodes, kubeNode('gpu-1', { cards: 2, gpus: 8 })];
  const { mend } = mended(foundIn(wishing, kubeAll({ ...well, nodes })), 'sharing-drifted');
  expect(mend?.fields).toEqual({
    cluster: 'talos',
    nodes: 'gpu-0',
    config: 'slices-2',
    replicas: '2',
    rename: 'true',
  });
});
