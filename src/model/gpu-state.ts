import type { Gpu, GpuProcess } from './facts.ts';

/** How long a process keeps a card before the next has its turn: the words of `nvidia-smi compute-policy --set-timeslice`. */
export const TIME_SLICES = ['default', 'short', 'medium', 'long'] as const;
export type TimeSlice = (typeof TIME_SLICES)[number];

/** One card with everything that can be set on it, as nvidia-smi(1) tells it now; what a card does not have is undefined. */
export interface GpuSettings {
  readonly index: number;
  readonly uuid: string;
  /** `0000:9b:00.0`. */
  readonly busId: string;
  readonly name: string;
  /** N of /dev/nvidiaN. */
  readonly minor?: number;
  readonly persistence?: boolean;
  /** `Default`, `Exclusive_Process` or `Prohibited`. */
  readonly computeMode?: string;
  readonly powerLimitW?: number;
  readonly leastPowerW?: number;
  readonly mostPowerW?: number;
  readonly standardPowerW?: number;
  readonly mig?: boolean;
  /** What MIG mode will be after a reset. */
  readonly migPending?: boolean;
  readonly memoryUsedBytes?: number;
  readonly memoryTotalBytes?: number;
  readonly timeSlice?: TimeSlice;
}

/** A process with a device of the driver open, in whatever container it runs; from /proc, because nvidia-smi names only those that compute. */
export interface GpuHolder {
  readonly pid: number;
  readonly user: string;
  /** Names below /dev, e.g. `nvidia0`, `nvidiactl`. */
  readonly devices: readonly string[];
  readonly command: string;
  readonly container?: string;
}

/** A GPU instance with the compute instances in it. */
export interface MigInstance {
  readonly id: number;
  readonly profile: string;
  readonly computeIds: readonly number[];
}

/** What one card offers and has of MIG; without MIG mode it lists no profiles. NVIDIA MIG User Guide, "Getting Started with MIG". */
export interface MigState {
  readonly profiles: readonly { readonly name: string; readonly free: number; readonly total: number }[];
  readonly instances: readonly MigInstance[];
}

/** What stands between the PCI bus and nvidia-smi, and the MPS daemon beside it. */
export interface GpuStack {
  /** NVIDIA's modules and nouveau, with how many use each: /proc/modules. */
  readonly modules: readonly { readonly name: string; readonly users: number }[];
  /** NVIDIA's cards on the PCI bus, and the kernel driver that has each. */
  readonly cards: readonly { readonly busId: string; readonly driver?: string }[];
  /** The control daemon of CUDA MPS and its servers. */
  readonly mps: readonly MpsProcess[];
}

export interface MpsProcess {
  readonly pid: number;
  readonly user: string;
  readonly kind: 'control' | 'server';
}

/** Memory that the driver itself keeps of an idle card stays well below this. */
export const HELD_FROM_BYTES = 1024 ** 3;

/** The driver's own helpers: they let go by themselves, and are no user of a card. */
const HELPERS = /^(?:\S*\/)?nvidia-(?:persistenced|smi)(?:\s|$)/;

/** Who uses cards: what was seen of processes, cards and devices. */
export interface GpuUse {
  readonly holders: readonly GpuHolder[];
  readonly processes: readonly GpuProcess[];
  readonly cards: readonly GpuSettings[];
  readonly gpus: readonly Gpu[];
}

/** A process that uses a card, as it is named in plans: `4711 alice python train.py (container 0123456789ab)`. */
export interface GpuUser {
  readonly pid: number;
  readonly words: string;
  /** Somebody's program on the CPU has it open; without that only the driver knows it. */
  readonly isSeen: boolean;
}

/** Processes that compute on a card or have its device open, each once; of all cards and the driver itself where no card is named. */
export function usersOfGpu({ holders, processes, cards, gpus }: GpuUse, uuid: string | undefined): readonly GpuUser[] {
  const found = new Map<number, GpuUser>();
  const card = cards.find((each) => each.uuid === uuid);
  const slices = gpus.find((each) => each.uuid === uuid)?.migDevices.map((slice) => slice.uuid) ?? [];
  const device = card?.minor === undefined ? undefined : `nvidia${card.minor}`;
  for (const holder of holders) {
    const isHere = uuid === undefined || device === undefined || holder.devices.includes(device);
    if (isHere && !HELPERS.test(holder.command))
      found.set(holder.pid, { pid: holder.pid, words: wordsOf(holder), isSeen: true });
  }
  for (const { gpuUuid, pid, user, name, container } of processes) {
    if ((uuid !== undefined && gpuUuid !== uuid && !slices.includes(gpuUuid)) || found.has(pid)) continue;
    const words = wordsOf({
      pid,
      user: user ?? '(invisible)',
      command: name,
      ...(container === undefined ? {} : { container }),
    });
    found.set(pid, { pid, words, isSeen: user !== undefined });
  }
  return [...found.values()].sort((left, right) => left.pid - right.pid);
}

/** Characters of a command line in a sentence. */
const WORDS = 80;

const wordsOf = ({
  pid,
  user,
  command,
  container,
}: Pick<GpuHolder, 'pid' | 'user' | 'command' | 'container'>): string =>
  `${pid} ${user} ${command.slice(0, WORDS)}${container === undefined ? '' : ` (container ${container})`}`;

/** Whether a user of a card is MPS itself, and not one of the programs it serves. */
export const isMps = (words: string): boolean => words.includes('nvidia-cuda-mps');

/** Processes that are named, at most. */
const MOST_NAMED = 3;

/** `4711 alice python; 4712 bob vllm and 3 more`. */
export function namedUsers(users: readonly GpuUser[]): string {
  const named = users.slice(0, MOST_NAMED).map(({ words }) => words);
  return `${named.join('; ')}${users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : ''}`;
}

/** `3g.40gb,1g.10gb` as sorted names; `+me` and `.me` belong to a name. */
export const profileNames = (text: string): readonly string[] =>
  text
    .split(/[\s,]+/)
    .map((word) => word.replace(/^MIG-?/i, ''))
    .filter((word) => word !== '');

/** How many of each profile, in the order they were named first. */
export function countProfiles(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
