import { judgeAll, needsOf } from '../conditions/judge.ts';
import type { Action, FleetView, Input, NodeView } from '../model/action.ts';
import type { Need } from '../model/check.ts';
import type { CustomAction, CustomStep } from '../model/custom-action.ts';
import type { NodeName } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { conditionOf, needsBefore } from './custom-conditions.ts';
import { planStep } from './custom-step.ts';
import { filled, ValueError, type Values, valuesOf } from './custom-values.ts';
import { already, gather, type NodePlan, needsOn, nodesIn, planOf, refused, stageOf } from './node-plans.ts';

/** An action of the user's own takes the same road as any other: looked at, planned, guarded, known to be done by facts, undone. */
export const customAction = (action: CustomAction): Action => ({
  name: action.name,
  title: action.title,
  summary: action.summary,
  targets: action.targets,
  fields: action.fields,
  needs: (input, fleet) => needsOn(nodesIn(input['nodes'], fleet), (node) => needsOnNode(action, input, node, fleet)),
  plan: (input, fleet) => {
    const gathered = gather(nodesIn(input['nodes'], fleet), fleet, (view) => planNode(action, input, view, fleet));
    const width = action.maxAtOnce === undefined ? {} : { maxAtOnce: action.maxAtOnce };
    return planOf(action.title, stageOf(action.title, gathered.jobs, width), gathered);
  },
});

/** First what conditions compare with and files that are written, then what the conditions themselves ask. */
function needsOnNode(action: CustomAction, input: Input, node: NodeName, fleet: FleetView): readonly Need[] {
  const values = valuesOf(action, input, node);
  const steps = action.steps.flatMap((step) => ('never' in step.undo ? [step] : [step, ...step.undo]));
  const seen = fleet.nodes.get(node)?.seen;
  const isRoot = steps.some(({ work, as }) => work.kind === 'write' || as === 'root');
  return [
    { kind: 'probe', probe: 'identity' },
    ...(isRoot ? [{ kind: 'probe', probe: 'privilege' } as const] : []),
    ...steps.flatMap((step) => unlessWrong(() => needsOfStep(step, values))),
    ...(seen === undefined
      ? []
      : action.steps.flatMap(({ done }) =>
          typeof done === 'string'
            ? []
            : unlessWrong(() => needsOf(done.map((condition) => conditionOf(condition, values, seen)))),
        )),
  ];
}

const needsOfStep = ({ work, guard, done }: CustomStep, values: Values): readonly Need[] => [
  ...(work.kind === 'write' ? [{ kind: 'check', check: 'file', target: filled(work.path, values) } as const] : []),
  ...[...guard, ...(typeof done === 'string' ? [] : done)].flatMap((condition) => needsBefore(condition, values)),
];

/** What a value makes impossible is told by the plan. */
function unlessWrong(needs: () => readonly Need[]): readonly Need[] {
  try {
    return needs();
  } catch (error) {
    if (error instanceof ValueError) return [];
    throw error;
  }
}

function planNode(action: CustomAction, input: Input, view: NodeView, fleet: FleetView): NodePlan {
  const values = valuesOf(action, input, view.name);
  try {
    const steps = action.steps.flatMap((step) => planStep(step, values, view, fleet.render));
    const left = withoutDone(steps, view);
    return left.length === 0 ? already('all of it holds already') : { kind: 'steps', steps: left };
  } catch (error) {
    if (error instanceof ValueError) return refused(error.message, error.tryThis);
    throw error;
  }
}

/** Steps at the beginning that hold already are left out; those after the first that does not may be undone by it, and are asked when they are due. */
function withoutDone(steps: readonly Step[], { seen }: NodeView): readonly Step[] {
  const holds = (index: number): boolean => {
    const done = steps[index]?.done;
    if (done === 'with-next') return holds(index + 1);
    return Array.isArray(done) && judgeAll(done, seen).kind === 'holds';
  };
  const first = steps.findIndex((_, index) => !holds(index));
  return first < 0 ? [] : steps.slice(first);
}
