// A runner in this process, with this machine as its one node: it plans, is spoken to over its socket, and changes nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resolveEndpoints } from '../../src/config/endpoint.ts';
import { callRunner } from '../../src/journal/call-runner.ts';
import { writeOrder } from '../../src/journal/order.ts';
import { makePlaces, placesOf, socketPath } from '../../src/journal/places.ts';
import { watchRollout } from '../../src/journal/watch-rollout.ts';
import { nodeName } from '../../src/model/ids.ts';
import { emptyInventory } from '../../src/model/inventory.ts';
import type { Plan } from '../../src/model/plan.ts';
import { type Rollout, type RolloutEvent, rolloutId } from '../../src/model/rollout.ts';
import { serveRollout } from '../../src/runner/serve.ts';

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
