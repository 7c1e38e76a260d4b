import { goodValueOf } from '../model/observation.ts';
import { cardOf } from './kernel-events.ts';
import type { NodeRule } from './rule.ts';
import { listed, planOf, verb } from './words.ts';

/** Cards for which the driver itself asks for a reset, a drain or a reboot. nvidia-smi(1), "GPU Recovery Action"; drivers since 565 say so. */
export const gpuRecovery = {
  kind: 'node',
  name: 'gpu-recovery',
  title: 'GPU asks for recovery',
  severities: ['critical'],
  reads: ['gpuErrors'],
  isLive: true,
  find: (node) =>
    (goodValueOf(node.facts.slots.gpuErrors) ?? []).flatMap(({ busId, recovery }) =>
      recovery === undefined
        ? []
        : [
            {
              cause: `${node.name}:${recovery}`,
              severity: 'critical' as const,
              evidence: { node: node.name, about: cardOf(node, busId), text: recovery.toLowerCase() },
            },
          ],
    ),
  tell: ({ first, symptoms }) => {
    const cards = [...new Set(symptoms.map(({ evidence }) => evidence.about))];
    return {
      title: `${listed(cards)} of ${first.node} ${verb(cards.length, 'asks', 'ask')} for recovery: ${first.text}`,
      nextMove: `Drain ${first.node}, then run ${planOf('gpu-recover', first.node)}: new work on the card fails or is not to be trusted until then.`,
    };
  },
} satisfies NodeRule;
