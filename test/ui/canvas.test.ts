import { expect, test } from 'vitest';
import type { CanvasView, Line } from '../../src/ui/view.ts';
import { typedConsole } from './console.ts';
import { emptyState, type FakeRow, fakeRows, fakeView } from './fake-fleet.ts';

const list = fakeView(() => []);

/** A heat grid of four cells a line, as the overview is one. */
function gridView(rows: () => readonly FakeRow[], paintings: { count: number } = { count: 0 }): CanvasView<FakeRow> {
  const { sortedBy, ...base } = list;
  return {
    ...base,
    kind: 'canvas',
    name: 'grid',
    title: 'Grid',
    rows,
    paint: (shown, context) => {
      paintings.count += 1;
      const perLine = Math.min(4, Math.floor(context.width / 8));
      const lines: Line[] = [];
      const places = new Map<string, { x: number; y: number; width: number }>();
      shown.forEach((row, index) => {
        const y = Math.floor(index / perLine);
        lines[y] = [...(lines[y] ?? []), { text: `${row.node} ▇  `, role: row.note === 'well' ? 'good' : 'critical' }];
        places.set(row.id, { x: (index % perLine) * 8, y, width: 6 });
      });
      return { lines, places };
    },
  };
}

const isReversed = (cell: string): boolean => (cell.split('|')[3] ?? '').includes('r');

test('arrows move by where things are, and the place under the cursor stands out', async () => {
  const { terminal, type } = await typedConsole([gridView(() => fakeRows(12))]);
  expect(terminal.lines().slice(2, 5)).toEqual([
    'n001 ▇  n002 ▇  n003 ▇  n004 ▇',
    'n005 ▇  n006 ▇  n007 ▇  n008 ▇',
    'n009 ▇  n010 ▇  n011 ▇  n012 ▇',
  ]);
  await type('\x1b[B\x1b[C\x1b[C');
  expect([terminal.cell(16, 3), terminal.cell(21, 3), terminal.cell(22, 3)].map(isReversed)).toEqual([
    true,
    true,
    false,
  ]);
  await type('\x1b[A\x1b[D\x1b[A');
  expect(isReversed(terminal.cell(8, 2))).toBe(true);
});

test('a click goes to the place under it, also in a picture that is scrolled', async () => {
  const { terminal, type } = await typedConsole([gridView(() => fakeRows(200))]);
  await type('G');
  expect(terminal.lines()[21]).toBe('n197 ▇  n198 ▇  n199 ▇  n200 ▇');
  await type('\x1b[<0;10;5M');
  const at = terminal.lines().findIndex((_, y) => isReversed(terminal.cell(8, y)));
  expect(terminal.lines()[at]).toContain('n130 ▇');
});

test('a filter thins a picture as it does a list', async () => {
  const { terminal, type } = await typedConsole([gridView(() => fakeRows(12))]);
  await type('/note:look\r');
  expect(terminal.lines().slice(1, 4)).toEqual([
    expect.stringMatching(/^Grid {2}3 of 12 {2}\/note:look/),
    'n001 ▇  n006 ▇  n011 ▇',
    '',
  ]);
});

test('a picture that reads neither time nor state is painted once for the same rows', async () => {
  const paintings = { count: 0 };
  const rows = fakeRows(12);
  const { setState, idle } = await typedConsole([gridView(() => rows, paintings)]);
  const before = paintings.count;
  for (let change = 0; change < 5; change++) {
    setState({ ...emptyState });
    await idle();
  }
  expect(paintings.count).toBe(before);
});

test('keys that mean nothing in a picture say so', async () => {
  const { text, type } = await typedConsole([gridView(() => fakeRows(4))]);
  await type('o');
  expect(text()).toContain('sort: a picture has a fixed order');
  await type('C');
  expect(text()).toContain('columns: a picture has no columns');
});
