import type { GpuErrors } from '../model/gpu-errors.ts';
import { goodValueOf } from '../model/observation.ts';
import { cardOf } from './kernel-events.ts';
import type { NodeRule, NodeView, Symptom } from './rule.ts';
import { listed } from './words.ts';

/**
 * Cards with fewer NVLinks than their neighbours: jobs over several cards run at the pace of the slowest. Bridges that only some
 * cards have are no fault, so a card counts where most others of its node have more.
 */
export const nvlinkDown = {
  kind: 'node',
  name: 'nvlink-down',
  title: 'NVLink down',
  severities: ['warning'],
  reads: ['gpuErrors'],
  isLive: true,
  find: (node) => {
    const cards = goodValueOf(node.facts.slots.gpuErrors) ?? [];
    const most = usual(cards);
    return most === undefined ? [] : cards.flatMap((card) => symptomOf(node, card, most));
  },
  tell: ({ first, symptoms }) => ({
    title: `${listed(symptoms.map(({ evidence }) => evidence.about))} of ${first.node}: ${first.text}`,
    nextMove: `Look for Xid 74 and fabric errors in the kernel log of ${first.node}, drain it and reset its cards; if links stay away, have card or board looked at.`,
  }),
} satisfies NodeRule;

/** How many links more than half of the cards have; undefined where they do not agree. */
function usual(cards: readonly GpuErrors[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { nvlinks } of cards)
    if (nvlinks !== undefined) counts.set(nvlinks.active, (counts.get(nvlinks.active) ?? 0) + 1);
  return [...counts].find(([, having]) => having * 2 > cards.length)?.[0];
}

function symptomOf(node: NodeView, { busId, nvlinks }: GpuErrors, most: number): readonly Symptom[] {
  if (nvlinks === undefined || nvlinks.active >= most) return [];
  const text = `${nvlinks.active} of ${most} NVLinks carry data`;
  const evidence = { node: node.name, about: cardOf(node, busId), text };
  return [{ cause: `${node.name}:${nvlinks.active}`, severity: 'warning', evidence }];
}
