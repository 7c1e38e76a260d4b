import type { Action, Field, Input, NodeView } from '../model/action.ts';
import { type GpuSettings, namedUsers, TIME_SLICES } from '../model/gpu-state.ts';
import type { Step } from '../model/plan.ts';
import { cardsOf, GPU_NEEDS, GPU_TARGETS, gpuFields, nameOfGpu, namesOfGpus, usersOf } from './gpu-cards.ts';
import { COMPUTE_MODES, type GpuChange, setStep } from './gpu-steps.ts';
import { type NodePlan, needsOn, nodesIn, planEach, refused, stepsOr } from './node-plans.ts';

const MODES = { default: 'Default', 'exclusive-process': 'Exclusive_Process', prohibited: 'Prohibited' } as const;

const fields = {
  ...gpuFields,
  computeMode: {
    kind: 'choice',
    title: 'Compute mode',
    help: 'Who may compute: default anybody, exclusive-process one process at a time (as MPS wants it), prohibited nobody.',
    choices: ['keep', 'default', 'exclusive-process', 'prohibited'],
    default: 'keep',
  },
  persistence: {
    kind: 'choice',
    title: 'Persistence mode',
    help: 'Keeps the driver awake while nobody uses the card, so that settings stay and programs start quickly.',
    choices: ['keep', 'on', 'off'],
    default: 'keep',
  },
  powerLimit: {
    kind: 'count',
    title: 'Power limit, W',
    help: 'Watts, within what the card allows; left out it stays.',
    min: 1,
    max: 10_000,
  },
  timeSlice: {
    kind: 'choice',
    title: 'Time-slice',
    help: 'How long a turn is. Programs on one card take equal turns: no memory isolation, no fixed share, none gets faster.',
    choices: ['keep', ...TIME_SLICES],
    default: 'keep',
  },
} as const satisfies { readonly [name: string]: Field };

/**
 * Compute mode, persistence mode, power limit and the length of a time-slice, on cards of a node without Kubernetes. nvidia-smi(1), and
 * `nvidia-smi compute-policy -h`.
 */
export const gpuMode = {
  name: 'gpu-mode',
  title: 'Set modes and limits of GPUs',
  summary:
    'Compute mode, persistence, power limit within what the card allows, length of time-slices; each can be undone.',
  targets: GPU_TARGETS,
  fields,
  needs: (input, fleet) => needsOn(nodesIn(input['nodes'], fleet), () => GPU_NEEDS),
  plan(input, fleet) {
    return planEach('set modes of GPUs', nodesIn(input['nodes'], fleet), fleet, (view) => planModes(input, view));
  },
} satisfies Action;

function planModes(input: Input, view: NodeView): NodePlan {
  const changes = changesOf(input);
  if (changes.length === 0)
    return refused('nothing was chosen to set', 'choose computeMode, persistence, powerLimit or timeSlice');
  const chosen = cardsOf(input, view);
  if (!('cards' in chosen)) return chosen;
  const steps: Step[] = [];
  for (const change of changes) {
    const why = whyNotOn(change, chosen.cards);
    if (why !== undefined) return why;
    const others = chosen.cards.filter((card) => !hasIt(change, card));
    if (others.length > 0) steps.push({ ...setStep(change, others), warnings: warningsOf(change, others, view) });
  }
  return stepsOr(steps, `${namesOfGpus(chosen.cards)} ${chosen.cards.length === 1 ? 'is' : 'are'} so already`);
}

/** Persistence first: without it the driver forgets the rest when the last program lets go of the card. */
function changesOf(input: Input): readonly GpuChange[] {
  const mode = Object.entries(MODES).find(([word]) => word === input['computeMode'])?.[1];
  const value = COMPUTE_MODES.find((each) => each === mode);
  const slice = TIME_SLICES.find((each) => each === input['timeSlice']);
  const watts = input['powerLimit'];
  const persistence = input['persistence'];
  return [
    ...(persistence === 'on' || persistence === 'off'
      ? [{ what: 'persistence', value: persistence === 'on' } as const]
      : []),
    ...(value === undefined ? [] : [{ what: 'computeMode', value } as const]),
    ...(typeof watts === 'number' ? [{ what: 'powerLimitW', value: watts } as const] : []),
    ...(slice === undefined ? [] : [{ what: 'timeSlice', value: slice } as const]),
  ];
}

function hasIt({ what, value }: GpuChange, card: GpuSettings): boolean {
  return what === 'powerLimitW' ? Math.abs((card.powerLimitW ?? 0) - value) <= 0.5 : card[what] === value;
}

function whyNotOn({ what, value }: GpuChange, cards: readonly GpuSettings[]): NodePlan | undefined {
  const without = cards.find((card) => card[what] === undefined);
  if (without !== undefined && what === 'timeSlice')
    return refused(
      `the driver does not tell the time-slice of ${nameOfGpu(without)}`,
      'look at "nvidia-smi compute-policy --list" there; it needs a driver from 455 on',
    );
  if (without !== undefined)
    return refused(
      `${nameOfGpu(without)} (${without.name}) has no such setting: ${WORDS[what]}`,
      'leave the card or the setting out',
    );
  if (what !== 'powerLimitW') return undefined;
  const outside = cards.find(
    ({ leastPowerW = 0, mostPowerW = Number.POSITIVE_INFINITY }) => value < leastPowerW || value > mostPowerW,
  );
  if (outside === undefined) return undefined;
  const { leastPowerW: least, mostPowerW: most, standardPowerW: standard } = outside;
  return refused(
    `${nameOfGpu(outside)} (${outside.name}) takes ${least ?? '?'} to ${most ?? '?'} W, not ${value}`,
    `choose watts in between${standard === undefined ? '' : `; its default is ${standard} W`}`,
  );
}

const WORDS = {
  computeMode: 'compute mode',
  persistence: 'persistence mode',
  powerLimitW: 'power limit',
  timeSlice: 'time-slice',
};

function warningsOf({ what, value }: GpuChange, cards: readonly GpuSettings[], view: NodeView): readonly string[] {
  const users = cards.flatMap((card) => usersOf(view, card.uuid));
  const busy =
    users.length === 0
      ? []
      : [`in use now by ${namedUsers([...new Map(users.map((user) => [user.pid, user])).values()])}`];
  const forgets = 'a boot or a reload of the driver forgets it';
  switch (what) {
    case 'computeMode':
      return value === 'Default'
        ? [forgets]
        : [...busy.map((words) => `${words}: what runs goes on, new programs may be refused`), forgets];
    case 'powerLimitW':
      return [...busy.map((words) => `${words}: it may run slower from now on`), forgets];
    case 'timeSlice':
      return [
        'programs on one card take equal turns, whatever they ask for; they share its memory without isolation',
        forgets,
      ];
    case 'persistence':
      return value ? [] : ['an idle card forgets its other settings as soon as nobody uses it'];
  }
}
