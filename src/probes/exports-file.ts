import { ParseError } from '../model/errors.ts';
import type { ExportEntry } from '../model/facts.ts';
import type { AbsolutePath } from '../model/ids.ts';
import { unescapeOctal } from './text.ts';

/**
 * One entry per client clause of an exports(5) file: comments, continued lines, quoted paths, octal escapes, and `-options` that hold
 * for the clauses after them. `host (rw)` is what it is to exportfs(8): `host` with the defaults, and the world with `rw`.
 */
export function parseExports(probe: string, text: string, from: string, firstLine: number): readonly ExportEntry[] {
  const entries: ExportEntry[] = [];
  let number = firstLine - 1;
  let joined = '';
  for (const raw of text.split('\n')) {
    number += 1;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.endsWith('\\')) {
      joined += `${line.slice(0, -1)} `;
      continue;
    }
    entries.push(...parseLine(probe, joined + line, from, number));
    joined = '';
  }
  entries.push(...parseLine(probe, joined, from, number));
  return entries;
}

function parseLine(probe: string, line: string, from: string, number: number): readonly ExportEntry[] {
  const [pathWord, ...clauses] = words(line);
  if (pathWord === undefined) return [];
  const path = unescapeOctal(pathWord);
  if (!path.startsWith('/') || path.includes('\0')) throw new ParseError(probe, number, line);
  const entries: ExportEntry[] = [];
  let defaults: readonly string[] = [];
  for (const clause of clauses) {
    if (clause.startsWith('-')) {
      defaults = optionsOf(clause.slice(1));
      continue;
    }
    const open = clause.indexOf('(');
    const client = open < 0 ? clause : clause.slice(0, open);
    const own = open < 0 ? '' : clause.slice(open + 1);
    if (open >= 0 && !own.endsWith(')')) throw new ParseError(probe, number, line);
    const options = [...defaults, ...optionsOf(own.endsWith(')') ? own.slice(0, -1) : own)];
    entries.push({ path: path as AbsolutePath, client: unescapeOctal(client) || '*', options, from });
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
