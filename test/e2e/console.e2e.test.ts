// The built program on a pseudo-terminal, as a person uses it, on the demo fleet: real SSH to simulated nodes, keys in, screens out.
import { afterEach, describe, expect, test } from 'vitest';
import { type Console, type StartOptions, start } from './driver.ts';

const open: Console[] = [];

function demo(options: StartOptions = {}): Console {
  const console = start({ columns: 120, rows: 40, ...options, args: ['--demo', ...(options.args ?? [])] });
  open.push(console);
  return console;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((console) => console.close()));
});

describe.each([
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
])('at $columns x $rows', (size) => {
  test('the console opens on the whole fleet, walks through every view by number, and gives the terminal back', async () => {
    const console = demo(size);
    await console.see(/24 up|● 24/);
    expect(console.isAlternate()).toBe(true);
    for (const [key, title] of [
      ['2', 'Nodes'],
      ['3', 'Mounts'],
      ['4', 'Mount matrix'],
      ['5', 'Exports'],
      ['6', 'Disks'],
      ['7', 'GPUs'],
      ['8', 'Processes'],
      ['9', 'Findings'],
    ] as const) {
      console.press(key);
      await console.see((screen) => (screen.split('\n')[1] ?? '').startsWith(title));
    }
    console.press('q');
    expect(await console.exited).toBe(0);
    expect(console.isAlternate()).toBe(false);
  });
});

test('a filter narrows the rows as it is typed, says where it is wrong, and Esc takes it away', async () => {
  const console = demo({ args: ['--open', 'gpus'] });
  await console.see('gpu02');
  console.press('/', 'node:gpu01 gpu.temp>5');
  await console.see((screen) => screen.includes('gpu01') && !/^ .gpu02 /m.test(screen));
  console.press('\r');
  console.press('/', ' gpu.tmp>1');
  await console.see(/gpu\.temp/);
  console.press('\u001b');
  console.press('\u001b');
  await console.see('gpu02');
});

test('the palette goes to a view and to a node by fuzzy words', async () => {
  const console = demo();
  await console.see('24 up');
  console.press(':', 'disk', '\r');
  await console.see((screen) => (screen.split('\n')[1] ?? '').includes('Disks'));
});

test('a node that is lost keeps its last values with their age and the next retry, and everything else goes on', async () => {
  const console = demo({ args: ['--open', 'nodes'] });
  await console.see(/gpu03 .*● up/);
  console.press('/', 'gpu03', '\r', 'F');
  await console.see('node-lost');
  console.press('\r');
  // The last uptime stays on the line of a node that is lost.
  await console.see(/gpu03 .*✗ lost .*\d+d/);
  console.press('\u001b');
  await console.see(/gpu04 .*● up/);
  console.press(':', 'findings', '\r');
  await console.see(/gpu03/);
});

test('a hung mount shows as hung, and other mounts answer on', async () => {
  const console = demo({ args: ['--open', 'mounts?f=node:gpu01', '--fault', 'hung-mount@gpu01'] });
  await console.see((screen) => /hung/i.test(screen) && /\/local .*mounted/.test(screen));
});

test('what a hostile node sends is drawn harmless: no clipboard, title, bidi or cursor code of its own reaches the terminal', async () => {
  const console = demo({ args: ['--fault', 'escape-injection@gpu01', '--open', 'nodes'] });
  await console.see(/gpu01.*● up/);
  for (const view of ['processes', 'mounts', 'gpus', 'disks', 'events']) {
    console.press(':', view, '\r');
    await console.see((screen) => (screen.split('\n')[1] ?? '').toLowerCase().includes(view.slice(0, 4)));
  }
  const written = console.raw();
  expect(written).not.toMatch(/\u001b\](?!52;c;)[^\u0007\u001b]*evil/i);
  expect(written).not.toContain('\u001b]52');
  expect(written).not.toContain('\u001b]0;');
  expect(written).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]/);
});

test('the demo says on the screen that it is one', async () => {
  const console = demo({ args: ['--open', 'nodes'] });
  await console.see('DEMO');
  await console.see(/gpu01.*up/);
});

test('a terminal too small is told so in a sentence, and a larger one shows the console again', async () => {
  const console = demo();
  await console.see('24 up');
  console.resize(40, 10);
  await console.see('needs at least 60 x 15');
  console.resize(100, 30);
  await console.see('24 up');
});

test('without colours only text attributes are sent, and in ASCII nothing but ASCII is drawn', async () => {
  const console = demo({ env: { NO_COLOR: '1' }, args: ['--ascii'] });
  await console.see('24 up');
  console.press('4');
  await console.see((screen) => screen.includes('Mount matrix') && /^[\x20-\x7e\n]*$/.test(screen));
  expect(console.raw()).not.toMatch(/\u001b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m/);
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s gives the terminal back before the end', async (signal) => {
  const console = demo();
  await console.see('24 up');
  console.signal(signal);
  await console.exited;
  expect(console.isAlternate()).toBe(false);
  expect(console.raw()).toMatch(/\u001b\[\?25h/);
});

test('a login shell on the node under the cursor takes the terminal and gives it back', async () => {
  const console = demo({ args: ['--open', 'nodes?f=node:gpu01'] });
  await console.see(/gpu01.*up/);
  console.press('s');
  await console.see(/shell on gpu01/);
  await console.see(/gpu01[^\n]*[$#]/);
  console.press('hostname\r');
  await console.see((screen) => screen.split('\n').some((line) => line.trim() === 'gpu01'));
  console.press('exit\r');
  await console.see('the shell ended');
  expect(console.isAlternate()).toBe(true);
});
