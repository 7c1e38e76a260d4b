import { expect, test } from 'vitest';
import { nodeName } from '../../src/model/ids.ts';
import { typedConsole } from './console.ts';
import { emptyState, type FakeRow, fakeRows, fakeView } from './fake-fleet.ts';

const rows = fakeRows(30);
const things = fakeView(() => rows);
const mounts = { ...fakeView(() => fakeRows(3)), name: 'mounts', title: 'Mounts', aliases: ['mnt'] };

const fakeRow: FakeRow = { id: 'x', node: nodeName('x'), load: 0, note: '' };

test('a disabled key says why, an unknown one where it would mean something', async () => {
  const { text, type } = await typedConsole([
    things,
    { ...mounts, bindings: [{ key: 'u', title: 'unmount', action: 'unmount' }] },
  ]);
  await type('jx');
  expect(text()).toContain('export: the root disk cannot be exported');
  await type('u');
  expect(text()).toContain('u means nothing here; it does in Mounts; ? shows the keys');
  await type('U');
  expect(text()).toContain('unmark-all: nothing is marked');
});

test('a paste presses no key', async () => {
  const { text, type, effects, console } = await typedConsole([things]);
  const before = console.ui();
  await type('\x1b[200~jjq:quit\r!\x1b[201~');
  expect(effects).toEqual([]);
  expect(console.ui().history).toEqual(before.history);
  expect(text()).toContain('a paste does nothing here');
});

test('a drill-down leaves breadcrumbs; esc, [ and ] walk them', async () => {
  const { terminal, type } = await typedConsole([things, mounts]);
  const crumbs = (): string => terminal.lines()[1] ?? '';
  await type('jj\r');
  expect(crumbs()).toMatch(/^Things › Mounts node:n003 {2}1 of 3/);
  await type('\x1b');
  expect(crumbs()).toMatch(/^Things {2}30/);
  expect(terminal.lines()[5]).toMatch(/^ >n003/);
  await type('[');
  expect(crumbs()).toMatch(/^Things › Mounts/);
  await type(']]');
  expect(crumbs()).toMatch(/^Things {2}30/);
});

test('the palette finds views by a few letters or by alias, takes a filter, and runs commands', async () => {
  const { terminal, text, type } = await typedConsole([things, mounts]);
  await type(':mnt\r');
  expect(terminal.lines()[1]).toMatch(/^Mounts {2}3/);
  await type(':things load>8\r');
  expect(terminal.lines()[1]).toMatch(/^Things load>8 {2}3 of 30/);
  await type(':faults\r');
  expect(text()).toContain('faults only');
  await type(':zzzz');
  expect(text()).toContain('nothing of that name');
  await type('\r');
  expect(text()).toContain('there is no view, node or command like "zzzz"');
});

test('the filter works while it is typed, says where it cannot be read, and esc brings the old one back', async () => {
  const { terminal, text, type } = await typedConsole([things]);
  await type('/n01');
  expect(terminal.lines()[1]).toMatch(/^Things {2}10 of 30 {2}\/n01/);
  await type(' (');
  expect(terminal.lines().at(-1)).toMatch(/^column \d+: /);
  expect(terminal.lines()[1]).toContain('10 of 30');
  await type('\x1b');
  expect(terminal.lines()[1]).toMatch(/^Things {2}30 /);
  expect(terminal.lines()[3]).toMatch(/^ >n001/);
  await type('/n02\r/n03\r/\x1b[A\x1b[A\r');
  expect(terminal.lines()[1]).toContain('/n02');
  await type('\x1b');
  expect(text()).not.toContain('/n02');
});

test('a filter that keeps nothing says so and how to get out', async () => {
  const { text, type } = await typedConsole([things, { ...mounts, rows: () => [] }]);
  await type('/nowhere\r');
  expect(text()).toContain('None of 30 rows meets the filter "nowhere".');
  await type('2');
  expect(text()).toContain('nothing here: no node has answered yet');
});

test('sorting is chosen from the columns, turned, and puts rows without a value last both ways', async () => {
  const some: readonly FakeRow[] = [3, undefined, 1].map((load, index) => ({
    ...fakeRow,
    id: `r${index}`,
    node: nodeName(`r${index}`),
    load,
    note: 'well',
  }));
  const { terminal, type, effects } = await typedConsole([fakeView(() => some)]);
  const order = (): readonly string[] =>
    terminal
      .lines()
      .slice(3, 6)
      .map((line) => line.slice(2, 4));
  await type('o\x1b[B\r');
  expect([terminal.lines()[2]?.includes('LOAD↑'), order()]).toEqual([true, ['r2', 'r0', 'r1']]);
  await type('O');
  expect([terminal.lines()[2]?.includes('LOAD↓'), order()]).toEqual([true, ['r0', 'r2', 'r1']]);
  expect(effects).toEqual([{ kind: 'remember' }, { kind: 'remember' }]);
});

test('columns are put away and brought back; one always stays', async () => {
  const { terminal, type } = await typedConsole([things]);
  await type('C\x1b[B \r');
  expect(terminal.lines()[2]).not.toContain('LOAD');
  await type('C\x1b[B \r');
  expect(terminal.lines()[2]).toContain('LOAD');
});

test('marks survive a filter, say how many are hidden, and hidden ones are left alone', async () => {
  const { terminal, type, requests } = await typedConsole([things]);
  await type('  ');
  expect(terminal.lines()[1]).toContain('2 marked');
  await type('/n001\r');
  expect(terminal.lines()[1]).toContain('2 marked (1 hidden, left alone)');
  await type('r');
  expect(requests.filter(({ kind }) => kind === 'refresh')).toEqual([
    { kind: 'refresh', nodes: ['n001'], probes: ['load'] },
  ]);
});

test('a range marks what lies between', async () => {
  const { terminal, type } = await typedConsole([things]);
  await type('vjjjv');
  expect(
    terminal
      .lines()
      .slice(3, 8)
      .map((line) => line[0]),
  ).toEqual(['*', '*', '*', '*', ' ']);
  await type('U');
  expect(terminal.lines()[1]).not.toContain('marked');
});

test('the cursor stays on its row through refreshes, and moves to a neighbour when the row is gone', async () => {
  let present = rows;
  const { terminal, type, setState } = await typedConsole([fakeView(() => present)]);
  await type('jjj');
  expect(terminal.lines()[6]).toMatch(/^ >n004/);
  present = rows.filter(({ id }) => id !== 'n001');
  setState({ ...emptyState });
  await type('');
  expect(terminal.lines().find((line) => line.startsWith(' >'))).toMatch(/^ >n004/);
  present = present.filter(({ id }) => id !== 'n004');
  setState({ ...emptyState });
  await type('');
  expect(terminal.lines().find((line) => line.startsWith(' >'))).toMatch(/^ >n005/);
});

test('the describe pane stands below on a narrow terminal and beside on a wide one', async () => {
  const narrow = await typedConsole([things]);
  await narrow.type('d');
  expect(narrow.terminal.lines()[12]).toMatch(/^─+$/);
  expect(narrow.terminal.lines().slice(13, 16)).toEqual(['Facts', 'load 0', 'needs a look']);
  const wide = await typedConsole([things], { columns: 160, rows: 30 });
  await wide.type('dj');
  expect(wide.terminal.lines()[3]).toMatch(/│ load 7$/);
});

test('copying and saving carry nothing that steers a terminal or a spreadsheet cell', async () => {
  const evil = { ...fakeRow, id: 'n1', node: nodeName('n1'), note: 'a\tb\nc\x1b[31m' };
  const { type, effects } = await typedConsole([fakeView(() => [evil])], { saveFolder: '/tmp' });
  await type('y');
  await type('Y');
  await type('w\r');
  expect(effects).toEqual([
    { kind: 'copy', text: 'n1\t0.0\t\ta␉b␊c␛[31m', what: 'the row' },
    { kind: 'copy', text: 'n1', what: 'n1' },
    {
      kind: 'save',
      path: '/tmp/muster-things-20260102-123400.tsv',
      text: 'NODE\tLOAD\tAGE\tNOTE\nn1\t0.0\t\ta␉b␊c␛[31m\n',
      rows: 1,
    },
  ]);
});

test('the place can be copied as a command that opens it', async () => {
  const { type, effects } = await typedConsole([things]);
  await type('/load>8 n0\rP');
  expect(effects.at(-1)).toEqual({
    kind: 'copy',
    text: "muster --open 'things?f=load%3E8%20n0'",
    what: "muster --open 'things?f=load%3E8%20n0'",
  });
});

test('a click puts the cursor, the wheel moves it', async () => {
  const { terminal, type } = await typedConsole([things]);
  await type('\x1b[<0;5;7M');
  expect(terminal.lines()[6]).toMatch(/^ >n004/);
  await type('\x1b[<65;5;7M');
  expect(terminal.lines()[9]).toMatch(/^ >n007/);
});

test('nodes in front of the operator are asked more often, once scrolling rests', async () => {
  const { type, requests, clock, idle } = await typedConsole([things, mounts]);
  clock.advance(600);
  await type('GGgG');
  clock.advance(600);
  await idle();
  const focus = requests
    .filter((request) => request.kind === 'focus')
    .map((request) => (request.kind === 'focus' ? [request.nodes[0], request.nodes.length, request.probes] : []));
  expect(focus).toEqual([
    ['n001', 19, ['load']],
    ['n012', 19, ['load']],
  ]);
});

test('the help screen names every key of the view, with the reason where one is off, and can be searched', async () => {
  const { text, type } = await typedConsole([things], { rows: 40 });
  await type('j?');
  expect(text()).toMatch(/x +export {2}off: the root disk cannot be exported/);
  await type('/TSV');
  expect(text()).toMatch(/w +save the table to a file \(TSV\)/);
  expect(text()).not.toMatch(/x {3,}export/);
  await type('\x15\x1b');
  await type('q');
  expect(text()).toMatch(/ >n002/);
});

test('a key pressed while the terminal is slow is on the next frame it takes', async () => {
  const { terminal, type, console, idle } = await typedConsole([things]);
  terminal.hold();
  console.compositor.request('now');
  const typing = [type('j'), type('j'), type('j')];
  terminal.release();
  await Promise.all(typing);
  await idle();
  expect(terminal.lines()[6]).toMatch(/^ >n004/);
});
