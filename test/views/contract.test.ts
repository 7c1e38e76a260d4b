// What holds for every view of the registry, whatever it shows.
import { describe, expect, test } from 'vitest';
import { filterRows } from '../../src/ui/filter-match.ts';
import { parseFilter } from '../../src/ui/filter-parse.ts';
import { GLOBAL_KEYS } from '../../src/ui/keys.ts';
import type { AnyView } from '../../src/ui/view.ts';
import { views as registered } from '../../views/registry.ts';
import { NOW_MS } from './fleet.ts';
import { demoLike } from './large-fleet.ts';
import { fleet } from './small-fleet.ts';

const views: readonly AnyView[] = registered;
const shellKeys = new Set(GLOBAL_KEYS.flatMap(({ keys }) => keys));
const moment = { nowMs: NOW_MS, state: fleet };

for (const view of views) {
  describe(view.name, () => {
    test('no key means two things, and none is one of the shell', () => {
      const keys = view.bindings.map(({ key }) => key);
      expect(keys.filter((key, index) => keys.indexOf(key) !== index || shellKeys.has(key))).toEqual([]);
    });

    test('headers and filter terms are unique, and every term has a value', () => {
      const headers = view.columns.map(({ header }) => header);
      const terms = view.columns.flatMap(({ term }) => term ?? []);
      expect(new Set(headers).size).toBe(headers.length);
      expect(new Set(terms).size).toBe(terms.length);
      expect(view.columns.filter(({ term, value }) => term !== undefined && value === undefined)).toEqual([]);
    });

    test('ids are unique and every row can be described', () => {
      for (const state of [fleet, demoLike(24)]) {
        const rows = view.rows(state);
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
        for (const row of rows) {
          const titles = view.describe(row, { state, nowMs: NOW_MS, ascii: false }).map(({ title }) => title);
          expect(titles.length).toBeGreaterThan(0);
        }
      }
    });

    test('a row that is at fault says so by a boolean, and a row names nodes of the fleet', () => {
      const known = new Set(fleet.inventory.nodes.map(({ name }) => name));
      for (const row of view.rows(fleet)) {
        expect(typeof view.isFault(row, fleet)).toBe('boolean');
        expect(view.nodes(row).every((node) => known.has(node))).toBe(true);
      }
    });

    test('every key leads to a view that is there, with a filter it can read', () => {
      for (const row of view.rows(fleet)) {
        for (const binding of view.bindings) {
          if (binding.disabled?.(row, fleet) !== undefined || binding.open === undefined) continue;
          const { view: name, filter = '' } = binding.open(row);
          const target = views.find((candidate) => candidate.name === name);
          expect(target, `${view.name}: ${binding.key} leads to ${name}`).toBeDefined();
          expect(parseFilter(filter, target?.columns ?? []), filter).toMatchObject({ kind: 'ok' });
        }
      }
    });

    test('Enter leads to rows that are there', () => {
      const enter = view.bindings.find(({ key }) => key === 'enter');
      for (const row of view.rows(fleet)) {
        if (enter?.open === undefined || enter.disabled?.(row, fleet) !== undefined) continue;
        const { view: name, filter = '', cursor } = enter.open(row);
        const target = views.find((candidate) => candidate.name === name);
        const parsed = parseFilter(filter, target?.columns ?? []);
        if (target === undefined || parsed.kind === 'error') throw new Error(`${name} ${filter}`);
        const kept = filterRows(parsed.filter, target.rows(fleet), target.columns, moment);
        expect(kept.length, `${view.name} ${row.id}: ${name} ${filter}`).toBeGreaterThan(0);
        if (cursor !== undefined) expect(kept.map(({ id }) => id)).toContain(cursor);
      }
    });
  });
}

test('names and aliases of views are unique', () => {
  const names = views.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
