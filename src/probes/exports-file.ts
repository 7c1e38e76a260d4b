import type { ExportEntry } from '../model/facts.ts';
import type { AbsolutePath } from '../model/ids.ts';
import { MAX_ROWS, unescapeOctal } from './text.ts';

/** Characters of a wrong line that are quoted. */
const MAX_QUOTED = 120;

/** Entries in file order, and the lines that are none: `/etc/exports:3: srv 10.0.0.1(rw`. */
export interface ParsedExports {
  readonly entries: readonly ExportEntry[];
  readonly problems: readonly string[];
}

/**
 * One entry per client clause of an exports(5) file: comments, continued lines, quoted paths, octal escapes, and `-options` that hold
 * for the clauses after them. `host (rw)` is what it is to exportfs(8): `host` with the defaults, and the world with `rw`.
 */
export function parseExports(text: string, from: string): ParsedExports {
  const entries: ExportEntry[] = [];
  const problems: string[] = [];
  let number = 0;
  let joined = '';
  const take = (line: string): void => {
    const parsed = parseLine(line, from);
    if (parsed === undefined) problems.push(`${from}:${number}: ${line.trim().slice(0, MAX_QUOTED)}`);
    else entries.push(...parsed);
  };
  for (const raw of text.split('\n')) {
    number += 1;
    if (entries.length >= MAX_ROWS || problems.length >= MAX_ROWS) break;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.endsWith('\\')) {
      joined += `${line.slice(0, -1)} `;
      continue;
    }
    take(joined + line);
    joined = '';
  }
  take(joined);
  return { entries: entries.slice(0, MAX_ROWS), problems };
}

/** Undefined for a line exports(5) does not allow. */
function parseLine(line: string, from: string): readonly ExportEntry[] | undefined {
  const [pathWord, ...clauses] = words(line);
  if (pathWord === undefined) return [];
  const path = unescapeOctal(pathWord);
  if (!path.startsWith('/') || path.includes('\0')) return undefined;
  const entries: ExportEntry[] = [];
  let defaults: readonly string[] = [];
  for (const clause of clauses) {
    if (clause.startsWith('-')) {
      defaults = optionsOf(clause.slice(1));
      continue;
    }
    const open = clause.indexOf('(');
    const client = open < 0 ? clause : clause.slice(0, open);
    if (open >= 0 && !clause.endsWith(')')) return undefined;
    const own = open < 0 ? [] : optionsOf(clause.slice(open + 1, -1));
    entries.push({
      path: path as AbsolutePath,
      client: unescapeOctal(client) || '*',
      options: [...defaults, ...own],
      from,
    });
  }
  // A path without any client is exported to everyone.
  return entries.length > 0 ? entries : [{ path: path as AbsolutePath, client: '*', options: defaults, from }];
}

const optionsOf = (text: string): readonly string[] => text.split(',').filter((option) => option !== '');

/** Words of a line up to a comment. Quotes keep blanks and `#`; they may stand anywhere in a word. */
function words(line: string): readonly string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (const char of line) {
    if (char === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && (char === ' ' || char === '\t')) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else if (!quoted && char === '#') break;
    else word = (word ?? '') + char;
  }
  if (word !== undefined) found.push(word);
  return found;
}
