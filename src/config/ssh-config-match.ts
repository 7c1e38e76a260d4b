import type { Block } from './ssh-config-file.ts';
import { anyMatches } from './ssh-config-pattern.ts';

/** What a `Host` or `Match` line is held against. */
export interface Subject {
  /** The name as given. */
  readonly original: string;
  /** The name as it stands now, after HostName. */
  readonly host: string;
  readonly user: string;
  readonly localUser: string;
  readonly tag: string;
  /** The second reading, which `Match final` asks for. */
  readonly isFinal: boolean;
}

/** Whether a block counts; `unknown` when only ssh(1) itself may find out, because it would run a command or look at the network. */
export type Matched = 'yes' | 'no' | 'unknown';

/** Holds a host against a block; ssh_config(5), keywords Host and Match. */
export function matchBlock({ kind, words }: Block, subject: Subject): Matched {
  return kind === 'host' ? yesNo(anyMatches(words, subject.original)) : matchCriteria(words, subject);
}

/** Whether a block asks for the second reading. */
export function asksForFinal({ kind, words }: Block): boolean {
  return kind === 'match' && words.some((word) => /^!?final$/i.test(word));
}

function matchCriteria(words: readonly string[], subject: Subject): Matched {
  let result: Matched = 'yes';
  for (let at = 0; at < words.length; at += 1) {
    const [, negation = '', name = '', glued] = /^(!?)([A-Za-z]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    const criterion = name.toLowerCase();
    const hasArgument = criterion !== 'all' && criterion !== 'canonical' && criterion !== 'final';
    let argument = glued ?? '';
    if (hasArgument && glued === undefined) {
      at += 1;
      argument = words[at] ?? '';
    }
    const one = negate(negation === '!', matchOne(criterion, argument, subject));
    if (one === 'no') return 'no';
    if (one === 'unknown') result = 'unknown';
  }
  return words.length === 0 ? 'no' : result;
}

function matchOne(criterion: string, argument: string, subject: Subject): Matched {
  const patterns = argument.split(',');
  switch (criterion) {
    case 'all':
      return 'yes';
    case 'canonical':
    case 'final':
      return yesNo(subject.isFinal);
    case 'host':
      return yesNo(anyMatches(lower(patterns), subject.host.toLowerCase()));
    case 'originalhost':
      return yesNo(anyMatches(lower(patterns), subject.original.toLowerCase()));
    case 'user':
      return yesNo(anyMatches(patterns, subject.user));
    case 'localuser':
      return yesNo(anyMatches(patterns, subject.localUser));
    case 'tagged':
      return yesNo(anyMatches(patterns, subject.tag));
    default:
      return 'unknown';
  }
}

function lower(patterns: readonly string[]): readonly string[] {
  return patterns.map((pattern) => pattern.toLowerCase());
}

function negate(isNegated: boolean, matched: Matched): Matched {
  if (!isNegated || matched === 'unknown') return matched;
  return matched === 'yes' ? 'no' : 'yes';
}

function yesNo(value: boolean): Matched {
  return value ? 'yes' : 'no';
}
