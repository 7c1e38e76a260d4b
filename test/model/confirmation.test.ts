import { expect, test } from 'vitest';
import type { Condition } from '../../src/model/condition.ts';
import { phraseFor } from '../../src/model/confirmation.ts';
import { absolutePath, devicePath, nodeName } from '../../src/model/ids.ts';
import type { Plan, Step } from '../../src/model/plan.ts';

const BASE = {
  title: 'x',
  run: { argv: ['true'] },
  as: 'root',
  done: 'exit-code',
  timeoutMs: 1,
  preview: [],
  undo: [],
  warnings: [],
} as const satisfies Partial<Step>;

const destroying = (...guard: readonly [Condition, ...Condition[]]): Plan => ({
  kind: 'change',
  title: 'x',
  stages: [{ title: 'x', jobs: [{ node: nodeName('nfs-a'), steps: [{ ...BASE, risk: 'destroys-data', guard }] }] }],
  already: [],
  refused: [],
});

const device = devicePath('/dev/sdb1');
const filesystem: Condition = { kind: 'filesystem', device, fsType: 'ext4', label: 'data' };

test.each<readonly [string, Plan]>([
  [
    'erase S1 on nfs-a',
    destroying(filesystem, { kind: 'same-disk', disk: { path: device, serial: 'S1', sizeBytes: 1 } }),
  ],
  ['erase data on nfs-a', destroying(filesystem)],
  ['erase /dev/sdb1 on nfs-a', destroying({ kind: 'filesystem', device, fsType: 'ext4' })],
  [
    'erase /srv/old on nfs-a',
    destroying({
      kind: 'entries-same',
      folder: absolutePath('/srv'),
      folderId: '1:2',
      entries: [{ name: 'old', id: '1:3' }],
    }),
  ],
  ['erase 1 on nfs-a', destroying({ kind: 'not-mounted', target: absolutePath('/data') })],
])('what destroys data is confirmed with %s', (phrase, plan) => {
  expect(phraseFor(plan)?.phrase).toBe(phrase);
});
