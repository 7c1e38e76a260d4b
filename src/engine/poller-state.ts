import type { DirectoryWish } from '../model/directories.ts';
import type { NodeName } from '../model/ids.ts';
import type { Observation, Outcome } from '../model/observation.ts';
import type { Fact, ProbeName, ProbeSet } from '../model/probe.ts';
import { createQuestion, type Question } from './question.ts';
import type { AnswerTimes } from './reader.ts';

/** What of the operator's focus concerns one node. */
export interface Focus {
  readonly probes: readonly ProbeName[];
  readonly everyMs: number;
}

/** What a poller is made of. */
export interface PollerOptions {
  readonly node: NodeName;
  readonly probes: ProbeSet;
  readonly everyMs: { readonly [probe: string]: number };
  /** The quickest inline question is asked at least this often, so that silence means something. */
  readonly heartbeatMs: number;
  /** Sequence numbers start above this. */
  readonly firstSeq: number;
  /** What the inventory wishes to have looked at on the node. */
  readonly directories?: readonly DirectoryWish[];
  readonly observe: (observation: Observation) => void;
}

/** Nobody reads faster; a shorter period in a plan is taken for this one. */
const SHORTEST_MS = 250;

/** All that a poller knows of its node. */
export interface PollerState {
  readonly options: PollerOptions;
  readonly questions: Map<string, Question>;
  /** Asked and not answered: a handful, looked through one by one. A map that gains and loses entries all the time is made anew all the time. */
  readonly open: Question[];
  readonly known: { [P in ProbeName]?: Fact<P> };
  /** Facts that the targets of some probe were worked out from. */
  readonly targetSources: Set<string>;
  /** Numbers asks and observations alike; grows for the life of the process. */
  lastId: number;
  isRunning: boolean;
  /** Whether questions that need `$sudo` may go, and the word that must go before them. */
  isPrivilegeSettled: boolean;
  privilegeWord: string | undefined;
  focus: Focus | undefined;
  /** When the latest of the questions that were answered was put: what is late is told from a link that is silent by it. */
  answeredAskMs: number;
  /** Nothing is to be done before this. */
  nextMs: number;
}

/** The names of a set, in its order. */
export function probeNames(probes: ProbeSet): readonly ProbeName[] {
  const isName = (name: string): name is ProbeName => name in probes;
  return Object.keys(probes).filter(isName);
}

/** The question that was asked under this number and has not ended. */
export const openQuestion = ({ open }: PollerState, id: number): Question | undefined =>
  open.find(({ asked }) => asked?.id === id);

/** The name of a question within its node. */
export const keyOf = (name: ProbeName, target: string | undefined): string =>
  target === undefined ? name : `${name} ${target}`;

/** Adds the question of a probe, about one target where it has targets; due at once. */
export function addQuestion<P extends ProbeName>(state: PollerState, name: P, target: string | undefined): void {
  const { node, probes } = state.options;
  const probe = probes[name];
  if (probe === undefined) return;
  const question = createQuestion(node, probe, target && detached(target), periodMs(state.options, name));
  applyFocus(question, state.focus);
  state.questions.set(keyOf(name, target), question);
  state.nextMs = 0;
}

/** Only what decides on targets and privilege is kept here; the store has the rest, and a thousand nodes have a lot of it. */
export const isKept = ({ targetSources }: PollerState, name: ProbeName): boolean =>
  name === 'privilege' || targetSources.size === 0 || targetSources.has(name);

/** The same text as a string of its own: a part of an answer keeps the whole answer in memory. */
const detached = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

function periodMs({ probes, everyMs, heartbeatMs }: PollerOptions, name: ProbeName): number {
  const own = probes[name]?.everyMs ?? 0;
  if (own === 0) return 0;
  const planned = everyMs[name] ?? own;
  const sane = Number.isFinite(planned) ? Math.max(SHORTEST_MS, planned) : own;
  return name === heartbeatOf(probes) ? Math.min(sane, heartbeatMs) : sane;
}

/** The inline question with the shortest period. */
function heartbeatOf(probes: ProbeSet): ProbeName | undefined {
  const periods = probeNames(probes).filter((name) => probes[name]?.ask.kind === 'inline' && probes[name].everyMs > 0);
  return periods.sort((a, b) => (probes[a]?.everyMs ?? 0) - (probes[b]?.everyMs ?? 0))[0];
}

/** Tells the consumer. */
export function observe(
  { options }: PollerState,
  { probe, target }: Question,
  seq: number,
  { atMs, tookMs }: AnswerTimes,
  outcome: Outcome,
): void {
  const about = target === undefined ? {} : { target: options.probes[probe]?.targetName?.(target) ?? target };
  options.observe({ node: options.node, probe, ...about, seq, atMs, tookMs, outcome });
}

/** Sets or lifts the shorter period of a question in front of the operator. */
export function applyFocus(question: Question, focus: Focus | undefined): void {
  const isMeant = focus?.probes.includes(question.probe) === true;
  question.focusMs = isMeant && focus !== undefined ? Math.max(SHORTEST_MS, focus.everyMs) : undefined;
}
