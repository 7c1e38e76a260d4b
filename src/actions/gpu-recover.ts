import type { Action, Field, FleetView, Input, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import { type GpuUser, namedUsers } from '../model/gpu-state.ts';
import { cardsOf, GPU_NEEDS, GPU_TARGETS, gpuFields, usersOf, whyUsersUnknown } from './gpu-cards.ts';
import { persistencedStep, rebootStep, reloadStep, resetSteps } from './gpu-recover-steps.ts';
import { type GpuTrouble, RUNGS, type Rung, troubleOf } from './gpu-trouble.ts';
import { already, joinedNeeds, type NodePlan, needsOn, nodesIn, planEach, refused } from './node-plans.ts';
import { reboot } from './reboot.ts';

const fields = {
  ...gpuFields,
  rung: {
    kind: 'choice',
    title: 'Rung',
    help: 'How far to go; lowest takes the first that can help: persistenced, reload of the modules, reset of the card, reboot.',
    choices: ['lowest', ...RUNGS],
    default: 'lowest',
  },
} as const satisfies { readonly [name: string]: Field };

const OWN: readonly Need[] = [
  ...GPU_NEEDS,
  { kind: 'check', check: 'gpuStack', target: 'all' },
  { kind: 'check', check: 'service', target: 'nvidia-persistenced.service' },
];

/**
 * A GPU that is not detected or fails, mended by a ladder of which each rung has its plan: never on a card in use, ends nothing by itself,
 * and done only when nvidia-smi answers for the card. nvidia-smi(1), --gpu-reset; NVIDIA GPU debug guidelines.
 */
export const gpuRecover = {
  name: 'gpu-recover',
  title: 'Recover a GPU',
  summary:
    'Follows the chain from the PCI bus to nvidia-smi and mends the first broken link: persistenced, modules, reset, reboot.',
  targets: GPU_TARGETS,
  fields,
  needs: (input, fleet) =>
    joinedNeeds(
      needsOn(nodesIn(input['nodes'], fleet), () => OWN),
      reboot.needs({ nodes: input['nodes'] }, fleet),
    ),
  plan(input, fleet) {
    return planEach('recover GPUs', nodesIn(input['nodes'], fleet), fleet, (view) => planRecovery(input, view, fleet), {
      maxAtOnce: 1,
    });
  },
} satisfies Action;

function planRecovery(input: Input, view: NodeView, fleet: FleetView): NodePlan {
  const trouble = troubleOf(input, view);
  if ('kind' in trouble) return trouble;
  const wished = RUNGS.find((rung) => rung === input['rung']);
  const rung = wished ?? trouble.lowest;
  if (rung === undefined) return already(trouble.words);
  if (wished !== undefined && trouble.lowest === undefined && wished !== 'persistenced')
    return already(`${trouble.words}; there is nothing ${wished} would mend`);
  const users = rung === 'reset' ? usersOfReset(input, view, trouble) : usersOf(view);
  if (users.length > 0 && rung !== 'persistenced')
    return refused(
      `${trouble.words}; in use by ${namedUsers(users)}`,
      'nothing is ended by itself: wait, or end them by what started them, then plan again',
    );
  const unknown = rung === 'persistenced' ? undefined : whyUsersUnknown(view);
  return unknown ?? stepsOf(rung, trouble, view, fleet);
}

/** Who stands in the way of a reset: users of the cards named. A lost card is in no list, and whoever has any open may have that one. */
function usersOfReset(input: Input, view: NodeView, { ill }: GpuTrouble): readonly GpuUser[] {
  const chosen = cardsOf(input, view);
  if (!('cards' in chosen)) return usersOf(view);
  const isListed = ill.every(({ uuid }) => chosen.cards.some((card) => card.uuid === uuid));
  return isListed ? chosen.cards.flatMap(({ uuid }) => usersOf(view, uuid)) : usersOf(view);
}

function stepsOf(rung: Rung, trouble: GpuTrouble, view: NodeView, fleet: FleetView): NodePlan {
  switch (rung) {
    case 'persistenced': {
      const state = checked(view.seen, 'service', 'nvidia-persistenced.service');
      if (state === undefined || state.load !== 'loaded')
        return refused('it has no nvidia-persistenced.service', 'take the next rung: reload');
      return { kind: 'steps', steps: [persistencedStep(state, trouble)] };
    }
    case 'reload':
      return { kind: 'steps', steps: [reloadStep(trouble)] };
    case 'reset': {
      const steps = resetSteps(trouble);
      return steps.length === 0
        ? refused(`${trouble.words}: no card of it can be reset`, 'take another rung: reload, or reboot')
        : { kind: 'steps', steps };
    }
    case 'reboot':
      return rebootStep(trouble, view, fleet);
  }
}
