// The keys that steer a rollout, from the keyboard to what the desk is asked: what each does, why it is off, and that none acts by reflex.
import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import type { RolloutEvent } from '../../src/model/rollout.ts';
import type { ActionForm } from '../../src/ui/action-form.ts';
import { views } from '../../views/registry.ts';
import { ID, planned, rolloutOf, underWay } from '../views/a-rollout.ts';
import { typedConsole } from './console.ts';
import { emptyState } from './fake-fleet.ts';

const author = { user: 'ops', host: 'jump' };
const started = underWay.slice(0, 5);
const over: RolloutEvent = { kind: 'ended' };
/** The same without the node on which a step runs. */
const stopped = underWay.filter((event) => !('node' in event) || event.node !== 'gpu05');
const place = { node: nodeName('nfs-a'), stage: 0, step: 0 };

async function board(events: readonly RolloutEvent[], { view = 'rollout', isOrphan = false } = {}) {
  const rollout = rolloutOf(events);
  const console = await typedConsole(views, {
    state: { ...emptyState, rollouts: new Map([[ID, rollout]]), orphans: new Set(isOrphan ? [ID] : []) },
    columns: 120,
    rows: 40,
    open: { view, filter: `rollout=${ID}` },
  });
  const asked = () =>
    console.effects.flatMap((effect) => {
      if (effect.kind !== 'rollout') return [];
      const { rollout: of, ...ask } = effect.ask;
      return [{ ...ask, id: of.id }];
    });
  return { ...console, asked };
}

const skippedAll: readonly RolloutEvent[] = [
  ...planned(),
  { kind: 'started', author, limits: { canary: 1, maxUnavailable: 1, maxFailures: 0 } },
  { kind: 'step-starting', attempt: 1, bootId: 'b', ...place },
  {
    kind: 'step-ended',
    attempt: 1,
    tookMs: 1,
    log: { fromByte: 0, toByte: 0, droppedBytes: 0 },
    outcome: { kind: 'already' },
    ...place,
  },
  ...Array.from(
    { length: 12 },
    (_, index): RolloutEvent => ({
      kind: 'node-skipped',
      author,
      node: nodeName(`gpu${String(index + 1).padStart(2, '0')}`),
    }),
  ),
  over,
];

const byHand: RolloutEvent = { kind: 'paused', author, because: 'paused by ops' };
const byFailures: RolloutEvent = { kind: 'paused', because: '2 failed, and none may' };

const OFF: readonly (readonly [string, readonly RolloutEvent[], string, readonly string[]])[] = [
  [
    'of one that runs',
    underWay,
    'rollout',
    [
      't: it still runs',
      'f: it still runs',
      'u: it still runs; abort it first',
      'S: only a node that has not begun can be skipped',
    ],
  ],
  [
    'of one that is being aborted',
    [...underWay, { kind: 'aborted', author }],
    'rollout',
    [
      'z: it is being aborted',
      'x: it is being aborted',
      'S: it is being aborted',
      'W: it is being aborted',
      't: it still runs',
      'u: it still runs; abort it first',
    ],
  ],
  [
    'of one that somebody paused',
    [...stopped, byHand],
    'rollout',
    ['t: it still runs', 'f: it still runs', 'u: it still runs; abort it first'],
  ],
  [
    'of one that is over',
    [...stopped, over],
    'rollout',
    ['z: it has ended', 'x: it has ended', 'S: it has ended', 'W: it has ended'],
  ],
  [
    'of one in which nothing failed and nothing changed',
    skippedAll,
    'rollout',
    [
      't: all nodes that were not skipped succeeded',
      'f: all nodes that were not skipped succeeded',
      'u: it changed nothing',
    ],
  ],
  [
    'of one that was stopped before a step failed',
    [...started.slice(0, 3), { kind: 'aborted', author }, over],
    'rollout',
    ['f: no step failed; t tries again what is not done', 'u: it changed nothing'],
  ],
  [
    'of one that was not started, in the list',
    planned(),
    'rollouts',
    [
      'z: it was not started',
      'x: it was not started',
      't: it was not started',
      'f: it was not started',
      'u: it was not started',
    ],
  ],
  [
    'of a plan that was started',
    underWay,
    'plan',
    [
      'X: it was started already',
      'W: it was started already',
      't: it was started; t on its board tries again what is not done',
      'D: it was started',
    ],
  ],
  ['of a plan that is being made', planned().slice(0, 1), 'rollouts', ['z: it was not started']],
];

for (const [what, events, view, reasons] of OFF)
  test(`each key that is off ${what} says why and asks nothing`, async () => {
    const { type, text, asked } = await board(events, { view });
    for (const reason of reasons) {
      const [key = '', because = ''] = reason.split(/: (.*)/s);
      await type(key);
      expect(text(), `${key}: ${because}`).toContain(`: ${because}`);
    }
    expect(asked()).toEqual([]);
  });

test('a pause needs no question, because nodes under way finish and nothing is lost by it', async () => {
  const { type, asked, text } = await board(underWay);
  await type('z');
  expect(asked()).toEqual([{ kind: 'pause', id: ID }]);
  expect(text()).toContain('pausing: nodes under way finish, no other begins');
});

/** What asks first: the rollout, the keys to its question, what the question says, and what a yes asks. */
const ASKED: readonly (readonly [string, readonly RolloutEvent[], boolean, string, string, object])[] = [
  [
    'going on after failures',
    [...stopped, byFailures],
    false,
    'z',
    'gpu[03-04] failed, and stay as they are.',
    { kind: 'resume' },
  ],
  [
    'going on after a pause of somebody',
    [...started, byHand],
    false,
    'z',
    'Left to begin: 12 nodes, in waves.',
    { kind: 'resume' },
  ],
  ['taking up what nobody drives', underWay, true, 'z', 'nothing runs twice', { kind: 'resume' }],
  ['an abort', underWay, false, 'x', 'what runs now is stopped on its node', { kind: 'abort' }],
  ['skipping a node', underWay, false, 'GS', 'Nothing is done on gpu12', { kind: 'skip', node: 'gpu12' }],
];

for (const [what, events, isOrphan, keys, says, ask] of ASKED)
  test(`${what} asks first: no key within 300 ms, nor Enter, a paste or the key that opened it, is a yes`, async () => {
    const { type, asked, text, clock } = await board(events, { isOrphan });
    await type(keys);
    expect(text()).toContain(says);
    await type('y');
    clock.advance(400);
    await type(`\r\x1b[200~y\r\x1b[201~${keys.at(-1)}`);
    expect(asked()).toEqual([]);
    expect(text()).toContain('Press y to');
    await type('\x1b');
    expect(text()).toContain('nothing was done');
    await type(keys);
    clock.advance(400);
    await type('y');
    expect(asked()).toEqual([{ ...ask, id: ID }]);
  });

test('waves of one that runs are set by what was typed, after the same moment; wrong ones are told and set nothing', async () => {
  const { type, asked, text, clock } = await board(underWay);
  await type('W9\r');
  expect(text()).toMatch(/> Canary +1 *│?/);
  expect(asked()).toEqual([]);
  clock.advance(400);
  await type('\t\x15none\r');
  expect(text()).toContain('"none" is not a number from 1, or a percentage');
  await type('\x1550%\t\x153\r');
  expect(asked()).toEqual([{ kind: 'limit', id: ID, limits: { canary: 1, maxUnavailable: 7, maxFailures: 3 } }]);
});

test('a retry, of all or of the failed step, an undo and a plan made again only ask for a plan, and say so', async () => {
  const ended = await board([...stopped, over]);
  await ended.type('t');
  expect(ended.text()).toContain('a new plan for what failed, timed out or did not start');
  await ended.type('f');
  expect(ended.text()).toContain('a new plan for the step that failed, and nothing else');
  await ended.type('u');
  expect(ended.text()).toContain('a plan that takes back what was changed');
  expect(ended.asked()).toEqual([
    { kind: 'retry', id: ID },
    { kind: 'retry', onlyFailedStep: true, id: ID },
    { kind: 'undo', id: ID },
  ]);
  const plan = await board(planned(), { view: 'plan' });
  await plan.type('t');
  expect(plan.text()).toContain('the same plan, made from what they are now');
  expect(plan.asked()).toEqual([{ kind: 'replan', id: ID }]);
});

test('E opens the form of a plan as it was filled in, and what it asks for takes the place of that plan', async () => {
  const form: ActionForm = {
    name: rolloutOf(planned()).action,
    title: 'Mount a share',
    summary: 'mounts it',
    targets: [],
    fields: {
      target: { kind: 'path', title: 'Mount point', help: 'Where.', isRequired: true },
      verify: { kind: 'flag', title: 'Verify', help: 'Whether.', default: true },
      words: { kind: 'lines', title: 'Words', help: 'Some.' },
      password: { kind: 'secret', title: 'Password', help: 'Which.' },
    },
  };
  const input = { target: '/mnt/ä %h', verify: false, words: ['-x', 'a b'] };
  const rollout = { ...rolloutOf(planned()), input };
  const at = async (of: typeof rollout, actions: readonly ActionForm[]) =>
    typedConsole(views, {
      state: { ...emptyState, rollouts: new Map([[ID, of]]) },
      actions,
      columns: 80,
      rows: 24,
      open: { view: 'plan', filter: `rollout=${ID}` },
    });
  const { text, type, effects } = await at(rollout, [form]);
  await type('E');
  expect(text()).toMatch(/Mount point +\/mnt\/ä %h[\s\S]*Verify +no[\s\S]*Words +-x; a b[\s\S]*Password +│/);
  expect(text()).toContain('Enter plans it, changes nothing · ↑ ↓ field · → suggestion · Esc leaves');
  await type('\x15relative\r');
  expect(text()).toContain('"relative" is not an absolute path');
  await type('\x15/mnt/b\r');
  expect(effects.filter(({ kind }) => kind === 'plan')).toEqual([
    { kind: 'plan', action: form.name, input: { ...input, target: '/mnt/b' }, insteadOf: ID },
  ]);
  const gone = await at(rollout, []);
  await gone.type('E');
  expect(gone.text()).toContain(`there is no action ${form.name} here`);
  const retry = await at({ ...rollout, after: { id: ID, how: 'retry' } }, [form]);
  await retry.type('E');
  expect(retry.text()).toContain('it follows another rollout, whose fields it has');
});

test('one that its failures paused can be gone on with, tried again, taken back or ended, each by its key', async () => {
  const { type, asked } = await board([...stopped, byFailures]);
  await type('tfu');
  expect(asked().map(({ kind }) => kind)).toEqual(['retry', 'retry', 'undo']);
});

test('Esc in a plan closes the pane that tells a step, and only then leaves the plan', async () => {
  const { type, text, console } = await board(planned(), { view: 'rollouts' });
  await type('\r');
  const plan = console.ui().at;
  await type('d');
  expect(text()).toContain('Done when');
  await type('\x1b');
  expect(text()).not.toContain('Done when');
  expect(console.ui().at).toBe(plan);
  await type('\x1b');
  expect(console.ui().at).not.toBe(plan);
});
