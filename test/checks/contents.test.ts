// What lies in a directory of real files, as the fragments tell it under every shell: hostile names whole, links not followed, sizes and ages of all below.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import type { CheckFacts, CheckName } from '../../src/model/check.ts';
import type { Contents } from '../../src/model/contents.ts';

const HOSTILE = [
  '-rf',
  'two words',
  'a\nb',
  '$(id)',
  `it's "x"`,
  '\\0101',
  '*',
  'ä€',
  '\u001b[31m',
  '.hidden',
  '== untold 9',
];
const shells = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'sh']].filter(([name]) =>
  ['/bin', '/usr/bin'].some((at) => existsSync(join(at, name ?? ''))),
);

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'muster-contents-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function ask<C extends CheckName>(shell: readonly string[], name: C, target: string, path?: string): CheckFacts[C] {
  const [program = 'sh', ...flags] = shell;
  const script = `sudo=\nquestion() {\n${checks[name].sh.trim()}\n}\nquestion "$1"`;
  const env = { PATH: path ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  const ran = spawnSync(program, [...flags, '-c', script, 'muster', target], { encoding: 'utf8', cwd: '/', env });
  return checks[name].parse({ stdout: ran.stdout, exitCode: ran.status ?? 1 }, target) as CheckFacts[C];
}

const entriesOf = (told: Contents) => (told.kind === 'directory' ? told.entries : []);

/** A folder with nothing but the programs of BusyBox. */
function busyboxPath(): string {
  const folder = join(root, 'bin');
  mkdirSync(folder);
  execFileSync('busybox', ['--install', '-s', folder]);
  return folder;
}

describe.each(shells)('under %s', (...words) => {
  const shell = words.filter((word) => word !== undefined);

  test('every name comes back as it is, with the identity of what bears it', () => {
    const folder = join(root, 'x');
    mkdirSync(folder);
    for (const name of HOSTILE) writeFileSync(join(folder, name), 'x');
    const told = entriesOf(ask(shell, 'identities', folder));
    expect(Object.fromEntries(told.map(({ name, id }) => [name, id]))).toEqual(
      Object.fromEntries(
        HOSTILE.map((name) => {
          const { dev, ino } = lstatSync(join(folder, name), { bigint: true });
          return [name, `${dev}:${ino}`];
        }),
      ),
    );
  });

  test('a directory has the size and the newest change of all below it, and links are not followed', () => {
    const folder = join(root, 'x');
    mkdirSync(join(folder, 'job', 'deep'), { recursive: true });
    mkdirSync(join(root, 'elsewhere'));
    writeFileSync(join(root, 'elsewhere', 'large'), Buffer.alloc(1_048_576, 1));
    writeFileSync(join(folder, 'job', 'deep', 'data'), Buffer.alloc(262_144, 1));
    symlinkSync(join(root, 'elsewhere'), join(folder, 'job', 'out'));
    symlinkSync(join(root, 'elsewhere'), join(folder, 'link'));
    for (const path of ['job/deep/data', 'job/deep', 'job']) utimesSync(join(folder, path), 1e9, 1e9);
    const told = entriesOf(ask(shell, 'contents', folder));
    const job = told.find(({ name }) => name === 'job');
    expect(told.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['directory job', 'link link']);
    expect(job?.sizeBytes).toBeGreaterThanOrEqual(262_144);
    expect(job?.sizeBytes).toBeLessThan(524_288);
    // The link in it is new.
    expect(job?.modifiedAtMs).toBeGreaterThan(1e12);
    expect(entriesOf(ask(shell, 'identities', folder)).find(({ name }) => name === 'job')).not.toHaveProperty(
      'sizeBytes',
    );
  });

  test('what is no directory is told as what it is', () => {
    symlinkSync(root, join(root, 'link'));
    writeFileSync(join(root, 'file'), '');
    expect(ask(shell, 'contents', join(root, 'nope'))).toEqual({ kind: 'none' });
    expect(ask(shell, 'contents', join(root, 'link'))).toEqual({
      kind: 'other',
      because: `${join(root, 'link')} is a link to ${root}`,
    });
    expect(ask(shell, 'contents', join(root, 'file')).kind).toBe('other');
  });
});

test.runIf(shells.length === 3)('the programs of BusyBox are enough', () => {
  const folder = join(root, 'x');
  mkdirSync(join(folder, 'job'), { recursive: true });
  writeFileSync(join(folder, 'job', 'data'), Buffer.alloc(262_144, 1));
  const told = ask(['sh'], 'contents', folder, busyboxPath());
  expect(entriesOf(told)[0]?.sizeBytes).toBeGreaterThanOrEqual(262_144);
  expect(told).toMatchObject({ kind: 'directory', path: folder, untold: 0 });
});

test.runIf(process.getuid?.() === 0)('who holds an entry is told with the entry', async () => {
  mkdirSync(join(root, 'two words', 'deep'), { recursive: true });
  const child = spawn('sh', ['-c', 'echo up; read -r line'], { cwd: join(root, 'two words', 'deep') });
  await once(child.stdout, 'data');
  const told = ask(['dash'], 'holders', root);
  child.stdin.end();
  await once(child, 'exit');
  expect(told.filter(({ name }) => name === 'two words').map(({ pid }) => pid)).toEqual([child.pid]);
});
