import type { Gpu } from '../model/facts.ts';
import { goodValueOf } from '../model/observation.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { listed, planOf } from './words.ts';

/** Watts: limits are set in whole ones, and drivers round. */
const SAME_W = 1;

/** Cards set otherwise than most cards of their model in the node: one slower card holds up a job over all of them. */
export const gpuUneven = {
  kind: 'node',
  name: 'gpu-uneven',
  title: 'GPU set otherwise than its neighbours',
  severities: ['notice'],
  reads: ['gpus'],
  find: ({ name, facts }) => {
    const cards = goodValueOf(facts.slots.gpus) ?? [];
    const [first] = cards;
    // Most nodes are even, and are asked at every answer.
    if (first === undefined || cards.every((card) => isLike(card, first))) return [];
    return cards.flatMap((card): readonly Symptom[] => {
      const others = cards.filter((other) => other.name === card.name && other.error === undefined);
      const text = card.error === undefined ? differences(card, others) : '';
      const evidence = { node: name, about: `gpu${card.index}`, text };
      return text === '' ? [] : [{ cause: `${name}:${text}`, severity: 'notice', evidence }];
    });
  },
  tell: ({ first, symptoms }) => ({
    title: `${listed(symptoms.map(({ evidence }) => evidence.about))} of ${first.node}: ${first.text}`,
    nextMove: `Set the cards alike (${planOf('gpu-mode', first.node)} has the power limit, "nvidia-smi -e" and a reset ECC), unless this is meant.`,
  }),
} satisfies NodeRule;

const isLike = (card: Gpu, other: Gpu): boolean =>
  card.powerLimitW === other.powerLimitW && card.eccEnabled === other.eccEnabled;

function differences(card: Gpu, others: readonly Gpu[]): string {
  const limitW = usual(others.map(({ powerLimitW }) => powerLimitW));
  const ecc = usual(others.map(({ eccEnabled }) => eccEnabled));
  const isLower = limitW !== undefined && card.powerLimitW !== undefined && card.powerLimitW < limitW - SAME_W;
  return [
    ...(isLower ? [`power limit ${card.powerLimitW} W, its neighbours have ${limitW} W`] : []),
    ...(ecc !== undefined && card.eccEnabled !== undefined && card.eccEnabled !== ecc
      ? [`ECC is ${card.eccEnabled ? 'on' : 'off'}, ${ecc ? 'on' : 'off'} on its neighbours`]
      : []),
  ].join('; ');
}

/** What more than half have. */
function usual<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].find(([, having]) => having * 2 > values.length)?.[0];
}
