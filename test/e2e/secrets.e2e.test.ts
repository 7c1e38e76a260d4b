// A secret from the question to the end of its step, through the built runner on this machine: searched for wherever it could have been left.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planLines } from '../../src/cli/format-plan.ts';
import { safeJson } from '../../src/cli/output.ts';
import { resolveEndpoints } from '../../src/config/endpoint.ts';
import { readInventory } from '../../src/config/read.ts';
import type { RunnerCall } from '../../src/journal/call-runner.ts';
import { followLog } from '../../src/journal/follow-log.ts';
import { writeOrder } from '../../src/journal/order.ts';
import { makePlaces, placesOf } from '../../src/journal/places.ts';
import { watchRollout } from '../../src/journal/watch-rollout.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { awaitRunner, newRolloutId } from '../../src/rollouts.ts';
import { memoryIo } from '../config/memory-io.ts';
import { projectRoot } from './driver.ts';

/** Made of two halves, so that this file and whoever shows it do not hold the word. */
const SECRET = ['hunter2', 'Zq-9f3e'].join('-');
const as = process.getuid?.() === 0 ? 'root' : 'login-user';

const INVENTORY = `
name: here
nodes: { here: { via: local } }
actions:
  say:
    title: Say a key
    fields:
      key: { kind: secret, help: a key, required: true }
      sign: { kind: path, help: what it waits for, required: true }
    steps:
      - run: cat; echo; until [ -e {{ sign }} ]; do sleep 0.1; done; echo go on
        shell: true
        stdin: "{{ key }} and once more {{ key }}"
        as: ${as}
        done: exit-code
`;

/** Files below a folder that hold the secret. */
function filesWithIt(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter((path) => readFileSync(path).includes(SECRET));
}

/** Processes that show it in their arguments or their environment. */
function processesWithIt(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => ['cmdline', 'environ'].map((file) => `/proc/${pid}/${file}`))
    .filter((path) => {
      try {
        return readFileSync(path).includes(SECRET);
      } catch {
        return false; // It has ended, or is somebody else's.
      }
    });
}

function until(journal: string, isWanted: (rollout: Rollout) => boolean): Promise<Rollout> {
  return new Promise((resolve) => {
    const stop = watchRollout(journal, ({ rollout }) => {
      if (!isWanted(rollout)) return;
      setImmediate(() => stop());
      resolve(rollout);
    });
  });
}

test('a secret stands in no file of the state folder, no argument, no environment, no plan and no record, neither while its step runs nor after', async () => {
  const home = mkdtempSync(join(tmpdir(), 'muster-secret-'));
  const sign = join(home, 'sign');
  const read = await readInventory('muster.yaml', memoryIo({ 'muster.yaml': INVENTORY }));
  if (read.kind === 'invalid') throw new Error('the inventory is wrong');
  const { inventory } = read;
  const state = join(home, 'state');
  // A node follows a step of a name it knows and starts none: each run has its own.
  const id = newRolloutId(Date.now());
  const places = placesOf(state, id);
  makePlaces(places);
  const author = { user: 'ada', host: 'desk' };
  const endpoints = resolveEndpoints(inventory.nodes, {});
  writeOrder(places.request, {
    version: 1,
    id,
    action: 'say',
    input: { nodes: 'here', sign },
    author,
    inventory,
    endpoints,
  });
  const runner = spawn(process.execPath, [join(projectRoot, 'dist', 'runner.js'), state, id], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: home },
    // As muster starts it: it takes its whole session a share of the processors, which must not be the one the tests run in.
    detached: true,
  });
  let words = '';
  runner.stderr.on('data', (chunk: Buffer) => {
    words += chunk;
  });
  onTestFinished(() => void runner.kill());
  const called = Promise.withResolvers<RunnerCall>();
  const call = await awaitRunner(state, id, (message) => {
    if (message.kind === 'secret-wanted')
      void called.promise.then((line) => line.request({ kind: 'secret', id: message.id, text: SECRET }));
  });
  if (typeof call === 'string') throw new Error(call);
  called.resolve(call);

  const { plan, planSeq } = await until(places.journal, (rollout) => rollout.plan !== undefined);
  if (plan?.kind !== 'change') throw new Error(JSON.stringify(plan));
  expect(`${planLines(plan).join('\n')}${safeJson({ plan })}`).not.toContain(SECRET);
  const limits = { canary: 1, maxUnavailable: 1, maxFailures: 0 };
  expect(await call.request({ kind: 'start', author, limits, planSeq })).toBeUndefined();

  const said = await new Promise<string>((resolve) => {
    const stop = followLog(places.log(nodeName('here')), ({ lines }) => {
      if (!lines.join('\n').includes('****** and')) return;
      setImmediate(() => stop());
      resolve(lines.join('\n'));
    });
  });
  expect(said).toContain('****** and');
  const nowhere = { state: [], processes: [], spool: [] };
  const found = () => ({ state: filesWithIt(state), processes: processesWithIt() });
  expect({ ...found(), spool: filesWithIt('/run/muster').filter((path) => !path.endsWith('/out')) }).toEqual(nowhere);

  writeFileSync(sign, '');
  const end = await until(places.journal, ({ phase }) => phase === 'ended');
  await call.gone;
  expect(end.stages.flat().map(({ state: one }) => one)).toEqual(['succeeded']);
  expect({ ...found(), spool: filesWithIt('/run/muster') }).toEqual(nowhere);
  expect(readFileSync(places.log(nodeName('here')), 'utf8')).toBe('****** and once more ******\ngo on\n');
  expect(words).toBe('');
}, 60_000);
