import { goodValueOf } from '../model/observation.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { count, planOf } from './words.ts';

/**
 * Cards of data centres whose driver falls asleep when nobody uses them: programs start seconds later, settings such as the power limit are lost,
 * and every look wakes them. Cards without ECC stand on desks, where that is how they are meant to be.
 */
export const gpuPersistence = {
  kind: 'node',
  name: 'gpu-persistence',
  title: 'GPU persistence off',
  severities: ['notice'],
  reads: ['gpus'],
  find: ({ name, facts }) => {
    const found: Symptom[] = [];
    for (const { index, persistence, eccEnabled } of goodValueOf(facts.slots.gpus) ?? []) {
      if (persistence !== false || eccEnabled === undefined) continue;
      found.push({
        cause: 'off',
        severity: 'notice',
        evidence: { node: name, about: `gpu${index}`, text: 'persistence mode is off' },
      });
    }
    return found;
  },
  tell: ({ nodes, symptoms }) => ({
    title: `persistence mode is off on ${count(symptoms.length, 'GPU')} of ${nodes}`,
    nextMove: `Enable nvidia-persistenced on ${nodes}, or run ${planOf('gpu-mode', nodes, '--persistence', 'on')} (until the next boot): without it settings are lost and programs start late.`,
  }),
} satisfies NodeRule;
