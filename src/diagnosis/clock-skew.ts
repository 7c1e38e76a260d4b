import { goodValueOf } from '../model/observation.ts';
import { seenOf } from '../model/seen.ts';
import type { NodeRule, Symptom } from './rule.ts';
import { verb } from './words.ts';

/** Busybox tells whole seconds, so less than two says nothing. Kerberos refuses at 300 s. */
const SKEWED_MS = 2_000;
const CLOSING_MS = 1_500;
const CRITICAL_MS = 300_000;

/** Nodes whose clock differs from the console's. */
export const clockSkew = {
  kind: 'node',
  name: 'clock-skew',
  title: 'Clock skew',
  severities: ['critical', 'warning'],
  reads: ['clock'],
  isLive: true,
  find: ({ name, facts, seen }): readonly Symptom[] => {
    const skewMs = goodValueOf(facts.slots.clock)?.skewMs;
    // Half the round trip was taken off; on a slow way the clock may be wrong by as much as that.
    const doubtMs = (seenOf(seen, 'clock', 'tookMs') ?? 0) / 2;
    if (skewMs === undefined || !(Math.abs(skewMs) - doubtMs >= CLOSING_MS)) return [];
    const text = `${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead' : 'behind'}`;
    return [
      {
        cause: 'skew',
        severity: Math.abs(skewMs) >= CRITICAL_MS ? 'critical' : 'warning',
        isFaint: Math.abs(skewMs) - doubtMs < SKEWED_MS,
        evidence: { node: name, about: 'clock', text },
      },
    ];
  },
  tell: ({ nodes, nodeCount, first }) => ({
    title:
      nodeCount === 1
        ? `the clock of ${nodes} is ${first.text}`
        : `the clocks of ${nodes} are wrong (${first.node}: ${first.text})`,
    nextMove: `Check time synchronisation on ${nodes} (chronyc tracking or timedatectl)${verb(nodeCount, '', ', and on this machine if most nodes differ alike')}.`,
  }),
} satisfies NodeRule;
