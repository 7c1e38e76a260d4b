import { createRequire } from 'node:module';
import * as ink from 'ink';
import * as react from 'react';
import { neutralise } from '../model/neutralise.ts';

/** One line of a still table: column header to text. */
export type TableRow = { readonly [column: string]: string };

/** What a table is drawn from. ink-table's own types lean on a global JSX that React no longer has. */
export interface TableProps {
  readonly data: readonly TableRow[];
  readonly columns?: readonly string[];
  readonly padding?: number;
}

/** A component for small tables that are drawn once; live lists are painted by `list-surface.ts`, 5 to 10 times as fast. */
export type TableComponent = react.ComponentType<TableProps>;

/**
 * ink-table as a component. It is CommonJS and requires Ink, which is an ES module with a top-level await and cannot be required
 * (ERR_REQUIRE_ASYNC_MODULE, Node 22 to 26): so the Ink and React that are loaded already are handed to it through the cache of `require`.
 */
export async function loadTable(): Promise<TableComponent> {
  const require = createRequire(import.meta.url);
  for (const [name, exports] of [
    ['ink', ink],
    ['react', react],
  ] as const) {
    const path = require.resolve(name);
    require.cache[path] ??= { id: path, filename: path, loaded: true, exports } as NodeJS.Module;
  }
  // The name in a variable keeps the bundler from following it into Ink.
  const name = 'ink-table';
  const { default: Table } = require(name) as { readonly default: TableComponent };
  return ({ data, ...props }) => <Table data={data.map(neutralRow)} {...props} />;
}

/** Cells may come from nodes. */
function neutralRow(row: TableRow): TableRow {
  return Object.fromEntries(Object.entries(row).map(([column, text]) => [column, neutralise(text)]));
}
