import { recentEvents } from './kernel-events.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { count } from './words.ts';

/** I/O and filesystem errors in the kernel log of the last day. */
export const diskErrors = {
  kind: 'node',
  name: 'disk-errors',
  title: 'Disk errors',
  severities: ['warning'],
  reads: ['kernelLog', 'identity'],
  find: (node) =>
    [...recentEvents(node, 'io-error'), ...recentEvents(node, 'filesystem-error')].map(
      ({ event, atMs, untilMs }): Symptom => ({
        cause: `${node.name}:${event.about ?? 'disk'}`,
        severity: 'warning',
        evidence: { node: node.name, about: event.about ?? 'kernel log', text: event.text },
        sinceMs: atMs,
        untilMs,
      }),
    ),
  tell: ({ first, symptoms }) => ({
    title: `${first.about} of ${first.node} has errors: ${count(symptoms.length, 'line')} in the kernel log of the last day`,
    nextMove: `Check ${first.about} on ${first.node} (smartctl -a) and its cable, and see that its data is safe.`,
  }),
} satisfies NodeRule;
