import { expect, test } from 'vitest';
import { withoutSecrets } from '../../src/engine/plan-secrets.ts';
import { retryPlan } from '../../src/engine/retry-plan.ts';
import { undoPlan } from '../../src/engine/undo-plan.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { Plan, Step } from '../../src/model/plan.ts';
import type { JobProgress, Rollout, StepOutcome } from '../../src/model/rollout.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import { jobStateOf } from '../../src/model/rollout-fold.ts';
import { aStep } from './a-step.ts';

const step = (title: string, undo: Step['undo'] = { never: 'it is done' }): Step => aStep(title, { undo });
const [a, b] = [nodeName('a'), nodeName('b')];
const CHANGED: StepOutcome = { kind: 'changed' };
const FAILED: StepOutcome = { kind: 'failed', failure: { kind: 'exit', exitCode: 1, lastWords: '' } };

function job(node: JobProgress['node'], ...outcomes: readonly (StepOutcome | undefined)[]): JobProgress {
  const steps = outcomes.map((outcome) => (outcome === undefined ? { attempt: 0 } : { attempt: 1, outcome }));
  return { node, steps, state: jobStateOf(steps) };
}

const rolloutOf = (plan: Plan, stages: Rollout['stages']): Rollout => ({
  id: rolloutId('20261122-103015-k3f9'),
  action: 'test',
  input: {},
  author: { user: 'ada', host: 'desk' },
  requestedAtMs: 0,
  phase: 'ended',
  plan,
  stages,
  lastSeq: 9,
});

/** Stage, node and titles: what a plan would do, in order. */
const told = (plan: Plan): readonly string[] =>
  plan.kind === 'change'
    ? plan.stages.flatMap(({ title, jobs }) =>
        jobs.map(({ node, steps }) => `${title} ${node}: ${steps.map((one) => one.title).join(', ')}`),
      )
    : [`${plan.kind}: ${plan.because}`];

const plan: Plan = {
  kind: 'change',
  title: 'share',
  stages: [
    { title: 'server', jobs: [{ node: a, steps: [step('format'), step('export', [step('unexport')])] }] },
    {
      title: 'clients',
      jobs: [
        { node: a, steps: [step('write', [step('remove')]), step('mount', [step('unmount'), step('forget')])] },
        { node: b, steps: [step('write', [step('remove')]), step('mount', [step('unmount')])] },
      ],
    },
  ],
  already: [],
  refused: [],
};

test('undo takes back what was changed, the last first, leaves alone what was so before, and names what nothing takes back and what failed midway', () => {
  const rollout = rolloutOf(plan, [
    [job(a, CHANGED, CHANGED)],
    [job(a, { kind: 'already' }, CHANGED), job(b, CHANGED, FAILED)],
  ]);
  const undo = undoPlan(rollout);
  expect(told(undo)).toEqual([
    'undo: clients a: unmount, forget',
    'undo: clients b: remove',
    'undo: server a: unexport',
  ]);
  expect(undo.kind === 'change' && undo.refused).toEqual([
    { nodes: [a], because: 'format: it is done' },
    { nodes: [b], because: 'mount: it failed midway; look at what of it is there' },
  ]);
  const guarded: StepOutcome = { kind: 'failed', failure: { kind: 'guarded', because: 'in use' } };
  const nothing = rolloutOf(plan, [
    [job(a, guarded, undefined)],
    [job(a, undefined, undefined), job(b, undefined, undefined)],
  ]);
  expect(told(undoPlan(nothing))).toEqual(['no-op: none of its steps changed anything']);
});

test('retry keeps nodes that failed or never started, from the step on that failed, and with one word only that step', () => {
  const rollout = rolloutOf(plan, [[job(a, CHANGED, CHANGED)], [job(a, CHANGED, CHANGED), job(b, CHANGED, FAILED)]]);
  expect(told(retryPlan(plan, rollout, false))).toEqual(['clients b: mount']);
  const early = rolloutOf(plan, [
    [job(a, CHANGED, FAILED)],
    [job(a, undefined, undefined), job(b, undefined, undefined)],
  ]);
  expect(told(retryPlan(plan, early, false))).toEqual([
    'server a: export',
    'clients a: write, mount',
    'clients b: write, mount',
  ]);
  expect(told(retryPlan(plan, early, true))).toEqual(['server a: export']);
  expect(told(retryPlan(plan, early, false, [b]))).toEqual(['clients b: write, mount']);
  const skipped = rolloutOf(plan, [
    [job(a, CHANGED, CHANGED)],
    [job(a, CHANGED, CHANGED), job(b, CHANGED, { kind: 'skipped' })],
  ]);
  expect(told(retryPlan(plan, skipped, false))).toEqual(['refused: no node is left to be tried again']);
});

test('retry runs a step again whose title several have, because one of them may not have run', () => {
  const twice: Plan = {
    kind: 'change',
    title: 'converge',
    stages: [{ title: 'mounts', jobs: [{ node: a, steps: [step('x'), step('reload'), step('y'), step('reload')] }] }],
    already: [],
    refused: [],
  };
  const fresh: Plan = {
    ...twice,
    stages: [{ title: 'mounts', jobs: [{ node: a, steps: [step('y'), step('reload')] }] }],
  };
  const rollout = rolloutOf(twice, [[job(a, CHANGED, CHANGED, FAILED, undefined)]]);
  expect(told(retryPlan(fresh, rollout, false))).toEqual(['mounts a: y, reload']);
});

test('a playbook is not begun at the task that failed, and the refusal says why and what to do instead', () => {
  const [first, ...others] = plan.kind === 'change' ? plan.stages : [];
  if (plan.kind !== 'change' || first === undefined) throw new Error('there is no stage');
  const driven: Plan = {
    ...plan,
    stages: [{ ...first, driver: { step: step('ansible-playbook'), nodesAt: 1 } }, ...others],
  };
  const rollout = rolloutOf(plan, [[job(a, CHANGED, FAILED)], [job(a, undefined, undefined)]]);
  expect(told(retryPlan(driven, rollout, true))).toEqual([
    'refused: a playbook cannot begin at the task that failed: what earlier tasks registered and notified would be missing',
  ]);
});

test('a file whose old text holds a password is told with where it lies, and the rest is taken back', () => {
  const secret = { argv: ['sh', '-c', 'cat'], stdin: 'password=geheim', secrets: ['geheim'] } as const;
  const write = step('write fstab', [{ ...step('put fstab back'), run: secret }]);
  const kept = withoutSecrets({
    kind: 'change',
    title: 'mount',
    stages: [{ title: 'mounts', jobs: [{ node: a, steps: [write, step('mount', [step('unmount')])] }] }],
    already: [],
    refused: [],
  });
  const undo = undoPlan(rolloutOf(kept, [[job(a, CHANGED, CHANGED)]]));
  expect(told(undo)).toEqual(['undo: mounts a: unmount']);
  expect(undo.kind === 'change' && undo.refused).toEqual([
    {
      nodes: [a],
      because: 'write fstab: what was there before holds a password, which no plan keeps',
      tryThis: 'put the file back by hand from /var/lib/muster/backups on the node',
    },
  ]);
});
