import { parseFigure } from '../model/units.ts';
import type { Filter, FilterOperator } from './filter.ts';
import { compilePattern, MATCHED_LETTERS } from './filter-pattern.ts';
import type { Column, Moment } from './view.ts';

type Test<Row> = (row: Row) => boolean;

/**
 * The rows a filter keeps, in their order; the very same array when it keeps all. Words and bare patterns look in the texts of `shown`
 * columns (figures are asked with terms), terms in any of `columns`. A row without a value meets no comparison but `!=` and `!~`.
 */
export function filterRows<Row extends { readonly id: string }>(
  filter: Filter,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  moment: Moment,
  shown: readonly Column<Row>[] = columns,
): readonly Row[] {
  if (filter.kind === 'all' && filter.of.length === 0) return rows;
  const isKept = compile(filter, columns, shown, moment);
  const kept = rows.filter(isKept);
  return kept.length === rows.length ? rows : kept;
}

function compile<Row extends object>(
  filter: Filter,
  columns: readonly Column<Row>[],
  shown: readonly Column<Row>[],
  moment: Moment,
): Test<Row> {
  switch (filter.kind) {
    case 'all': {
      const tests = filter.of.map((part) => compile(part, columns, shown, moment));
      return (row) => tests.every((test) => test(row));
    }
    case 'any': {
      const tests = filter.of.map((part) => compile(part, columns, shown, moment));
      return (row) => tests.some((test) => test(row));
    }
    case 'not': {
      const test = compile(filter.of, columns, shown, moment);
      return (row) => !test(row);
    }
    case 'word': {
      const wanted = filter.text.toLowerCase();
      return (row) => textsOf(row, shown, moment).lower.includes(wanted);
    }
    case 'pattern': {
      const pattern = compilePattern(filter.source);
      return (row) => pattern !== undefined && textsOf(row, shown, moment).each.some((text) => pattern.test(text));
    }
    case 'term':
      return compileTerm(filter, columns, moment);
  }
}

interface Texts {
  /** The columns they were taken from. */
  readonly shown: unknown;
  readonly lower: string;
  readonly each: readonly string[];
}

/** What words look in, per row object: rows outlive many key presses, so the next letter typed finds it ready. */
const known = new WeakMap<object, Texts>();

function textsOf<Row extends object>(row: Row, shown: readonly Column<Row>[], moment: Moment): Texts {
  const before = known.get(row);
  if (before !== undefined && before.shown === shown) return before;
  const each = shown.flatMap((column) => [
    textOf(column, row, moment).slice(0, MATCHED_LETTERS),
    ...(column.names?.(row) ?? []),
  ]);
  const texts: Texts = { shown, lower: each.join('\n').toLowerCase(), each };
  known.set(row, texts);
  return texts;
}

function textOf<Row>(column: Column<Row>, row: Row, moment: Moment): string {
  // A value with a unit is a figure, may depend on the time, and is asked for with a term.
  const value = column.unit === undefined ? column.value?.(row, moment) : undefined;
  return value === undefined ? '' : String(value);
}

function compileTerm<Row>(
  { term, operator, text }: Extract<Filter, { kind: 'term' }>,
  columns: readonly Column<Row>[],
  moment: Moment,
): Test<Row> {
  const column = columns.find((candidate) => candidate.term === term);
  const value = column?.value;
  if (column === undefined || value === undefined) return () => false;
  const compare = comparison(operator, text, column);
  if (column.names === undefined) return (row) => compare(value(row, moment));
  const isNegated = operator === '!=' || operator === '!~';
  return (row) => {
    const all = [value(row, moment), ...(column.names?.(row) ?? [])];
    return isNegated ? all.every(compare) : all.some(compare);
  };
}

type Compare = (value: string | number | undefined) => boolean;

function comparison<Row>(operator: FilterOperator, text: string, column: Column<Row>): Compare {
  if (operator === '!=') return negate(comparison('=', text, column));
  if (operator === '!~') return negate(comparison('~', text, column));
  if (operator === '~') {
    const pattern = compilePattern(text);
    return (value) => value !== undefined && (pattern?.test(String(value).slice(0, MATCHED_LETTERS)) ?? false);
  }
  const figure = parseFigure(text, column.unit ?? 'count');
  const wanted = text.toLowerCase();
  return (value) => {
    if (value === undefined) return false;
    if (typeof value === 'number') return figure !== undefined && bySign(operator, value - figure);
    const own = value.toLowerCase();
    if (operator === ':') return own.includes(wanted);
    return bySign(operator, own === wanted ? 0 : ORDER.compare(own, wanted));
  };
}

const ORDER = new Intl.Collator('en', { numeric: true });

const negate =
  (compare: Compare): Compare =>
  (value) =>
    !compare(value);

/** Figures a person types are rounded: half a thousandth of a ratio is no difference. */
const EQUAL_WITHIN = 1e-9;

function bySign(operator: FilterOperator, difference: number): boolean {
  const isEqual = Math.abs(difference) <= EQUAL_WITHIN;
  if (operator === ':' || operator === '=') return isEqual;
  if (operator === '>=') return isEqual || difference > 0;
  if (operator === '<=') return isEqual || difference < 0;
  return !isEqual && (operator === '>' ? difference > 0 : difference < 0);
}
