// What terminals do: job control from a shell, and drawing the screen again.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from './driver.ts';
import { newHome } from './nodes.ts';

const muster = `${process.execPath} ${join(projectRoot, 'bin', 'muster')}`;
const COOKED = { paste: false, mouse: 'none', wrap: true };

describe.runIf(existsSync('/bin/bash'))('from a shell', () => {
  test('ctrl-z gives the terminal back as it was, fg takes it again and draws the whole screen, at a new size too', async () => {
    const home = newHome();
    const shell = home.open({
      command: ['/bin/bash', '--noprofile', '--norc', '-i'],
      columns: 100,
      rows: 30,
      env: { PS1: 'shell> ', INPUTRC: '/dev/null' },
    });
    const prompted = (what: string | RegExp) =>
      shell.see((screen) => new RegExp(what).test(screen) && screen.trimEnd().endsWith('shell>'));
    // What the terminal's driver is set to, as `stty -g` tells it: the same before, between and after.
    const settings = async (name: string): Promise<string> => {
      shell.press(`clear; echo ${name} $(stty -g | cut -d: -f1-16)\r`);
      const screen = await prompted(`^${name} \\S+`);
      return (
        screen
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.slice(name.length) ?? ''
      );
    };
    await prompted('shell>');
    const before = await settings('before');
    shell.press('bind "set enable-bracketed-paste off"\r', `clear; ${muster} --demo --nodes 4 --open nodes\r`);
    await shell.see(/cpu01 +● up|gpu01 +● up/);
    const console = shell.modes();
    expect(console).not.toEqual(COOKED);
    shell.press('\u001a');
    await prompted('Stopped');
    expect([shell.isAlternate(), shell.modes()]).toEqual([false, COOKED]);
    expect(await settings('between')).toBe(before);
    shell.resize(80, 24);
    shell.press('fg\r');
    const screen = await shell.see((text) => /up/.test(text) && text.includes('? help'));
    expect(screen.split('\n')[0]).toMatch(/^muster demo .* \d\d:\d\d$/);
    expect(screen).not.toContain('shell>');
    expect([shell.isAlternate(), shell.modes()]).toEqual([true, console]);
    shell.press('3');
    await shell.see((text) => (text.split('\n')[1] ?? '').startsWith('Mounts'));
    shell.press('q');
    await prompted('shell>');
    expect([shell.isAlternate(), shell.modes()]).toEqual([false, COOKED]);
    expect(await settings('after')).toBe(before);
    shell.press('exit\r');
    expect(await shell.exited).toBe(0);
  }, 120_000);
});

test('ctrl-l draws the whole screen again over what somebody else wrote on it', async () => {
  const console = newHome().open({ args: ['--demo', '--nodes', '4', '--open', 'nodes'], columns: 80, rows: 24 });
  await console.see(/4 nodes {2}●4/);
  const first = await console.see(/NODE/);
  // The line above them has the time and what was found meanwhile.
  const heads = (screen: string): readonly string[] => screen.split('\n').slice(1, 3);
  await console.scribble('\x1b[2J\x1b[5;5H*** Broadcast message: going down ***');
  await console.see(/Broadcast/);
  const changed = console.bytesWritten();
  console.press('\u000c');
  const again = await console.see((screen) => !screen.includes('Broadcast') && screen.includes('? help'));
  expect(again).toMatch(/^muster demo/);
  expect(heads(again)).toEqual(heads(first));
  expect(console.bytesWritten()).toBeGreaterThan(changed + 500);
}, 120_000);
