// The built program against this machine under two names: a failure pauses the rollout, and whoever is there says how it goes on.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot, start } from './driver.ts';

const program = join(projectRoot, 'bin', 'muster');
const as = process.getuid?.() === 0 ? [] : ['--as', 'login-user'];

function place() {
  const home = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  writeFileSync(join(home, 'muster.yaml'), JSON.stringify({ nodes: { a: { via: 'local' }, b: { via: 'local' } } }));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', MUSTER_SPOOL: join(home, 'spool') };
  const muster = (...args: readonly string[]) => {
    const options = { cwd: home, encoding: 'utf8', timeout: 60_000, env } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
    return { status, stdout, stderr };
  };
  return { home, muster };
}

test('without a terminal a rollout that its failures paused is left so with exit code 4, and is resumed, or ended by a retry', () => {
  const { muster } = place();
  const paused = muster('apply', 'run-command', '-l', 'all', ...as, '--yes', '--', 'false');
  expect(paused).toMatchObject({ status: 4, stdout: expect.stringContaining('a: exited 1') });
  expect(paused.stderr).toMatch(
    /is paused: a failed, and none may[\s\S]*rollouts resume[\s\S]*rollouts retry[\s\S]*rollouts abort/,
  );
  expect(muster('rollouts', 'list').stdout).toContain('paused');
  expect(muster('rollouts', 'limit', 'last')).toMatchObject({ status: 2, stderr: expect.stringContaining('--canary') });
  expect(muster('rollouts', 'limit', 'last', '--max-failures', '1').status).toBe(0);
  expect(muster('rollouts', 'limit', 'last', '--max-unavailable', '2').status).toBe(0);
  const { limits } = JSON.parse(muster('rollouts', 'show', 'last', '--json').stdout);
  expect(limits).toEqual({ canary: 1, maxUnavailable: 2, maxFailures: 1 });
  const retried = muster('rollouts', 'retry', 'last', '--yes', '--json');
  expect(retried.status).toBe(4);
  const last = JSON.parse(retried.stdout.trim().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({ phase: 'paused', pausedBecause: 'a failed, and none may' });
  expect(muster('rollouts', 'list').stdout.match(/ended/g)).toHaveLength(1);
  expect(muster('rollouts', 'resume', last.id).status).toBe(0);
  const over = muster('rollouts', 'attach', last.id);
  expect(over).toMatchObject({ status: 1, stdout: expect.stringContaining('2 failed of 2 nodes') });
}, 120_000);

test('on a terminal it asks, and goes on or ends as it is told', async () => {
  const { home } = place();
  const args = ['apply', 'run-command', '-l', 'all', ...as, '--yes', '--', 'false'];
  const console = start({ args, cwd: home, columns: 100, env: { HOME: home, XDG_STATE_HOME: join(home, 'state') } });
  onTestFinished(() => console.close());
  await console.see('a failed, and none may');
  await console.see('Enter leaves it paused:');
  // Keys of the first moment belong to what was typed before the question.
  const timer = setInterval(() => console.press('q'), 50);
  await console.see(/paused: q/);
  clearInterval(timer);
  console.press('\u0015');
  console.press('resume');
  await console.see(/paused: resume$/m);
  console.press('\r');
  await console.see('2 failed of 2 nodes');
  expect(await console.exited).toBe(1);
}, 120_000);
