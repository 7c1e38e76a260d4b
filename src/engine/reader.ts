import { ParseError } from '../model/errors.ts';
import { neutralise } from '../model/neutralise.ts';
import type { Outcome } from '../model/observation.ts';
import type { Fact, Parsed, Probe, ProbeName } from '../model/probe.ts';
import type { AnswerFrame } from './protocol.ts';

/** When an answer came and how long it took. */
export interface AnswerTimes {
  readonly atMs: number;
  readonly tookMs: number;
}

/** Turns the answers to one question into outcomes; remembers the last good value and what the node may call "as before". */
export interface Reader {
  /** The checksum of the answer held here, for the node to compare with; `+` where it came without one, `-` where none is held. */
  readonly sum: () => string;
  readonly read: (answer: AnswerFrame, times: AnswerTimes) => Outcome;
  /** The node says that its answer is the one held here. */
  readonly repeat: (times: AnswerTimes) => Outcome;
  /** The connection is gone: the next program knows nothing of what was sent. */
  readonly forget: () => void;
}

/** Longer answers are not kept for comparison: the node sends them only when they changed. */
const TEXT_KEPT = 1_024;

/** A reader for one question of one node, about one target where the probe has targets. */
export function createReader<P extends ProbeName>(
  probe: Probe<P>,
  target: string | undefined,
  onGood: (value: Fact<P>) => void,
): Reader {
  let held: { readonly sum: string; readonly text: string | undefined; readonly repeated: Outcome } | undefined;
  let previous: { readonly value: Fact<P>; readonly atMs: number } | undefined;
  // A parser that takes no context reads no previous value: keeping them all would double the fleet's facts in memory.
  const readsPrevious = probe.parse.length > 1;

  const again = ({ repeated }: NonNullable<typeof held>, { atMs }: AnswerTimes): Outcome => {
    if (repeated.kind === 'same' && previous !== undefined) previous = { value: previous.value, atMs };
    return repeated;
  };

  const parse = (answer: AnswerFrame, times: AnswerTimes): Outcome => {
    const context = {
      ...times,
      ...(previous === undefined ? {} : { previous }),
      ...(target === undefined ? {} : { target }),
    };
    const parsed = parsedOr(() => probe.parse(answer, context), answer.noise);
    if (parsed.kind !== 'fact') return parsed;
    if (readsPrevious) previous = { value: parsed.value, atMs: times.atMs };
    onGood(parsed.value);
    return { kind: 'ok', value: parsed.value };
  };

  return {
    sum: () => (held?.sum === '-' ? '+' : (held?.sum ?? '-')),
    read: (answer, times) => {
      const text = `${answer.exitCode} ${answer.stdout}`;
      if (held?.text === text) {
        held = { ...held, sum: answer.sum };
        return again(held, times);
      }
      const outcome = parse(answer, times);
      const repeated: Outcome = outcome.kind === 'ok' ? { kind: 'same' } : outcome;
      held = { sum: answer.sum, text: text.length <= TEXT_KEPT ? text : undefined, repeated };
      return outcome;
    },
    repeat: (times) =>
      held === undefined
        ? { kind: 'failed', because: 'the node answers "as before", but there is no before' }
        : again(held, times),
    forget: () => {
      held = undefined;
    },
  };
}

function parsedOr<T>(
  parse: () => Parsed<T>,
  noise: string,
): Parsed<T> | { readonly kind: 'failed'; readonly because: string } {
  try {
    return parse();
  } catch (error) {
    // Anything else than a ParseError is a fault of the parser; it must cost this fact, not the fleet.
    const because = error instanceof ParseError ? error.message : `a fault of muster's parser: ${String(error)}`;
    return { kind: 'failed', because: noise === '' ? because : `${because}; it said: ${neutralise(noise)}` };
  }
}
