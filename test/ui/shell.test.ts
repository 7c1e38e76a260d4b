import { expect, test } from 'vitest';
import { typedConsole } from './console.ts';
import { fakeRows, fakeView } from './fake-fleet.ts';

test('a screen of 80x24 shows header, breadcrumbs, rows, and the keys of the view', async () => {
  const rows = fakeRows(30);
  const { terminal } = await typedConsole([fakeView(() => rows)]);
  expect(terminal.lines().slice(0, 5)).toEqual([
    'muster test fleet  0 nodes  no findings                                    12:34',
    'Things  30                                                              1 Things',
    '  NODE↑                  LOAD    AGE  NOTE',
    ' >n001                    0.0         needs a look',
    '  n002                    7.0         well',
  ]);
  expect(terminal.lines().at(-1)).toBe('? help  x export  Enter mounts  : go to  / filter  ! faults  d describe');
});
