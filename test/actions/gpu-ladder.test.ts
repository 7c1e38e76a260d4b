// The ladder of a GPU that fails, and that of memory nothing computes with: no rung is taken on a busy card, neither by the plan nor by a step whose
// card became busy since, and each is done only when what it is for is seen.
import { describe, expect, test } from 'vitest';
import { gpuFree } from '../../src/actions/gpu-free.ts';
import { gpuRecover } from '../../src/actions/gpu-recover.ts';
import type { DemoHolder } from '../../src/demo/node-state.ts';
import type { GivenInput } from '../../src/model/input.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import { planOn, runStep, type SimFleet, simFleet } from './plan-cases.ts';
import type { CardsSpec } from './sim-cards.ts';
import type { SimNode } from './sim-node.ts';

const ALICE: DemoHolder = {
  gpuIndex: 1,
  pid: 4711,
  user: 'alice',
  memoryMib: 9000,
  command: 'python train.py',
  computes: true,
};
const JOB = '1 4711 alice 9000 python train.py';

interface Bench {
  readonly node: SimNode;
  readonly plan: (input?: GivenInput) => Plan;
  readonly free: (input?: GivenInput) => Plan;
  /** Somebody begins to use a card, or has it open. */
  readonly use: (holder?: Partial<DemoHolder>) => void;
}

/** A node of two cards in some state. */
async function bench(cards: Partial<CardsSpec>, daemon = 'active enabled'): Promise<Bench> {
  const fleet: SimFleet = await simFleet({
    inventory: 'name: lab\nnodes: { gpu01: {} }\n',
    nodes: {
      gpu01: { services: { 'nvidia-persistenced.service': daemon }, cards: { model: 'h100', count: 2, ...cards } },
    },
  });
  const node = fleet.nodes.get('gpu01');
  if (node === undefined) throw new Error('no node');
  return {
    node,
    plan: (input = {}) => planOn(gpuRecover, { nodes: 'gpu01', ...input }, fleet),
    free: (input = {}) => planOn(gpuFree, { nodes: 'gpu01', ...input }, fleet),
    use: (holder = {}) =>
      node.cards?.change('gpu01', (state) => ({
        ...state,
        stack: { ...state.stack, holders: [...state.stack.holders, { ...ALICE, ...holder }] },
      })),
  };
}

const stepsOf = (plan: Plan): readonly Step[] =>
  plan.kind === 'change' ? plan.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps)) : [];
const told = (plan: Plan): string =>
  plan.kind === 'change'
    ? stepsOf(plan)
        .map(({ title }) => title)
        .join(', ')
    : plan.because;

/** Each rung on the state it is for; `persistenced` disturbs nobody, the others end what runs. */
const RUNGS = [
  ['reload', { module: 'mismatched' }, 'unload the NVIDIA modules and load them again', 'the driver', 'changed'],
  ['reset', { lost: [1] }, 'reset gpu1', 'gpu1', 'exit: No devices were found\n'],
  ['reboot', { lost: [1] }, 'reboot', 'the driver', 'changed'],
] as const satisfies readonly (readonly [string, Partial<CardsSpec>, string, string, string])[];

describe.each(RUNGS)('the rung %s', (rung, state, title, about, outcome) => {
  test('is one step on an idle node, done only when every card of it answers', async () => {
    const { node, plan } = await bench(state);
    const steps = stepsOf(plan({ rung }));
    expect(steps.map((step) => step.title)).toEqual([title]);
    const done = steps.flatMap((step) => (typeof step.done === 'string' ? [] : step.done));
    expect(done.map(({ kind }) => kind)).toContain('gpu-answers');
    // A lost card stays lost until a reboot: the step fails with what nvidia-smi says.
    expect(steps.map((step) => runStep(node, step, undefined))).toEqual([outcome]);
  });

  test.each([
    ['computes on', { computing: [JOB] }],
    ['has open', { open: [JOB] }],
  ])('is refused with the process named where it %s the card', async (_, busy) => {
    const { plan } = await bench({ ...state, ...busy });
    expect(plan({ rung })).toMatchObject({
      kind: 'refused',
      because: expect.stringMatching(/; in use by 4711 alice python train\.py$/),
      tryThis: 'nothing is ended by itself: wait, or end them by what started them, then plan again',
    });
  });

  test('is not taken on a card that became busy since the plan', async () => {
    const { node, plan, use } = await bench(state);
    const [step] = stepsOf(plan({ rung }));
    if (step === undefined) throw new Error('no step');
    use();
    expect(runStep(node, step, undefined)).toBe(`guarded: ${about} is in use by 4711 alice python train.py`);
    expect(node.ran).toEqual([]);
  });
});

test('the rung persistenced disturbs nobody: it is taken beside a job, and done when the daemon was started anew', async () => {
  const { node, plan } = await bench({ computing: [JOB] }, 'inactive enabled');
  const steps = stepsOf(plan());
  expect(steps.map(({ title, guard }) => [title, guard])).toEqual([['restart nvidia-persistenced.service', []]]);
  expect(steps.map((step) => runStep(node, step, undefined))).toEqual(['changed']);
});

test('whoever uses any card stands in the way of the reset of a lost one, which is in no list of who uses what', async () => {
  const { plan } = await bench({ lost: [1], computing: ['0 4711 alice 9000 python train.py'] });
  expect(told(plan({ rung: 'reset', gpus: ['1'] }))).toMatch(/; in use by 4711 alice python train\.py$/);
});

describe('memory nothing computes with', () => {
  test('that something has open is named first, then ended on request, and only then the card is reset', async () => {
    const { node, free } = await bench({ open: [JOB] });
    expect(told(free())).toMatch(
      /^gpu1 holds [\d.]+G and nothing computes there; 4711 alice python train\.py has it open$/,
    );
    const steps = stepsOf(free({ holders: 'end' }));
    expect(steps.map(({ title, risk }) => [title, risk])).toEqual([
      ['end what has gpu1 open', 'interrupts-users'],
      ['reset gpu1', 'changes'],
    ]);
    expect(steps.map((step) => runStep(node, step, undefined)).at(-1)).toMatch(/^(changed|already)$/);
    expect(told(free())).toBe('no memory is held but by what computes');
  });

  test("that a job computes with is nobody else's to free", async () => {
    const { free } = await bench({ computing: [JOB] });
    expect(told(free({ holders: 'end' }))).toBe('no memory is held but by what computes');
  });

  test('is not reset under somebody who opened the card since the plan', async () => {
    const { node, free, use } = await bench({ open: [JOB] });
    const [end, reset] = stepsOf(free({ holders: 'end' }));
    if (end === undefined || reset === undefined) throw new Error('no steps');
    use({ pid: 4800, user: 'bob', command: 'python new.py' });
    expect(runStep(node, reset, undefined)).toMatch(/^guarded: gpu1 is in use by .*4800 bob python new\.py/);
    expect(node.ran).toEqual([]);
  });
});
