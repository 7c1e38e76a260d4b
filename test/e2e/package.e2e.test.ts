// The package as it is published: packed by npm, installed by npm from the tarball alone, and run from there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folder } from '../transport/support.ts';
import { projectRoot, start } from './driver.ts';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/** Lays the packages muster depends on where npm finds them, so that nothing is asked of a registry. */
function layPackages(prefix: string): void {
  const { packages }: Lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  for (const [path, { dev }] of Object.entries(packages)) {
    const from = join(projectRoot, path);
    if (dev !== true && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && existsSync(from))
      lay(from, join(prefix, path));
  }
}

/** By link, for the speed of it: npm takes a linked package as there. */
function lay(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to);
}

test('the tarball of npm pack installs into an empty folder and runs: version, status, and the console', async () => {
  const home = folder();
  const env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home,
    npm_config_cache: join(home, 'cache'),
    npm_config_update_notifier: 'false',
  };
  const npm = (...words: readonly string[]): string =>
    execFileSync('npm', [...words, '--offline', '--ignore-scripts', '--loglevel=error'], {
      cwd: home,
      env,
      encoding: 'utf8',
    });
  const tarball = npm('pack', projectRoot).trim().split('\n').at(-1) ?? '';
  const prefix = join(home, 'prefix');
  mkdirSync(prefix);
  writeFileSync(join(prefix, 'package.json'), '{"private":true}');
  layPackages(prefix);
  npm('install', '--prefix', prefix, '--no-audit', '--no-fund', join(home, tarball));
  const installed = join(prefix, 'node_modules', '.bin', 'muster');
  const muster = (...words: readonly string[]): string =>
    execFileSync(installed, words, { cwd: home, env, encoding: 'utf8' });

  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  expect(muster('--version')).toContain(version);
  writeFileSync(join(home, 'muster.yaml'), 'name: here\nnodes:\n  me: { via: local }\n');
  expect(muster('status', '-i', 'muster.yaml', '--json')).toContain('"me"');
  const console = start({
    program: join(prefix, 'node_modules', 'muster', 'bin', 'muster'),
    cwd: home,
    args: ['--demo'],
  });
  onTestFinished(() => console.close());
  await console.see('[DEMO]');
  console.press('q');
  expect(await console.exited).toBe(0);
}, 120_000);
