import { ParseError } from '../model/errors.ts';
import { fact, type Probe } from '../model/probe.ts';

/** The node's own clock: `1795335597.861631612`, or whole seconds where date(1) knows no `%N`. */
export const clock = {
  name: 'clock',
  ask: { kind: 'child', brief: true, deadlineMs: 5_000, sh: 'exec date +%s.%N' },
  everyMs: 30_000,
  parse: ({ stdout }, { atMs, tookMs }) => {
    const match = /^\s*(\d{1,11})(?:\.(\d{1,9}))?/.exec(stdout);
    const seconds = match?.[1];
    if (seconds === undefined) throw new ParseError('clock', 1, stdout);
    // Whole seconds only: half a second is the least wrong guess.
    const fractionMs = match?.[2] === undefined ? 500 : Number(`0.${match[2]}`) * 1_000;
    const nodeTimeMs = Math.round(Number(seconds) * 1_000 + fractionMs);
    return fact({ nodeTimeMs, skewMs: Math.round(nodeTimeMs - (atMs - (tookMs ?? 0) / 2)) });
  },
} satisfies Probe<'clock'>;
