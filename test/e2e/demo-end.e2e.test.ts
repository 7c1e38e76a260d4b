// What is done to the demo's nodes ends with whoever asked for them, however that ends.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { start } from './driver.ts';

function apply(...args: readonly string[]) {
  const state = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  const console = start({
    args: ['apply', 'run-command', '--demo', '-l', 'gpu01', ...args],
    columns: 120,
    env: { XDG_STATE_HOME: state },
  });
  onTestFinished(() => console.close());
  const rollouts = join(state, 'muster', 'rollouts');
  const runner = (): number => {
    const [id = ''] = readdirSync(rollouts);
    return JSON.parse(readFileSync(join(rollouts, id, 'runner.json'), 'utf8')).pid;
  };
  return { console, runner };
}

/** tail(1) waits for the process; it ends by itself when that does. */
const ends = (pid: number): boolean =>
  spawnSync('timeout', ['30', 'tail', `--pid=${pid}`, '-f', '/dev/null']).status === 0;

test('a command that is killed while its plan waits takes the runner with it', async () => {
  const { console, runner } = apply('--', 'uptime');
  await console.see('type yes:', 40_000);
  const pid = runner();
  console.signal('SIGKILL');
  expect(ends(pid)).toBe(true);
}, 90_000);

test('ctrl-c says that the demo ends with the command, and so does its runner', async () => {
  const { console, runner } = apply('--yes', '--', 'sleep', '600');
  await console.see('1 running of 1 node', 40_000);
  const pid = runner();
  console.press('\u0003');
  await console.see("the demo's nodes end with this command");
  expect(await console.exited).toBe(130);
  expect(ends(pid)).toBe(true);
}, 90_000);
