import { expect, test } from 'vitest';
import { initialState } from '../../src/store/store.ts';
import type { Filter } from '../../src/ui/filter.ts';
import { filterRows } from '../../src/ui/filter-match.ts';
import { parseFilter } from '../../src/ui/filter-parse.ts';
import type { Column, Moment } from '../../src/ui/view.ts';
import { inventoryOf } from '../views/fleet.ts';
import { formatFilter } from './filter-text.ts';

interface Row {
  readonly id: string;
  readonly node: string;
  readonly temp: number | undefined;
  readonly size: number;
  readonly mem: number;
  readonly ageMs: number;
  readonly state: string;
}

const column = (header: string, value: Column<Row>['value'], unit?: Column<Row>['unit']): Column<Row> => ({
  header,
  help: header,
  width: { min: 4 },
  cell: (row, moment) => String(value?.(row, moment) ?? ''),
  ...(value === undefined ? {} : { value }),
  ...(unit === undefined ? {} : { unit }),
  term: header,
});

const columns = [
  column('node', (row) => row.node),
  column('gpu.temp', (row) => row.temp, 'celsius'),
  column('size', (row) => row.size, 'bytes'),
  column('gpu.mem', (row) => row.mem, 'ratio'),
  column('age', (row) => row.ageMs, 'ms'),
  column('state', (row) => row.state),
];

const TiB = 1024 ** 4;
const rows: readonly Row[] = [
  { id: 'a', node: 'gpu01', temp: 91, size: 2 * TiB, mem: 0.95, ageMs: 2_000, state: 'hung' },
  { id: 'b', node: 'gpu02', temp: 60, size: 0.5 * TiB, mem: 0.5, ageMs: 45_000, state: 'mounted' },
  { id: 'c', node: 'nfs-a', temp: undefined, size: 10 * TiB, mem: 0, ageMs: 500, state: 'as declared' },
  { id: 'd', node: 'NFS-B', temp: undefined, size: 100, mem: 0.9, ageMs: 120_000, state: 'stale handle' },
];

const moment: Moment = { nowMs: 0, state: initialState(inventoryOf([])) };

const keptBy = (text: string): string => {
  const parsed = parseFilter(text, columns);
  if (parsed.kind === 'error') return `${parsed.column}: ${parsed.message}`;
  return filterRows(parsed.filter, rows, columns, moment)
    .map(({ id }) => id)
    .join('');
};

const kept: readonly (readonly [text: string, ids: string])[] = [
  ['', 'abcd'],
  ['   ', 'abcd'],
  ['gpu', 'ab'],
  ['nfs', 'cd'],
  ['!gpu', 'cd'],
  ['gpu hung', 'a'],
  ['gpu & hung', 'a'],
  ['hung | stale', 'ad'],
  ['gpu (hung | stale)', 'a'],
  ['!(gpu | hung)', 'cd'],
  ['"as declared"', 'c'],
  ["'as declared'", 'c'],
  ['~^gpu0[12]$', 'ab'],
  ['re:/^nfs-/', 'cd'],
  ['re:/(a|b)$/', 'cd'],
  ['!~^gpu', 'cd'],
  ['gpu.temp>85', 'a'],
  ['gpu.temp<=60', 'b'],
  ['gpu.temp!=91', 'bcd'],
  ['size>1T', 'ac'],
  ['size>=2TiB', 'ac'],
  ['size>2TB', 'ac'],
  ['gpu.mem>90%', 'a'],
  ['gpu.mem>=90', 'ad'],
  ['gpu.mem=0', 'c'],
  ['age>30s', 'bd'],
  ['age>1m', 'd'],
  ['age<1', 'c'],
  ['node~^gpu', 'ab'],
  ['node!~^gpu', 'cd'],
  ['node~^(gpu01|nfs-a)$', 'ac'],
  ['node=nfs-b', 'd'],
  ['node:NFS', 'cd'],
  ['node!=gpu01', 'bcd'],
  ['node>gpu01', 'bcd'],
  ['state:hung', 'a'],
  ['state="as declared"', 'c'],
  ['STATE:hung', 'a'],
  ['gpu.temp>85 node~^gpu state:hung', 'a'],
  ['nfs-a:/export/data', ''],
];

for (const [text, ids] of kept) {
  test(`the filter ${JSON.stringify(text)} keeps ${ids === '' ? 'nothing' : ids}`, () => {
    expect(keptBy(text)).toBe(ids);
  });
}

const refused: readonly (readonly [text: string, message: string])[] = [
  ['gpu.tmp>85', '1: there is no term "gpu.tmp" here; did you mean gpu.temp?'],
  ['a nod~x', '3: there is no term "nod" here; did you mean node?'],
  ['xyzzy:1', '1: there is no term "xyzzy" here; this view has: node gpu.temp size gpu.mem age state'],
  ['size>big', '6: "big" after ">" is not a size such as 500G or 1T'],
  ['age>30x', '5: "30x" after ">" is not a time such as 30s, 5m or 2h'],
  ['node~(', '6: the regular expression cannot be read: unterminated group'],
  ['~(a+)+$', '2: a repeat of something that repeats, such as (a+)+, is not allowed in a filter'],
  ['re:/(a)\\1/', '4: back references are not allowed in a filter'],
  ['re:/abc', '4: the "/" is never closed'],
  ['"abc', '1: the quote is never closed'],
  ['node="abc', '6: the quote is never closed'],
  ['(gpu', '1: "(" is never closed'],
  ['gpu)', '4: ")" has no partner before it'],
  ['gpu |', '6: a word or a term is expected here'],
  ['| gpu', '1: a word or a term is expected here'],
  ['a && b', '4: a word or a term is expected here'],
  ['node:', '6: a value is expected after "node:"'],
  ['!', '2: a word or a term is expected here'],
];

for (const [text, message] of refused) {
  test(`the filter ${JSON.stringify(text)} is refused with the place and the reason`, () => {
    expect(keptBy(text)).toBe(message);
  });
}

test('an unknown term names the nearest one for completion', () => {
  expect(parseFilter('gpu.tmp>85', columns)).toMatchObject({ kind: 'error', nearest: 'gpu.temp' });
});

test('every filter written out reads back as itself', () => {
  for (const [text] of kept) {
    const parsed = parseFilter(text, columns);
    if (parsed.kind === 'error') continue;
    const again = parseFilter(formatFilter(parsed.filter), columns);
    expect(again, text).toEqual(parsed);
  }
});

test('a filter is written in its shortest form', () => {
  const written = (filter: Filter) => formatFilter(filter);
  const hung: Filter = { kind: 'word', text: 'hung' };
  const temp: Filter = { kind: 'term', term: 'gpu.temp', operator: '>', text: '85' };
  expect(written({ kind: 'all', of: [temp, { kind: 'any', of: [hung, { kind: 'word', text: 'a b' }] }] })).toBe(
    'gpu.temp>85 (hung | "a b")',
  );
  expect(written({ kind: 'not', of: { kind: 'all', of: [hung, temp] } })).toBe('!(hung gpu.temp>85)');
});

test('too long and too deep texts are refused, not followed', () => {
  expect(keptBy('x'.repeat(1001))).toBe('1001: the filter has 1001 letters; 1000 are read');
  expect(keptBy(`${'('.repeat(200)}a${')'.repeat(200)}`)).toBe('51: parentheses and "!" go deeper than 50');
});

test('a filter that keeps all hands back the same array', () => {
  const parsed = parseFilter('size>0', columns);
  expect(parsed.kind === 'ok' && filterRows(parsed.filter, rows, columns, moment)).toBe(rows);
});
