/** How a typed term compares: `:` contains (equals for figures), `=` is, `~` matches a regular expression, the rest by size. */
export type FilterOperator = ':' | '=' | '!=' | '~' | '!~' | '>' | '>=' | '<' | '<=';

/** What rows are kept, as read from text such as `gpu.temp>85 node~^gpu | state:hung`. An `all` of nothing keeps every row. */
export type Filter =
  | { readonly kind: 'all'; readonly of: readonly Filter[] }
  | { readonly kind: 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  /** Letters that stand in any of the texts shown, whatever their case. */
  | { readonly kind: 'word'; readonly text: string }
  /** A regular expression over any of the texts shown. */
  | { readonly kind: 'pattern'; readonly source: string }
  | { readonly kind: 'term'; readonly term: string; readonly operator: FilterOperator; readonly text: string };

/** Keeps every row. */
export const KEEP_ALL: Filter = { kind: 'all', of: [] };

/** What a filter text says, or the one sentence about what is wrong with it; `column` is 1-based. */
export type ParsedFilter =
  | { readonly kind: 'ok'; readonly filter: Filter }
  | { readonly kind: 'error'; readonly message: string; readonly column: number; readonly nearest?: string };

/** The shortest text that reads back as the same filter. */
export function formatFilter(filter: Filter): string {
  return format(filter, 'any');
}

/** `inside` is the loosest operator around that needs no parentheses. */
function format(filter: Filter, inside: 'any' | 'all' | 'not'): string {
  switch (filter.kind) {
    case 'any':
      return parenthesise(filter.of.map((part) => format(part, 'all')).join(' | '), inside !== 'any');
    case 'all':
      return parenthesise(filter.of.map((part) => format(part, 'not')).join(' '), inside === 'not');
    case 'not':
      return `!${format(filter.of, 'not')}`;
    case 'word':
      return quoteWord(filter.text);
    case 'pattern':
      return `re:/${filter.source.replaceAll('/', '\\/')}/`;
    case 'term':
      return `${filter.term}${filter.operator}${quoteValue(filter.text, filter.operator)}`;
  }
}

const parenthesise = (text: string, isNeeded: boolean): string => (isNeeded ? `(${text})` : text);

/** What would be read as something else in a word: operators, quotes, blanks. */
const SPECIAL_IN_WORD = /[\s"'|&()!~:=<>]/;

const quoteWord = (text: string): string => (text !== '' && !SPECIAL_IN_WORD.test(text) ? text : quote(text));

function quoteValue(text: string, operator: FilterOperator): string {
  if (operator === '~' || operator === '!~') return `/${text.replaceAll('/', '\\/')}/`;
  return text !== '' && !/[\s"'|&()]/.test(text) && !/^[=~<>]/.test(text) ? text : quote(text);
}

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
