import { type NodeName, nodeName } from '../../src/model/ids.ts';
import { emptyInventory } from '../../src/model/inventory.ts';
import type { State } from '../../src/store/state.ts';
import type { ListView } from '../../src/ui/view.ts';

/** A row of a view that needs no probes, for tests of the screen alone. */
export interface FakeRow {
  readonly id: string;
  readonly node: NodeName;
  readonly load: number | undefined;
  readonly note: string;
  readonly sinceMs?: number;
}

/** A fleet nobody has asked anything yet. */
export const emptyState: State = {
  inventory: emptyInventory('test fleet'),
  nodes: new Map(),
  seen: new Map(),
  links: new Map(),
  clusters: new Map(),
  meters: new Map(),
  findings: [],
  reviews: [],
  rollouts: new Map(),
  orphans: new Set(),
  log: undefined,
  podLog: undefined,
  events: [],
};

/** `count` rows `n001`, `n002`, … */
export function fakeRows(count: number): readonly FakeRow[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `n${String(index + 1).padStart(3, '0')}`;
    return { id: name, node: nodeName(name), load: (index * 7) % 10, note: index % 5 === 0 ? 'needs a look' : 'well' };
  });
}

/** A list view over rows given by a function, so that a test can change them. */
export function fakeView(rows: () => readonly FakeRow[]): ListView<FakeRow> {
  return {
    kind: 'list',
    name: 'things',
    title: 'Things',
    rows,
    columns: [
      {
        header: 'NODE',
        help: 'name of the node',
        width: { min: 8, max: 20, grow: 1 },
        cell: (row) => row.node,
        value: (row) => row.node,
        term: 'node',
      },
      {
        header: 'LOAD',
        help: 'load of the last minute',
        width: { min: 5 },
        align: 'right',
        cell: (row) =>
          row.load === undefined
            ? [{ text: '?', role: 'unknown' }]
            : [{ text: row.load.toFixed(1), role: row.load > 8 ? 'critical' : 'good' }],
        value: (row) => row.load,
        term: 'load',
      },
      {
        header: 'AGE',
        help: 'seconds since it was seen',
        width: { min: 5 },
        align: 'right',
        cell: (row, context) =>
          row.sinceMs === undefined ? '' : `${Math.round((context.nowMs - row.sinceMs) / 1000)}s`,
      },
      {
        header: 'NOTE',
        help: 'what the node says',
        width: { min: 12, grow: 2 },
        cell: (row) => row.note,
        value: (row) => row.note,
        term: 'note',
      },
    ],
    sortedBy: 'NODE',
    nodes: (row) => [row.node],
    probes: ['load'],
    isFault: (row) => row.note !== 'well',
    describe: (row) => [{ title: 'Facts', lines: [[{ text: `load ${row.load}` }], [{ text: row.note }]] }],
    empty: () => 'nothing here: no node has answered yet',
    bindings: [
      {
        key: 'x',
        title: 'export',
        action: 'export-share',
        disabled: (row) => (row.node === nodeName('n002') ? 'the root disk cannot be exported' : undefined),
      },
      {
        key: 'enter',
        title: 'mounts',
        action: 'open-view',
        open: (row) => ({ view: 'mounts', filter: `node:${row.node}` }),
      },
    ],
  };
}
