// A rollout whose nodes take as many steps as a test wants, as its journal tells it, and a playbook, whose tasks appear while it runs.
import { nodeName } from '../../src/model/ids.ts';
import type { Job, Plan, Step } from '../../src/model/plan.ts';
import type { RolloutEvent, StepOutcome } from '../../src/model/rollout.ts';
import { aStep } from '../engine/a-step.ts';
import { ID } from './a-rollout.ts';

const author = { user: 'ops', host: 'jump' };

const WORK = ['install packages', 'write the unit of the exporter', 'restart the exporter', 'look whether it answers'];

const stepAt = (index: number, title = WORK[index % WORK.length] ?? ''): Step => aStep(title, { timeoutMs: 30_000 });

const jobWith = (node: string, count: number, title?: string): Job => ({
  node: nodeName(node),
  steps: [stepAt(0, title), ...Array.from({ length: count - 1 }, (_, index) => stepAt(index + 1, title))],
});

const planOf = (jobs: readonly [Job, ...Job[]], driver?: Step): Plan => ({
  kind: 'change',
  title: 'roll the site out',
  stages: [{ title: 'the site', jobs, ...(driver === undefined ? {} : { driver: { step: driver, nodesAt: 2 } }) }],
  already: [],
  refused: [],
});

const place = (node: string, step: number) => ({ node: nodeName(node), stage: 0, step });

export const CHANGED: StepOutcome = { kind: 'changed' };
export const ALREADY: StepOutcome = { kind: 'already' };
export const OMITTED: StepOutcome = { kind: 'omitted', because: 'when says no' };
export const FAILED: StepOutcome = {
  kind: 'failed',
  failure: { kind: 'exit', exitCode: 100, lastWords: 'E: unable to locate package' },
};

const starting = (node: string, step: number): RolloutEvent => ({
  kind: 'step-starting',
  attempt: 1,
  bootId: 'b',
  ...place(node, step),
});

const ended = (node: string, step: number, outcome: StepOutcome): RolloutEvent => ({
  kind: 'step-ended',
  attempt: 1,
  tookMs: 400,
  log: { fromByte: 0, toByte: 10, droppedBytes: 0 },
  outcome,
  ...place(node, step),
});

/** How far a node is: the outcomes of its first steps, and whether the next one runs. */
export interface Course {
  readonly outcomes: readonly StepOutcome[];
  readonly isRunning?: true;
}

/** As many times the same outcome. */
export const times = (count: number, outcome: StepOutcome): readonly StepOutcome[] =>
  Array.from({ length: count }, () => outcome);

const opening = (plan: Plan): readonly RolloutEvent[] => [
  { kind: 'requested', id: ID, action: 'converge', input: {}, author },
  { kind: 'planned', plan },
  { kind: 'started', author, limits: { canary: 1, maxUnavailable: 4, maxFailures: 2 } },
];

/** Nodes that all have `count` steps, each as far as told; all called `title`, where there is one. */
export function longRollout(
  count: number,
  courses: readonly (readonly [string, Course])[],
  title?: string,
): readonly RolloutEvent[] {
  const [first, ...others] = courses.map(([node]) => jobWith(node, count, title));
  if (first === undefined) return [];
  return [
    ...opening(planOf([first, ...others])),
    ...courses.flatMap(([node, { outcomes, isRunning }]) => [
      ...outcomes.flatMap((outcome, step) => [starting(node, step), ended(node, step, outcome)]),
      ...(isRunning ? [starting(node, outcomes.length)] : []),
    ]),
  ];
}

/** A playbook: its command is the first step of every node and runs on; the tasks appear, the last one still runs. */
export function playbook(courses: readonly (readonly [string, Course])[]): readonly RolloutEvent[] {
  const driver: Step = { ...stepAt(0), title: 'play site.yml' };
  const [first, ...others] = courses.map(([node]): Job => ({ node: nodeName(node), steps: [driver] }));
  if (first === undefined) return [];
  const appeared = (node: string, task: number): RolloutEvent => ({
    kind: 'step-appeared',
    title: stepAt(task).title,
    does: 'apt',
    ...place(node, task + 1),
  });
  return [
    ...opening(planOf([first, ...others], driver)),
    ...courses.map(([node]) => starting(node, 0)),
    ...courses.flatMap(([node, { outcomes, isRunning }]) => [
      ...outcomes.flatMap((outcome, task) => [appeared(node, task), ended(node, task + 1, outcome)]),
      ...(isRunning ? [appeared(node, outcomes.length)] : [ended(node, 0, outcomes.at(-1) ?? CHANGED)]),
    ]),
  ];
}
