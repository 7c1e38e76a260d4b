import { expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import { nodeName } from '../../src/model/ids.ts';
import { rolloutId } from '../../src/model/rollout.ts';
import type { State } from '../../src/store/state.ts';
import type { ColourDepth } from '../../src/ui/terminal/colours.ts';
import { THEMES } from '../../src/ui/theme.ts';
import { rolloutLogView } from '../../views/rollout-log.ts';
import { typedConsole } from './console.ts';
import { emptyState, type FakeRow, fakeRows, fakeView } from './fake-fleet.ts';

const rows = fakeRows(30);
const things = fakeView(() => rows);
const mounts = { ...fakeView(() => fakeRows(3)), name: 'mounts', title: 'Mounts', aliases: ['mnt'] };

test('a screen of 80x24 shows header, breadcrumbs, rows, and the keys of the view', async () => {
  const { terminal } = await typedConsole([things]);
  expect(terminal.lines().slice(0, 5)).toEqual([
    'muster test fleet  0 nodes  no findings                                    12:34',
    'Things  30                                                              1 Things',
    '  NODE↑                  LOAD    AGE  NOTE',
    ' >n001                    0.0         needs a look',
    '  n002                    7.0         well',
  ]);
  expect(terminal.lines().at(-1)).toBe(
    '? help  x export  Enter mounts  : go to  / filter  ! faults  d describe  a act',
  );
});

test('where the trail is too long, the place we are at stays and those before it give way', async () => {
  const long = { ...things, title: 'Everything that this fleet has of this one' };
  const wide = { ...mounts, title: 'Mounts of it' };
  const crumbs = async (columns: number): Promise<string> => {
    const { terminal, type } = await typedConsole([long, wide], { columns });
    await type('jj\r');
    return terminal.lines()[1] ?? '';
  };
  expect(await crumbs(80)).toMatch(/^Everything that this fleet has of this one › Mounts of it node:n003 {2}1 of 3/);
  expect(await crumbs(60)).toMatch(/^… › Mounts of it node:n003 {2}1 of 3/);
});

test('a log says whose it is, also while it is empty and where there is room for little else', async () => {
  const [rollout, node] = [rolloutId('20260102-123400-abcd'), nodeName('gpu07')];
  const log = { rollout, node, firstNumber: 1, lines: [], path: '/nowhere' };
  const crumbs = async (state: State): Promise<string> => {
    const { terminal, type } = await typedConsole([rolloutLogView], { state, columns: 60 });
    await type('/x\r');
    return terminal.lines()[1] ?? '';
  };
  expect(await crumbs({ ...emptyState, log })).toMatch(/^Rollout log gpu07 {2}0 {2}\/x/);
  expect(await crumbs(emptyState)).toMatch(/^Rollout log {2}0 {2}\/x/);
});

test('the first frame, drawn without Ink, is the frame Ink draws, cell by cell', async () => {
  const finding: Finding = {
    id: 'f',
    rule: 'r',
    severity: 'critical',
    title: 't',
    evidence: [],
    affects: [],
    nextMove: '',
    sinceMs: 0,
  };
  const state = { ...emptyState, findings: [finding] };
  for (const [columns, height] of [
    [80, 24],
    [200, 50],
    [60, 15],
  ] as const) {
    const plain = await typedConsole([things, mounts], {
      columns,
      rows: height,
      state,
      isPlain: true,
      notices: ['wörds 漢字 \x1b[31m'],
    });
    const ink = await typedConsole([things, mounts], {
      columns,
      rows: height,
      state,
      notices: ['wörds 漢字 \x1b[31m'],
    });
    for (let y = 0; y < height; y++)
      for (let x = 0; x < columns; x++)
        expect(ink.terminal.cell(x, y), `${columns}x${height} at ${x},${y}`).toBe(plain.terminal.cell(x, y));
  }
});

test('the header counts links and findings, in words where there is room', async () => {
  const finding = (severity: Finding['severity'], id: string): Finding => ({
    id,
    rule: 'r',
    severity,
    title: 't',
    evidence: [],
    affects: [],
    nextMove: '',
    sinceMs: 0,
  });
  const links = new Map([
    [nodeName('a'), { kind: 'up', sinceMs: 0, transport: 'ssh' } as const],
    [nodeName('b'), { kind: 'lost', sinceMs: 0, because: 'x', retryAtMs: 0, attempt: 1 } as const],
  ]);
  const state = {
    ...emptyState,
    links,
    findings: [finding('warning', '1'), finding('notice', '2'), finding('notice', '3')],
  };
  const narrow = await typedConsole([things], { state });
  expect(narrow.terminal.lines()[0]).toMatch(/^muster test fleet {2}0 nodes {2}●1 {2}✗1 {2}▲1 •2 +12:34$/);
  const wide = await typedConsole([things], { state, columns: 140, rows: 30 });
  expect(wide.terminal.lines()[0]).toMatch(/● 1 up {2}✗ 1 lost {2}▲ 1 warning • 2 notice +12:34$/);
});

test('while nothing changes nothing is written, second after second; at the minute only the clock is', async () => {
  const { terminal, clock, idle } = await typedConsole([things]);
  terminal.takeBytes();
  for (let second = 0; second < 50; second++) clock.advance(1_000);
  await idle();
  expect(terminal.takeBytes()).toBe('');
  clock.advance(10_000);
  await idle();
  const bytes = terminal.takeBytes();
  expect(bytes).toContain('5');
  expect(bytes.length).toBeLessThan(40);
});

test('an age moves once a second while it is shown, and costs a few bytes', async () => {
  let aged: readonly FakeRow[] = rows;
  const { terminal, clock, idle, text } = await typedConsole([fakeView(() => aged)], {});
  expect(text()).not.toContain('5s');
  aged = rows.map((row, index) => (index === 0 ? { ...row, sinceMs: clock.nowMs() } : row));
  clock.advance(60_000);
  await idle();
  terminal.takeBytes();
  clock.advance(5_000);
  await idle();
  expect(terminal.lines()[3]).toContain('65s');
  expect(terminal.takeBytes().length).toBeLessThan(40);
});

test('fewer than 60x15 characters get one clear sentence, and a larger terminal the screen again', async () => {
  const { console, terminal, idle, type, effects } = await typedConsole([things]);
  terminal.resize(40, 10);
  console.resize(40, 10);
  await idle();
  expect(terminal.lines().join(' ')).toContain('muster needs at least 60 x 15 characters; this terminal has 40 x 10.');
  terminal.resize(100, 30);
  console.resize(100, 30);
  await idle();
  expect(terminal.lines()[2]).toMatch(/^ {2}NODE↑/);
  await type('q');
  expect(effects).toEqual([{ kind: 'quit' }]);
});

test('every theme at every depth draws the same text at 80x24 and 200x50', async () => {
  for (const [columns, height] of [
    [80, 24],
    [200, 50],
  ] as const) {
    const expected = (await typedConsole([things, mounts], { columns, rows: height })).text();
    for (const { name } of THEMES) {
      for (const depth of ['none', '16', '256', 'true'] as const satisfies readonly ColourDepth[]) {
        const drawn = await typedConsole([things, mounts], {
          columns,
          rows: height,
          look: { theme: name, depth, ascii: false },
        });
        expect(drawn.text(), `${name} ${depth}`).toBe(expected);
      }
    }
  }
});

test('an ASCII terminal gets nothing else', async () => {
  const { terminal, type } = await typedConsole(
    [fakeView(() => rows.map((row) => ({ ...row, note: 'größe 漢字 \x1b' })))],
    { look: { theme: 'dark', depth: '16', ascii: true } },
  );
  await type('?');
  expect(terminal.takeBytes()).toMatch(/^[\x00-\x7e]*$/);
});

test('the header says all the time that nothing can be changed', async () => {
  const { terminal } = await typedConsole([things], { isReadOnly: true });
  expect(terminal.lines()[0]).toBe('muster test fleet [READ-ONLY]  0 nodes  no findings                        12:34');
});
