import { HELD_FROM_BYTES } from '../model/gpu-state.ts';
import { goodValueOf } from '../model/observation.ts';
import { formatBytes } from '../model/units.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { count, planOf } from './words.ts';

/** A job that begins has memory before the driver names it, and one that ended lets go of it a little later. */
const LASTING_MS = 60_000;

/** Memory of a card that nothing computes with: a process that hangs on, or one that only the driver still knows. */
export const gpuMemoryHeld = {
  kind: 'node',
  name: 'gpu-memory-held',
  title: 'GPU memory held by nothing',
  severities: ['warning'],
  reads: ['gpus', 'gpuProcesses'],
  isLive: true,
  find: ({ name, facts }) => {
    const { gpus, gpuProcesses } = facts.slots;
    if (gpuProcesses?.kind !== 'ok') return [];
    return (goodValueOf(gpus) ?? []).flatMap((gpu): readonly Symptom[] => {
      const { uuid, index, memoryUsedBytes: used = 0, migDevices, error } = gpu;
      if (error !== undefined || used < HELD_FROM_BYTES) return [];
      const ids = new Set([uuid, ...migDevices.map((slice) => slice.uuid)]);
      const isComputed = gpuProcesses.value.some(({ gpuUuid, user }) => ids.has(gpuUuid) && user !== undefined);
      if (isComputed) return [];
      return [
        {
          cause: name,
          severity: 'warning',
          afterMs: LASTING_MS,
          evidence: { node: name, about: `gpu${index}`, text: `${formatBytes(used)} held, nothing computes` },
        },
      ];
    });
  },
  tell: ({ nodes, symptoms }) => ({
    title: `${count(symptoms.length, 'GPU')} of ${nodes} ${symptoms.length === 1 ? 'holds' : 'hold'} memory that nothing computes with`,
    nextMove: `Run ${planOf('gpu-free', nodes)}: it names who has the card open, in all containers.`,
  }),
} satisfies NodeRule;
