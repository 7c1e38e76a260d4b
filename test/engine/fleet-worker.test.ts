// The engine in its worker thread, watching this machine through the real transport; and workers that fail.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Fleet, FleetPlan } from '../../src/engine/fleet.ts';
import { crossing, prepareFleetInWorker, startFleetInWorker } from '../../src/engine/fleet-worker.ts';
import type { FleetEvent } from '../../src/model/fleet-event.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { ProbeName } from '../../src/model/probe.ts';
import { probes } from '../../src/probes/registry.ts';
import { samples, targetOf } from '../probes/samples.ts';
import { endpoint } from '../sim/watched-fleet.ts';

const plan = (): FleetPlan => ({
  nodes: [{ endpoint: { ...endpoint('here'), via: 'local' }, everyMs: { load: 300 } }],
  lateAfterMs: 15_000,
  lostAfterMs: 30_000,
  maxConnecting: 4,
});

/** Resolves with the first event that is it. */
function first(fleet: Fleet, isIt: (event: FleetEvent) => boolean): Promise<FleetEvent> {
  return new Promise((resolve) => {
    const unsubscribe = fleet.subscribe((batch) => {
      const found = batch.find(isIt);
      if (found === undefined) return;
      unsubscribe();
      resolve(found);
    });
  });
}

const observed = (probe: string, count = 1) => {
  let seen = 0;
  return (event: FleetEvent) => {
    if (event.kind !== 'observation' || event.observation.probe !== probe) return false;
    if (event.observation.outcome.kind === 'ok') seen += 1;
    return seen === count;
  };
};

/** Programs of muster that run on this machine as children of this process. */
const programs = (): number =>
  readdirSync('/proc').filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const isOurs = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[1] === String(process.pid);
      return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'latin1').endsWith('muster\0');
    } catch {
      return false;
    }
  }).length;

test('this machine is watched from a worker thread: load, mounts and the usage of its root arrive, and closing leaves nothing', async () => {
  const fleet = startFleetInWorker(plan(), new URL('../../src/worker.ts', import.meta.url));
  const seen = [
    first(fleet, (event) => event.kind === 'link' && event.link.kind === 'up'),
    first(fleet, observed('load', 3)),
    first(fleet, observed('mounts')),
    first(fleet, observed('usage')),
  ];
  const [up, load, mounts] = await Promise.all(seen);
  expect(up).toMatchObject({ node: 'here', link: { transport: 'local' } });
  expect(load).toMatchObject({
    observation: { outcome: { value: { load1: expect.any(Number), cpuBusyRatio: expect.any(Number) } } },
  });
  expect(mounts).toMatchObject({ observation: { node: 'here', outcome: { kind: 'ok' } } });
  await fleet.close();
  expect(programs()).toBe(0);
});

test('requests reach the engine: a refreshed question is asked at once', async () => {
  const fleet = startFleetInWorker(plan(), new URL('../../src/worker.ts', import.meta.url));
  await first(fleet, observed('tools'));
  const again = first(fleet, (event) => event.kind === 'observation' && event.observation.probe === 'tools');
  fleet.request({ kind: 'refresh', nodes: [nodeName('here')], probes: ['tools'] });
  // Its own period is ten minutes.
  expect(await again).toMatchObject({ observation: { outcome: { kind: 'same' } } });
  await fleet.close();
});

test('a worker that fails becomes one fault with its message and what it printed', async () => {
  const broken = new URL(`data:text/javascript,${encodeURIComponent('throw new Error("boom")')}`);
  const fleet = startFleetInWorker(plan(), broken);
  const events: FleetEvent[] = [];
  fleet.subscribe((batch) => events.push(...batch));
  const fault = await first(fleet, ({ kind }) => kind === 'fault');
  expect(fault).toMatchObject({ kind: 'fault', message: expect.stringContaining('the engine failed: Error: boom') });
  fleet.request({ kind: 'reconnect', nodes: [] });
  await fleet.close();
  expect(events.length).toBe(1);
});

test('a worker that failed before it got its plan is started anew, and its failure told, when it gets one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-worker-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const mark = join(folder, 'failed');
  const failing = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(mark)}, ''); throw new Error('boom');`;
  const start = prepareFleetInWorker(new URL(`data:text/javascript,${encodeURIComponent(failing)}`));
  await vi.waitUntil(() => existsSync(mark), { timeout: 20_000 });
  await new Promise((resolve) => setImmediate(resolve));
  const fleet = start(plan());
  expect(await first(fleet, ({ kind }) => kind === 'fault')).toMatchObject({
    message: expect.stringContaining('the engine failed: Error: boom'),
  });
  await fleet.close();
});

test('a worker that never gets a plan keeps nobody from leaving', async () => {
  const source = new URL('../../src/engine/fleet-worker.ts', import.meta.url);
  const waiting = `data:text/javascript,${encodeURIComponent("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});")}`;
  const program = `import { prepareFleetInWorker } from ${JSON.stringify(source.href)}; prepareFleetInWorker(new URL(${JSON.stringify(waiting)}));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
});

test('a worker that ends unasked is a fault, too', async () => {
  const fleet = startFleetInWorker(plan(), new URL('data:text/javascript,process.exit(3)'));
  expect(await first(fleet, ({ kind }) => kind === 'fault')).toEqual({
    kind: 'fault',
    message: 'the engine ended with exit code 3',
  });
  await fleet.close();
});

test('a worker that does not hear is ended all the same', async () => {
  const deaf = new URL(`data:text/javascript,${encodeURIComponent('setInterval(() => {}, 1000)')}`);
  const fleet = startFleetInWorker(plan(), deaf);
  const closing = fleet.close();
  expect(fleet.close()).toBe(closing);
  await closing;
});

test('the facts of every probe cross from the worker as they are, and so do the bytes of a shell', () => {
  for (const name of Object.keys(probes) as ProbeName[]) {
    for (const stdout of samples[name]) {
      const parsed = probes[name].parse({ stdout, exitCode: 0 }, { atMs: 1_000, target: targetOf(name) });
      const event = { kind: 'shell-closed', shell: 1, message: '', parsed } as FleetEvent;
      const crossed = crossing([event]);
      expect(crossed.kind === 'text' && JSON.parse(crossed.json)).toStrictEqual([event]);
    }
  }
  const bytes: FleetEvent = { kind: 'shell-data', shell: 1, data: new Uint8Array([0, 255]) };
  expect(crossing([bytes])).toEqual({ kind: 'batch', events: [bytes] });
});
