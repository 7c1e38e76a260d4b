import type { DemoGpu, DemoInstance } from '../node-state.ts';

/** One MIG profile of a card: how many memory and compute slices it takes, of eight and seven. */
interface Profile {
  readonly name: string;
  readonly id: number;
  readonly memory: number;
  readonly compute: number;
  readonly most: number;
}

/** The shapes all of NVIDIA's cards with seven slices have. NVIDIA MIG User Guide, "Supported MIG Profiles". */
const SHAPES = [
  { compute: 1, memory: 1, id: 19, most: 7 },
  { compute: 1, memory: 2, id: 15, most: 4 },
  { compute: 2, memory: 2, id: 14, most: 3 },
  { compute: 3, memory: 4, id: 9, most: 2 },
  { compute: 4, memory: 4, id: 5, most: 1 },
  { compute: 7, memory: 8, id: 0, most: 1 },
] as const;
const SLICES = { memory: 8, compute: 7 };

/** What a card can be cut into: an eighth of the memory a slice, 5 GB of 40, 10 GB of 80. */
export function profilesOf({ model }: DemoGpu): readonly Profile[] {
  const sliceGb = Math.round(model.memoryMib / 1_024 / 40) * 5;
  return SHAPES.map((shape) => ({ ...shape, name: `${shape.compute}g.${shape.memory * sliceGb}gb` }));
}

const used = (gpu: DemoGpu, instances: readonly DemoInstance[], what: 'memory' | 'compute'): number =>
  instances.reduce((sum, { profile }) => sum + (profilesOf(gpu).find(({ name }) => name === profile)?.[what] ?? 0), 0);

/** How many more of a profile have room on a card. */
export function freeOf(gpu: DemoGpu, profile: Profile): number {
  const same = gpu.instances.filter((each) => each.profile === profile.name).length;
  const room = (what: 'memory' | 'compute') =>
    Math.floor((SLICES[what] - used(gpu, gpu.instances, what)) / profile[what]);
  return Math.max(0, Math.min(profile.most - same, room('memory'), room('compute')));
}

/** The card with one more instance; undefined where there is no room. */
export function withInstance(gpu: DemoGpu, profile: Profile, hasCompute: boolean): DemoGpu | undefined {
  if (freeOf(gpu, profile) === 0) return undefined;
  let id = 1;
  while (gpu.instances.some((each) => each.id === id)) id += 1;
  return { ...gpu, instances: [...gpu.instances, { id, profile: profile.name, hasCompute }] };
}

const rule = (width: number): string => `+${'-'.repeat(width)}+`;
const boxed = (text: string, width: number): string => `| ${text.padEnd(width - 1)}|`;

/** `nvidia-smi mig -lgip`. */
export const profileTable = (gpu: DemoGpu): readonly string[] => [
  rule(79),
  boxed('GPU instance profiles:', 79),
  boxed('GPU   Name               ID    Instances   Memory     P2P    SM    DEC   ENC', 79),
  ...profilesOf(gpu).map((profile) =>
    boxed(
      `${String(gpu.index).padStart(3)}  MIG ${profile.name.padEnd(13)} ${String(profile.id).padStart(3)}    ${freeOf(gpu, profile)}/${profile.most}      ${(profile.memory * 4.95).toFixed(2)}     No`,
      79,
    ),
  ),
  rule(79),
];

/** `nvidia-smi mig -lgi`. */
export const instanceTable = (gpu: DemoGpu): readonly string[] => [
  rule(57),
  boxed('GPU instances:', 57),
  boxed('GPU   Name               Profile  Instance   Placement', 57),
  boxed('                           ID       ID       Start:Size', 57),
  ...gpu.instances.map(({ id, profile }) => {
    const shape = profilesOf(gpu).find(({ name }) => name === profile);
    return boxed(
      `${String(gpu.index).padStart(3)}  MIG ${profile.padEnd(14)} ${String(shape?.id ?? 0).padStart(5)} ${String(id).padStart(8)}          0:${shape?.memory ?? 1}`,
      57,
    );
  }),
  rule(57),
];

/** `nvidia-smi mig -lci`. */
export const computeTable = (gpu: DemoGpu): readonly string[] => [
  rule(68),
  boxed('Compute instances:', 68),
  boxed('GPU     GPU       Name             Profile   Instance   Placement', 68),
  ...gpu.instances
    .filter(({ hasCompute }) => hasCompute)
    .map(({ id, profile }) =>
      boxed(
        `${String(gpu.index).padStart(3)} ${String(id).padStart(6)}       MIG ${profile.padEnd(14)} 0         0          0:1`,
        68,
      ),
    ),
  rule(68),
];
