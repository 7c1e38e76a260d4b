import { neutralise } from '../model/neutralise.ts';
import type { Outcome } from '../model/observation.ts';
import type { KnownFacts } from '../model/probe.ts';
import { unreachable } from '../model/unreachable.ts';
import { TARGETS_PER_PROBE } from './limits.ts';
import { addQuestion, isKept, keyOf, observe, openQuestion, type PollerState, probeNames } from './poller-state.ts';
import { type Frame, UNUSABLE_WORDS } from './protocol.ts';
import { type Asked, askOnceMore, end, type Question } from './question.ts';
import { type AnswerTimes, readAnswer, repeatAnswer } from './reader.ts';
import { whyNotTarget } from './target.ts';

/** A frame that ends one ask. */
export type EndFrame = Extract<Frame, { readonly id: number }>;

/** Exit code of a question that was killed. */
const KILLED = 137;

/** Ends an ask by its answer; the round trip where the program's own loop answered, which nothing on the node delays. */
export function take(state: PollerState, frame: EndFrame, nowMs: number): number | undefined {
  const question = openQuestion(state, frame.id);
  const asked = question?.asked;
  if (question === undefined || asked === undefined) return undefined;
  const roundTripMs = takeOf(state, question, asked, frame, nowMs);
  // An answer brings no other turn nearer than its own: not every one is a reason to look through all questions.
  state.nextMs = Math.min(state.nextMs, question.dueMs);
  return roundTripMs;
}

function takeOf(
  state: PollerState,
  question: Question,
  asked: Asked,
  frame: EndFrame,
  nowMs: number,
): number | undefined {
  state.open.splice(state.open.indexOf(question), 1);
  state.answeredAskMs = Math.max(state.answeredAskMs, asked.atMs);
  const times = { atMs: nowMs, tookMs: nowMs - asked.atMs };
  end(question, times);
  if (question.isGone) {
    state.questions.delete(keyOf(question.probe, question.target));
    return undefined;
  }
  if (question.isWanted) question.dueMs = nowMs;
  question.isWanted = false;
  // It died of our own kill: still no answer, but it may be asked again.
  if (asked.isKilled && isDeath(frame)) {
    askOnceMore(question, nowMs);
    return undefined;
  }
  settle(state, question, asked.seq, frame, times);
  return question.deadlineMs === Number.POSITIVE_INFINITY ? times.tookMs : undefined;
}

/** The end of a killed question, or the program's word that it had ended already, whose answer somebody else prevented. */
const isDeath = (frame: EndFrame): boolean =>
  frame.kind === 'answer' ? frame.exitCode === KILLED : frame.kind === 'unusable' && frame.because === 'gone';

function settle(state: PollerState, question: Question, seq: number, frame: EndFrame, times: AnswerTimes): void {
  const outcome = outcomeOf(question, frame, times);
  question.hungSinceMs = undefined;
  if (outcome.kind === 'failed') askOnceMore(question, times.atMs);
  else question.failures = 0;
  const isKnowable = outcome.kind === 'ok' && question.target === undefined;
  if (isKnowable && isKept(state, question.probe)) Object.assign(state.known, { [question.probe]: outcome.value });
  observe(state, question, seq, times, outcome);
  if (question.probe === 'privilege') {
    const isGood = outcome.kind === 'ok' || outcome.kind === 'same';
    const kind = isGood ? state.known.privilege?.kind : undefined;
    settlePrivilege(state, kind === undefined || kind === 'refused' ? 'none' : kind);
  }
  const isSource = state.targetSources.size === 0 || state.targetSources.has(question.probe);
  if (!isKnowable || !isSource) return;
  updateTargets(state, times.atMs);
  // A single source is at hand whenever the targets are worked out, and a thousand mount tables are 15 MB.
  const isOnlySource = state.targetSources.size === 1 && state.targetSources.has(question.probe);
  if (isOnlySource && question.probe !== 'privilege') delete state.known[question.probe];
}

function outcomeOf(question: Question, frame: EndFrame, times: AnswerTimes): Outcome {
  switch (frame.kind) {
    case 'answer':
      return readAnswer(question.reader, frame, times);
    case 'same':
      return repeatAnswer(question.reader, times);
    case 'unusable':
      return {
        kind: 'failed',
        because: UNUSABLE_WORDS[frame.because] ?? `the node could not answer: ${neutralise(frame.because)}`,
      };
    default:
      return unreachable(frame);
  }
}

/** Lets the questions go that need `$sudo`, after the word that says what it is. */
export function settlePrivilege(state: PollerState, word: string): void {
  state.isPrivilegeSettled = true;
  state.privilegeWord = word;
  state.nextMs = 0;
}

/** Targets follow the facts: new ones are asked about, vanished ones are told as gone. */
function updateTargets(state: PollerState, nowMs: number): void {
  const { usage, directories, ...known } = state.known;
  // Which facts decide is seen from what is read, so that targets are worked out anew when those change and not at every answer.
  const facts: KnownFacts = new Proxy(known, {
    get: (target, name) => {
      state.targetSources.add(String(name));
      return Reflect.get(target, name);
    },
  });
  for (const name of probeNames(state.options.probes)) {
    const targets = state.options.probes[name]?.targets?.(facts, state.options.directories ?? []);
    if (targets === undefined) continue;
    const wanted = new Set(targets.filter((target) => whyNotTarget(target) === undefined).slice(0, TARGETS_PER_PROBE));
    for (const [key, question] of state.questions) {
      if (
        question.probe === name &&
        question.target !== undefined &&
        !question.isGone &&
        !wanted.has(question.target)
      ) {
        drop(state, key, question, nowMs);
      }
    }
    for (const target of wanted) {
      const question = state.questions.get(keyOf(name, target));
      if (question === undefined) addQuestion(state, name, target);
      else if (question.isGone) revive(state, question, nowMs);
    }
  }
}

function drop(state: PollerState, key: string, question: Question, nowMs: number): void {
  state.lastId += 1;
  observe(state, question, state.lastId, { atMs: nowMs, tookMs: 0 }, { kind: 'gone' });
  question.isGone = true;
  question.isKnown = false;
  if (question.asked === undefined) state.questions.delete(key);
}

/** Unmounted, and mounted again while its last question is still outstanding: that one goes on, under a number after `gone`. */
function revive(state: PollerState, question: Question, nowMs: number): void {
  const { asked, hungSinceMs } = question;
  question.isGone = false;
  if (asked === undefined) return;
  state.lastId += 1;
  asked.seq = state.lastId;
  question.isKnown = true;
  const times = { atMs: nowMs, tookMs: nowMs - asked.atMs };
  observe(state, question, asked.seq, times, { kind: 'asked' });
  if (hungSinceMs !== undefined) observe(state, question, asked.seq, times, { kind: 'hung', sinceMs: hungSinceMs });
}
