import type { Probe, ProbeName } from '../model/probe.ts';
import { MISSES_BEFORE_SLOWER, SLOW_FACTOR, SLOW_MAX_MS, SLOWER_MAX_MS } from './limits.ts';
import { type AnswerTimes, createReader, type Reader } from './reader.ts';
import { nextTurnMs, ONCE_MS, phaseOnBeatMs } from './schedule.ts';

/** An ask that has not ended. */
export interface Asked {
  readonly id: number;
  /** The number its observations carry: the ask's own, or a later one when the target came back meanwhile. */
  seq: number;
  readonly atMs: number;
  /** Infinity for inline questions: for them the silence of the link counts. */
  deadlineAtMs: number;
  isKilled: boolean;
}

/** One question to one node, about one target where the probe has targets: when it is due, and what it waits for. */
export interface Question {
  readonly probe: ProbeName;
  readonly target: string | undefined;
  readonly reader: Reader;
  /** Infinity for inline questions. */
  readonly deadlineMs: number;
  /** Its text uses `$sudo`, so it waits until the node has said what it allows. */
  readonly needsPrivilege: boolean;
  readonly node: string;
  /** Its period by plan; 0 is once per connection. */
  readonly everyMs: number;
  /** A shorter period while it is in front of the operator. */
  focusMs: number | undefined;
  dueMs: number;
  asked: Asked | undefined;
  /** Wanted again as soon as the outstanding ask ends. */
  isWanted: boolean;
  /** Turns that passed while it was outstanding, in a row. */
  missed: number;
  /** The interval grown by missed turns, and the one its own duration asks for. */
  slowerMs: number;
  ownPaceMs: number;
  /** Turns without an answer in a row, of one that is asked once or seldom. */
  failures: number;
  /** Since when no answer came within the deadline. */
  hungSinceMs: number | undefined;
  /** Somebody was told that it is being asked. */
  isKnown: boolean;
  /** Its target is no longer there; kept until the outstanding ask ends. */
  isGone: boolean;
}

/**
 * A question without an answer whose turn is far away is asked again after this long, and after twice as long each time: most failures are
 * a busy moment, and a driver that was slow once must not count as stuck for ten minutes.
 */
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;

/** A question that is due at once. */
export function createQuestion<P extends ProbeName>(
  node: string,
  probe: Probe<P>,
  target: string | undefined,
  everyMs: number,
): Question {
  return {
    probe: probe.name,
    target,
    reader: createReader(probe, target),
    deadlineMs: probe.ask.kind === 'child' ? probe.ask.deadlineMs : Number.POSITIVE_INFINITY,
    needsPrivilege: probe.name !== 'privilege' && probe.ask.sh.includes('sudo'),
    node,
    everyMs,
    focusMs: undefined,
    dueMs: 0,
    asked: undefined,
    isWanted: false,
    missed: 0,
    slowerMs: 0,
    ownPaceMs: 0,
    failures: 0,
    hungSinceMs: undefined,
    isKnown: false,
    isGone: false,
  };
}

/** The period it is asked at now; 0 for once. */
export function intervalMs(question: Question): number {
  if (question.everyMs === 0) return 0;
  const wanted = Math.min(question.everyMs, question.focusMs ?? question.everyMs);
  return Math.max(wanted, question.slowerMs, question.ownPaceMs);
}

/** Marks it as asked and sets its next turn. */
export function ask(question: Question, id: number, nowMs: number): void {
  question.asked = { id, seq: id, atMs: nowMs, deadlineAtMs: nowMs + question.deadlineMs, isKilled: false };
  setNextTurn(question, nowMs);
}

/** A turn came while it was outstanding: nobody asks twice, and one that misses turns gets fewer of them. */
export function missTurn(question: Question, nowMs: number): void {
  question.missed += 1;
  if (question.missed >= MISSES_BEFORE_SLOWER) {
    const doubled = Math.min(SLOWER_MAX_MS, 2 * Math.max(intervalMs(question), 1));
    question.slowerMs = Math.max(question.slowerMs, doubled);
  }
  setNextTurn(question, nowMs);
}

/** Its ask has ended, in whatever way: the next turn follows from how long it took. */
export function end(question: Question, { atMs, tookMs }: AnswerTimes): void {
  const before = intervalMs(question);
  const isChild = question.deadlineMs !== Number.POSITIVE_INFINITY;
  question.asked = undefined;
  question.missed = 0;
  question.slowerMs = 0;
  question.ownPaceMs = isChild ? Math.min(SLOW_MAX_MS, SLOW_FACTOR * tookMs) : 0;
  if (intervalMs(question) !== before || question.dueMs <= atMs) setNextTurn(question, atMs - Math.min(tookMs, atMs));
  if (question.dueMs <= atMs) setNextTurn(question, atMs);
}

/** No answer came: one that is asked once per connection, or seldom, gets another turn before its time; one of a single look does not. */
export function askOnceMore(question: Question, nowMs: number): void {
  const { everyMs, failures, ownPaceMs } = question;
  if (everyMs !== 0 && (everyMs <= RETRY_MAX_MS || everyMs >= ONCE_MS)) return;
  const waitMs = Math.min(everyMs === 0 ? RETRY_MAX_MS : everyMs, RETRY_FIRST_MS * 2 ** Math.min(failures, 16));
  question.dueMs = Math.min(question.dueMs, nowMs + Math.max(waitMs, ownPaceMs));
  question.failures += 1;
}

function setNextTurn(question: Question, nowMs: number): void {
  const everyMs = intervalMs(question);
  question.dueMs = everyMs === 0 ? Number.POSITIVE_INFINITY : nextTurnMs(nowMs, everyMs, phaseOf(question, everyMs));
}

const phaseOf = ({ node, probe, target }: Question, everyMs: number): number =>
  phaseOnBeatMs(node, `${probe} ${target ?? ''}`, everyMs);
