import { neutralise } from '../model/neutralise.ts';
import { quote } from '../model/quote.ts';
import type { Locked, Started, StepEnd, StepRun, Stopped } from './hand.ts';
import { NOISE_CHARACTERS } from './limits.ts';
import type { AnswerFrame } from './protocol.ts';
import { decodeTarget, encodeTarget } from './target.ts';

/*
 * What a hand and its node say to each other, line by line; words are encoded as targets are.
 *
 * The program rises first. It says `# muster-hand 1 sudo` (root can be had), `# muster-hand 1 password WORDS` (sudo's own words for why
 * not) or at once `# muster-hand 1 ready root|sudo|none WORDS`. The answer is `U BYTES` and the program once more; or `P BYTES`, a line
 * with the password, and the program when `# muster-hand 1 send` is said; or `N -` for staying who we are.
 *
 * Then, every ID answered on stderr by `L ID WORDS` and `E ID EXIT -`, or `! ID unknown`:
 *   A ID QUESTION - TARGET              as the poller asks; the answer is `protocol.ts`'s
 *   K ID                                ends a question
 *   P ID                                here
 *   S ID NAME AS:SECONDS:BYTES COMMAND  then BYTES of input: started, known, refused WORDS
 *   F ID NAME BYTE                      raw output on stdout, and after it: exited CODE DROPPED SIZE, killed SIGNAL DROPPED SIZE,
 *                                       timed-out - DROPPED SIZE, unknown WORDS
 *   T ID NAME                           stopped, was-over, remains WORDS
 *   L ID ROLLOUT SINCE WHO WHY STAGE NODE
 *                                       locked, held ROLLOUT SINCE WHO WHY, twin NODE, refused WORDS
 *   U ID ROLLOUT                        done
 *   W ID ROLLOUT                        done
 *   Q                                   ends the program, as the end of input does
 */

/** What came of one line sent to the node. */
export type Answered =
  | { readonly kind: 'answer'; readonly frame: AnswerFrame }
  /** The node cannot answer this. */
  | { readonly kind: 'unusable'; readonly because: string }
  /** Not within its deadline. */
  | { readonly kind: 'late' }
  | { readonly kind: 'lost'; readonly because: string };

/** A line of the node while the program rises. */
export type Rising =
  | { readonly kind: 'sudo' | 'send' }
  | { readonly kind: 'password'; readonly words: string }
  | { readonly kind: 'ready'; readonly words: string }
  | { readonly kind: 'other-version'; readonly version: string };

/** Reads a line of stdout before the program is ready; undefined for what the login shell says of itself. */
export function parseRising(line: string): Rising | undefined {
  const [, version = '', kind, words = ''] = /^# muster-hand (\d{1,4}) ([a-z]+)(?: (.{0,400}))?\r?$/.exec(line) ?? [];
  if (kind === undefined) return undefined;
  if (version !== '1') return { kind: 'other-version', version };
  if (kind === 'sudo' || kind === 'send') return { kind };
  return kind === 'password' || kind === 'ready' ? { kind, words: neutralise(words.trim()) } : undefined;
}

/** Root or not; `because` is sudo's own reason why not. */
export interface Rights {
  readonly isRoot: boolean;
  readonly because: string;
}

/** Reads `sudo` or `none sudo: a password is required`, as `ready` says them. */
export const rightsIn = (words: string): Rights => ({
  isRoot: /^(?:root|sudo)\b/.test(words),
  because: words.replace(/^\S+ ?/, ''),
});

/** The line that starts a step, without its `S ID`; the input follows it. */
export function startLine({ name, as, timeoutMs, command }: StepRun): string {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1_000));
  const bytes = Buffer.byteLength(command.stdin ?? '');
  const { argv, onDisk = [] } = command;
  const lasts = onDisk.length === 0 ? '' : `m_lasts=${quote([`m_on_disk ${quote(onDisk)}`])}\n`;
  const line = encodeTarget(`${lasts}set -- ${quote(argv)}\n`);
  return `${name} ${as === 'root' ? 'root' : 'user'}:${seconds}:${bytes} ${line}\n${command.stdin ?? ''}`;
}

/** Says of an answer that it is none of those its question has. */
const nonsense = (said: string): string =>
  `the node answered ${JSON.stringify(neutralise(said.slice(0, NOISE_CHARACTERS)))}`;

/** First word and the rest. */
function cut(said: string): readonly [string, string] {
  const [, head = '', rest = ''] = /^(\S*) ?([^\n]*)/.exec(said) ?? [];
  return [head, neutralise(rest.trim())];
}

/** What became of a start; an answer nobody knows is no proof of anything. */
export function parseStarted(said: string): Started {
  const [kind, because] = cut(said);
  if (kind === 'started' || kind === 'known') return { kind };
  return kind === 'refused' ? { kind, because } : { kind: 'lost', because: nonsense(said) };
}

/** What became of a stop. */
export function parseStopped(said: string): Stopped {
  const [kind, because] = cut(said);
  if (kind === 'stopped' || kind === 'was-over') return { kind };
  return kind === 'remains' ? { kind, because } : { kind: 'lost', because: nonsense(said) };
}

/** How a step ended, and how many bytes of output there are in all where the node knows the step. */
export function parseStepEnd(said: string): { readonly end: StepEnd; readonly sizeBytes?: number } {
  const [first, because] = cut(said);
  if (first === 'unknown') return { end: { kind: 'unknown', because } };
  const [, kind = '', how = '', dropped = '', size = ''] =
    /^(exited|killed|timed-out) ([A-Z0-9+-]{1,12}) (\d{1,15}) (\d{1,15})\s*$/.exec(said) ?? [];
  const droppedBytes = Number(dropped);
  const sizeBytes = Number(size);
  if (kind === 'exited' && /^\d{1,3}$/.test(how))
    return { end: { kind, exitCode: Number(how), droppedBytes }, sizeBytes };
  if (kind === 'killed') return { end: { kind, signal: `SIG${how}`, droppedBytes }, sizeBytes };
  if (kind === 'timed-out') return { end: { kind, droppedBytes }, sizeBytes };
  return { end: { kind: 'lost', because: nonsense(said) } };
}

/** What became of a lock. `timeOf` writes the holder's time of day as the operator reads it. */
export function parseLocked(said: string, timeOf: (atMs: number) => string): Locked {
  const [kind, because] = cut(said);
  if (kind === 'locked') return { kind };
  if (kind === 'refused') return { kind, because };
  if (kind === 'twin' && because !== '') return { kind, of: neutralise(decodeTarget(because)) };
  const [, , since = '', who = '', why = ''] = said.trim().split(' ');
  if (kind !== 'held' || !/^\d{1,15}$/.test(since)) return { kind: 'lost', because: nonsense(said) };
  const by = `${decodeTarget(who)} since ${timeOf(Number(since))}`;
  return { kind, by: neutralise(why === '' ? by : `${by}: ${decodeTarget(why)}`) };
}
