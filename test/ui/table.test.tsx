import { renderToString } from 'ink';
import { expect, test } from 'vitest';
import { loadTable } from '../../src/ui/table.tsx';

test('ink-table draws with the Ink that is loaded, and what a node sent is neutralised', async () => {
  const Table = await loadTable();
  const drawn = renderToString(
    <Table
      data={[
        { node: 'gpu01', note: 'well\x1b[31m' },
        { node: 'gpu02', note: '' },
      ]}
    />,
    { columns: 60 },
  );
  expect(drawn.split('\n')).toEqual([
    '┌───────┬───────────┐',
    '│ node  │ note      │',
    '├───────┼───────────┤',
    '│ gpu01 │ well␛[31m │',
    '├───────┼───────────┤',
    '│ gpu02 │           │',
    '└───────┴───────────┘',
  ]);
});
