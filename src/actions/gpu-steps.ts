import { cmd } from '../model/command.ts';
import type { Condition } from '../model/condition.ts';
import type { GpuSettings, TimeSlice } from '../model/gpu-state.ts';
import { TIME_SLICES } from '../model/gpu-state.ts';
import type { Step } from '../model/plan.ts';
import { CHANGE, NO_UNDO } from '../storage/local-steps.ts';
import { nameOfGpu, namesOfGpus } from './gpu-cards.ts';

/** Without persistence mode the driver wakes eight cards one by one; a reset takes seconds for each. */
const SMI_MS = 120_000;

/** Something that is set on cards, with its value on each of them now. */
export type GpuChange =
  | { readonly what: 'computeMode'; readonly value: ComputeMode }
  | { readonly what: 'persistence'; readonly value: boolean }
  | { readonly what: 'powerLimitW'; readonly value: number }
  | { readonly what: 'timeSlice'; readonly value: TimeSlice };

/** As nvidia-smi shows them; in capitals it takes them. */
export const COMPUTE_MODES = ['Default', 'Exclusive_Process', 'Prohibited'] as const;
export type ComputeMode = (typeof COMPUTE_MODES)[number];

const NAMES = {
  computeMode: 'compute mode',
  persistence: 'persistence mode',
  powerLimitW: 'power limit',
  timeSlice: 'time-slice',
} as const;

/** Sets one thing on cards that have it otherwise, all of them in one command; undo gives each card back what it had. */
export function setStep(change: GpuChange, cards: readonly GpuSettings[], undo?: Step['undo']): Step {
  const [first, ...others] = cards.map((card) => wished(change, card));
  return {
    ...CHANGE,
    title: `set the ${NAMES[change.what]} of ${namesOfGpus(cards)} to ${wordOf(change)}`,
    run: commandOf(change, cards.map(({ uuid }) => uuid).join(',')),
    done: first === undefined ? 'exit-code' : [first, ...others],
    timeoutMs: SMI_MS,
    preview: [{ kind: 'state', now: nowOf(change.what, cards), after: wordOf(change) }],
    undo: undo ?? undoOf(change, cards),
  };
}

function commandOf(change: GpuChange, ids: string): Step['run'] {
  switch (change.what) {
    case 'computeMode':
      return cmd('nvidia-smi', '-i', ids, '-c', change.value.toUpperCase());
    case 'persistence':
      return cmd('nvidia-smi', '-i', ids, '-pm', change.value ? '1' : '0');
    case 'powerLimitW':
      return cmd('nvidia-smi', '-i', ids, '-pl', String(change.value));
    case 'timeSlice':
      return cmd('nvidia-smi', 'compute-policy', '-i', ids, `--set-timeslice=${TIME_SLICES.indexOf(change.value)}`);
  }
}

function wished(change: GpuChange, card: GpuSettings): Condition {
  const base = { kind: 'gpu-set', gpu: card.uuid, about: nameOfGpu(card) } as const;
  switch (change.what) {
    case 'computeMode':
      return { ...base, computeMode: change.value };
    case 'persistence':
      return { ...base, persistence: change.value };
    case 'powerLimitW':
      return { ...base, powerLimitW: change.value };
    case 'timeSlice':
      return { ...base, timeSlice: change.value };
  }
}

/** The value a card has, as a change to it; undefined where it is not known. */
function hadBy(what: GpuChange['what'], card: GpuSettings): GpuChange | undefined {
  const mode = COMPUTE_MODES.find((each) => each === card.computeMode);
  if (what === 'computeMode') return mode === undefined ? undefined : { what, value: mode };
  if (what === 'persistence') return card.persistence === undefined ? undefined : { what, value: card.persistence };
  if (what === 'powerLimitW') return card.powerLimitW === undefined ? undefined : { what, value: card.powerLimitW };
  return card.timeSlice === undefined ? undefined : { what, value: card.timeSlice };
}

function undoOf({ what }: GpuChange, cards: readonly GpuSettings[]): Step['undo'] {
  const before = new Map<string, { readonly change: GpuChange; readonly cards: GpuSettings[] }>();
  for (const card of cards) {
    const had = hadBy(what, card);
    if (had === undefined) return { never: `what ${nameOfGpu(card)} had before is not known` };
    const known = before.get(wordOf(had)) ?? { change: had, cards: [] };
    known.cards.push(card);
    before.set(wordOf(had), known);
  }
  return [...before.values()].map(({ change, cards: same }) => ({ ...setStep(change, same, NO_UNDO), preview: [] }));
}

function wordOf({ value }: GpuChange): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'number' ? `${value} W` : value;
}

/** `gpu0 Default, gpu1 Exclusive_Process`. */
function nowOf(what: GpuChange['what'], cards: readonly GpuSettings[]): string {
  return cards
    .map((card) => {
      const had = hadBy(what, card);
      return `${nameOfGpu(card)} ${had === undefined ? 'unknown' : wordOf(had)}`;
    })
    .join(', ');
}

/** A card that a reset may take. */
export type ResetCard = Pick<GpuSettings, 'index' | 'busId'> & { readonly uuid?: string };

interface ResetWords {
  readonly now: string;
  readonly after: string;
  readonly except?: 'unseen';
}

/**
 * Resets one card; nvidia-smi refuses while anything has it open, and on boards whose cards are joined by NVLink it wants all of them at
 * once. nvidia-smi(1), --gpu-reset.
 */
export function resetStep(card: ResetCard, done: Condition, { now, after, except }: ResetWords): Step {
  const about = nameOfGpu(card);
  return {
    ...CHANGE,
    title: `reset ${about}`,
    run: cmd('nvidia-smi', '--gpu-reset', '-i', card.busId),
    guard: [
      {
        kind: 'gpu-unused',
        about,
        ...(card.uuid === undefined ? {} : { gpu: card.uuid }),
        ...(except === undefined ? {} : { except }),
      },
    ],
    done: [done],
    timeoutMs: SMI_MS,
    preview: [{ kind: 'state', now: `${about} ${now}`, after }],
    undo: { never: 'a reset cannot be taken back' },
    warnings: [
      'compute mode and power limit go back to their defaults, MIG instances are gone; clients such as DCGM must be stopped first',
    ],
  };
}
