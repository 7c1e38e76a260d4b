// Retries and undos are planned with the inventory of today, over an old rollout that lies in a state folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resolveEndpoints } from '../../src/config/endpoint.ts';
import { readInventory } from '../../src/config/read.ts';
import { type RolloutOrder, writeOrder } from '../../src/journal/order.ts';
import { makePlaces, placesOf } from '../../src/journal/places.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { type RolloutEvent, rolloutId, type StepOutcome } from '../../src/model/rollout.ts';
import { openHands } from '../../src/runner/hands.ts';
import { planOrder } from '../../src/runner/plan-order.ts';
import { memoryIo } from '../config/memory-io.ts';
import { aStep } from '../engine/a-step.ts';

const author = { user: 'ada', host: 'desk' };
const [gpu1, gpu2, nfs] = [nodeName('gpu1'), nodeName('gpu2'), nodeName('nfs')];
const OLD = rolloutId('20261122-103015-old1');
const NEW = rolloutId('20261122-113015-new1');

const step = (title: string, undo: Step['undo']): Step => aStep(title, { as: 'login-user', undo });
const undoable = (title: string, back: string) => step(title, [step(back, { never: 'it is an undo' })]);

/** What the old rollout planned: an export on the server, then a mount on two clients. */
const PLAN: Plan = {
  kind: 'change',
  title: 'share /data',
  stages: [
    { title: 'server', jobs: [{ node: nfs, steps: [undoable('export', 'unexport')] }] },
    {
      title: 'clients',
      jobs: [
        { node: gpu1, steps: [undoable('mount', 'unmount')] },
        { node: gpu2, steps: [undoable('mount', 'unmount')] },
      ],
    },
  ],
  already: [],
  refused: [],
};

async function orderFor(
  id: RolloutOrder['id'],
  nodes: string,
  rest: Partial<RolloutOrder> = {},
): Promise<RolloutOrder> {
  const read = await readInventory('muster.yaml', memoryIo({ 'muster.yaml': `nodes: ${nodes}` }));
  if (read.kind === 'invalid') throw new Error('the inventory is wrong');
  const { inventory } = read;
  const endpoints = resolveEndpoints(inventory.nodes, { HOME: '/nowhere' });
  const input = { nodes: 'gpu1,gpu2', command: 'true', shell: false, as: 'login-user', timeout: 10 };
  return { version: 1, id, action: 'run-command', input, author, inventory, endpoints, ...rest };
}

/** The plan that follows the old rollout, whose steps on the clients came out so, with these nodes in the inventory of today. */
async function planned(how: 'retry' | 'undo', today: string, onClients: StepOutcome, plan = PLAN): Promise<Plan> {
  const state = mkdtempSync(join(tmpdir(), 'muster-today-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const places = placesOf(state, OLD);
  makePlaces(places);
  const old = await orderFor(
    OLD,
    '{ gpu1: { address: 10.0.0.1 }, gpu2: { address: 10.0.0.2 }, nfs: { address: 10.0.0.9 } }',
  );
  writeOrder(places.request, old);
  const log = { fromByte: 0, toByte: 0, droppedBytes: 0 };
  const end = (stage: number, node: typeof gpu1, outcome: StepOutcome): RolloutEvent => ({
    ...{ kind: 'step-ended', stage, node, step: 0, attempt: 1, outcome, tookMs: 1, log },
  });
  const isShare = plan === PLAN;
  const events: readonly RolloutEvent[] = [
    { kind: 'requested', id: OLD, action: 'run-command', input: old.input, author },
    { kind: 'planned', plan },
    { kind: 'started', author, limits: { canary: 1, maxUnavailable: 3, maxFailures: 3 } },
    ...(isShare ? [end(0, nfs, { kind: 'changed' })] : []),
    ...[gpu1, gpu2].map((node) => end(isShare ? 1 : 0, node, onClients)),
    { kind: 'ended' },
  ];
  writeFileSync(
    places.journal,
    events.map((event, index) => `${JSON.stringify({ seq: index + 1, atMs: 1, ...event })}\n`).join(''),
  );
  const order = await orderFor(NEW, today, { after: { id: OLD, how } });
  const hands = openHands(order, async () => undefined);
  onTestFinished(() => hands.close());
  return planOrder(order, state, hands, async () => undefined);
}

const told = (plan: Plan) => ({
  does:
    plan.kind === 'change'
      ? plan.stages.flatMap(({ title, jobs }) =>
          jobs.map(({ node, steps }) => `${title}: ${node}: ${steps.map((each) => each.title).join()}`),
        )
      : [plan.kind],
  refused: 'refused' in plan ? plan.refused.map(({ nodes, because }) => `${nodes.join()}: ${because}`) : [],
  warns:
    plan.kind === 'change'
      ? plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps.flatMap(({ warnings }) => warnings)))
      : [],
});

const CHANGED: StepOutcome = { kind: 'changed' };
const FAILED: StepOutcome = { kind: 'failed', failure: { kind: 'exit', exitCode: 1, lastWords: '' } };
/** One command on both clients. */
const RUN: Plan = {
  ...PLAN,
  stages: [
    {
      title: 'run true',
      jobs: [
        { node: gpu1, steps: [step('run true', { never: 'x' })] },
        { node: gpu2, steps: [step('run true', { never: 'x' })] },
      ],
    },
  ],
};

test('an undo takes back what the journal says, whatever the inventory wishes by now', async () => {
  const plan = await planned(
    'undo',
    '{ gpu1: { address: 10.0.0.1 }, gpu2: { address: 10.0.0.2 }, nfs: { address: 10.0.0.9 } }',
    CHANGED,
  );
  expect(told(plan)).toEqual({
    does: ['undo: clients: gpu1: unmount', 'undo: clients: gpu2: unmount', 'undo: server: nfs: unexport'],
    refused: [],
    warns: [],
  });
});

test('an undo leaves out a node that is read-only since, and what that node may stand on', async () => {
  const today =
    '{ gpu1: { address: 10.0.0.1, readOnly: a paper is due }, gpu2: { address: 10.0.0.2 }, nfs: { address: 10.0.0.9 } }';
  expect(told(await planned('undo', today, CHANGED))).toEqual({
    does: ['undo: clients: gpu2: unmount'],
    refused: [
      'gpu1: read-only: a paper is due',
      'nfs: undo: server: it stays, because gpu1 cannot be undone and may stand on it',
    ],
    warns: [],
  });
});

test('an undo names a node that the inventory has no more, and says where one is reached now that has moved or has another key', async () => {
  const key = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  const today = `{ gpu1: { address: 10.0.0.7 }, gpu2: { address: 10.0.0.2, hostKeys: ['${key}'] } }`;
  expect(told(await planned('undo', today, CHANGED))).toEqual({
    does: ['undo: clients: gpu1: unmount', 'undo: clients: gpu2: unmount'],
    refused: ['nfs: the inventory does not name it any more'],
    warns: [
      'it is reached at 10.0.0.7:22 by now; when the rollout ran it was 10.0.0.1:22',
      'the inventory pins another host key by now than when the rollout ran',
    ],
  });
});

test('an undo on nodes none of which may be changed is refused with the reason', async () => {
  const today = '{ gpu3: { address: 10.0.0.1 } }';
  expect(await planned('undo', today, CHANGED)).toMatchObject({
    kind: 'refused',
    because: 'gpu[1-2]: the inventory does not name it any more',
  });
});

test('a retry goes to nodes that are still named, where they are reached now, and names those that are gone or read-only', async () => {
  const gone = await planned('retry', '{ gpu1: { address: 10.0.0.7 } }', FAILED, RUN);
  expect(told(gone)).toEqual({
    does: ['run true: gpu1: run true'],
    refused: ['gpu2: the inventory does not name it any more'],
    warns: ['it is reached at 10.0.0.7:22 by now; when the rollout ran it was 10.0.0.1:22'],
  });
  const today = '{ gpu1: { address: 10.0.0.1, readOnly: a paper is due }, gpu2: { address: 10.0.0.2 } }';
  expect(told(await planned('retry', today, FAILED, RUN))).toEqual({
    does: ['run true: gpu2: run true'],
    refused: ['gpu1: read-only: a paper is due'],
    warns: [],
  });
});
