import type { Field, Input, NodeView } from '../model/action.ts';
import { checked, type Need } from '../model/check.ts';
import { type GpuSettings, type GpuUser, usersOfGpu } from '../model/gpu-state.ts';
import { mountFields } from './mount-fields.ts';
import { type NodePlan, type Refusal, refused } from './node-plans.ts';

/** Inputs that all actions on cards share. */
export const gpuFields = {
  nodes: mountFields.nodes,
  gpus: {
    kind: 'lines',
    title: 'GPUs',
    help: 'Which cards: an index as the driver counts (0, gpu3), one of a node (gpu01:gpu3), a UUID; empty for all.',
    completes: 'gpus',
    shape: 'gpus',
  },
} as const satisfies { readonly [name: string]: Field };

/** What the shell fills in from rows of the view of GPUs. */
export const GPU_TARGETS = [
  { view: 'gpus', fills: { nodes: 'nodes', gpus: 'gpu' } },
  { view: 'nodes', fills: { nodes: 'nodes' } },
] as const;

/** What every plan about cards looks at. */
export const GPU_NEEDS: readonly Need[] = [
  { kind: 'probe', probe: 'privilege' },
  { kind: 'probe', probe: 'gpus' },
  { kind: 'probe', probe: 'gpuProcesses' },
  { kind: 'check', check: 'gpuSettings', target: 'all' },
  { kind: 'check', check: 'gpuHolders', target: 'all' },
];

/** A card as plans call it. */
export const nameOfGpu = ({ index }: Pick<GpuSettings, 'index'>): string => `gpu${index}`;

/** Names of several: `gpu0, gpu1`. */
export const namesOfGpus = (cards: readonly Pick<GpuSettings, 'index'>[]): string => cards.map(nameOfGpu).join(', ');

/** Whether a word of the field means this card of this node. */
export function isNamed(word: string, node: string, { index, uuid }: Pick<GpuSettings, 'index' | 'uuid'>): boolean {
  const [, of, number] = /^(?:([^:\s]+):)?(?:gpu)?(\d{1,4})$/.exec(word) ?? [];
  if (number !== undefined) return Number(number) === index && (of === undefined || of === node);
  return word.toLowerCase() === uuid.toLowerCase();
}

/** The words of the field `gpus`; none mean all cards. */
export function namedGpus(input: Input): readonly string[] {
  const given = input['gpus'];
  const lines = Array.isArray(given) ? given.map(String) : [];
  return lines.flatMap((line) => line.split(/[\s,]+/)).filter((word) => word !== '' && word !== 'all');
}

/** The cards of a node the input names, or why there is nothing to plan about. */
export function cardsOf(input: Input, { name, seen }: NodeView): { readonly cards: readonly GpuSettings[] } | NodePlan {
  const words = namedGpus(input);
  const cards = checked(seen, 'gpuSettings', 'all');
  if (cards === undefined) return unread(seen.failed.get('gpuSettings all') ?? 'no answer');
  const chosen = words.length === 0 ? cards : cards.filter((card) => words.some((word) => isNamed(word, name, card)));
  // A word with the name of another node, or a UUID of another's card, asks nothing of this one.
  const unknown = words.find((word) => /^(?:gpu)?\d+$/.test(word) && !cards.some((card) => isNamed(word, name, card)));
  if (unknown !== undefined)
    return refused(
      `it has no GPU ${unknown.replace('gpu', '')}, only ${namesOfGpus(cards)}`,
      'name one of these (gpus)',
    );
  return chosen.length === 0
    ? { kind: 'already', because: 'none of the GPUs named is one of its own' }
    : { cards: chosen };
}

/** One sentence and a next move for what nvidia-smi says where it fails. nvidia-smi(1), return values. */
export function unread(said: string): Refusal {
  const because = `nvidia-smi: ${said}`;
  if (/no nvidia-smi/i.test(said))
    return refused('there is no nvidia-smi on it', 'install the NVIDIA driver there first');
  if (/version mismatch/i.test(said))
    return refused(
      because,
      'the driver was updated under the loaded module: plan gpu-recover with rung reload, or reboot',
    );
  if (/communicate with the nvidia driver|not loaded/i.test(said))
    return refused(because, 'plan gpu-recover: it loads the kernel module');
  if (/is lost|fallen off/i.test(said)) return refused(because, 'a lost card comes back by a reboot: plan gpu-recover');
  if (/no answer/i.test(said))
    return refused(because, 'look for Xid lines and processes in state D; a wedged driver only goes with a reboot');
  if (/no devices/i.test(said)) return refused(because, 'plan gpu-recover: it follows the chain from the PCI bus up');
  return refused(because, 'run nvidia-smi there by hand, and look for Xid lines in the kernel log');
}

/** Who uses a card now, by what the plan has seen; of the whole driver without a card. */
export const usersOf = ({ seen }: NodeView, uuid?: string): readonly GpuUser[] =>
  usersOfGpu(
    {
      holders: checked(seen, 'gpuHolders', 'all') ?? [],
      processes: seen.facts.gpuProcesses ?? [],
      cards: checked(seen, 'gpuSettings', 'all') ?? [],
      gpus: seen.facts.gpus ?? [],
    },
    uuid,
  );

/** Why nothing may be asked of who uses the cards; undefined where that is known. */
export function whyUsersUnknown({ seen }: NodeView): Refusal | undefined {
  const because = seen.failed.get('gpuHolders all');
  return because === undefined
    ? undefined
    : refused(`who has its GPUs open is not known: ${because}`, 'plan again when it answers');
}
