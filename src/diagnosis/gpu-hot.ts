import { goodValueOf } from '../model/observation.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { count } from './words.ts';

/** Above this for two minutes, as the usual alerts of GPU fleets have it. */
const HOT_C = 90;
const LASTING_MS = 120_000;
/** It has to cool this far before it is over. */
const COOL_C = 85;

/** Cards too hot for too long. */
export const gpuHot = {
  kind: 'node',
  name: 'gpu-hot',
  title: 'GPU hot',
  severities: ['warning'],
  reads: ['gpus'],
  isLive: true,
  find: ({ name, facts }) =>
    (goodValueOf(facts.slots.gpus) ?? []).flatMap(({ index, temperatureC }): readonly Symptom[] => {
      if (temperatureC === undefined || temperatureC <= COOL_C) return [];
      const isFaint = temperatureC <= HOT_C;
      const evidence = { node: name, about: `gpu${index}`, text: `${temperatureC} °C` };
      return [{ cause: 'hot', severity: 'warning', evidence, isFaint, afterMs: LASTING_MS }];
    }),
  tell: ({ nodes, symptoms }) => {
    const hottest = Math.max(...symptoms.map(({ evidence }) => Number.parseFloat(evidence.text)));
    return {
      title: `${count(symptoms.length, 'GPU')} on ${nodes} too hot, up to ${hottest} °C`,
      nextMove: `Check cooling and inlet temperature of ${nodes}, and lower the power limit (nvidia-smi -pl) until it is mended.`,
    };
  },
} satisfies NodeRule;
