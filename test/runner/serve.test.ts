// A runner in this process, with this machine as its one node: it plans, is spoken to over its socket, and changes nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resolveEndpoints } from '../../src/config/endpoint.ts';
import { callRunner } from '../../src/journal/call-runner.ts';
import { livingRunner } from '../../src/journal/claim.ts';
import { writeOrder } from '../../src/journal/order.ts';
import { makePlaces, placesOf, socketPath } from '../../src/journal/places.ts';
import { watchRollout } from '../../src/journal/watch-rollout.ts';
import { nodeName } from '../../src/model/ids.ts';
import { emptyInventory } from '../../src/model/inventory.ts';
import type { Plan, Stage } from '../../src/model/plan.ts';
import { type Rollout, type RolloutEvent, rolloutId } from '../../src/model/rollout.ts';
import { serveRollout } from '../../src/runner/serve.ts';
import { aStep } from '../engine/a-step.ts';

const author = { user: 'ada', host: 'desk' };
const here = { name: nodeName('here'), via: 'local', transport: 'auto', labels: {}, groups: [] } as const;
const input = { nodes: 'here', command: 'true', shell: false, as: 'login-user', timeout: 10 };

/** Resolves with the first state of the journal that is wanted. */
function seen(journal: string, isWanted: (rollout: Rollout) => boolean): Promise<Rollout> {
  return new Promise((resolve) => {
    const stop = watchRollout(journal, ({ rollout }) => {
      if (!isWanted(rollout)) return;
      setImmediate(() => stop());
      resolve(rollout);
    });
  });
}

test('a confirmation of a plan that was made anew since starts nothing and says so', async () => {
  const state = mkdtempSync(join(tmpdir(), 'muster-runner-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const id = rolloutId('20261122-103015-sq01');
  const places = placesOf(state, id);
  makePlaces(places);
  const inventory = { ...emptyInventory('here'), nodes: [here] };
  writeOrder(places.request, {
    version: 1,
    id,
    action: 'run-command',
    input,
    author,
    inventory,
    endpoints: resolveEndpoints([here], {}),
  });
  const old: Plan = { kind: 'no-op', title: 'what the first runner planned', because: 'it was so', already: [] };
  const events: readonly RolloutEvent[] = [
    { kind: 'requested', id, action: 'run-command', input, author },
    { kind: 'planned', plan: old },
  ];
  writeFileSync(
    places.journal,
    events.map((event, index) => `${JSON.stringify({ seq: index + 1, atMs: 1, ...event })}\n`).join(''),
  );
  const served = serveRollout(state, id, author);
  const { plan, planSeq } = await seen(places.journal, ({ planSeq = 0 }) => planSeq > 2);
  expect({ kind: plan?.kind, planSeq }).toEqual({ kind: 'change', planSeq: 3 });
  const call = await callRunner(socketPath(id, process.env));
  const limits = { canary: 1, maxUnavailable: 1, maxFailures: 0 };
  expect(await call?.request({ kind: 'start', author, limits, planSeq: 2 })).toBe(
    'the plan was made anew; read it again',
  );
  expect(await call?.request({ kind: 'discard' })).toBeUndefined();
  await served;
});

test('a paused rollout that nobody looks at is left with its journal, and the next process goes on with it', async () => {
  const state = mkdtempSync(join(tmpdir(), 'muster-runner-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const id = rolloutId('20261122-103015-sq02');
  const places = placesOf(state, id);
  makePlaces(places);
  const inventory = { ...emptyInventory('here'), nodes: [here] };
  const order = { version: 1, id, action: 'run-command', input, author, inventory } as const;
  writeOrder(places.request, { ...order, endpoints: resolveEndpoints([here], {}) });
  const step = aStep('run true', { as: 'login-user', timeoutMs: 10_000, undo: [] });
  const stage: Stage = { title: 'run true', jobs: [{ node: here.name, steps: [step] }] };
  const plan: Plan = { kind: 'change', title: 'run true', stages: [stage], already: [], refused: [] };
  const events: readonly RolloutEvent[] = [
    { kind: 'requested', id, action: 'run-command', input, author },
    { kind: 'planned', plan },
    { kind: 'started', author, limits: { canary: 1, maxUnavailable: 1, maxFailures: 0 } },
    { kind: 'paused', author, because: 'paused by ada' },
  ];
  writeFileSync(
    places.journal,
    events.map((event, index) => `${JSON.stringify({ seq: index + 1, atMs: 1, ...event })}\n`).join(''),
  );
  await serveRollout(state, id, author, 1);
  const left = await seen(places.journal, ({ lastSeq }) => lastSeq === 5);
  expect({ phase: left.phase, runner: livingRunner(places.runner) }).toEqual({ phase: 'paused', runner: undefined });

  const second = serveRollout(state, id, author);
  await seen(places.journal, ({ lastSeq }) => lastSeq === 6);
  const call = await callRunner(socketPath(id, process.env));
  expect(await call?.request({ kind: 'resume', author })).toBeUndefined();
  call?.close();
  await second;
  const { stages } = await seen(places.journal, ({ phase }) => phase === 'ended');
  expect(stages.flat().map((job) => job.state)).toEqual(['succeeded']);
});
