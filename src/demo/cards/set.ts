import { leastPowerW } from '../answers/nvidia-smi.ts';
import { standardSettings } from '../build-node.ts';
import type { DemoGpu, DemoGpuSettings } from '../node-state.ts';

/** What a changing command makes of one card, or the words and code it ends with. nvidia-smi(1), return values. */
export type CardChange =
  | { readonly kind: 'changed'; readonly gpu: DemoGpu; readonly words: string }
  | { readonly kind: 'failed'; readonly words: string; readonly exitCode: number };

const failed = (words: string, exitCode: number): CardChange => ({
  kind: 'failed',
  words: `${words}\nTerminating early due to previous errors.`,
  exitCode,
});

const changed = (gpu: DemoGpu, settings: Partial<DemoGpuSettings>, words: string): CardChange => ({
  kind: 'changed',
  gpu: { ...gpu, settings: { ...gpu.settings, ...settings } },
  words,
});

const MODES = {
  DEFAULT: 'Default',
  EXCLUSIVE_PROCESS: 'Exclusive_Process',
  PROHIBITED: 'Prohibited',
} as const satisfies { readonly [word: string]: DemoGpuSettings['computeMode'] };

/** `-c MODE`. */
export function setComputeMode(gpu: DemoGpu, word: string): CardChange {
  const mode = Object.entries(MODES).find(([name]) => name === word)?.[1];
  return mode === undefined
    ? failed('Invalid combination of input arguments.', 2)
    : changed(gpu, { computeMode: mode }, `Set compute mode to ${word} for GPU ${gpu.busId}.`);
}

/** `-pm 0|1`. */
export const setPersistence = (gpu: DemoGpu, word: string): CardChange =>
  changed(
    gpu,
    { persistence: word === '1' },
    `${word === '1' ? 'Enabled' : 'Disabled'} persistence mode for GPU ${gpu.busId}.`,
  );

/** `-pl WATTS`. */
export function setPowerLimit(gpu: DemoGpu, word: string): CardChange {
  const watts = Number(word);
  const [least, most] = [leastPowerW(gpu), gpu.model.limitW];
  if (!(watts >= least && watts <= most))
    return failed(
      `Provided power limit ${watts.toFixed(2)} W is not a valid power limit which should be between ${least.toFixed(2)} W and ${most.toFixed(2)} W for GPU ${gpu.busId}`,
      2,
    );
  return changed(
    gpu,
    { powerLimitW: watts },
    `Power limit for GPU ${gpu.busId} was set to ${watts.toFixed(2)} W from ${gpu.settings.powerLimitW.toFixed(2)} W.`,
  );
}

/** `compute-policy --set-timeslice=0..3`. */
export const setTimeSlice = (gpu: DemoGpu, word: string): CardChange =>
  changed(gpu, { timeSlice: Number(word) & 3 }, `Successfully set time-slice for GPU ${gpu.busId}.`);

/** `-mig 0|1`: cards before Hopper take the mode at the next reset. */
export function setMig(gpu: DemoGpu, word: string, isInUse: boolean): CardChange {
  const isOn = word === '1';
  const verb = isOn ? 'enable' : 'disable';
  if (!gpu.model.canMig) return failed(`Unable to ${verb} MIG Mode for GPU ${gpu.busId}: Not Supported`, 3);
  if (isInUse || (!isOn && gpu.instances.length > 0))
    return failed(`Unable to ${verb} MIG Mode for GPU ${gpu.busId}: In use by another client`, 19);
  const isAtOnce = gpu.model.pcieGen >= 5;
  const words = isAtOnce
    ? `${isOn ? 'Enabled' : 'Disabled'} MIG Mode for GPU ${gpu.busId}`
    : `Warning: MIG mode is in pending ${verb} state for GPU ${gpu.busId}:Reset required`;
  return changed({ ...gpu, isMigEnabled: isAtOnce ? isOn : gpu.isMigEnabled }, { isMigPending: isOn }, words);
}

/** `--gpu-reset`: what was set is forgotten, what was pending is so. */
export function reset(gpu: DemoGpu, isInUse: boolean): CardChange {
  if (isInUse)
    return {
      kind: 'failed',
      words: `The following GPUs could not be reset:\n  GPU ${gpu.busId}: In use by another client`,
      exitCode: 255,
    };
  if (gpu.isLost) return { kind: 'failed', words: `Unable to reset GPU ${gpu.busId}: GPU is lost`, exitCode: 15 };
  return {
    kind: 'changed',
    gpu: {
      ...gpu,
      isMigEnabled: gpu.settings.isMigPending,
      instances: [],
      eccUncorrected: 0,
      settings: { ...standardSettings(gpu.model, gpu.settings.isMigPending), persistence: gpu.settings.persistence },
    },
    words: `GPU ${gpu.busId} was successfully reset.`,
  };
}
