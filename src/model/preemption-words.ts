import { amountsText, podName } from './gpu-pods.ts';
import type { KubePod } from './kubernetes.ts';
import { type NodeVictims, PREEMPTION_LEAVES_OUT, priorityText, type WhoGoes } from './preemption.ts';

/** Nodes that are named: those behind the third the scheduler hardly comes to. */
const CHOICES_SHOWN = 3;
/** Pods named of one node. */
const VICTIMS_SHOWN = 8;

/** Who would go for a waiting pod, a line each, the first to go first; and by which rule. */
export function whoGoesLines(who: WhoGoes, { nominatedNode }: Pick<KubePod, 'nominatedNode'>): readonly string[] {
  const chosen =
    nominatedNode === undefined
      ? []
      : [`the scheduler has chosen ${nominatedNode}: the pod waits for others to end there`];
  switch (who.kind) {
    case 'room':
      return [...chosen, `nobody: ${who.node} has the GPUs it asks for, so it waits for something else`];
    case 'nobody':
      return [...chosen, `nobody: ${who.because}`];
    case 'victims':
      return [
        ...chosen,
        ...who.choices.slice(0, CHOICES_SHOWN).flatMap(choiceLines),
        `by kube-scheduler's documented rule for GPUs alone: ${PREEMPTION_LEAVES_OUT}`,
      ];
  }
}

function choiceLines({ node, victims }: NodeVictims, index: number): readonly string[] {
  const more = victims.length - VICTIMS_SHOWN;
  return [
    `${index === 0 ? 'on' : 'else on'} ${node}:`,
    ...victims
      .slice(0, VICTIMS_SHOWN)
      .map((pod) => `  ${podName(pod)}  priority ${priorityText(pod)}, ${amountsText(pod.requests)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
