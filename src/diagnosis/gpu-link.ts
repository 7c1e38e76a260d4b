import { goodValueOf } from '../model/observation.ts';
import type { NodeRule } from './rule.ts';
import { count } from './words.ts';

/** Cards whose PCIe link has fewer lanes than card and slot allow. Its generation falls when a card idles, its width does not. */
export const gpuLink = {
  kind: 'node',
  name: 'gpu-link',
  title: 'GPU link narrow',
  severities: ['notice'],
  reads: ['gpus'],
  find: ({ name, facts }) =>
    (goodValueOf(facts.slots.gpus) ?? []).flatMap(({ index, pcieWidth, pcieWidthMax }) => {
      if (pcieWidth === undefined || pcieWidthMax === undefined || pcieWidth === 0 || pcieWidth >= pcieWidthMax)
        return [];
      const text = `x${pcieWidth} of x${pcieWidthMax}`;
      return [{ cause: text, severity: 'notice' as const, evidence: { node: name, about: `gpu${index}`, text } }];
    }),
  tell: ({ nodes, symptoms, cause }) => ({
    title: `the PCIe link of ${count(symptoms.length, 'GPU')} on ${nodes} runs at ${cause}`,
    nextMove: `Reseat the card and look at riser and slot of ${nodes}, unless the board shares its lanes by design.`,
  }),
} satisfies NodeRule;
