import { goodValueOf } from '../model/observation.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { count } from './words.ts';

/** Above this for two minutes, as the usual alerts of GPU fleets have it. */
const HOT_C = 90;
const LASTING_MS = 120_000;
/** Memory on the package (HBM) slows down from about here; graphics memory, which is made for more, tells no temperature. */
const HOT_MEMORY_C = 95;
/** It has to cool this far before it is over. */
const COOLER_C = 5;

/** Cards too hot for too long. */
export const gpuHot = {
  kind: 'node',
  name: 'gpu-hot',
  title: 'GPU hot',
  severities: ['warning'],
  reads: ['gpus'],
  isLive: true,
  find: ({ name, facts }) =>
    (goodValueOf(facts.slots.gpus) ?? []).flatMap(({ index, temperatureC, memoryTemperatureC }): readonly Symptom[] => {
      const sign = (cause: string, isC: number | undefined, hotC: number): readonly Symptom[] =>
        isC === undefined || isC <= hotC - COOLER_C
          ? []
          : [
              {
                cause,
                severity: 'warning',
                evidence: { node: name, about: `gpu${index}`, text: `${isC} °C` },
                isFaint: isC <= hotC,
                afterMs: LASTING_MS,
              },
            ];
      return [...sign('hot', temperatureC, HOT_C), ...sign('hot memory', memoryTemperatureC, HOT_MEMORY_C)];
    }),
  tell: ({ nodes, symptoms, cause }) => {
    const hottest = Math.max(...symptoms.map(({ evidence }) => Number.parseFloat(evidence.text)));
    const cards = `${count(symptoms.length, 'GPU')} on ${nodes}`;
    const what =
      cause === 'hot memory' ? `the memory of ${cards} is` : `${cards} ${symptoms.length === 1 ? 'is' : 'are'}`;
    return {
      title: `${what} too hot, up to ${hottest} °C`,
      nextMove: `Check cooling and inlet temperature of ${nodes}, and lower the power limit (nvidia-smi -pl) until it is mended.`,
    };
  },
} satisfies NodeRule;
