import { goodValueOf } from '../model/observation.ts';
import type { NodeRule } from './rule.ts';
import { count } from './words.ts';

/** A spike is no finding. */
const LASTING_MS = 30_000;

/** Throttling that hardware asks for, in words with what it points at. Software power caps are how cards are meant to run. */
const REASONS: { readonly [reason: string]: { readonly text: string; readonly look: string } | undefined } = {
  'hw-slowdown': { text: 'slowed down by hardware', look: 'cooling and power supply' },
  'hw-thermal-slowdown': { text: 'slowed down by heat', look: 'fans, dust, water loop and inlet temperature' },
  'sw-thermal-slowdown': { text: 'slowed down by heat', look: 'fans, dust, water loop and inlet temperature' },
  'hw-power-brake-slowdown': {
    text: 'slowed down by the power brake',
    look: 'power supplies and the feed of the rack',
  },
  'hw-power-brake': { text: 'slowed down by the power brake', look: 'power supplies and the feed of the rack' },
};

/** Cards that run below their clock because hardware holds them back. */
export const throttling = {
  kind: 'node',
  name: 'throttling',
  title: 'GPU throttled',
  severities: ['warning'],
  reads: ['gpus'],
  isLive: true,
  find: ({ name, facts }) =>
    (goodValueOf(facts.slots.gpus) ?? []).flatMap((gpu) => {
      // One card with several reasons is one sign; the most telling reason stands first in the table's order from the end.
      const reasons = gpu.throttleReasons.filter((reason) => REASONS[reason] !== undefined);
      const telling = reasons.find((reason) => reason !== 'hw-slowdown') ?? reasons[0];
      if (telling === undefined) return [];
      return [
        {
          cause: REASONS[telling]?.text ?? telling,
          severity: 'warning' as const,
          afterMs: LASTING_MS,
          evidence: { node: name, about: `gpu${gpu.index}`, text: reasons.join(', ') },
          words: { look: REASONS[telling]?.look ?? '' },
        },
      ];
    }),
  tell: ({ cause, nodes, symptoms, word }) => ({
    title: `${count(symptoms.length, 'GPU')} on ${nodes} ${symptoms.length === 1 ? 'is' : 'are'} ${cause}`,
    nextMove: `Look at ${word('look')} of ${nodes}.`,
  }),
} satisfies NodeRule;
