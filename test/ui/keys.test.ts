import { expect, test } from 'vitest';
import { BUILT_IN_ACTIONS, conflictsOf, GLOBAL_KEYS, keymapOf, prefixNotices } from '../../src/ui/keys.ts';
import { keysMarkdown } from '../../src/ui/keys-markdown.ts';
import type { AnyView } from '../../src/ui/view.ts';
import { views as registered } from '../../views/registry.ts';
import { typedConsole } from './console.ts';
import { fakeRows, fakeView } from './fake-fleet.ts';

const views: readonly AnyView[] = registered;

const view = fakeView(() => fakeRows(3));

test('the shipped keys mean one thing each', () => {
  expect(conflictsOf([view], keymapOf([view], {}))).toEqual([]);
});

test('no view gives a key two meanings or takes one of the shell, and every action is known', () => {
  expect(keymapOf(views, {}).notices).toEqual([]);
  const known: readonly string[] = BUILT_IN_ACTIONS;
  const unknown = views.flatMap((one) =>
    one.bindings.filter(({ action }) => !known.includes(action)).map(({ action }) => `${one.name}: ${action}`),
  );
  expect(unknown).toEqual([]);
});

test('a key can be moved, given to two commands with a report, and taken away', () => {
  const keymap = keymapOf([view], { quit: ['Q'], 'save-table': ['d'], sort: [], nonsense: ['z'] });
  expect([keymap.commandOf('Q'), keymap.commandOf('q'), keymap.commandOf('o'), keymap.commandOf('d')]).toEqual([
    'quit',
    undefined,
    undefined,
    'describe',
  ]);
  expect(keymap.notices).toEqual([
    'keys: there is no command or binding "nonsense"; the help screen (?) names them',
    'keys: "d" is both describe and save-table; describe has it',
  ]);
});

test('a key of a view beats the shell and the report says so', () => {
  const keymap = keymapOf([view], { 'things.export': ['d'] });
  expect(keymap.notices).toEqual(['keys: "d" in things is both describe and export; export has it']);
});

test('a key that tmux or screen keeps for itself is told', () => {
  const keys = { palette: ['ctrl-b'], filter: ['ctrl-a'] };
  expect(prefixNotices(keys, { TMUX: '/tmp/tmux-0/default,1,0' })).toEqual([
    'keys: "ctrl-b" of palette is the prefix of tmux unless you changed that; press it twice',
  ]);
  expect(prefixNotices(keys, { STY: '1.pts' })).toEqual([
    'keys: "ctrl-a" of filter is the prefix of screen unless you changed that; press it twice',
  ]);
  expect(prefixNotices(keys, {})).toEqual([]);
});

test('control-c always quits, whatever was moved', () => {
  expect(keymapOf([], { quit: [] }).commandOf('ctrl-c')).toBe('quit');
});

test('a moved key works, its old place says so, and footer and help show the new one', async () => {
  const { text, type, effects } = await typedConsole([view], { keys: { quit: ['Q'], help: ['h'], left: ['left'] } });
  expect(text()).toContain('h help');
  await type('q');
  expect(effects).toEqual([]);
  expect(text()).toContain('q means nothing; h shows the keys');
  await type('Q');
  expect(effects).toEqual([{ kind: 'quit' }]);
});

test('a conflict is told at the start', async () => {
  const { text } = await typedConsole([view], { keys: { quit: ['d'] }, columns: 120 });
  expect(text()).toContain('keys: "d" is both describe and quit; describe has it');
});

test('the generated document names every key and every command', () => {
  const document = keysMarkdown([view]);
  for (const { command, keys } of GLOBAL_KEYS) {
    expect(document).toContain(`\`${command}\``);
    for (const key of keys) expect(document).toContain(`\`${key}\``.replace('|', '\\|'));
  }
  expect(document).toContain('## Things');
  expect(document).toContain('| `x` | export |');
});
