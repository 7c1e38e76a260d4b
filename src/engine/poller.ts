import type { ProbeName } from '../model/probe.ts';
import { CHILD_FRESH_MS, CHILDREN_AT_ONCE } from './limits.ts';
import {
  addQuestion,
  applyFocus,
  type Focus,
  observe,
  openQuestion,
  type PollerOptions,
  type PollerState,
  probeNames,
} from './poller-state.ts';
import { ask, intervalMs, missTurn, type Question } from './question.ts';
import { forgetAnswer } from './reader.ts';
import { type EndFrame, settlePrivilege, take } from './take-answer.ts';
import { encodeTarget } from './target.ts';

/** The conversation with one node's program: what to ask when, and what the answers mean. Outlives connections. */
export interface Poller {
  /** A program said hello: everything is asked anew. */
  readonly begin: (nowMs: number) => void;
  /** The connection is gone: what was outstanding is forgotten, what was seen stays with the consumer. */
  readonly stop: () => void;
  /** The lines to write now; empty for most ticks. */
  readonly due: (nowMs: number) => string;
  /** Before this `due` has no lines, unless something happens meanwhile. */
  readonly nextMs: () => number;
  /** `roundTripMs` of an answer from the program's own loop, which nothing on the node delays. */
  readonly take: (frame: EndFrame, nowMs: number) => number | undefined;
  readonly isOpen: (id: number) => boolean;
  readonly refresh: (probes: readonly ProbeName[] | undefined, nowMs: number) => void;
  readonly focus: (focus: Focus | undefined, nowMs: number) => void;
  /** Time during which nobody listened counts against nobody. */
  readonly forgive: (ms: number) => void;
  /** Questions that are due or wait for an answer within their deadline. */
  readonly pending: (nowMs: number) => number;
}

/** A poller with every question of a node, none of them asked yet. */
export function createPoller(options: PollerOptions): Poller {
  const state: PollerState = {
    options,
    questions: new Map(),
    open: [],
    known: {},
    targetSources: new Set(),
    lastId: options.firstSeq,
    isRunning: false,
    isPrivilegeSettled: false,
    privilegeWord: undefined,
    focus: undefined,
    answeredAskMs: Number.NEGATIVE_INFINITY,
    nextMs: 0,
  };
  for (const name of probeNames(options.probes)) {
    if (options.probes[name]?.targets === undefined) addQuestion(state, name, undefined);
  }
  return {
    begin: (nowMs) => begin(state, nowMs),
    stop: () => stop(state),
    due: (nowMs) => (state.isRunning && nowMs >= state.nextMs ? due(state, nowMs) : ''),
    nextMs: () => state.nextMs,
    take: (frame, nowMs) => take(state, frame, nowMs),
    isOpen: (id) => openQuestion(state, id) !== undefined,
    refresh: (probes, nowMs) => refresh(state, probes, nowMs),
    focus: (focus, nowMs) => setFocus(state, focus, nowMs),
    forgive: (ms) => {
      for (const { asked } of state.open) if (asked !== undefined) asked.deadlineAtMs += ms;
    },
    pending: (nowMs) => pending(state, nowMs),
  };
}

function begin(state: PollerState, nowMs: number): void {
  state.isRunning = true;
  state.isPrivilegeSettled = state.options.probes.privilege === undefined;
  state.privilegeWord = undefined;
  state.nextMs = 0;
  for (const question of state.questions.values()) question.dueMs = nowMs;
}

function stop(state: PollerState): void {
  state.isRunning = false;
  state.open.length = 0;
  for (const [key, question] of state.questions) {
    question.asked = undefined;
    question.missed = 0;
    question.slowerMs = 0;
    question.isWanted = false;
    forgetAnswer(question.reader);
    if (question.isGone) state.questions.delete(key);
  }
}

function due(state: PollerState, nowMs: number): string {
  let lines = state.privilegeWord === undefined ? '' : `V ${state.privilegeWord}\n`;
  state.privilegeWord = undefined;
  let nextMs = Number.POSITIVE_INFINITY;
  let starting: ReadonlySet<Question> | undefined;
  for (const question of state.questions.values()) {
    if (question.asked !== undefined) lines += watch(state, question, question.asked, nowMs);
    else if (!state.isPrivilegeSettled && question.needsPrivilege) continue;
    else if (nowMs >= question.dueMs) {
      if (isChild(question)) {
        starting ??= startingChildren(state, nowMs);
        if (!starting.has(question)) {
          // Whatever ends may make room for it.
          nextMs = nowMs;
          continue;
        }
      }
      lines += put(state, question, nowMs);
    }
    nextMs = Math.min(nextMs, question.dueMs, waitsUntilMs(question));
  }
  // The word goes before the questions that waited for it, so they come with the next turn.
  state.nextMs = state.privilegeWord === undefined ? nextMs : 0;
  return lines;
}

const isChild = ({ deadlineMs }: Question): boolean => deadlineMs !== Number.POSITIVE_INFINITY;

const NONE: ReadonlySet<Question> = new Set();

/**
 * The children that may start now. Those due for longest come first, else the last of many would never be asked. They go in waves: a line
 * for each place that becomes free is a packet each, which wakes the node's sshd and the program and costs the console a system call.
 */
function startingChildren(state: PollerState, nowMs: number): ReadonlySet<Question> {
  let due: Question[] | undefined;
  for (const question of state.questions.values()) {
    const isHeldBack = question.needsPrivilege && !state.isPrivilegeSettled;
    if (question.asked !== undefined || nowMs < question.dueMs || !isChild(question) || isHeldBack) continue;
    due ??= [];
    due.push(question);
  }
  if (due === undefined) return NONE;
  due.sort((one, other) => one.dueMs - other.dueMs);
  const free = CHILDREN_AT_ONCE - freshChildren(state, nowMs);
  return free < Math.min(due.length, CHILDREN_AT_ONCE / 2) ? NONE : new Set(due.slice(0, free));
}

/** Children asked so lately that they may still be starting. */
function freshChildren({ open }: PollerState, nowMs: number): number {
  let count = 0;
  for (const question of open) {
    if (isChild(question) && question.asked !== undefined && nowMs - question.asked.atMs < CHILD_FRESH_MS) count += 1;
  }
  return count;
}

function waitsUntilMs({ asked }: Question): number {
  return asked === undefined || asked.isKilled ? Number.POSITIVE_INFINITY : asked.deadlineAtMs;
}

function put(state: PollerState, question: Question, nowMs: number): string {
  state.lastId += 1;
  const id = state.lastId;
  ask(question, id, nowMs);
  state.open.push(question);
  if (!question.isKnown) observe(state, question, id, { atMs: nowMs, tookMs: 0 }, { kind: 'asked' });
  question.isKnown = true;
  const target = question.target === undefined ? '' : ` ${encodeTarget(question.target)}`;
  return `A ${id} ${question.probe} ${question.reader.sum}${target}\n`;
}

function watch(state: PollerState, question: Question, asked: NonNullable<Question['asked']>, nowMs: number): string {
  const isMissed = nowMs >= question.dueMs;
  if (isMissed) missTurn(question, nowMs);
  // Asked to die again at every missed turn: the first kill may have come before there was anything to kill.
  if (asked.isKilled) return isMissed ? `K ${asked.id}\n` : '';
  // A node that answers nothing put since may be cut off: then it is the link that is silent, and nothing is known of the question.
  const isCutOff = state.answeredAskMs < asked.deadlineAtMs && question.probe !== 'privilege';
  if (nowMs < asked.deadlineAtMs || isCutOff) return '';
  asked.isKilled = true;
  question.hungSinceMs ??= asked.atMs;
  if (!question.isGone) {
    const times = { atMs: nowMs, tookMs: nowMs - asked.atMs };
    observe(state, question, asked.seq, times, { kind: 'hung', sinceMs: question.hungSinceMs });
  }
  // Sudo that hangs must not keep back what does without it.
  if (question.probe === 'privilege') settlePrivilege(state, 'none');
  return `K ${asked.id}\n`;
}

function refresh(state: PollerState, probes: readonly ProbeName[] | undefined, nowMs: number): void {
  for (const question of state.questions.values()) {
    if (probes !== undefined && !probes.includes(question.probe)) continue;
    if (question.asked === undefined) question.dueMs = nowMs;
    else question.isWanted = true;
  }
  state.nextMs = 0;
}

function setFocus(state: PollerState, focus: Focus | undefined, nowMs: number): void {
  state.focus = focus;
  for (const question of state.questions.values()) {
    applyFocus(question, focus);
    const interval = intervalMs(question);
    if (interval > 0 && question.asked === undefined) question.dueMs = Math.min(question.dueMs, nowMs + interval);
  }
  state.nextMs = 0;
}

function pending({ questions, isRunning, isPrivilegeSettled }: PollerState, nowMs: number): number {
  if (!isRunning) return 0;
  let count = 0;
  for (const { asked, dueMs } of questions.values()) {
    if (asked === undefined ? dueMs <= nowMs : !asked.isKilled) count += 1;
  }
  return isPrivilegeSettled ? count : count + 1;
}
