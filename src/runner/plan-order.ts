import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionsOf } from '../actions/registry.ts';
import { nodeIo } from '../config/node-io.ts';
import { configFolder, homeOf } from '../config/places.ts';
import { readTemplates, templateRenderer } from '../config/templates.ts';
import { withoutForbidden } from '../engine/leave-out.ts';
import { makePlan } from '../engine/make-plan.ts';
import { retryNodes, retryPlan } from '../engine/retry-plan.ts';
import { undoPlan } from '../engine/undo-plan.ts';
import { type RolloutOrder, readOrder } from '../journal/order.ts';
import { placesOf } from '../journal/places.ts';
import type { Action, Input } from '../model/action.ts';
import { type Plan, refuse } from '../model/plan.ts';
import { THIS_MACHINE } from '../model/playbook.ts';
import type { Rollout, RolloutId } from '../model/rollout.ts';
import { clock } from '../transport/clock.ts';
import type { AskSecret } from '../transport/secrets.ts';
import { type Hands, NOT_NAMED } from './hands.ts';
import { readLocalFile } from './local-file.ts';
import { observeUnknown, readOldRollout } from './old-rollout.ts';
import { RAW_LOG, type StudyOrder, studyPlaybook } from './study-playbook.ts';
import { todaysInput, withMoves } from './todays-order.ts';

/** The plan of an order, from facts that are seen now. Throws where the order names what is not there. */
export async function planOrder(order: RolloutOrder, state: string, hands: Hands, ask: AskSecret): Promise<Plan> {
  const { after } = order;
  const old = after === undefined ? undefined : oldOrder(state, after.id);
  if (after?.how === 'undo') {
    // What was done stands in the journal, whatever the inventory wishes by now; where it may be taken back is for the inventory of today to say.
    const undo = undoPlan(readOldRollout(placesOf(state, after.id)));
    return told(withoutForbidden(undo, hands.offLimits), order, old);
  }
  const action = actionsOf(order.inventory).find(({ name }) => name === order.action);
  if (action === undefined) throw new Error(`this muster has no action ${JSON.stringify(order.action)}`);
  const before = after === undefined ? undefined : await seenToday(readOldRollout(placesOf(state, after.id)), hands);
  const todays = old === undefined ? order.input : todaysInput(action, order, old);
  const input = await withSecrets(action, todays, ask);
  if (typeof input === 'string') return refuse(action.title, input, 'answer the question, or leave the field out');
  const study =
    action.studies === undefined ? undefined : await studyPlaybook(input, standingWhere(order, state), templates());
  const plan = await makePlan(action, input, {
    inventory: order.inventory,
    hand: hands.of,
    clock,
    render: templateRenderer(templates()),
    offLimits: hands.offLimits,
    isSpoolByName: hands.isSpoolByName,
    localFile: readLocalFile,
    ...(study === undefined ? {} : { playbook: study }),
  });
  if (before === undefined) return plan;
  const retry = retryPlan(plan, before, after?.onlyFailedStep === true, after?.nodes);
  return told(withGone(retry, before, order), order, old);
}

/** What became of steps nobody knows the end of; a stage that one command drove ran here, and its nodes know no step of it. */
function seenToday(rollout: Rollout, { of, here }: Hands): Promise<Rollout> {
  const { plan } = rollout;
  const isDriven = (stage: number) => plan?.kind === 'change' && plan.stages[stage]?.driver !== undefined;
  return observeUnknown(rollout, (node, stage) => (isDriven(stage) ? here() : of(node)), clock);
}

const told = (plan: Plan, order: RolloutOrder, old: RolloutOrder | undefined): Plan =>
  old === undefined ? plan : withMoves(plan, order, old);

/** The order of an old rollout; undefined where it cannot be read, which keeps nobody from an undo. */
function oldOrder(state: string, id: RolloutId): RolloutOrder | undefined {
  try {
    return readOrder(placesOf(state, id).request);
  } catch {
    return undefined;
  }
}

/** Nodes that a retry is for and that the inventory does not name any more are told and not forgotten. */
function withGone(plan: Plan, before: Rollout, { inventory }: RolloutOrder): Plan {
  if (plan.kind !== 'change') return plan;
  const names = new Set<string>([...inventory.nodes.map(({ name }) => name), THIS_MACHINE]);
  const nodes = [...retryNodes(before)].filter((node) => !names.has(node));
  return nodes.length === 0 ? plan : { ...plan, refused: [...plan.refused, { nodes, because: NOT_NAMED }] };
}

/** A retry stands where the first one stood, whoever asks for it from wherever. */
function standingWhere(order: RolloutOrder, state: string): StudyOrder {
  const { after } = order;
  const first = after === undefined ? order : readOrder(placesOf(state, after.id).request);
  const { logs, folder } = placesOf(state, order.id);
  return { ...order, folder: first.folder ?? '/', place: join(folder, 'ansible'), rawLog: join(logs, RAW_LOG) };
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
    if (field.kind !== 'secret' || (field.onlyWith !== undefined && input[field.onlyWith] !== true)) continue;
    const text = await ask(field.title, false);
    if (text !== undefined && text !== '') answers[name] = text;
    else if (field.isRequired === true) return `${field.title.toLowerCase()} was not given`;
  }
  return { ...input, ...answers };
}
