import { expect, test } from 'vitest';
import { type PlainColumn, plainTable } from '../../src/cli/plain-table.ts';

interface Row {
  readonly id: string;
  readonly title: string;
  readonly by: string;
}

const columns: readonly PlainColumn<Row>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'TITLE', text: ({ title }) => title, atLeast: 8 },
  { title: 'BY', text: ({ by }) => by, atLeast: 4 },
];
const rows: readonly Row[] = [
  { id: '20261122-103015-k3f9', title: 'mount nfs-a:/export/data\nat /mnt/data', by: 'ops@jump' },
  { id: '20261122-103016-aaaa', title: 'reboot', by: 'root@head' },
];

test('into a pipe a table is whole: a row a line, no borders', () => {
  expect(plainTable(columns, rows)).toEqual([
    'ID                    TITLE                                  BY',
    '20261122-103015-k3f9  mount nfs-a:/export/data at /mnt/data  ops@jump',
    '20261122-103016-aaaa  reboot                                 root@head',
  ]);
});

test('on a terminal the title is cut first, then who it was, and never an id', () => {
  expect(plainTable(columns, rows, 50)).toEqual([
    'ID                    TITLE              BY',
    '20261122-103015-k3f9  mount nfs-a:/exp…  ops@jump',
    '20261122-103016-aaaa  reboot             root@head',
  ]);
  expect(plainTable(columns, rows, 20)).toEqual([
    'ID                    TITLE     BY',
    '20261122-103015-k3f9  mount n…  ops…',
    '20261122-103016-aaaa  reboot    roo…',
  ]);
});
