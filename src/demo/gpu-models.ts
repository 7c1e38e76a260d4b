/** What one GPU model is like, in the figures `nvidia-smi` gives for it. Vendor data sheets and captured outputs. */
export interface GpuModel {
  readonly name: string;
  readonly memoryMib: number;
  readonly idleW: number;
  readonly limitW: number;
  readonly maxSmMhz: number;
  readonly idleSmMhz: number;
  readonly maxMemoryMhz: number;
  readonly pcieGen: number;
  readonly hasEcc: boolean;
  readonly hasFan: boolean;
  /** Cards with HBM tell the temperature of the memory, too. */
  readonly hasMemorySensor: boolean;
  readonly canMig: boolean;
  /** Celsius at idle and under full load in a cool room. */
  readonly idleC: number;
  readonly loadC: number;
}

const SXM = { hasEcc: true, hasFan: false, hasMemorySensor: true, canMig: true };
const WORKSTATION = { hasFan: true, hasMemorySensor: false, canMig: false };

const A100 = { ...SXM, idleW: 52, limitW: 400, maxSmMhz: 1_410, idleSmMhz: 210, pcieGen: 4, idleC: 31, loadC: 68 };

/** The models of the demo fleet. */
export const MODELS = {
  h100: {
    ...SXM,
    name: 'NVIDIA H100 80GB HBM3',
    memoryMib: 81_559,
    idleW: 72,
    limitW: 700,
    maxSmMhz: 1_980,
    idleSmMhz: 345,
    maxMemoryMhz: 2_619,
    pcieGen: 5,
    idleC: 29,
    loadC: 66,
  },
  a100x80: { ...A100, name: 'NVIDIA A100-SXM4-80GB', memoryMib: 81_920, maxMemoryMhz: 1_593 },
  a100x40: { ...A100, name: 'NVIDIA A100-SXM4-40GB', memoryMib: 40_960, maxMemoryMhz: 1_215 },
  l40s: {
    ...WORKSTATION,
    name: 'NVIDIA L40S',
    memoryMib: 46_068,
    idleW: 34,
    limitW: 350,
    maxSmMhz: 2_520,
    idleSmMhz: 210,
    maxMemoryMhz: 9_001,
    pcieGen: 4,
    hasEcc: true,
    hasFan: false,
    idleC: 32,
    loadC: 71,
  },
  rtx3090: {
    ...WORKSTATION,
    name: 'NVIDIA GeForce RTX 3090',
    memoryMib: 24_576,
    idleW: 21,
    limitW: 350,
    maxSmMhz: 2_100,
    idleSmMhz: 210,
    maxMemoryMhz: 9_751,
    pcieGen: 4,
    hasEcc: false,
    idleC: 36,
    loadC: 74,
  },
  a6000: {
    ...WORKSTATION,
    name: 'NVIDIA RTX A6000',
    memoryMib: 49_140,
    idleW: 24,
    limitW: 300,
    maxSmMhz: 2_100,
    idleSmMhz: 210,
    maxMemoryMhz: 8_001,
    pcieGen: 4,
    hasEcc: true,
    idleC: 35,
    loadC: 79,
  },
} satisfies { readonly [model: string]: GpuModel };
