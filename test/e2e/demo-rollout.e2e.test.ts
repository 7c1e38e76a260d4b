// A change on the demo fleet, from a key press to what the next poll sees: what npm start lets everybody try.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Console, projectRoot, start } from './driver.ts';

const START_MS = 40_000;
const [UP, DOWN, BACK] = ['\x1b[A', '\x1b[B', '\x7f'];

const open: Console[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((console) => console.close()));
});

test('a share is mounted on some nodes of the demo from the keyboard, the board shows it, and so does the next poll', async () => {
  const console = start({ args: ['--demo', '--open', 'nodes'], columns: 120, rows: 40 });
  open.push(console);
  await console.see(/24 up|● 24/, START_MS);
  console.press('a');
  await console.see('run-command');
  console.press('mount');
  await console.see((screen) => !screen.includes('copy-file'));
  console.press('\r');
  await console.see('Mount point');
  console.press('/scratch', DOWN);
  await console.see('Mount point         /scratch');
  console.press('nfs-b:/export/scratch', UP, UP);
  await console.see('Source              nfs-b:/export/scratch');
  console.press(BACK.repeat(5), 'cpu[02-04]');
  await console.see('cpu[02-04]');
  console.press('\r');
  await console.see('Nothing has been changed yet', START_MS);
  await console.see('/etc/systemd/system/scratch.mount (new)');
  console.press('X');
  await console.see('Press y to run it');
  // Keys are not heard for 300 ms: pressed until the question is gone.
  const hasGone = console.see((screen) => !screen.includes('Press y to run it'), START_MS);
  const again = setInterval(() => console.press('y'), 100);
  await hasGone;
  clearInterval(again);
  await console.see(/▸ running/, START_MS);
  await console.see('3 done', 60_000);

  console.press(':', 'mounts\r', '/', 'node:cpu03 scratch\r');
  await console.see(/cpu03 .*\/scratch .*mounted .*nfs-b:/, START_MS);
  console.press('q');
  expect(await console.exited).toBe(0);
}, 120_000);

test('the same from a script: apply on the demo says what came of every node and ends with 0', async () => {
  const state = mkdtempSync(join(tmpdir(), 'muster-demo-apply-'));
  const words = 'apply run-command --demo --nodes gpu[01-12] --command hostname --yes --max-unavailable 12';
  const child = spawn(process.execPath, [join(projectRoot, 'bin', 'muster'), ...words.split(' ')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: state, XDG_STATE_HOME: state },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  rmSync(state, { recursive: true, force: true });
  expect(said).toContain('12 succeeded of 12 nodes');
  expect(said).toContain('gpu07');
  expect(code).toBe(0);
}, 120_000);
