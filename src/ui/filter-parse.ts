import { nearest } from '../model/nearest.ts';
import { parseFigure, type Unit } from '../model/units.ts';
import { type Filter, type FilterOperator, KEEP_ALL, type ParsedFilter } from './filter.ts';
import { whyNotPattern } from './filter-pattern.ts';

/** What a parser must know of the columns terms are looked up in. */
export interface FilterColumn {
  readonly term?: string;
  readonly unit?: Unit;
}

/** A longer text is a paste by mistake. */
const LONGEST_TEXT = 1000;
/** Deeper parentheses are nobody's filter; the parser calls itself once per level. */
const DEEPEST = 50;

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
  readonly terms: ReadonlyMap<string, FilterColumn>;
}

type Read = { readonly kind: 'ok'; readonly filter: Filter } | Extract<ParsedFilter, { kind: 'error' }>;

/**
 * Reads a filter: plain words, `~regex` or `re:/regex/`, `!` for not, blank or `&` for and, `|` for or, parentheses, quotes, and terms
 * of the columns: `gpu.temp>85`, `size>1T`, `age>30s`, `node~^gpu`, `fs:nfs`. Never throws.
 */
export function parseFilter(text: string, columns: readonly FilterColumn[]): ParsedFilter {
  if (text.length > LONGEST_TEXT)
    return fail(LONGEST_TEXT + 1, `the filter has ${text.length} letters; ${LONGEST_TEXT} are read`);
  const terms = new Map(
    columns.flatMap((column) => (column.term === undefined ? [] : [[column.term, column] as const])),
  );
  const reader: Reader = { text, at: 0, depth: 0, terms };
  skipBlanks(reader);
  if (reader.at === text.length) return { kind: 'ok', filter: KEEP_ALL };
  const read = readAny(reader);
  if (read.kind === 'error' || reader.at === text.length) return read;
  return fail(reader.at + 1, `"${text[reader.at]}" has no partner before it`);
}

const fail = (column: number, message: string, near?: string): Extract<ParsedFilter, { kind: 'error' }> =>
  near === undefined ? { kind: 'error', message, column } : { kind: 'error', message, column, nearest: near };

function readAny(reader: Reader): Read {
  return readList(reader, 'any', readAll, () => take(reader, '|'));
}

function readAll(reader: Reader): Read {
  return readList(reader, 'all', readOne, () => take(reader, '&') || !isAtEndOf(reader));
}

function readList(
  reader: Reader,
  kind: 'any' | 'all',
  readPart: (reader: Reader) => Read,
  goesOn: () => boolean,
): Read {
  const parts: Filter[] = [];
  do {
    const part = readPart(reader);
    if (part.kind === 'error') return part;
    parts.push(part.filter);
    skipBlanks(reader);
  } while (goesOn());
  const [only] = parts;
  return { kind: 'ok', filter: parts.length === 1 && only !== undefined ? only : { kind, of: parts } };
}

const isAtEndOf = ({ text, at }: Reader): boolean => at >= text.length || text[at] === '|' || text[at] === ')';

function readOne(reader: Reader): Read {
  skipBlanks(reader);
  const start = reader.at;
  if (isAtEndOf(reader) || reader.text[reader.at] === '&') return fail(start + 1, 'a word or a term is expected here');
  if (reader.depth >= DEEPEST) return fail(start + 1, `parentheses and "!" go deeper than ${DEEPEST}`);
  reader.depth += 1;
  const read = take(reader, '!')
    ? negated(readOne(reader))
    : take(reader, '(')
      ? readGroup(reader, start)
      : readLeaf(reader);
  reader.depth -= 1;
  return read;
}

const negated = (read: Read): Read =>
  read.kind === 'error' ? read : { kind: 'ok', filter: { kind: 'not', of: read.filter } };

function readGroup(reader: Reader, start: number): Read {
  const read = readAny(reader);
  if (read.kind === 'error') return read;
  skipBlanks(reader);
  return take(reader, ')') ? read : fail(start + 1, '"(" is never closed');
}

function readLeaf(reader: Reader): Read {
  if (take(reader, '~')) return readPattern(reader, reader.at);
  if (reader.text.startsWith('re:', reader.at)) {
    reader.at += 3;
    return readPattern(reader, reader.at);
  }
  const rest = reader.text.slice(reader.at);
  const head = /^([A-Za-z][\w.-]*)(!=|!~|>=|<=|[:=~<>])/.exec(rest);
  if (head !== null && !isPlainText(reader, head[1] ?? '', rest.slice(head[0].length))) return readTerm(reader, head);
  const start = reader.at;
  const text = readWord(reader);
  if (text === undefined) return fail(start + 1, 'the quote is never closed');
  return { kind: 'ok', filter: { kind: 'word', text } };
}

/** `nfs-a:/export` is a source somebody looks for, and no term. */
const isPlainText = ({ terms }: Reader, name: string, value: string): boolean =>
  !terms.has(name.toLowerCase()) && value.startsWith('/');

function readTerm(reader: Reader, [head, name = '', sign = ':']: RegExpExecArray): Read {
  const start = reader.at;
  const term = name.toLowerCase();
  const operator = OPERATORS.find((known) => known === sign) ?? ':';
  const column = reader.terms.get(term);
  if (column === undefined) {
    const near = nearest(term, reader.terms.keys());
    const known = [...reader.terms.keys()].join(' ');
    const hint = near === undefined ? `this view has: ${known}` : `did you mean ${near}?`;
    return fail(start + 1, `there is no term "${name}" here; ${hint}`, near);
  }
  reader.at += head.length;
  const valueAt = reader.at;
  const isPattern = operator === '~' || operator === '!~';
  const text = isPattern ? readExpression(reader) : readWord(reader);
  if (text === undefined) return fail(valueAt + 1, isPattern ? 'the "/" is never closed' : 'the quote is never closed');
  if (text === '') return fail(valueAt + 1, `a value is expected after "${head}"`);
  const wrong = isPattern ? whyNotPattern(text) : whyNotValue(text, operator, column.unit);
  return wrong === undefined
    ? { kind: 'ok', filter: { kind: 'term', term, operator, text } }
    : fail(valueAt + 1, wrong);
}

const OPERATORS: readonly FilterOperator[] = [':', '=', '!=', '~', '!~', '>', '>=', '<', '<='];

const EXAMPLES: { readonly [U in Unit]: string } = {
  bytes: 'a size such as 500G or 1T',
  ms: 'a time such as 30s, 5m or 2h',
  ratio: 'a share such as 90%',
  celsius: 'degrees such as 85',
  watts: 'watts such as 300',
  mhz: 'megahertz such as 1410',
  count: 'a number',
};

function whyNotValue(text: string, operator: FilterOperator, unit: Unit | undefined): string | undefined {
  if (unit === undefined || parseFigure(text, unit) !== undefined) return undefined;
  return `"${text}" after "${operator}" is not ${EXAMPLES[unit]}`;
}

function readPattern(reader: Reader, start: number): Read {
  const source = readExpression(reader);
  if (source === undefined) return fail(start + 1, 'the "/" is never closed');
  if (source === '') return fail(start + 1, 'a regular expression is expected here');
  const wrong = whyNotPattern(source);
  return wrong === undefined ? { kind: 'ok', filter: { kind: 'pattern', source } } : fail(start + 1, wrong);
}

/** A regular expression in slashes or quotes, or bare up to the next blank outside of its own brackets. */
function readExpression(reader: Reader): string | undefined {
  const first = reader.text[reader.at];
  if (first === '/') return readDelimited(reader, '/');
  if (first === '"' || first === "'") return readDelimited(reader, first);
  const start = reader.at;
  let depth = 0;
  for (; reader.at < reader.text.length; reader.at += 1) {
    const letter = reader.text[reader.at] ?? '';
    if (letter === '\\') reader.at += 1;
    else if (letter === '(' || letter === '[') depth += 1;
    else if ((letter === ')' || letter === ']') && depth > 0) depth -= 1;
    else if (depth === 0 && /[\s|&)]/.test(letter)) break;
  }
  reader.at = Math.min(reader.at, reader.text.length);
  return reader.text.slice(start, reader.at);
}

/** Text between two delimiters; `\` takes the delimiter (and in quotes itself) literally. Undefined when the second is missing. */
function readDelimited(reader: Reader, delimiter: string): string | undefined {
  let text = '';
  for (reader.at += 1; reader.at < reader.text.length; reader.at += 1) {
    const letter = reader.text[reader.at] ?? '';
    const next = reader.text[reader.at + 1];
    if (letter === delimiter) {
      reader.at += 1;
      return text;
    }
    if (letter === '\\' && (next === delimiter || (next === '\\' && delimiter !== '/'))) reader.at += 1;
    text += reader.text[reader.at] ?? '';
  }
  return undefined;
}

function readWord(reader: Reader): string | undefined {
  const first = reader.text[reader.at];
  if (first === '"' || first === "'") return readDelimited(reader, first);
  const start = reader.at;
  while (reader.at < reader.text.length && !/[\s|&()]/.test(reader.text[reader.at] ?? '')) reader.at += 1;
  return reader.text.slice(start, reader.at);
}

function skipBlanks(reader: Reader): void {
  while (/\s/.test(reader.text[reader.at] ?? '')) reader.at += 1;
}

function take(reader: Reader, letter: string): boolean {
  if (reader.text[reader.at] !== letter) return false;
  reader.at += 1;
  return true;
}
