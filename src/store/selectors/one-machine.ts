import type { NodeName } from '../../model/ids.ts';
import { goodValueOf as lastKnown } from '../../model/observation.ts';
import type { Plan } from '../../model/plan.ts';
import type { State } from '../state.ts';

/**
 * Names of a plan that are one machine by what was last seen: the same boot and the same host name. An action that looks at nothing cannot know it,
 * and two logins of one machine do not meet on it.
 */
export function namesOfOneMachine(plan: Plan, { nodes }: Pick<State, 'nodes'>): readonly (readonly NodeName[])[] {
  if (plan.kind !== 'change') return [];
  const stages = plan.stages.filter(({ driver }) => driver === undefined);
  const byMachine = new Map<string, NodeName[]>();
  for (const node of new Set(stages.flatMap(({ jobs }) => jobs.map((job) => job.node)))) {
    const identity = lastKnown(nodes.get(node)?.slots.identity);
    if (identity === undefined || identity.bootId === '') continue;
    const machine = `${identity.bootId} ${identity.hostname}`;
    byMachine.set(machine, [...(byMachine.get(machine) ?? []), node]);
  }
  return [...byMachine.values()].filter((names) => names.length > 1);
}
