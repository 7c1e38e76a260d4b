import type { Filter, FilterOperator } from '../../src/ui/filter.ts';

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
