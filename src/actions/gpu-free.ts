import type { Action, Field, Input, NodeView } from '../model/action.ts';
import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import { type GpuSettings, type GpuUser, HELD_FROM_BYTES, namedUsers } from '../model/gpu-state.ts';
import type { Step } from '../model/plan.ts';
import { formatBytes } from '../model/units.ts';
import { CHANGE } from '../storage/local-steps.ts';
import { endFound, GRACE_SEC } from '../storage/stop-users.ts';
import { cardsOf, GPU_NEEDS, GPU_TARGETS, gpuFields, nameOfGpu, usersOf, whyUsersUnknown } from './gpu-cards.ts';
import { resetStep } from './gpu-steps.ts';
import { type NodePlan, needsOn, nodesIn, planEach, type Refusal, refused, stepsOr } from './node-plans.ts';

/**
 * Asks everything that has the device `$1` below /dev open to end, in whatever container, and ends by force what is still there after a
 * while. Looked for anew each second; the driver's own helpers are left alone.
 */
const END = `holders() {
  LC_ALL=C ls -l /proc/[0-9]*/fd 2>/dev/null | MUSTER_AT="/dev/$1" awk '
/^\\/proc\\/[0-9]+\\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
{ at = index($0, " -> "); if (at && substr($0, at + 4) == ENVIRON["MUSTER_AT"]) print pid }' | sort -un |
  while read -r pid; do
    read -r name <"/proc/$pid/comm" || continue
    case $name in nvidia-persiste*|nvidia-smi) ;; *) printf '%s ' "$pid" ;; esac
  done 2>/dev/null
}
${endFound('holders "$1"')}`;

const fields = {
  ...gpuFields,
  holders: {
    kind: 'choice',
    title: 'Holders',
    help: 'name tells who has the card open though nothing computes there; end ends them, which is asked for with a typed word.',
    choices: ['name', 'end'],
    default: 'name',
  },
} as const satisfies { readonly [name: string]: Field };

/**
 * Memory of a card that is held while nothing computes there: what has the card open is found in /proc in all containers and named, ended
 * on request, and only where nobody has it open any more the card is reset.
 */
export const gpuFree = {
  name: 'gpu-free',
  title: 'Free GPU memory nothing computes with',
  summary:
    'Names who has a card open while nothing computes there, in all containers; ends them on request, else resets the card.',
  targets: GPU_TARGETS,
  fields,
  needs: (input, fleet) => needsOn(nodesIn(input['nodes'], fleet), () => GPU_NEEDS),
  plan(input, fleet) {
    return planEach('free the memory of GPUs', nodesIn(input['nodes'], fleet), fleet, (view) => planFree(input, view), {
      maxAtOnce: 1,
    });
  },
} satisfies Action;

function planFree(input: Input, view: NodeView): NodePlan {
  const chosen = cardsOf(input, view);
  if (!('cards' in chosen)) return chosen;
  const unknown = whyUsersUnknown(view);
  if (unknown !== undefined) return unknown;
  const steps: Step[] = [];
  for (const card of chosen.cards) {
    const planned = planCard(card, input, view);
    if ('kind' in planned) return planned;
    steps.push(...planned);
  }
  return stepsOr(steps, 'no memory is held but by what computes');
}

function planCard(card: GpuSettings, input: Input, view: NodeView): readonly Step[] | Refusal {
  const { memoryUsedBytes: used = 0 } = card;
  const about = nameOfGpu(card);
  if (used < HELD_FROM_BYTES) return [];
  const slices = view.seen.facts.gpus?.find(({ uuid }) => uuid === card.uuid)?.migDevices.map(({ uuid }) => uuid) ?? [];
  const here = (view.seen.facts.gpuProcesses ?? []).filter(
    ({ gpuUuid }) => gpuUuid === card.uuid || slices.includes(gpuUuid),
  );
  // Something that is seen computes there: the memory is its own.
  if (here.some(({ user }) => user !== undefined)) return [];
  const because = view.seen.failed.get('gpuProcesses');
  if (because !== undefined)
    return refused(`who computes on ${about} is not known: ${because}`, 'plan again when it answers');
  const holders = usersOf(view, card.uuid).filter(({ isSeen }) => isSeen);
  if (holders.length > 0 && input['holders'] !== 'end')
    return refused(
      `${about} holds ${formatBytes(used)} and nothing computes there; ${namedUsers(holders)} ${holders.length === 1 ? 'has' : 'have'} it open`,
      'end them by what started them, or let the plan do it (holders end)',
    );
  const reset = resetStep(
    card,
    { kind: 'gpu-memory-free', gpu: card.uuid, about },
    {
      now: `holds ${formatBytes(used)} and nothing computes there`,
      after: 'its memory is free',
      except: 'unseen',
    },
  );
  return [...(holders.length === 0 ? [] : [endStep(card, holders)]), reset];
}

function endStep(card: GpuSettings, holders: readonly GpuUser[]): Step {
  const about = nameOfGpu(card);
  const unused: Condition = { kind: 'gpu-unused', gpu: card.uuid, about };
  return {
    ...CHANGE,
    title: `end what has ${about} open`,
    run: cmd('sh', '-c', END, 'muster-gpu-end', `nvidia${card.minor ?? card.index}`),
    risk: 'interrupts-users',
    done: [unused],
    preview: [
      {
        kind: 'state',
        now: holders.map(({ words }) => words).join('; '),
        after: `asked to end, after ${GRACE_SEC} s made to`,
      },
    ],
    undo: { never: 'programs that were ended are not started again' },
    warnings: [
      `${holders.length === 1 ? 'one process is' : `${holders.length} processes are`} ended; what they had not saved is lost`,
    ],
  };
}
