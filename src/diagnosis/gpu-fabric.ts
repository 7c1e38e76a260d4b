import { goodValueOf } from '../model/observation.ts';
import { cardOf } from './kernel-events.ts';
import type { NodeRule } from './rule.ts';
import { count, planOf, verb } from './words.ts';

/** A board needs this long after a boot or a restart of the fabric manager. */
const LASTING_MS = 120_000;

/** Cards on NVSwitch boards that were not taken into the fabric: CUDA programs on them end with "system not yet initialized" (802). */
export const gpuFabric = {
  kind: 'node',
  name: 'gpu-fabric',
  title: 'GPU not in the NVLink fabric',
  severities: ['critical'],
  reads: ['gpuErrors'],
  isLive: true,
  find: (node) =>
    (goodValueOf(node.facts.slots.gpuErrors) ?? []).flatMap(({ busId, fabric }) => {
      if (fabric === undefined) return [];
      const { state, status } = fabric;
      if (state === 'Completed' && (status === undefined || status === 'Success')) return [];
      const text = `${state}${status === undefined || status === 'Success' ? '' : `, ${status}`}`.toLowerCase();
      return [
        {
          cause: text,
          severity: 'critical' as const,
          afterMs: LASTING_MS,
          evidence: { node: node.name, about: cardOf(node, busId), text },
        },
      ];
    }),
  tell: ({ nodes, symptoms, first }) => ({
    title: `${count(symptoms.length, 'GPU')} on ${nodes} ${verb(symptoms.length, 'is', 'are')} not in the NVLink fabric: ${first.text}`,
    nextMove: `Look at nvidia-fabricmanager on ${nodes} (its version must be that of the driver), then run ${planOf('service', nodes, '--unit', 'nvidia-fabricmanager')}.`,
  }),
} satisfies NodeRule;
