// Cards that fail as real ones do, on nodes that play recorded machines.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { recordedGpus } from './gpu/recording.ts';
import type { Lab } from './lab.ts';
import { testLab } from './test-lab.ts';
import { agreement } from './truth.ts';
import { allUp, hasFinding, leftOn, nodeIn, type Status, type Watched, watch } from './watch.ts';

const hasRecordings = recordedGpus('h100-x8') !== undefined;

describe.runIf(hasRecordings)('GPU nodes (of recordings in ../shared/fixtures)', () => {
  let lab: Lab;
  let muster: Watched;
  beforeAll(async () => {
    lab = await testLab();
    muster = watch(lab);
    await muster.see('all nodes up', allUp, 120_000);
  });
  afterEach(() => lab.healAll());
  afterAll(() => muster.close());

  const gpusOf = (status: Status, name: string) => nodeIn(status, name).facts.gpus;

  test('an nvidia-smi that not even SIGKILL ends holds up no other fact of its node, beside a card that fell off the bus', async () => {
    await muster.see(
      'cards',
      (s) => ['client-1', 'client-2'].every((name) => gpusOf(s, name)?.state === 'ok'),
      120_000,
    );
    await Promise.all([lab.node('client-2').fault('wedge-nvidia-smi'), lab.node('client-1').fault('gpu-lost')]);
    await muster.see('hung cards', (status) => gpusOf(status, 'client-2')?.state === 'hung', 90_000);
    await muster.see('fresh load', (s) => (nodeIn(s, 'client-2').facts.load?.ageMs ?? 1e9) < 5_000, 60_000);
    expect(
      Number((await lab.node('client-2').says("ps axo stat,comm | grep -c '^D.*nvidia-smi'")).stdout),
    ).toBeLessThanOrEqual(3);
    // One lost card makes the whole tool fail: one finding, with its Xid among the evidence.
    const lost = (s: Status): boolean =>
      hasFinding(s, 'gpu-failing', 'client-1') &&
      !hasFinding(s, 'driver-failing', 'client-1') &&
      !hasFinding(s, 'xid', 'client-1');
    const told = await muster.see('a lost card', lost, 90_000);
    expect(gpusOf(told.status, 'client-1')?.because).toContain('GPU is lost');
    await lab.healAll();
    await muster.see(
      'cards again',
      (s) => ['client-1', 'client-2'].every((name) => gpusOf(s, name)?.state === 'ok'),
      120_000,
    );
    await agreement(lab, muster, ['client-1', 'client-2']);
  });

  test('an Xid in the kernel log is a finding while its card goes on', async () => {
    await lab.node('client-2').fault('xid');
    const isOk = (s: Status): boolean =>
      gpusOf(s, 'client-2')?.state === 'ok' && (gpusOf(s, 'client-2')?.ageMs ?? 1e9) < 30_000;
    await muster.see('the Xid', (status) => hasFinding(status, 'xid', 'client-2') && isOk(status), 120_000);
  });

  test('muster leaves no process on any node', async () => {
    await muster.close();
    expect(await leftOn(lab)).toEqual({});
  });
});
