import { type Check, type CheckFacts, type CheckName, type Need, needKey } from '../model/check.ts';
import { ParseError } from '../model/errors.ts';
import { neutralise } from '../model/neutralise.ts';
import type { ProbeName, ProbeSet } from '../model/probe.ts';
import type { Look } from './hand.ts';
import type { KnownChecks } from './hand-program.ts';
import type { Answered } from './hand-protocol.ts';
import type { HandSession } from './hand-session.ts';
import { CHILDREN_AT_ONCE } from './limits.ts';
import type { Clock } from './ports.ts';
import type { AnswerFrame } from './protocol.ts';
import { createReader, readAnswer } from './reader.ts';
import { encodeTarget, whyNotTarget } from './target.ts';

/** An inline question has no deadline of its own: a poller judges it by the silence of the link. */
const INLINE_MS = 5_000;

/** What a look needs. */
export interface LookParts {
  readonly session: HandSession;
  readonly clock: Clock;
  readonly probes: ProbeSet;
  readonly checks: KnownChecks;
}

interface Sight {
  readonly parts: LookParts;
  readonly facts: { [name: string]: unknown };
  readonly checks: Map<string, CheckFacts[CheckName]>;
  readonly failed: Map<string, string>;
  readonly absent: Map<string, string>;
}

/** Asks every need once, a few at a time; a need that fails or hangs costs only itself. */
export async function look(parts: LookParts, needs: readonly Need[]): Promise<Look> {
  const sight: Sight = { parts, facts: {}, checks: new Map(), failed: new Map(), absent: new Map() };
  const { facts, checks, failed, absent } = sight;
  const atMs = parts.clock.nowMs();
  const left = new Map(needs.map((need) => [needKey(need), need])).entries();
  let lost: string | undefined;
  const work = async () => {
    for (const [key, need] of left) {
      if (lost !== undefined) return;
      lost =
        (await (need.kind === 'probe' ? askProbe(sight, key, need.probe, need.target) : askCheck(sight, key, need))) ??
        lost;
    }
  };
  await Promise.all(Array.from({ length: CHILDREN_AT_ONCE }, work));
  if (lost !== undefined) return { kind: 'unreachable', because: lost };
  return { kind: 'seen', seen: { atMs, facts, checks, failed, absent } };
}

/** Asks a probe; resolves with the reason where the link is gone. */
async function askProbe<P extends ProbeName>(
  sight: Sight,
  key: string,
  name: P,
  target: string | undefined,
): Promise<string | undefined> {
  const { parts, facts, failed, absent } = sight;
  const probe = parts.probes[name];
  if (probe === undefined) return fail(sight, key, 'this program knows no such probe');
  const deadlineMs = probe.ask.kind === 'child' ? probe.ask.deadlineMs : INLINE_MS;
  const askedMs = parts.clock.nowMs();
  const frame = await askNode(sight, key, `probe_${name}`, target, deadlineMs);
  if (typeof frame !== 'object') return frame;
  const atMs = parts.clock.nowMs();
  const outcome = readAnswer(createReader(probe, target), frame, { atMs, tookMs: atMs - askedMs });
  if (outcome.kind === 'ok') {
    facts[name] =
      target === undefined ? outcome.value : { byTarget: { ...targetsOf(facts[name]), [target]: outcome.value } };
  }
  if (outcome.kind === 'failed') failed.set(key, outcome.because);
  if (outcome.kind === 'absent') absent.set(key, outcome.because);
  return undefined;
}

const targetsOf = (known: unknown): object =>
  typeof known === 'object' && known !== null && 'byTarget' in known && typeof known.byTarget === 'object'
    ? (known.byTarget ?? {})
    : {};

/** Asks a check; resolves with the reason where the link is gone. */
async function askCheck(
  sight: Sight,
  key: string,
  { check: name, target }: Extract<Need, { kind: 'check' }>,
): Promise<string | undefined> {
  const check: Check<CheckName> | undefined = sight.parts.checks[name];
  if (check === undefined) return fail(sight, key, 'this program knows no such check');
  const frame = await askNode(sight, key, `check_${name}`, target, check.deadlineMs);
  if (typeof frame !== 'object') return frame;
  try {
    sight.checks.set(key, check.parse({ stdout: frame.stdout, exitCode: frame.exitCode }, target));
  } catch (error) {
    const because = error instanceof ParseError ? error.message : `a fault of muster's parser: ${String(error)}`;
    fail(sight, key, frame.noise === '' ? because : `${because}; it said: ${neutralise(frame.noise)}`);
  }
  return undefined;
}

function fail({ failed }: Sight, key: string, because: string): undefined {
  failed.set(key, because);
  return undefined;
}

/** The node's answer; a text where the link is gone, undefined where the reason stands under `failed`. */
async function askNode(
  sight: Sight,
  key: string,
  question: string,
  target: string | undefined,
  deadlineMs: number,
): Promise<AnswerFrame | string | undefined> {
  const because = target === undefined ? undefined : whyNotTarget(target);
  if (because !== undefined) return fail(sight, key, because);
  const about = target === undefined ? '' : ` ${encodeTarget(target)}`;
  const line = (id: number) => `A ${id} ${question} -${about}\n`;
  const answered: Answered = await sight.parts.session.ask(line, deadlineMs, 'end-question');
  if (answered.kind === 'lost') return answered.because;
  if (answered.kind === 'late') return fail(sight, key, `no answer within ${deadlineMs / 1_000} s`);
  return answered.kind === 'answer' ? answered.frame : fail(sight, key, answered.because);
}
