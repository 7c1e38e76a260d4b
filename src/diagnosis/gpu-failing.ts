import { goodValueOf } from '../model/observation.ts';
import { cardOf, recentEvents } from './kernel-events.ts';
import { lostCardIn } from './lost-card.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { listed, verb } from './words.ts';

/** Cards for which the driver answers with an error, a card that makes it answer nothing else, and cards that the kernel saw fall off the bus. */
export const gpuFailing = {
  kind: 'node',
  name: 'gpu-failing',
  title: 'GPU failing',
  severities: ['critical'],
  reads: ['gpus', 'kernelLog', 'identity'],
  find: (node) => {
    const failing = (goodValueOf(node.facts.slots.gpus) ?? []).flatMap(({ index, error }): readonly Symptom[] =>
      error === undefined
        ? []
        : [
            {
              cause: node.name,
              severity: 'critical',
              evidence: { node: node.name, about: `gpu${index}`, text: error },
            },
          ],
    );
    const lost = lostCardIn(node.facts.slots.gpus);
    const gone: readonly Symptom[] =
      lost === undefined
        ? []
        : [
            {
              cause: node.name,
              severity: 'critical',
              evidence: {
                node: node.name,
                about: lost.busId === undefined ? 'a card' : cardOf(node, lost.busId),
                text: lost.text,
              },
            },
          ];
    const fallen = recentEvents(node, 'gpu-fallen-off-bus').map(
      ({ event, atMs, untilMs }): Symptom => ({
        cause: node.name,
        severity: 'critical',
        evidence: { node: node.name, about: cardOf(node, event.about), text: event.text },
        sinceMs: atMs,
        untilMs,
        words: { isFallen: 'yes' },
      }),
    );
    return [...gone, ...(lost === undefined ? failing : []), ...fallen];
  },
  tell: ({ first, symptoms }) => {
    const cards = [...new Set(symptoms.map(({ evidence }) => evidence.about))];
    return {
      title: `${listed(cards)} of ${first.node} ${verb(cards.length, 'fails', 'fail')}: ${first.text}`,
      nextMove: `Drain ${first.node} and power-cycle it (a reset does not bring back a lost card); if it comes again, have the card replaced.`,
    };
  },
} satisfies NodeRule;
