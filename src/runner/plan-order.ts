import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionsOf } from '../actions/registry.ts';
import { nodeIo } from '../config/node-io.ts';
import { configFolder, homeOf } from '../config/places.ts';
import { readTemplates, templateRenderer } from '../config/templates.ts';
import { makePlan } from '../engine/make-plan.ts';
import { retryPlan } from '../engine/retry-plan.ts';
import { undoPlan } from '../engine/undo-plan.ts';
import type { RolloutOrder } from '../journal/order.ts';
import { placesOf } from '../journal/places.ts';
import type { Action, Input } from '../model/action.ts';
import { type Plan, refuse } from '../model/plan.ts';
import { clock } from '../transport/clock.ts';
import type { AskSecret } from '../transport/secrets.ts';
import type { Hands } from './hands.ts';
import { observeUnknown, readOldRollout } from './old-rollout.ts';

/** The plan of an order, from facts that are seen now. Throws where the order names what is not there. */
export async function planOrder(order: RolloutOrder, state: string, hands: Hands, ask: AskSecret): Promise<Plan> {
  const { after } = order;
  if (after?.how === 'undo') return refusingOffLimits(undoPlan(readOldRollout(placesOf(state, after.id))), hands);
  const action = actionsOf(order.inventory).find(({ name }) => name === order.action);
  if (action === undefined) throw new Error(`this muster has no action ${JSON.stringify(order.action)}`);
  const before =
    after === undefined ? undefined : await observeUnknown(readOldRollout(placesOf(state, after.id)), hands.of);
  const input = await withSecrets(action, order.input, ask);
  if (typeof input === 'string') return refuse(action.title, input, 'answer the question, or leave the field out');
  const plan = await makePlan(action, input, {
    inventory: order.inventory,
    hand: hands.of,
    clock,
    render: templateRenderer(templates()),
    offLimits: hands.offLimits,
  });
  return before === undefined ? plan : retryPlan(plan, before, after?.onlyFailedStep === true, after?.nodes);
}

/** Ours beside the program, and the user's own in the configuration folder. */
function templates() {
  const { env } = process;
  const builtIn = fileURLToPath(new URL('../templates', import.meta.url));
  return readTemplates(nodeIo, builtIn, join(configFolder({ env, home: homeOf(env) }), 'templates'));
}

/** Secret fields are asked for here, because nothing that is written down may hold them. A sentence where one that is needed was declined. */
async function withSecrets({ fields }: Action, input: Input, ask: AskSecret): Promise<Input | string> {
  const answers: { [field: string]: string } = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind !== 'secret') continue;
    const text = await ask(field.title, false);
    if (text !== undefined && text !== '') answers[name] = text;
    else if (field.isRequired === true) return `${field.title.toLowerCase()} was not given`;
  }
  return { ...input, ...answers };
}

/** What an old rollout may have changed may be forbidden by now. */
function refusingOffLimits(plan: Plan, { offLimits }: Hands): Plan {
  if (plan.kind !== 'change') return plan;
  for (const { node } of plan.stages.flatMap(({ jobs }) => jobs)) {
    const because = offLimits(node);
    if (because !== undefined) return refuse(plan.title, `${node}: ${because}`, 'allow changes on it');
  }
  return plan;
}
