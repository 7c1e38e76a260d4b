import { expect, test } from 'vitest';
import { placeColumns } from '../../src/ui/columns.ts';
import type { Column } from '../../src/ui/view.ts';

const column = (header: string, width: Column<string>['width'], priority?: number): Column<string> => ({
  header,
  help: '',
  width,
  cell: () => '',
  ...(priority === undefined ? {} : { priority }),
});

const placed = (columns: readonly Column<string>[], width: number): string =>
  placeColumns(columns, width)
    .map(({ column: { header }, x, width: own }) => `${header}@${x}+${own}`)
    .join(' ');

const columns = [
  column('NODE', { min: 10 }, 2),
  column('LOAD', { min: 5 }, 1),
  column('STATE', { min: 8, want: 14, max: 20, grow: 1 }, 2),
  column('GROUPS', { min: 6 }),
];

test('what matters least falls away first, and what stays keeps its order', () => {
  expect(placed(columns, 60)).toBe('NODE@0+10 LOAD@12+5 STATE@19+20 GROUPS@41+6');
  expect(placed(columns, 30)).toBe('NODE@0+10 LOAD@12+5 STATE@19+11');
  expect(placed(columns, 22)).toBe('NODE@0+10 STATE@12+10');
  expect(placed(columns, 12)).toBe('NODE@0+10');
});

test('a column without a priority comes in once the others have the width they want', () => {
  expect(placed(columns, 35)).toBe('NODE@0+10 LOAD@12+5 STATE@19+16');
  expect(placed(columns, 41)).toBe('NODE@0+10 LOAD@12+5 STATE@19+14 GROUPS@35+6');
});
