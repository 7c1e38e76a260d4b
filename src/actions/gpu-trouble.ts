import type { Input, NodeView } from '../model/action.ts';
import { checked } from '../model/check.ts';
import { isNamed, namedGpus, nameOfGpu } from './gpu-cards.ts';
import type { ResetCard } from './gpu-steps.ts';
import { type Refusal, refused } from './node-plans.ts';

/** The ladder, gentlest first. */
export const RUNGS = ['persistenced', 'reload', 'reset', 'reboot'] as const;
export type Rung = (typeof RUNGS)[number];

/** What is wrong with the cards of a node, and how far up the ladder one has to go. */
export interface GpuTrouble {
  readonly words: string;
  /** Undefined: nothing is wrong. */
  readonly lowest: Rung | undefined;
  /** Cards on the PCI bus that shall answer in the end. */
  readonly wanted: readonly { readonly busId: string; readonly about: string }[];
  /** Cards a reset may help. */
  readonly ill: readonly ResetCard[];
  /** Modules of the driver that are loaded now. */
  readonly modules: readonly string[];
}

/** Follows the chain upwards: PCI bus, kernel driver, module, nvidia-smi, each card. The first broken link says what to do. */
export function troubleOf(input: Input, view: NodeView): GpuTrouble | Refusal {
  const { seen } = view;
  const stack = checked(seen, 'gpuStack', 'all');
  if (stack === undefined)
    return refused(
      `its driver could not be looked at: ${seen.failed.get('gpuStack all') ?? 'no answer'}`,
      'plan again when it answers',
    );
  if (stack.cards.length === 0)
    return refused(
      'there is no NVIDIA GPU on its PCI bus',
      'power-cycle it; if the card stays away, reseat it or look at riser and slot',
    );
  const foreign = stack.cards.find(({ driver }) => driver !== undefined && driver !== 'nvidia');
  if (foreign !== undefined) return foreignDriver(foreign.busId, foreign.driver ?? '');
  const modules = stack.modules.map(({ name }) => name).filter((name) => name !== 'nouveau');
  const gpus = seen.facts.gpus ?? [];
  const indexOf = new Map(gpus.map((gpu) => [gpu.busId, gpu.index]));
  const wanted = stack.cards.map(({ busId }) => ({
    busId,
    about: indexOf.has(busId) ? nameOfGpu({ index: indexOf.get(busId) ?? 0 }) : `the GPU at ${busId}`,
  }));
  const base = { wanted, modules, ill: [] };
  if (!modules.includes('nvidia'))
    return { ...base, words: 'the kernel module nvidia is not loaded', lowest: 'reload' };
  const because = seen.failed.get('gpus');
  if (because !== undefined)
    return { ...base, words: `nvidia-smi: ${because}`, lowest: /no answer/i.test(because) ? 'reboot' : 'reload' };
  const absent = seen.absent.get('gpus');
  if (absent !== undefined)
    return /no nvidia-smi/i.test(absent)
      ? refused('there is no nvidia-smi on it', 'install the NVIDIA driver there first')
      : { ...base, words: absent, lowest: 'reload' };
  return ofCards(input, view, base);
}

const foreignDriver = (busId: string, driver: string): Refusal =>
  driver === 'nouveau'
    ? refused(
        `the GPU at ${busId} is driven by nouveau`,
        'keep nouveau from loading (a file in /etc/modprobe.d with "blacklist nouveau"), make the initramfs anew and reboot',
      )
    : refused(
        `the GPU at ${busId} is given to ${driver}`,
        driver === 'vfio-pci'
          ? 'it belongs to virtual machines: look into the one that has it'
          : `unbind it from ${driver} first`,
      );

function ofCards(input: Input, { name, seen }: NodeView, base: Pick<GpuTrouble, 'wanted' | 'modules'>): GpuTrouble {
  const words = namedGpus(input);
  const shown = (seen.facts.gpus ?? []).filter(
    (gpu) => words.length === 0 || words.some((word) => isNamed(word, name, gpu)),
  );
  const missing =
    words.length > 0
      ? []
      : base.wanted.filter(({ busId }) => !(seen.facts.gpus ?? []).some((gpu) => gpu.busId === busId));
  const failing = shown.filter(({ error, retiredPagesPending }) => error !== undefined || retiredPagesPending === true);
  const ill = failing.map(({ index, busId, uuid }) => ({ index, busId, ...(uuid === '' ? {} : { uuid }) }));
  const wanted = base.wanted.filter(({ busId }) => words.length === 0 || shown.some((gpu) => gpu.busId === busId));
  const [first] = failing;
  const [gone] = missing;
  const all = { ...base, wanted, ill };
  if (first?.error !== undefined && /lost|fallen off/i.test(first.error))
    return { ...all, words: `${nameOfGpu(first)}: ${first.error}`, lowest: 'reboot' };
  if (first !== undefined)
    return {
      ...all,
      words: `${nameOfGpu(first)}: ${first.error ?? 'memory pages wait for a reset to be retired'}`,
      lowest: 'reset',
    };
  if (gone !== undefined)
    return { ...all, words: `nvidia-smi does not show ${gone.about}, which is on the PCI bus`, lowest: 'reboot' };
  const daemon = checked(seen, 'service', 'nvidia-persistenced.service');
  if (daemon?.load === 'loaded' && daemon.active !== 'active')
    return { ...all, words: `nvidia-persistenced is ${daemon.active}`, lowest: 'persistenced' };
  if (shown.length === 0 && words.length > 0)
    return { ...all, words: 'none of the GPUs named is one of its own', lowest: undefined };
  return {
    ...all,
    words: `${shown.length === 1 ? 'its GPU answers and waits' : `its ${shown.length} GPUs answer and wait`} for no reset`,
    lowest: undefined,
  };
}
