import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { demoEndpoint } from '../src/demo/demo-inventory.ts';
import { startLastingFleet } from '../src/lasting-fleet.ts';
import type { FleetEvent } from '../src/model/fleet-event.ts';
import { nodeName } from '../src/model/ids.ts';

/** An engine that says with which sequence numbers it begins and then fails. */
const FAILING_ENGINE = `
  import { parentPort } from 'node:worker_threads';
  parentPort.once('message', ({ plan }) => {
    parentPort.postMessage({ kind: 'batch', events: [{ kind: 'shell-closed', shell: plan.firstSeq, message: 'begun' }] });
    setImmediate(() => { throw new Error('out of luck'); });
  });`;

test('an engine that fails is started again with fresh sequence numbers, three times a minute, and each failure leaves a report', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  process.env['XDG_STATE_HOME'] = folder;
  onTestFinished(() => void delete process.env['XDG_STATE_HOME']);
  writeFileSync(join(folder, 'engine.mjs'), FAILING_ENGINE);

  const node = nodeName('gpu01');
  const endpoint = demoEndpoint(node, { address: '127.0.0.1', port: 1, hostKey: '', identityFile: '' });
  const plan = { nodes: [{ endpoint, everyMs: {} }], lateAfterMs: 1, lostAfterMs: 2, maxConnecting: 1 };
  const fleet = startLastingFleet(plan, pathToFileURL(join(folder, 'engine.mjs')));
  const begun: number[] = [];
  const reasons: string[] = [];
  await new Promise<void>((resolve) => {
    fleet.subscribe((batch: readonly FleetEvent[]) => {
      for (const event of batch) {
        if (event.kind === 'shell-closed') begun.push(event.shell);
        if (event.kind === 'link' && event.link.kind === 'lost') reasons.push(event.link.because);
      }
      if (reasons.at(-1)?.includes('stays down')) resolve();
    });
  });
  await fleet.close();

  expect(begun).toEqual([0, 1_000_000_000, 2_000_000_000, 3_000_000_000]);
  expect(reasons.map((reason) => reason.replace(/ \(report: .*/, ''))).toEqual([
    "muster's own engine failed and was started again",
    "muster's own engine failed and was started again",
    "muster's own engine failed and was started again",
    "muster's own engine failed again and again and stays down; start muster anew",
  ]);
  expect(readdirSync(join(folder, 'muster')).filter((file) => file.startsWith('crash-')).length).toBeGreaterThan(0);
});
