import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import type { GpuSettings, MigInstance } from '../model/gpu-state.ts';
import type { Step } from '../model/plan.ts';
import { CHANGE, NO_UNDO } from '../storage/local-steps.ts';
import { nameOfGpu } from './gpu-cards.ts';
import { resetStep } from './gpu-steps.ts';

const SMI_MS = 120_000;

/**
 * Destroys instances of a profile until `$3` of them are left, compute instance first; those made last go first. `$1` card, `$2` profile.
 * An undo cannot name them: the driver chooses their ids when they are made.
 */
const REMOVE = `card=$1 profile=$2 keep=$3
ids=$(nvidia-smi mig -lgi -i "$card" | awk -v name="$profile" '$3 == "MIG" && $4 == name { print $6 }' | sort -n | tail -n "+$((keep + 1))")
for id in $ids; do
  nvidia-smi mig -dci -gi "$id" -i "$card"
  nvidia-smi mig -dgi -gi "$id" -i "$card" || exit
done`;

const unused = (card: GpuSettings): Condition => ({ kind: 'gpu-unused', gpu: card.uuid, about: nameOfGpu(card) });

const count = (card: GpuSettings, profile: string, counts: Omit<CountWish, keyof CountBase>): Condition => ({
  kind: 'mig-count',
  gpu: card.uuid,
  about: nameOfGpu(card),
  profile,
  ...counts,
});
type CountWish = Extract<Condition, { kind: 'mig-count' }>;
type CountBase = Pick<CountWish, 'kind' | 'gpu' | 'about' | 'profile'>;

/** Profiles of instances on a card, each once, those that are there and those that are wanted. */
const profilesOf = (instances: readonly MigInstance[], wanted: ReadonlyMap<string, number>): readonly string[] => [
  ...new Set([...instances.map(({ profile }) => profile), ...wanted.keys()]),
];

const isWhole = ({ computeIds }: MigInstance): boolean => computeIds.length > 0;

/** What goes: instances nobody wants, and those without a compute instance, which nobody can use and whose room is needed. */
export function destroySteps(
  card: GpuSettings,
  instances: readonly MigInstance[],
  wanted: ReadonlyMap<string, number>,
): readonly Step[] {
  return profilesOf(instances, wanted).flatMap((profile) => {
    const own = instances.filter((each) => each.profile === profile);
    const bare = own.filter((each) => !isWhole(each));
    const whole = own.filter(isWhole);
    const surplus = whole.slice(Math.min(wanted.get(profile) ?? 0, whole.length)).reverse();
    return [
      ...bare.map(({ id }) => destroyGpuInstance(card, profile, id, { notBare: id })),
      ...surplus.flatMap(({ id }, at) => [
        destroyCompute(card, profile, id, whole.length - at - 1),
        destroyGpuInstance(card, profile, id, { most: whole.length - at - 1 }, [
          createStep(card, profile, whole.length - at, NO_UNDO),
        ]),
      ]),
    ];
  });
}

function destroyCompute(card: GpuSettings, profile: string, id: number, mostWhole: number): Step {
  const about = nameOfGpu(card);
  return {
    ...CHANGE,
    title: `destroy the compute instance in GPU instance ${id} of ${about}`,
    run: cmd('nvidia-smi', 'mig', '-dci', '-gi', String(id), '-i', card.uuid),
    guard: [unused(card)],
    done: [count(card, profile, { mostWhole })],
    timeoutMs: SMI_MS,
    preview: [
      { kind: 'state', now: `${about} MIG ${profile}, GPU instance ${id}`, after: 'without a compute instance' },
    ],
    undo: [],
    warnings: [],
  };
}

function destroyGpuInstance(
  card: GpuSettings,
  profile: string,
  id: number,
  left: Omit<CountWish, keyof CountBase>,
  undo: Step['undo'] = [],
): Step {
  const about = nameOfGpu(card);
  return {
    ...CHANGE,
    title: `destroy GPU instance ${id} (${profile}) of ${about}`,
    run: cmd('nvidia-smi', 'mig', '-dgi', '-gi', String(id), '-i', card.uuid),
    guard: [unused(card)],
    done: [count(card, profile, left)],
    timeoutMs: SMI_MS,
    preview: [{ kind: 'state', now: `${about} MIG ${profile}, GPU instance ${id}`, after: 'gone' }],
    undo,
    warnings: ['its UUID is gone with it: programs that name it must be told the new one'],
  };
}

/** The mode, and the reset that models before Hopper need for it: left out by itself where the driver did it already. */
export function modeSteps(card: GpuSettings, on: boolean, undo?: Step['undo']): readonly Step[] {
  const about = nameOfGpu(card);
  if (card.mig === on && card.migPending === on) return [];
  const [word, before] = on ? ['on', 'off'] : ['off', 'on'];
  const back = { ...card, mig: on, migPending: on };
  return [
    {
      ...CHANGE,
      title: `switch MIG mode of ${about} ${word}`,
      run: cmd('nvidia-smi', '-i', card.uuid, '-mig', on ? '1' : '0'),
      guard: [unused(card)],
      done: [{ kind: 'gpu-set', gpu: card.uuid, about, migPending: on }],
      timeoutMs: SMI_MS,
      preview: [
        {
          kind: 'state',
          now: `${about} MIG mode ${card.mig === on ? `${word}, ${before} after a reset` : before}`,
          after: word,
        },
      ],
      undo: undo ?? modeSteps(back, !on, NO_UNDO).map((step) => ({ ...step, preview: [], undo: NO_UNDO })),
      warnings: on
        ? ['from Hopper on the mode lasts until the driver is unloaded or the node boots, instances always']
        : [],
    },
    {
      ...resetStep(
        card,
        { kind: 'gpu-set', gpu: card.uuid, about, mig: on },
        {
          now: 'may wait for a reset until its MIG mode changes (models before Hopper)',
          after: `MIG mode ${word}`,
        },
      ),
      undo: [],
    },
  ];
}

/** What is missing, the largest first: a small one made early may stand where a large one has to begin. */
export function createSteps(
  card: GpuSettings,
  instances: readonly MigInstance[],
  wanted: ReadonlyMap<string, number>,
): readonly Step[] {
  return [...wanted]
    .sort(([left], [right]) => sizeOf(right) - sizeOf(left))
    .flatMap(([profile, most]) => {
      const whole = instances.filter((each) => each.profile === profile && isWhole(each)).length;
      return Array.from({ length: Math.max(0, most - whole) }, (_, at) => createStep(card, profile, whole + at + 1));
    });
}

/** Memory in GB, as in `3g.40gb`. */
const sizeOf = (profile: string): number => Number(/\.(\d+)gb/.exec(profile)?.[1] ?? 0);

function createStep(card: GpuSettings, profile: string, leastWhole: number, undo?: Step['undo']): Step {
  const about = nameOfGpu(card);
  return {
    ...CHANGE,
    title: `make a MIG instance ${profile} on ${about}`,
    run: cmd('nvidia-smi', 'mig', '-cgi', profile, '-C', '-i', card.uuid),
    guard: [unused(card), { kind: 'mig-offers', gpu: card.uuid, about, profile }],
    done: [count(card, profile, { leastWhole })],
    timeoutMs: SMI_MS,
    preview: [{ kind: 'state', now: `${about} has ${leastWhole - 1} of ${profile}`, after: `${leastWhole}` }],
    undo: undo ?? [removeStep(card, profile, leastWhole - 1)],
    warnings: [],
  };
}

function removeStep(card: GpuSettings, profile: string, keep: number): Step {
  return {
    ...CHANGE,
    title: `destroy MIG instances ${profile} of ${nameOfGpu(card)} down to ${keep}`,
    run: cmd('sh', '-c', REMOVE, 'muster-mig-remove', card.uuid, profile, String(keep)),
    guard: [unused(card)],
    done: [count(card, profile, { most: keep })],
    timeoutMs: SMI_MS,
    preview: [],
    undo: NO_UNDO,
    warnings: [],
  };
}
