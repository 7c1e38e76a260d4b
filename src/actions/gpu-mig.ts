import type { Action, Field, FleetView, Input, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import { countProfiles, type GpuSettings, namedUsers, profileNames } from '../model/gpu-state.ts';
import type { NodeName } from '../model/ids.ts';
import type { Step } from '../model/plan.ts';
import { cardsOf, GPU_NEEDS, GPU_TARGETS, gpuFields, nameOfGpu, usersOf, whyUsersUnknown } from './gpu-cards.ts';
import { createSteps, destroySteps, modeSteps } from './gpu-mig-steps.ts';
import { type NodePlan, needsOn, nodesIn, planEach, type Refusal, refused, stepsOr } from './node-plans.ts';

const fields = {
  ...gpuFields,
  mode: {
    kind: 'choice',
    title: 'MIG mode',
    help: 'Whether the card can be cut into instances; some models need a reset for it, which then is in the plan.',
    choices: ['keep', 'on', 'off'],
    default: 'keep',
  },
  instances: {
    kind: 'text',
    title: 'Instances',
    help: 'All that shall be there, e.g. 3g.40gb,2g.20gb,1g.10gb,1g.10gb; none for no instance; empty keeps them.',
    completes: 'mig-profiles',
  },
} as const satisfies { readonly [name: string]: Field };

/**
 * MIG mode and instances of cards, by the profiles each card itself lists. NVIDIA MIG User Guide, "Getting Started with MIG": memory and
 * faults are kept apart, unlike with time-slices; what goes, goes as compute instance first and GPU instance then.
 */
export const gpuMig = {
  name: 'gpu-mig',
  title: 'Cut GPUs into MIG instances',
  summary:
    'MIG mode and the set of instances, by the profiles the card lists; a card in use is refused with its processes.',
  targets: GPU_TARGETS,
  fields,
  needs(input, fleet) {
    const nodes = nodesIn(input['nodes'], fleet);
    return needsOn(nodes, (node) => [...GPU_NEEDS, ...instancesOf(node, input, fleet)]);
  },
  plan(input, fleet) {
    return planEach('cut GPUs into MIG instances', nodesIn(input['nodes'], fleet), fleet, (view) =>
      planMig(input, view),
    );
  },
} satisfies Action;

/** Once the cards are known: the instances of those with MIG on. */
function instancesOf(node: NodeName, input: Input, { nodes }: FleetView): readonly Need[] {
  const view = nodes.get(node);
  const chosen = view === undefined ? undefined : cardsOf(input, view);
  if (chosen === undefined || !('cards' in chosen)) return [];
  return chosen.cards
    .filter(({ mig }) => mig === true)
    .map(({ uuid }) => ({ kind: 'check', check: 'gpuMig', target: uuid }));
}

interface MigWish {
  /** Undefined: as it is. */
  readonly mode: boolean | undefined;
  /** Undefined: as they are. */
  readonly profiles: readonly string[] | undefined;
}

function planMig(input: Input, view: NodeView): NodePlan {
  const wish = wishOf(input);
  if ('kind' in wish) return wish;
  const chosen = cardsOf(input, view);
  if (!('cards' in chosen)) return chosen;
  const steps: Step[] = [];
  for (const card of chosen.cards) {
    const planned = planCard(wish, card, view);
    if ('kind' in planned) return planned;
    steps.push(...planned);
  }
  return stepsOr(steps, 'MIG mode and instances are so already');
}

function wishOf(input: Input): MigWish | Refusal {
  const text = String(input['instances'] ?? '').trim();
  const mode = input['mode'] === 'on' ? true : input['mode'] === 'off' ? false : undefined;
  const profiles = text === '' ? undefined : text === 'none' ? [] : profileNames(text);
  if (mode === undefined && profiles === undefined)
    return refused('nothing was chosen to change', 'say mode on or off, or which instances shall be there');
  if (mode === false && profiles !== undefined && profiles.length > 0)
    return refused('without MIG mode a card has no instances', 'leave out the instances, or say mode on');
  const odd = profiles?.find((name) => !/^(?:\dc\.)?\dg\.\d{1,4}gb(?:[+-][a-z.+-]{1,20})?$/.test(name));
  return odd === undefined
    ? { mode, profiles }
    : refused(
        `"${odd.slice(0, 40)}" is no name of a MIG profile`,
        'name profiles as the card lists them, e.g. 1g.10gb',
      );
}

function planCard(wish: MigWish, card: GpuSettings, view: NodeView): readonly Step[] | Refusal {
  const about = nameOfGpu(card);
  if (card.mig === undefined || card.migPending === undefined)
    return refused(
      `${about} (${card.name}) has no MIG`,
      'leave the card out; gpu-mode and gpu-mps share cards without it',
    );
  const mode = wish.mode ?? card.mig;
  const state = checked(view.seen, 'gpuMig', card.uuid);
  if (card.mig && state === undefined)
    return refused(
      `what MIG instances ${about} has is not known: ${view.seen.failed.get(`gpuMig ${card.uuid}`) ?? 'no answer'}`,
      'plan again when it answers',
    );
  const wanted = mode ? wish.profiles : [];
  if (!mode && wish.profiles !== undefined && wish.profiles.length > 0)
    return refused(`MIG mode of ${about} is off`, 'say mode on as well');
  const instances = state?.instances ?? [];
  const counts = wanted === undefined ? undefined : countProfiles(wanted);
  const unknown =
    state === undefined
      ? undefined
      : [...(counts?.keys() ?? [])].find((name) => !state.profiles.some((each) => each.name === name));
  if (unknown !== undefined)
    return refused(
      `${about} (${card.name}) has no MIG profile ${unknown}`,
      `choose of ${state?.profiles.map(({ name, total }) => `${name} (${total} at most)`).join(', ') ?? 'none'}`,
    );
  const steps = [
    ...(counts === undefined ? [] : destroySteps(card, instances, counts)),
    ...modeSteps(card, mode),
    ...(counts === undefined ? [] : createSteps(card, instances, counts)),
  ];
  return steps.length === 0 ? steps : (whyBusy(card, view) ?? steps);
}

function whyBusy(card: GpuSettings, view: NodeView): Refusal | undefined {
  const users = usersOf(view, card.uuid);
  return users.length === 0
    ? whyUsersUnknown(view)
    : refused(
        `${nameOfGpu(card)} is in use by ${namedUsers(users)}`,
        'wait until they have ended, or end them by what started them (a job, a container, a service such as DCGM)',
      );
}
