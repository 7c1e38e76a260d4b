import { expect, test } from 'vitest';
import { readInventory } from '../../src/config/read.ts';
import type { Hand, Look } from '../../src/engine/hand.ts';
import { makePlan } from '../../src/engine/make-plan.ts';
import type { Action, NodeView } from '../../src/model/action.ts';
import { type Need, needKey } from '../../src/model/check.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Job, Plan, Stage } from '../../src/model/plan.ts';
import { memoryIo } from '../config/memory-io.ts';
import { createFakeClock } from '../sim/fake-clock.ts';
import { aStep } from './a-step.ts';

const NEEDS: readonly Need[] = [
  { kind: 'probe', probe: 'units' },
  { kind: 'check', check: 'file', target: '/etc/fstab' },
];

/** Plans on one node whose looks answer as told, one after the other. */
async function seenAfter(looks: readonly ((needs: readonly Need[]) => Look)[]) {
  const read = await readInventory('muster.yaml', memoryIo({ 'muster.yaml': 'nodes: { one: {} }' }));
  if (read.kind === 'invalid') throw new Error('the inventory is wrong');
  const asked: (readonly string[])[] = [];
  const look: Hand['look'] = async (needs) => {
    const answer = looks[asked.length];
    asked.push(needs.map(needKey));
    if (answer === undefined) throw new Error('one look too many');
    return answer(needs);
  };
  let view: NodeView | undefined;
  const action = {
    name: 'look',
    title: 'Look',
    summary: 'Looks.',
    targets: [],
    fields: {},
    needs: () => new Map([[nodeName('one'), NEEDS]]),
    plan: (_, { nodes }) => {
      view = nodes.get(nodeName('one'));
      return { kind: 'no-op', title: 'look', because: 'there is nothing to do', already: [] };
    },
  } satisfies Action;
  await makePlan(
    action,
    {},
    {
      inventory: read.inventory,
      hand: () => ({ look }) as Hand,
      clock: createFakeClock(),
      render: () => '',
      offLimits: () => undefined,
    },
  );
  return { asked, view };
}

const seen = (found: { readonly file?: true; readonly failed?: { readonly [key: string]: string } }): Look => ({
  kind: 'seen',
  seen: {
    atMs: 0,
    facts: {},
    checks: new Map(found.file === true ? [['file /etc/fstab', { kind: 'none' }]] : []),
    failed: new Map(Object.entries(found.failed ?? {})),
    absent: new Map(),
  },
});

test('what a busy node did not answer is asked once more, alone, and an answer takes the place of the failure', async () => {
  const { asked, view } = await seenAfter([
    () => seen({ failed: { units: 'no answer within 10 s', 'file /etc/fstab': 'no answer within 10 s' } }),
    () => seen({ file: true, failed: { units: 'no answer within 10 s' } }),
  ]);
  expect(asked).toEqual([
    ['units', 'file /etc/fstab'],
    ['units', 'file /etc/fstab'],
  ]);
  expect([...(view?.seen.failed ?? [])]).toEqual([['units', 'no answer within 10 s']]);
  expect([...(view?.seen.checks ?? [])]).toEqual([['file /etc/fstab', { kind: 'none' }]]);
});

test('a node that goes away before it answers again is one that cannot be reached', async () => {
  const { view } = await seenAfter([
    () => seen({ failed: { units: 'no answer within 10 s' } }),
    () => ({ kind: 'unreachable', because: 'no answer for 22 s' }),
  ]);
  expect(view?.unreachable).toBe('no answer for 22 s');
});

test('a node that answers everything is asked once', async () => {
  expect((await seenAfter([() => seen({ file: true })])).asked).toEqual([['units', 'file /etc/fstab']]);
});

/** Plans one stage for the first three nodes and one for the last three, of which two have one boot and one name of their own. */
async function plannedOnTwins(isSpoolByName: boolean) {
  const read = await readInventory('muster.yaml', memoryIo({ 'muster.yaml': 'nodes: { a: {}, b: {}, c: {}, d: {} }' }));
  if (read.kind === 'invalid') throw new Error('the inventory is wrong');
  const jobs = (names: readonly [string, ...string[]]) =>
    names.map((name): Job => ({ node: nodeName(name), steps: [aStep('touch a file')] }));
  const stage = (title: string, [first, ...others]: readonly Job[]): Stage[] =>
    first === undefined ? [] : [{ title, jobs: [first, ...others] }];
  const [first, ...others] = [...stage('one', jobs(['a', 'b', 'c'])), ...stage('two', jobs(['b', 'c', 'd']))];
  if (first === undefined) throw new Error('a plan without a stage');
  const plan: Plan = { kind: 'change', title: 'touch', stages: [first, ...others], already: [], refused: [] };
  const identity = { kernel: 'Linux', osName: '', architecture: '', cpuCount: 1 };
  const boots = new Map([
    ['a', { ...identity, hostname: 'alpha', bootId: '1' }],
    // A container of the first.
    ['b', { ...identity, hostname: 'beta', bootId: '1' }],
    ['c', { ...identity, hostname: 'alpha', bootId: '1' }],
    ['d', { ...identity, hostname: 'alpha', bootId: '' }],
  ]);
  const action = {
    name: 'touch',
    title: 'Touch',
    summary: 'Touches.',
    targets: [],
    fields: {},
    needs: (_, { inventory }) => new Map(inventory.nodes.map(({ name }) => [name, NEEDS])),
    plan: () => plan,
  } satisfies Action;
  const handOf = (name: string) => {
    const found = boots.get(name);
    const look: Hand['look'] = async (needs) => ({
      kind: 'seen',
      seen: {
        atMs: 0,
        facts: found !== undefined && needs.map(needKey).includes('identity') ? { identity: found } : {},
        checks: new Map(),
        failed: new Map(),
        absent: new Map(),
      },
    });
    return { look } as Hand;
  };
  const made = await makePlan(
    action,
    {},
    {
      inventory: read.inventory,
      hand: handOf,
      clock: createFakeClock(),
      render: () => '',
      offLimits: () => undefined,
      isSpoolByName,
    },
  );
  if (made.kind !== 'change') throw new Error('nothing is planned');
  return { stages: made.stages.map((each) => each.jobs.map(({ node }) => node)), refused: made.refused };
}

test('a machine under two names is planned under the first, and the second stands beside the plan with both names', async () => {
  expect(await plannedOnTwins(false)).toEqual({
    stages: [
      ['a', 'b'],
      ['b', 'd'],
    ],
    refused: [
      {
        nodes: ['c'],
        because: 'c is the same machine as a, under which it is changed; leave one of the two names out',
      },
    ],
  });
});

test('names that have a spool each do not meet, and both are planned', async () => {
  expect(await plannedOnTwins(true)).toEqual({
    stages: [
      ['a', 'b', 'c'],
      ['b', 'c', 'd'],
    ],
    refused: [],
  });
});
