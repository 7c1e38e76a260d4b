import { cardOf, recentEvents } from './kernel-events.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { xidMeaning } from './xid-meanings.ts';

/** The NVIDIA driver's own error lines in the kernel log, by number. */
export const xid = {
  kind: 'node',
  name: 'xid',
  title: 'Xid',
  severities: ['critical', 'warning', 'notice'],
  reads: ['kernelLog', 'identity'],
  find: (node) =>
    recentEvents(node, 'xid').flatMap(({ event, atMs, untilMs }): readonly Symptom[] => {
      if (event.xid === undefined) return [];
      return [
        {
          cause: String(event.xid),
          severity: xidMeaning(event.xid).severity,
          evidence: { node: node.name, about: cardOf(node, event.about), text: event.text },
          sinceMs: atMs,
          untilMs,
        },
      ];
    }),
  tell: ({ cause, nodes }) => {
    const { meaning, nextMove } = xidMeaning(Number(cause));
    return { title: `Xid ${cause} on ${nodes}: ${meaning}`, nextMove: `On ${nodes}: ${nextMove}.` };
  },
} satisfies NodeRule;
