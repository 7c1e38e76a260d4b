// The checks of cards and the commands of their plans in a real shell, against the lab's stand-in nvidia-smi, which plays a recorded H100.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import type { CheckFacts } from '../../src/model/check.ts';
import { gpuErrors } from '../../src/probes/gpu-errors.ts';
import { gpus } from '../../src/probes/gpus.ts';
import { factOf } from '../probes/support.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const recording = join(root, '../shared/fixtures/gpu/captures/linux-x86_64__nvidia-h100-mig__590.48.01');
const scratch = mkdtempSync(join(tmpdir(), 'muster-cards-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const bin = join(scratch, 'bin');
mkdirSync(bin);
symlinkSync(join(root, 'test/lab/gpu/nvidia-smi'), join(bin, 'nvidia-smi'));
const hasPerl = spawnSync('perl', ['-v']).status === 0;
// The stand-in refuses changes to anybody but root, as the real tool does.
const isRoot = process.getuid?.() === 0;

describe.runIf(existsSync(recording) && hasPerl && isRoot)('the stand-in nvidia-smi', () => {
  let state = '';
  beforeEach(() => {
    state = mkdtempSync(join(scratch, 'state-'));
  });

  const run = (script: string, ...args: readonly string[]): string =>
    spawnSync('sh', ['-c', script, 'muster', ...args], {
      encoding: 'utf8',
      timeout: 20_000,
      env: {
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        LC_ALL: 'C',
        LAB_GPU_RECORDING: recording,
        LAB_GPU_STATE: state,
        LAB_GPU_PERL: join(root, 'test/lab/gpu'),
      },
    }).stdout;
  const smi = (...args: readonly string[]): string => run('nvidia-smi "$@"; echo "exit $?"', ...args);
  const cards = (): CheckFacts['gpuSettings'] =>
    checks.gpuSettings.parse({ stdout: run(`sudo=\n${checks.gpuSettings.sh}`, 'all'), exitCode: 0 }, 'all');
  const mig = (uuid: string): CheckFacts['gpuMig'] =>
    checks.gpuMig.parse({ stdout: run(`sudo=\n${checks.gpuMig.sh}`, uuid), exitCode: 0 }, uuid);

  test('is set and cut by the commands of plans, and tells it as the checks read it', () => {
    const [card] = cards();
    expect(card).toMatchObject({
      index: 0,
      computeMode: 'Default',
      persistence: true,
      mig: true,
      timeSlice: 'default',
    });
    const uuid = card?.uuid ?? '';
    expect(smi('-i', uuid, '-c', 'EXCLUSIVE_PROCESS')).toContain('exit 0');
    expect(smi('compute-policy', '-i', uuid, '--set-timeslice=3')).toContain('exit 0');
    expect(smi('-i', uuid, '-pl', '300')).toContain('exit 0');
    expect(smi('-i', uuid, '-pl', '9000')).toContain('is not a valid power limit');
    expect(cards()).toMatchObject([{ computeMode: 'Exclusive_Process', timeSlice: 'long', powerLimitW: 300 }]);
  });

  test('lists its profiles and instances as they are parsed, and gives up a compute instance before its GPU instance', () => {
    const uuid = cards()[0]?.uuid ?? '';
    const before = mig(uuid);
    expect(before.profiles.map(({ name }) => name)).toContain('3g.40gb');
    expect(before.instances.map(({ profile }) => profile).sort()).toEqual(['1g.10gb', '1g.10gb', '2g.20gb', '3g.40gb']);
    expect(before.instances.every(({ computeIds }) => computeIds.length === 1)).toBe(true);
    const one = String(before.instances.find(({ profile }) => profile === '2g.20gb')?.id);
    expect(smi('mig', '-dgi', '-gi', one, '-i', uuid)).toContain('In use by another client');
    expect(smi('mig', '-dci', '-gi', one, '-i', uuid)).toContain('exit 0');
    expect(mig(uuid).instances.find(({ profile }) => profile === '2g.20gb')?.computeIds).toEqual([]);
    expect(smi('mig', '-dgi', '-gi', one, '-i', uuid)).toContain('exit 0');
    expect(smi('mig', '-cgi', '1g.10gb', '-C', '-i', uuid)).toContain('exit 0');
    expect(
      mig(uuid)
        .instances.map(({ profile }) => profile)
        .sort(),
    ).toEqual(['1g.10gb', '1g.10gb', '1g.10gb', '3g.40gb']);
  });

  test('answers the questions of the poller with every column, so that the lab sees what a new driver tells', () => {
    const cards = factOf(gpus, run(gpus.ask.sh));
    expect(cards.map(({ eccEnabled, persistence, pcieGen }) => [eccEnabled, persistence, pcieGen])).toEqual([
      [true, true, 5],
    ]);
    expect(factOf(gpuErrors, run(gpuErrors.ask.sh)).map(({ replays, fabric }) => [replays, fabric])).toEqual([
      [expect.any(Number), { state: 'Completed', status: 'Success' }],
    ]);
  });
});
