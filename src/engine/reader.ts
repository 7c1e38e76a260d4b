import { ParseError } from '../model/errors.ts';
import { neutralise } from '../model/neutralise.ts';
import type { Outcome } from '../model/observation.ts';
import type { Answer, Fact, ParseContext, Parsed, Probe, ProbeName } from '../model/probe.ts';
import type { AnswerFrame } from './protocol.ts';

/** When an answer came and how long it took. */
export interface AnswerTimes {
  readonly atMs: number;
  readonly tookMs: number;
}

/**
 * What is remembered of the answers to one question: the last good value, and what the node may call "as before". Plain data, with functions
 * beside it, because there are twenty for each node: as closures they took 12 MB of a fleet of 1,000 nodes.
 */
export interface Reader<P extends ProbeName = ProbeName> {
  readonly target: string | undefined;
  /** The checksum of the answer held here, for the node to compare with; `+` where it came without one, `-` where none is held. */
  sum: string;
  /** The answer itself, where it is short and may come again, and its exit code. */
  text: string | undefined;
  exitCode: number;
  /** What an answer as before means; undefined while none is held. */
  repeated: Outcome | undefined;
  previous: ParseContext<Fact<P>>['previous'];
  /** Its parser looks at the previous value: keeping them all would double the fleet's facts in memory. */
  readsPrevious: boolean;
  parse(answer: Answer, context: ParseContext<Fact<P>>): Parsed<Fact<P>>;
}

/** Longer answers are not kept for comparison: the node sends them only when they changed. */
const TEXT_KEPT = 1_024;

/** A reader for one question of one node, about one target where the probe has targets. */
export function createReader<P extends ProbeName>({ parse }: Probe<P>, target: string | undefined): Reader<P> {
  return {
    target,
    sum: '-',
    text: undefined,
    exitCode: 0,
    repeated: undefined,
    previous: undefined,
    readsPrevious: false,
    parse,
  };
}

/** What an answer means. */
export function readAnswer(reader: Reader, answer: AnswerFrame, times: AnswerTimes): Outcome {
  const { repeated } = reader;
  reader.sum = answer.sum === '-' ? '+' : answer.sum;
  // An answer with a checksum need not be kept: the node compares the next one with it.
  const isKept = answer.sum === '-' && answer.stdout.length < TEXT_KEPT;
  if (isKept && reader.text === answer.stdout && reader.exitCode === answer.exitCode && repeated !== undefined)
    return again(reader, repeated, times);
  const outcome = parseWith(reader, answer, times);
  // What is read beside the answer before are counters and the time: the same text does not come again.
  reader.text = isKept && !reader.readsPrevious ? answer.stdout : undefined;
  reader.exitCode = answer.exitCode;
  reader.repeated = outcome.kind === 'ok' ? SAME : outcome;
  return outcome;
}

/** What it means that the node says its answer is the one held here. */
export function repeatAnswer(reader: Reader, times: AnswerTimes): Outcome {
  return reader.repeated === undefined
    ? { kind: 'failed', because: 'the node answers "as before", but there is no before' }
    : again(reader, reader.repeated, times);
}

/** The connection is gone: the next program knows nothing of what was sent. */
export function forgetAnswer(reader: Reader): void {
  reader.sum = '-';
  reader.text = undefined;
  reader.repeated = undefined;
}

const SAME: Outcome = { kind: 'same' };

function again(reader: Reader, repeated: Outcome, { atMs }: AnswerTimes): Outcome {
  const { previous } = reader;
  if (repeated.kind === 'same' && previous !== undefined) reader.previous = { value: previous.value, atMs };
  return repeated;
}

function parseWith(reader: Reader, answer: AnswerFrame, times: AnswerTimes): Outcome {
  reading = { reader, times };
  const parsed = parsedOr(reader, answer);
  if (parsed.kind !== 'fact') return parsed;
  const { value } = parsed;
  if (reader.readsPrevious) reader.previous = { value, atMs: times.atMs };
  return { kind: 'ok', value };
}

/** Whose answer is being parsed. */
let reading: { readonly reader: Reader; readonly times: AnswerTimes } | undefined;

/**
 * What parsers lean on: of the answer that is being parsed. One for all, because V8 makes a new shape, which lives long, for each object with
 * an accessor of its own.
 */
const CONTEXT: ParseContext<Fact<ProbeName>> = {
  get atMs() {
    return reading?.times.atMs ?? 0;
  },
  get tookMs() {
    return reading?.times.tookMs ?? 0;
  },
  get target() {
    return reading?.reader.target;
  },
  get previous() {
    if (reading === undefined) return undefined;
    reading.reader.readsPrevious = true;
    return reading.reader.previous;
  },
};

function parsedOr(
  reader: Reader,
  answer: AnswerFrame,
): Parsed<Fact<ProbeName>> | { readonly kind: 'failed'; readonly because: string } {
  try {
    return reader.parse(answer, CONTEXT);
  } catch (error) {
    // Anything else than a ParseError is a fault of the parser; it must cost this fact, not the fleet.
    const because = error instanceof ParseError ? error.message : `a fault of muster's parser: ${String(error)}`;
    return {
      kind: 'failed',
      because: answer.noise === '' ? because : `${because}; it said: ${neutralise(answer.noise)}`,
    };
  }
}
