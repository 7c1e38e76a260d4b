// The built program against this machine: what is tried again or taken back follows the inventory of today, not that of the old rollout.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from './driver.ts';

const program = join(projectRoot, 'bin', 'muster');
const as = process.getuid?.() === 0 ? [] : ['--as', 'login-user'];

test('a retry reads the inventory again: a node that is read-only since is refused with its reason, and a demo has none to read', () => {
  const home = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  const write = (node: object) =>
    writeFileSync(
      join(home, 'muster.yaml'),
      JSON.stringify({ name: 'here', nodes: { here: { via: 'local', ...node } } }),
    );
  const muster = (cwd: string, ...args: readonly string[]) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', MUSTER_SPOOL: join(home, 'spool') };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      cwd,
      encoding: 'utf8',
      timeout: 60_000,
      env,
    });
    return { status, stdout, stderr };
  };
  write({});
  expect(muster(home, 'apply', 'run-command', '-l', 'here', ...as, '--yes', '--', 'false').status).toBe(1);
  expect(muster('/', 'rollouts', 'retry', 'last', '--yes').stdout).toContain('retry: run false');
  write({ readOnly: 'a paper is due' });
  const refused = muster('/', 'rollouts', 'retry', 'last', '--yes');
  expect(refused).toMatchObject({ status: 3, stdout: expect.stringContaining('here: read-only: a paper is due') });
  const demo = muster(home, 'apply', 'run-command', '--demo', '-l', 'gpu01', '--yes', '--', 'false');
  expect(demo.status).toBe(1);
  const id = / retry (\S+)/.exec(demo.stderr)?.[1] ?? '';
  expect(muster(home, 'rollouts', 'retry', id, '--yes')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('ran on a demo fleet, which is gone'),
  });
});

test('readOnly in the settings is refused by the runner itself, whatever the command says', () => {
  const home = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  writeFileSync(join(home, 'muster.yaml'), JSON.stringify({ nodes: { here: { via: 'local' } } }));
  mkdirSync(join(home, '.config', 'muster'), { recursive: true });
  writeFileSync(join(home, '.config', 'muster', 'settings.yaml'), 'readOnly: guests are here\n');
  const args = ['apply', 'run-command', '-l', 'here', ...as, '--yes', '--', 'touch', join(home, 'touched')];
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', MUSTER_SPOOL: join(home, 'spool') };
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
    cwd: home,
    encoding: 'utf8',
    timeout: 60_000,
    env,
  });
  expect({ status, stdout }).toEqual({
    status: 3,
    stdout: expect.stringContaining('read-only by settings.yaml: guests are here'),
  });
  expect(existsSync(join(home, 'touched'))).toBe(false);
});
