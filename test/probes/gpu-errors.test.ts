import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { gpuErrors } from '../../src/probes/gpu-errors.ts';
import { linksIn } from '../../src/probes/gpu-health.ts';
import { project } from './nvidia-smi.ts';
import { capture, describeCaptures, failureOf, parse } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-gpu-errors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the question prints beside a tool that prints these texts. */
function ask(query: string, all: string, exitCode = 0, links = ''): string {
  writeFileSync(join(folder, 'query'), query);
  writeFileSync(join(folder, 'all'), all);
  writeFileSync(join(folder, 'links'), links);
  const tool = `#!/bin/sh\ncase $1 in -q) cat ${folder}/all ;; nvlink) cat ${folder}/links ;; *) cat ${folder}/query; exit ${exitCode} ;; esac\n`;
  writeFileSync(join(folder, 'nvidia-smi'), tool);
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
  const env = { PATH: `${folder}:${process.env['PATH']}`, LC_ALL: 'C' };
  return spawnSync('sh', ['-c', gpuErrors.ask.sh], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).stdout;
}

const fabric = { state: 'Completed', status: 'Success' };
const still = { correctedGrowth: [], replayGrowth: [] };

describeCaptures('corrected errors and replays', () => {
  const columns = ['pci.bus_id', 'ecc.errors.corrected.volatile.total'];
  test.each([
    [
      'linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01',
      { busId: '0000:00:09.0', corrected: 0, replays: 9, fabric, ...still },
    ],
    ['linux-x86_64__nvidia-geforce-rtx-4080-super__595.71.05', { busId: '0000:01:00.0', replays: 0, ...still }],
  ])('of %s', (name, expected) => {
    const read = (file: string) => capture(`gpu/captures/${name}/${file}`);
    const stdout = ask(project(read('idle.query-gpu.csv'), columns), read('idle.q.txt'));
    expect(parse(gpuErrors, stdout)).toEqual({ kind: 'fact', value: [expected] });
  });

  test('of ten cards, by a driver that does not know the column of corrected errors', () => {
    const unknown = 'Field "ecc.errors.corrected.volatile.total" is not a valid field to query.\n\n';
    const parsed = parse(gpuErrors, ask(unknown, capture('gpu/thamada/A40x10.a.txt'), 2));
    expect(parsed.kind === 'fact' && parsed.value.map(({ replays }) => replays)).toEqual(
      Array.from({ length: 10 }, () => 0),
    );
  });

  test('recovery, fabric and NVLinks of whole boards are well where they were recorded well', () => {
    const wellOf = (file: string, links = '') => {
      const parsed = parse(gpuErrors, ask('', capture(file), 0, links));
      if (parsed.kind !== 'fact') throw new Error('no fact');
      return parsed.value.map(({ recovery, fabric, nvlinks }) => [recovery, fabric, nvlinks]);
    };
    expect(wellOf('gpu/thamada/H100SXMx8.a.txt')).toEqual(
      Array.from({ length: 8 }, () => [undefined, fabric, undefined]),
    );
    expect(wellOf('gpu/thamada/A40x10.a.txt')).toEqual(
      Array.from({ length: 10 }, () => [undefined, undefined, undefined]),
    );
    const h200 = 'gpu/captures/linux-x86_64__nvidia-h200__590.48.01';
    expect(wellOf(`${h200}/load.q.txt`, capture(`${h200}/nvlink-s.txt`))).toEqual([
      [undefined, fabric, { active: 18, total: 18 }],
    ]);
    const rtx = 'gpu/captures/linux-x86_64__nvidia-geforce-rtx-2080-super__595.71.05';
    expect(wellOf(`${rtx}/idle.q.txt`, capture(`${rtx}/nvlink-s.txt`))).toEqual([[undefined, undefined, undefined]]);
  });

  test('NVLinks of a board with A100 are counted card by card', () => {
    const text = capture('gpu/nvlink/gpud-nvidia-smi.nvlink.status.a100').replace(/( Link 3:) .*/, '$1 <inactive>');
    expect([...linksIn(text).values()]).toEqual(
      Array.from({ length: 8 }, (_, index) => ({ active: index === 0 ? 11 : 12, total: 12 })),
    );
  });

  test('of a driver that fails are its own words', () => {
    const words = capture('gpu/failures/driver-not-loaded.txt');
    expect(failureOf(() => parse(gpuErrors, ask(words, words, 9)))).toMatch(/^NVIDIA-SMI has failed because/);
  });
});

test('growth is worked out from the last answer, card by card', () => {
  const answer = (corrected: number, replays: number) =>
    `== corrected 0\n00000000:01:00.0, ${corrected}\n== cards\nGPU 00000000:01:00.0\n  Replays Since Reset : ${replays}\n`;
  const first = parse(gpuErrors, answer(3, 9), { atMs: 60_000 });
  if (first.kind !== 'fact') throw new Error('no fact');
  const previous = { value: first.value, atMs: 60_000 };
  expect(parse(gpuErrors, answer(203, 9), { atMs: 120_000, previous })).toEqual({
    kind: 'fact',
    value: [
      {
        busId: '0000:01:00.0',
        corrected: 203,
        replays: 9,
        correctedGrowth: [{ atMs: 120_000, added: 200 }],
        replayGrowth: [],
      },
    ],
  });
});

test('what the driver asks for, a fabric that is not up, and links are told of the card they belong to', () => {
  const stdout = `== corrected 0
00000000:01:00.0, 0
00000000:02:00.0, 0
== cards
GPU 00000000:01:00.0
    GPU UUID                              : GPU-a
    GPU Recovery Action                   : Drain and Reset
Fabric State : In Progress
Fabric Status : N/A
GPU 00000000:02:00.0
    GPU UUID                              : GPU-b
    GPU Recovery Action                   : None
Fabric State : Completed
Fabric Status : Success
== links
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-b)
\t Link 0: 26.562 GB/s
\t Link 1: <inactive>
`;
  const parsed = parse(gpuErrors, stdout);
  expect(parsed.kind === 'fact' && parsed.value).toEqual([
    { busId: '0000:01:00.0', corrected: 0, recovery: 'Drain and Reset', fabric: { state: 'In Progress' }, ...still },
    {
      busId: '0000:02:00.0',
      corrected: 0,
      fabric: { state: 'Completed', status: 'Success' },
      nvlinks: { active: 1, total: 2 },
      ...still,
    },
  ]);
});
