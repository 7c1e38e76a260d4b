/** Columns `nvidia-smi --query-gpu` is asked for, in this order; README.md of this folder repeats them. mig.mode.current is last on purpose. */
export const GPU_FIELDS = [
  'index',
  'uuid',
  'name',
  'pci.bus_id',
  'driver_version',
  'utilization.gpu',
  'memory.used',
  'memory.total',
  'temperature.gpu',
  'temperature.memory',
  'power.draw',
  'power.limit',
  'clocks.current.sm',
  'clocks.max.sm',
  'clocks.current.memory',
  'fan.speed',
  'pstate',
  'clocks_event_reasons.active',
  'ecc.mode.current',
  'ecc.errors.corrected.volatile.total',
  'ecc.errors.uncorrected.volatile.total',
  'retired_pages.pending',
  'remapped_rows.pending',
  'remapped_rows.failure',
  'pcie.link.gen.current',
  'pcie.link.gen.max',
  'pcie.link.width.current',
  'pcie.link.width.max',
  'persistence_mode',
  'compute_mode',
  'serial',
  'mig.mode.current',
] as const;

/** A column of the full list. */
export type GpuField = (typeof GPU_FIELDS)[number];

/** What every driver since about 2015 knows: the first columns of the full list, as far as they are old enough. */
export const OLD_GPU_FIELDS: readonly GpuField[] = [
  'index',
  'uuid',
  'name',
  'pci.bus_id',
  'driver_version',
  'utilization.gpu',
  'memory.used',
  'memory.total',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'pstate',
];

/** Bits of clocks_event_reasons.active that slow a card down. nvml.h, nvmlClocksEventReason*; bit 0 is idle, bit 1 a chosen clock, bit 8 a display's. */
export const THROTTLE_BITS: readonly (readonly [bit: bigint, reason: string])[] = [
  [0x4n, 'sw-power-cap'],
  [0x8n, 'hw-slowdown'],
  [0x10n, 'sync-boost'],
  [0x20n, 'sw-thermal-slowdown'],
  [0x40n, 'hw-thermal-slowdown'],
  [0x80n, 'hw-power-brake-slowdown'],
];
