import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeIo } from '../../src/config/node-io.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { readOnlySetting } from '../../src/config/read-only.ts';
import { EMPTY_STATE, readSavedState, savedStatePath, writeSavedState } from '../../src/config/saved-state.ts';
import { readSettings } from '../../src/config/settings.ts';
import { DEFAULT_SETTINGS, settingsPath } from '../../src/config/settings-type.ts';
import { type MemoryFile, memoryIo } from './memory-io.ts';

const settings = (file?: MemoryFile) => {
  const read = readSettings('s.yaml', memoryIo(file === undefined ? {} : { 's.yaml': file }));
  return read.kind === 'ok' ? read.settings : formatProblems(read.errors);
};

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'muster-settings-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('settings and remembered state stand where the XDG specification says', () => {
  expect([settingsPath({ env: {}, home: '/h' }), settingsPath({ env: { XDG_CONFIG_HOME: '/c' }, home: '/h' })]).toEqual(
    ['/h/.config/muster/settings.yaml', '/c/muster/settings.yaml'],
  );
  expect([
    savedStatePath({ env: {}, home: '/h' }),
    savedStatePath({ env: { XDG_STATE_HOME: '/s' }, home: '/h' }),
  ]).toEqual(['/h/.local/state/muster/views.json', '/s/muster/views.json']);
});

test('no file, an empty file and a file of comments are the defaults', () => {
  expect([settings(), settings(''), settings('# mouse: false\n')]).toEqual([
    DEFAULT_SETTINGS,
    DEFAULT_SETTINGS,
    DEFAULT_SETTINGS,
  ]);
});

test('everything can be set', () => {
  expect(
    settings(`theme: colour-blind
colours: 256
mouse: false
ascii: true
keys: { save-table: ctrl-s, quit: [q, Q], suspend: [] }
columns: { nodes: { show: KERNEL, hide: [LOAD], sort: -AGE } }
`),
  ).toEqual({
    theme: 'colour-blind',
    colours: '256',
    mouse: false,
    ascii: true,
    keys: { 'save-table': ['ctrl-s'], quit: ['q', 'Q'], suspend: [] },
    columns: { nodes: { show: ['KERNEL'], hide: ['LOAD'], sort: '-AGE' } },
  });
});

test('every mistake comes at once, at its place', () => {
  expect(
    settings('thme: dark\ntheme: drak\nmouse: sometimes\n'),
  ).toBe(`s.yaml:1:1: unknown key "thme"; did you mean "theme"?
    1 | thme: dark
      | ^^^^
      = expected one of theme, colours, readOnly, mouse, ascii, keys, columns
s.yaml:2:8: theme: "drak" does not fit here; did you mean "dark"?
    2 | theme: drak
      |        ^^^^
      = expected dark, light, high-contrast, colour-blind
s.yaml:3:8: mouse: "sometimes" does not fit here
    3 | mouse: sometimes
      |        ^^^^^^^^^
      = expected true or false`);
});

test.each<readonly [string, MemoryFile, string]>([
  ['a list', '- a\n', 's.yaml:1:1: a list does not fit here'],
  ['a binary file', { binary: true }, 's.yaml: it is no text file'],
  [
    'a file that may not be read',
    { unreadable: 'EACCES: permission denied' },
    's.yaml: it cannot be read: EACCES: permission denied',
  ],
])('%s is told', (_, file, expected) => {
  expect(String(settings(file)).split('\n')[0]).toBe(expected);
});

const state = {
  theme: 'dark',
  filterHistory: ['gpu'],
  preferences: { gpus: { sort: { header: 'TEMP', descending: true }, hidden: ['FAN'], shown: [] } },
};

test('what is remembered is read back, and lies alone in its folder', () => {
  const home = folder();
  const path = savedStatePath({ env: {}, home });
  expect(writeSavedState(path, state, nodeIo)).toBe(undefined);
  expect(writeSavedState(path, { ...state, theme: 'light' }, nodeIo)).toBe(undefined);
  expect([readSavedState(path, nodeIo), readdirSync(join(home, '.local/state/muster'))]).toEqual([
    { ...state, theme: 'light' },
    ['views.json'],
  ]);
});

test.each([
  '',
  '{',
  '[]',
  'null',
  '{"version": 2}',
  '{"version": 1, "preferences": 7, "filterHistory": "x", "theme": []}',
])('a broken memory (%s) is nothing remembered', (text) => {
  expect(readSavedState('v.json', memoryIo({ 'v.json': text }))).toEqual(EMPTY_STATE);
});

test('a place that cannot be written is told, and the old memory stays', () => {
  const path = join(folder(), 'file');
  writeFileSync(path, 'not a folder');
  expect(writeSavedState(join(path, 'views.json'), state, nodeIo)).toMatch(/^E(?:NOTDIR|EXIST)/);
});

test('readOnly is true or a reason, and holds where the rest of the file is wrong', () => {
  const why = (text: string) =>
    readOnlySetting({ env: { XDG_CONFIG_HOME: '/c' }, home: '/h' }, memoryIo({ '/c/muster/settings.yaml': text }));
  expect([
    why('readOnly: true'),
    why('readOnly: guests are here'),
    why('readOnly: false'),
    why('mouse: false'),
  ]).toEqual(['settings.yaml says readOnly', 'read-only by settings.yaml: guests are here', undefined, undefined]);
  const broken = '/c/muster/settings.yaml has a mistake in it and may say readOnly; muster doctor names it';
  expect([why('readOnly: true\ntheme: pink'), why('theme: pink'), why('readOnly: false\ntheme: pink')]).toEqual([
    broken,
    undefined,
    undefined,
  ]);
});
