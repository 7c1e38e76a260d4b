import type { RolloutOrder } from '../journal/order.ts';
import type { Action, Input } from '../model/action.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { NodeName } from '../model/ids.ts';
import { foldNodes, parseNodeSet } from '../model/node-set.ts';
import type { Job, Plan, Stage } from '../model/plan.ts';

/**
 * The input of an old order for the inventory of today: of a node set that names what is there no more, what is left of it by the inventory it
 * was written for. A group means its members of today. Empty where nothing is left; the action then says so.
 */
export function todaysInput({ fields }: Action, { input, inventory }: RolloutOrder, old: RolloutOrder): Input {
  const names = new Set<string>(inventory.nodes.map(({ name }) => name));
  const changed = Object.entries(fields).flatMap(([name, field]): readonly (readonly [string, string])[] => {
    const text = input[name];
    if (field.kind !== 'nodes' || typeof text !== 'string' || parseNodeSet(text, inventory).kind !== 'error') return [];
    const before = parseNodeSet(text, old.inventory);
    return before.kind === 'error' ? [] : [[name, foldNodes(before.nodes.filter((node) => names.has(node)))]];
  });
  return { ...input, ...Object.fromEntries(changed) };
}

/** The plan with a word at each node that is reached another way by now than when the old rollout ran: it may be another machine. */
export function withMoves(plan: Plan, order: RolloutOrder, old: RolloutOrder): Plan {
  if (plan.kind !== 'change') return plan;
  const told = new Set<NodeName>();
  const jobWith = (job: Job): Job => {
    const moved = told.has(job.node) ? undefined : moveOf(endpointOf(old, job.node), endpointOf(order, job.node));
    told.add(job.node);
    if (moved === undefined) return job;
    const [first, ...others] = job.steps;
    return { ...job, steps: [{ ...first, warnings: [moved, ...first.warnings] }, ...others] };
  };
  const stageWith = (stage: Stage): Stage => {
    const [first, ...others] = stage.jobs;
    return { ...stage, jobs: [jobWith(first), ...others.map(jobWith)] };
  };
  const [first, ...others] = plan.stages;
  return { ...plan, stages: [stageWith(first), ...others.map(stageWith)] };
}

const endpointOf = ({ endpoints }: RolloutOrder, node: NodeName): Endpoint | undefined =>
  endpoints.find((endpoint) => endpoint.node === node);

function moveOf(before: Endpoint | undefined, now: Endpoint | undefined): string | undefined {
  if (before === undefined || now === undefined) return undefined;
  const [was, is] = [wayTo(before), wayTo(now)];
  if (was !== is) return `it is reached at ${is} by now; when the rollout ran it was ${was}`;
  const isRekeyed = before.pinnedHostKeys.join() !== now.pinnedHostKeys.join();
  return isRekeyed ? 'the inventory pins another host key by now than when the rollout ran' : undefined;
}

const wayTo = ({ via, address, port, jumps }: Endpoint): string =>
  [via === 'local' ? 'this machine' : `${address}:${port}`, ...jumps.map((jump) => `over ${jump.address}`)].join(' ');
