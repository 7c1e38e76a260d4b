import type { NodeView } from '../model/action.ts';
import type { NodeName } from '../model/ids.ts';
import { sameMachine } from '../model/one-machine.ts';
import type { Plan, Stage } from '../model/plan.ts';

/**
 * A plan in which no stage changes one machine under two names: the second is left out, told with its reason, and has no part in later stages
 * either, because those build on what it has not done. Two names are one machine where its boot and its own name are the same, as far as
 * that was seen: containers share the boot of the machine they run on, and have names of their own.
 */
export function withoutTwins(plan: Plan, nodes: ReadonlyMap<NodeName, Pick<NodeView, 'seen'>>): Plan {
  if (plan.kind !== 'change') return plan;
  const out = new Map<NodeName, NodeName>();
  const stages = plan.stages.flatMap((stage): readonly Stage[] => {
    // Whose machine a host of a playbook is, is the playbook's own business.
    if (stage.driver !== undefined) return [stage];
    const machines = new Map<string, NodeName>();
    const jobs = stage.jobs.filter(({ node }) => {
      const identity = nodes.get(node)?.seen.facts.identity;
      if (out.has(node) || identity === undefined || identity.bootId === '') return !out.has(node);
      const machine = `${identity.bootId} ${identity.hostname}`;
      const first = machines.get(machine);
      if (first === undefined) machines.set(machine, node);
      else out.set(node, first);
      return first === undefined;
    });
    const [first, ...others] = jobs;
    if (first === undefined) return [];
    return [jobs.length === stage.jobs.length ? stage : { ...stage, jobs: [first, ...others] }];
  });
  const [first, ...others] = stages;
  if (out.size === 0 || first === undefined) return plan;
  const notes = [...out].map(([node, of]) => ({ nodes: [node], because: sameMachine(node, of) }));
  return { ...plan, stages: [first, ...others], refused: [...plan.refused, ...notes] };
}
