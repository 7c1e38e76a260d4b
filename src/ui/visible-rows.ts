import type { State } from '../store/state.ts';
import { chosenColumns } from './columns.ts';
import { KEEP_ALL, type ParsedFilter } from './filter.ts';
import { filterRows } from './filter-match.ts';
import { parseFilter } from './filter-parse.ts';
import type { ViewPreferences } from './ui-state.ts';
import type { AnyRow, AnyView, Column, Moment } from './view.ts';

/** What of a view is to be seen. */
export interface Wanted {
  readonly view: AnyView;
  readonly filter: string;
  readonly faultsOnly: boolean;
  readonly preferences: ViewPreferences;
}

/** The rows of a view after filter, faults and sorting, with what the list needs to draw them. */
export interface VisibleRows {
  readonly rows: readonly AnyRow[];
  readonly ids: readonly string[];
  /** How many there are before filter and faults. */
  readonly total: number;
  readonly columns: readonly Column<AnyRow>[];
  readonly sort: { readonly header: string; readonly descending: boolean };
  /** Set when the filter cannot be read; the rows are then unfiltered. */
  readonly problem: Extract<ParsedFilter, { kind: 'error' }> | undefined;
}

interface Remembered {
  readonly key: string;
  readonly all: readonly AnyRow[];
  /** The state and second it was made for, where something read them. */
  readonly state: State | undefined;
  readonly second: number | undefined;
  readonly result: VisibleRows;
}

/** Selects, filters and sorts; an unchanged question about unchanged rows gets the same object back. */
export function createVisibleRows(): (wanted: Wanted, state: State, nowMs: number) => VisibleRows {
  let last: Remembered | undefined;
  return (wanted, state, nowMs) => {
    const all = wanted.view.rows(state);
    const key = JSON.stringify([wanted.view.name, wanted.filter, wanted.faultsOnly, wanted.preferences]);
    const second = Math.floor(nowMs / 1000);
    const isKnown =
      last?.key === key &&
      last.all === all &&
      (last.state === undefined || last.state === state) &&
      (last.second === undefined || last.second === second);
    if (isKnown && last !== undefined) return last.result;
    const reads = { state: wanted.faultsOnly, time: false };
    const fresh = select(wanted, all, watchedMoment(state, nowMs, reads));
    const previous = last?.result;
    const result = previous === undefined ? fresh : keepIdentities(previous, fresh, last?.key === key);
    last = { key, all, state: reads.state ? state : undefined, second: reads.time ? second : undefined, result };
    return result;
  };
}

/** Header and direction of the sorting in force. */
export function sortOf(
  view: AnyView,
  preferences: ViewPreferences,
): { readonly header: string; readonly descending: boolean } {
  if (preferences.sort !== undefined) return preferences.sort;
  const first = view.kind === 'list' ? view.sortedBy : '';
  return { header: first.replace(/^-/, ''), descending: first.startsWith('-') };
}

function select(
  { view, filter, faultsOnly, preferences }: Wanted,
  all: readonly AnyRow[],
  moment: Moment,
): VisibleRows {
  const columns = chosenColumns(view.columns, preferences.hidden, preferences.shown);
  const parsed = parseFilter(filter, view.columns);
  const atFault = faultsOnly ? all.filter((row) => view.isFault(row, moment.state)) : all;
  const kept = filterRows(parsed.kind === 'ok' ? parsed.filter : KEEP_ALL, atFault, view.columns, moment, columns);
  const sort = sortOf(view, preferences);
  const rows = sorted(
    kept,
    view.columns.find(({ header }) => header === sort.header),
    sort.descending,
    moment,
  );
  return {
    rows,
    ids: rows.map(({ id }) => id),
    total: all.length,
    columns,
    sort,
    problem: parsed.kind === 'error' ? parsed : undefined,
  };
}

const collator = new Intl.Collator('en', { numeric: true });

/** Sorted by one column, equal ones in the order they came; rows without a value stand last in both directions. */
export function sorted<Row>(
  rows: readonly Row[],
  column: Column<Row> | undefined,
  descending: boolean,
  moment: Moment,
): readonly Row[] {
  if (column?.value === undefined) return rows;
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: column.value?.(row, moment) }));
  keyed.sort((a, b) => {
    if (a.key === undefined || b.key === undefined) return Number(a.key === undefined) - Number(b.key === undefined);
    if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key || 0);
    return sign * collator.compare(String(a.key), String(b.key));
  });
  return keyed.map(({ row }) => row);
}

function watchedMoment(state: State, nowMs: number, reads: { state: boolean; time: boolean }): Moment {
  return {
    get nowMs() {
      reads.time = true;
      return nowMs;
    },
    get state() {
      reads.state = true;
      return state;
    },
  };
}

/** Lists that are the same keep their objects, so that what hangs on them is not made again. */
function keepIdentities(previous: VisibleRows, fresh: VisibleRows, isSameQuestion: boolean): VisibleRows {
  const isSame = <T>(a: readonly T[], b: readonly T[]): boolean =>
    a.length === b.length && a.every((item, index) => item === b[index]);
  return {
    ...fresh,
    rows: isSame(previous.rows, fresh.rows) ? previous.rows : fresh.rows,
    ids: isSame(previous.ids, fresh.ids) ? previous.ids : fresh.ids,
    columns: isSameQuestion || isSame(previous.columns, fresh.columns) ? previous.columns : fresh.columns,
  };
}
