import type { Gpu } from '../model/facts.ts';
import { goodValueOf } from '../model/observation.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { count } from './words.ts';

/** The link speeds up within a second of work; what lasts longer does not come from idling. */
const LASTING_MS = 60_000;
/** Below this a card may pause between two pieces of work, and let its link sleep. */
const BUSY_RATIO = 0.5;

/** Cards that work and whose PCIe link stays at a lower generation than card and slot allow. */
export const gpuLinkSlow = {
  kind: 'node',
  name: 'gpu-link-slow',
  title: 'GPU link slow under load',
  severities: ['warning'],
  reads: ['gpus'],
  isLive: true,
  find: ({ name, facts }) => {
    const found: Symptom[] = [];
    for (const gpu of goodValueOf(facts.slots.gpus) ?? []) {
      if (!isSlow(gpu)) continue;
      const text = `generation ${gpu.pcieGen} of ${gpu.pcieGenMax}`;
      const evidence = { node: name, about: `gpu${gpu.index}`, text };
      found.push({ cause: text, severity: 'warning', evidence, afterMs: LASTING_MS });
    }
    return found;
  },
  tell: ({ nodes, symptoms, cause }) => ({
    title: `the PCIe link of ${count(symptoms.length, 'busy GPU')} on ${nodes} runs at ${cause}`,
    nextMove: `Look for PCIe errors in the kernel log of ${nodes}; then reseat the card, look at riser and slot, and at the slot's speed in the BIOS.`,
  }),
} satisfies NodeRule;

function isSlow({ pcieGen, pcieGenMax, utilisationRatio }: Gpu): boolean {
  if (pcieGen === undefined || pcieGenMax === undefined || pcieGen === 0 || pcieGen >= pcieGenMax) return false;
  return utilisationRatio !== undefined && utilisationRatio >= BUSY_RATIO;
}
