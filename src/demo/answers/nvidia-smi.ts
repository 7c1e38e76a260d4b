import { type GpuReading, readGpu } from '../gpu-reading.ts';
import type { DemoGpu, NodeState } from '../node-state.ts';

/** What `nvidia-smi` prints, and how it ends. */
export interface SmiOutput {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

const NOT_AVAILABLE = '[N/A]';

const onOff = (is: boolean): string => (is ? 'Enabled' : 'Disabled');

/** The lowest limit a card takes: data sheets give about two sevenths of the highest. */
export const leastPowerW = ({ model }: DemoGpu): number => Math.ceil((model.limitW * 2) / 7 / 5) * 5;

/** Every column of `--query-gpu` the demo's driver knows. nvidia-smi(1) --help-query-gpu */
const FIELDS: { readonly [field: string]: (gpu: DemoGpu, reading: GpuReading, node: NodeState) => string | number } = {
  index: (gpu) => gpu.index,
  uuid: (gpu) => gpu.uuid,
  name: (gpu) => gpu.model.name,
  serial: (gpu) => gpu.serial,
  'pci.bus_id': (gpu) => gpu.busId,
  driver_version: (_, __, node) => node.driver?.version ?? NOT_AVAILABLE,
  count: (_, __, node) => node.gpus.length,
  // A card split by MIG tells no utilisation of its own.
  'utilization.gpu': (gpu, reading) => (gpu.isMigEnabled ? NOT_AVAILABLE : reading.busyPercent),
  'utilization.memory': (gpu, reading) => (gpu.isMigEnabled ? NOT_AVAILABLE : Math.round(reading.busyPercent * 0.6)),
  'memory.used': (_, reading) => reading.memoryUsedMib,
  'memory.total': (gpu) => gpu.model.memoryMib,
  'memory.free': (gpu, reading) => gpu.model.memoryMib - reading.memoryUsedMib,
  'temperature.gpu': (_, reading) => reading.temperatureC,
  'temperature.memory': (gpu, reading) => (gpu.model.hasMemorySensor ? reading.memoryTemperatureC : 'N/A'),
  'power.draw': (_, reading) => reading.powerW.toFixed(2),
  'power.limit': (gpu) => gpu.settings.powerLimitW.toFixed(2),
  'power.min_limit': (gpu) => leastPowerW(gpu).toFixed(2),
  'power.max_limit': (gpu) => gpu.model.limitW.toFixed(2),
  'power.default_limit': (gpu) => gpu.model.limitW.toFixed(2),
  'clocks.current.sm': (_, reading) => reading.smMhz,
  'clocks.sm': (_, reading) => reading.smMhz,
  'clocks.max.sm': (gpu) => gpu.model.maxSmMhz,
  'clocks.current.memory': (_, reading) => reading.memoryMhz,
  'clocks.mem': (_, reading) => reading.memoryMhz,
  'fan.speed': (gpu, reading) => (gpu.model.hasFan ? reading.fanPercent : NOT_AVAILABLE),
  pstate: (_, reading) => (reading.job === undefined ? 'P8' : 'P0'),
  'clocks_event_reasons.active': (_, reading) => reasons(reading),
  'clocks_throttle_reasons.active': (_, reading) => reasons(reading),
  'ecc.mode.current': (gpu) => (gpu.model.hasEcc ? 'Enabled' : NOT_AVAILABLE),
  'ecc.errors.corrected.volatile.total': (gpu) => (gpu.model.hasEcc ? gpu.eccCorrected : NOT_AVAILABLE),
  'ecc.errors.uncorrected.volatile.total': (gpu) => (gpu.model.hasEcc ? gpu.eccUncorrected : NOT_AVAILABLE),
  'retired_pages.pending': () => NOT_AVAILABLE,
  'remapped_rows.pending': (gpu) => (gpu.model.hasMemorySensor ? 'No' : NOT_AVAILABLE),
  'remapped_rows.failure': (gpu) => (gpu.model.hasMemorySensor ? 0 : NOT_AVAILABLE),
  'pcie.link.gen.current': (_, reading) => reading.pcieGen,
  'pcie.link.gen.max': (gpu) => gpu.model.pcieGen,
  'pcie.link.width.current': () => 16,
  'pcie.link.width.max': () => 16,
  persistence_mode: (gpu) => onOff(gpu.settings.persistence),
  compute_mode: (gpu) => gpu.settings.computeMode,
  'mig.mode.current': (gpu) => (gpu.model.canMig ? onOff(gpu.isMigEnabled) : NOT_AVAILABLE),
  'mig.mode.pending': (gpu) => (gpu.model.canMig ? onOff(gpu.settings.isMigPending) : NOT_AVAILABLE),
};

/** `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`. A lost card makes the tool print a sentence and end with 15. */
export function queryGpu(node: NodeState, fields: readonly string[], nowMs: number): SmiOutput {
  const unknown = fields.find((field) => FIELDS[field] === undefined);
  if (unknown !== undefined || fields.length === 0) {
    return { lines: [`Field "${unknown ?? ''}" is not a valid field to query.`, ''], exitCode: 2 };
  }
  const why = whyDriverFails(node);
  if (why !== undefined) return why;
  const rows = working(node).map((gpu) => {
    const reading = readGpu(node, gpu, nowMs);
    return fields.map((field) => FIELDS[field]?.(gpu, reading, node)).join(', ');
  });
  const lost = node.gpus.filter((gpu) => gpu.isLost).map(lostSentence);
  return { lines: [...lost, ...rows], exitCode: lost.length > 0 ? 15 : 0 };
}

/** What every nvidia-smi says while the driver as a whole fails; nvidia-smi(1), return values, and NVML error 18. */
export function whyDriverFails({ stack, driver }: NodeState): SmiOutput | undefined {
  if (!stack.isLoaded)
    return {
      lines: [
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
        '',
      ],
      exitCode: 9,
    };
  if (!stack.isMismatched) return undefined;
  const library = driver?.version.split('.').slice(0, 2).join('.') ?? '';
  return {
    lines: ['Failed to initialize NVML: Driver/library version mismatch', `NVML library version: ${library}`],
    exitCode: 18,
  };
}

/** `nvidia-smi -L`: the cards and their MIG devices. */
export function listGpus(node: NodeState): readonly string[] {
  return working(node).flatMap((gpu) => [
    `GPU ${gpu.index}: ${gpu.model.name} (UUID: ${gpu.uuid})`,
    ...gpu.instances
      .filter(({ hasCompute }) => hasCompute)
      .map(
        ({ profile }, at) =>
          `  MIG ${profile.padEnd(11)} Device ${String(at).padStart(2)}: (UUID: ${migUuid(gpu, at)})`,
      ),
  ]);
}

/** The id of one MIG device of a card. */
export function migUuid(gpu: DemoGpu, index: number): string {
  return `MIG-${gpu.uuid.slice(4, -2)}${index.toString(16).padStart(2, '0')}`;
}

/** `nvidia-smi --version`. */
export function smiVersion(node: NodeState): readonly string[] {
  const { version = '', cuda = '' } = node.driver ?? {};
  return [
    `NVIDIA-SMI version  : ${version}`,
    `NVML version        : ${version.split('.').slice(0, 2).join('.')}`,
    `DRIVER version      : ${version}`,
    `CUDA Version        : ${cuda}`,
  ];
}

/** The cards the driver still talks to. */
export function working(node: NodeState): readonly DemoGpu[] {
  return node.gpus.filter((gpu) => !gpu.isLost);
}

function lostSentence(gpu: DemoGpu): string {
  const busId = gpu.busId.slice(4);
  return `Unable to determine the device handle for GPU${gpu.index}: ${busId}: GPU is lost.  Reboot the system to recover this GPU`;
}

function reasons(reading: GpuReading): string {
  return `0x${reading.reasons.toString(16).padStart(16, '0')}`;
}
