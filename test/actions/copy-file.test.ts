// A file of the operator's machine on its way to nodes: what stands in the plan, what does not, and the bytes that arrive.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyFile } from '../../src/actions/copy-file.ts';
import type { FleetView, Input } from '../../src/model/action.ts';
import type { FileState } from '../../src/model/check.ts';
import { nodeName } from '../../src/model/ids.ts';
import { emptyInventory } from '../../src/model/inventory.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { readLocalFile } from '../../src/runner/local-file.ts';

const N1 = nodeName('n1');
const BYTES = Buffer.from([0, 255, 10, 0, 128, 13, 10]);

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function planOf(input: Input, path: string, there: FileState): Plan {
  const inventory = emptyInventory('test');
  const seen = {
    atMs: 0,
    facts: { privilege: { kind: 'root' as const } },
    checks: new Map([[`file ${path}`, there]]),
    failed: new Map(),
    absent: new Map(),
  };
  const fleet: FleetView = {
    inventory: { ...inventory, nodes: [{ name: N1, via: 'ssh', transport: 'auto', labels: {}, groups: [] }] },
    nodes: new Map([[N1, { name: N1, seen }]]),
    nowMs: 0,
    render: () => '',
    localFile: readLocalFile,
  };
  return copyFile.plan({ nodes: 'n1', path, mode: '0640', ...input }, fleet);
}

function stepOf(plan: Plan): Step {
  if (plan.kind !== 'change') throw new Error(JSON.stringify(plan));
  return plan.stages[0].jobs[0].steps[0];
}

test('a binary file arrives byte for byte and stands in no plan', () => {
  const folder = folderOf();
  const [from, to] = [join(folder, 'tool'), join(folder, 'copy')];
  writeFileSync(from, BYTES);
  const step = stepOf(planOf({ file: from }, to, { kind: 'none' }));
  expect(JSON.stringify(step)).not.toContain(BYTES.toString('base64'));
  expect([step.run.localFile?.path, step.run.stdin]).toEqual([from, undefined]);
  const ran = spawnSync('sh', step.run.argv.slice(1), { input: readFileSync(from).toString('base64') });
  expect([ran.status, readFileSync(to)]).toEqual([0, BYTES]);
});

test('a text is shown as a difference, and not where it is private', () => {
  const folder = folderOf();
  const from = join(folder, 'token');
  writeFileSync(from, 'hunter2\n');
  expect(stepOf(planOf({ file: from }, '/etc/token', { kind: 'none' })).preview).toEqual([
    { kind: 'file', path: '/etc/token', after: 'hunter2\n' },
  ]);
  const hidden = planOf({ file: from, isPrivate: true }, '/etc/token', { kind: 'none' });
  expect(JSON.stringify(hidden)).not.toContain('hunter2');
});

test('what cannot be copied is refused in one sentence: a folder, nothing, too much, two sources', () => {
  const folder = folderOf();
  const large = join(folder, 'large');
  writeFileSync(large, Buffer.alloc(4 * 1024 * 1024 + 1));
  const because = (input: Input): string => {
    const plan = planOf(input, '/etc/x', { kind: 'none' });
    return plan.kind === 'refused' ? plan.because : plan.kind;
  };
  expect(because({ file: folder })).toBe(`${folder} is no file`);
  expect(because({ file: join(folder, 'none') })).toContain('no such file');
  expect(because({ file: large })).toBe(`${large} has 4.0M; files of at most 4.0M are copied`);
  expect(because({ file: large, text: ['a'] })).toBe('a local file is named, and a template or a text as well');
});
