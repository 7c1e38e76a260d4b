import { UsageError } from '../model/errors.ts';
import type { NodeName } from '../model/ids.ts';
import { neutralise } from '../model/neutralise.ts';
import { foldNodes } from '../model/node-set.ts';
import type { State } from '../store/state.ts';
import { EXIT } from './command.ts';

/** Text that may hold what a node sent, made harmless for a terminal; line breaks of our own stay. */
export const safeText = (text: string): string => text.split('\n').map(neutralise).join('\n');

/** Everything JSON.stringify leaves raw although a terminal, an editor or a log viewer may act on it. */
const UNSAFE_IN_JSON =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

/** One line of JSON whose strings keep their value but carry no character that acts on a terminal. */
export function safeJson(value: object): string {
  return JSON.stringify(value).replace(UNSAFE_IN_JSON, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Seconds of an option in ms; throws `UsageError` unless it is a number above 0. */
export function settleMs(given: string | undefined, defaultSec: number, option: string): number {
  const seconds = given === undefined ? defaultSec : Number(given);
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new UsageError(`${option} ${JSON.stringify(given)}: a number of seconds above 0 is wanted`);
  return seconds * 1000;
}

/** Says of which nodes a look knows less than it wished to: a figure without them must not pass for the whole. */
export function warnOfMissing(
  nodes: readonly NodeName[],
  withinMs: number,
  { warn }: { readonly warn: (text: string) => void },
): void {
  if (nodes.length > 0)
    warn(
      `muster: not everything is known: no full answer from ${foldNodes(nodes)} within ${withinMs / 1_000} s (--timeout waits longer)`,
    );
}

/** 3 when a node could not be reached or has not answered in time, else 1 when something is wrong, else 0. */
export function exitCodeOf(state: State, unanswered: readonly NodeName[] = []): number {
  const isUnreached = state.inventory.nodes.some(({ name }) => {
    const kind = state.links.get(name)?.kind ?? 'idle';
    return kind !== 'up' && kind !== 'none';
  });
  if (isUnreached || unanswered.length > 0) return EXIT.unreachable;
  return state.findings.some(({ severity }) => severity !== 'notice') ? EXIT.findings : EXIT.ok;
}
