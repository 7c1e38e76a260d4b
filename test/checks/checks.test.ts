// What checks tell, from good answers; and that no answer, however cut or garbled, is more than a clean failure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checks } from '../../src/checks/registry.ts';
import type { CheckFacts, CheckName } from '../../src/model/check.ts';
import { ParseError } from '../../src/model/errors.ts';
import { seeded } from '../sim/random.ts';
import { samples } from './samples.ts';

const SEED = 20_261_122;
const names = Object.keys(checks) as CheckName[];
const scratch = mkdtempSync(join(tmpdir(), 'muster-checks-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const parse = <C extends CheckName>(name: C, stdout: string, exitCode = 0): CheckFacts[C] =>
  checks[name].parse({ stdout, exitCode }, '/x') as CheckFacts[C];

/** What a parser did wrong, or undefined. */
function complaint(name: CheckName, stdout: string): string | undefined {
  try {
    const value = JSON.stringify(parse(name, stdout));
    return /undefined|NaN|null|-\d/.test(value.replace(/"(?:[^"\\]|\\.)*"/g, '')) ? value.slice(0, 200) : undefined;
  } catch (error) {
    return error instanceof ParseError && error.message.length < 1_000 ? undefined : String(error).slice(0, 200);
  }
}

describe.each(names)('%s', (name) => {
  const good = samples[name];

  test('every truncation parses or fails cleanly', () => {
    const cut = good.flatMap((answer) => Array.from(answer, (_, end) => answer.slice(0, end)));
    expect(cut.flatMap((answer) => complaint(name, answer) ?? [])).toEqual([]);
  });

  test('bytes changed at random, and the answers of others, are taken well', () => {
    const next = seeded(SEED);
    const below = (limit: number): number => Math.floor(next() * limit);
    const garbled = Array.from({ length: 500 }, () => {
      const bytes = Buffer.from(good[below(good.length)] ?? '');
      for (let count = 1 + below(6); count > 0; count -= 1) bytes[below(bytes.length)] = below(256);
      return bytes.toString('utf8');
    });
    const others = names.flatMap((other) => samples[other]);
    const wrong = [...garbled, ...others].flatMap((answer) => complaint(name, answer) ?? []);
    expect(wrong, `seed ${SEED}`).toEqual([]);
  });

  test('half a mebibyte of anything is dealt with', () => {
    const units = ['a', '\n', ' ', '== a\n', '{', '[', '\\', ...good];
    const head = good[0].split('\n', 1)[0];
    const floods = units.map((unit) => `${head}\n${unit.repeat(Math.ceil(524_288 / unit.length))}`);
    expect(floods.flatMap((answer) => complaint(name, answer) ?? [])).toEqual([]);
  });
});

test('a file is told with its text where that is exactly what is there', () => {
  const [file, link, none] = samples.file;
  const text = '# a\nUUID=1-2 / ext4 defaults 0 1\n';
  expect(parse('file', file)).toMatchObject({ kind: 'file', mode: '0644', owner: 'root', text });
  expect(parse('file', link ?? '')).toMatchObject({ kind: 'link', mode: '0777', linkTo: '../proc/mounts' });
  expect(parse('file', none ?? '')).toEqual({ kind: 'none' });
  expect(parse('file', file.replace(/== text\n..../, '== text\nAAAA'))).not.toHaveProperty('text');
});

test('a directory is told entry by entry, names with blanks whole', () => {
  const told = parse('entries', samples.entries[0]).map(({ name, kind }) => `${kind} ${name}`);
  expect(told).toEqual(['file a file', 'directory .cache', 'link link']);
});

test('signatures are told with the device they are on', () => {
  expect(parse('signatures', samples.signatures[0])).toEqual([
    { device: '/dev/sdb', offset: '0x1fe', type: 'dos' },
    { device: '/dev/sdb1', offset: '0x3', type: 'ntfs', uuid: '01D9', label: 'Backup' },
  ]);
});

test('who uses a mount is not told without root, and the reason is said', () => {
  expect(parse('users', samples.users[0])).toEqual([
    { pid: 4711, user: 'bob', command: 'python train.py --x' },
    { pid: 12, user: 'root', command: '(in uninterruptible sleep)' },
  ]);
  expect(() => parse('users', '== refused\n')).toThrow('only root sees what other users have open');
});

test('a unit is told with the end of its log, whatever stands in that', () => {
  expect(parse('service', samples.service[0])).toMatchObject({
    active: 'active',
    killMode: 'process',
    mainPid: 712,
    isStale: false,
    lastLines: ['Server listening', '== users'],
  });
});

const shells = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'sh']].filter(([name]) =>
  ['/bin', '/usr/bin'].some((folder) => existsSync(join(folder, name ?? ''))),
);

describe.each(shells)('under %s', (...shell) => {
  const ask = <C extends CheckName>(name: C, target: string): CheckFacts[C] => {
    const [program = 'sh', ...flags] = shell.filter((word) => word !== undefined);
    const script = `sudo=\nquestion() {\n${checks[name].sh.trim()}\n}\nquestion "$1"`;
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
    const ran = spawnSync(program, [...flags, '-c', script, 'muster', target], { encoding: 'utf8', cwd: '/', env });
    return parse(name, ran.stdout, ran.status ?? 1);
  };

  test('files, directories and who has them open are told', () => {
    const folder = mkdtempSync(join(scratch, 'it is '));
    const path = join(folder, "a 'file' $x");
    writeFileSync(path, 'text with ä\nand no end', { mode: 0o640 });
    expect(ask('file', path)).toMatchObject({ kind: 'file', mode: '0640', text: 'text with ä\nand no end' });
    expect(ask('file', join(folder, 'nope'))).toEqual({ kind: 'none' });
    expect(ask('entries', folder)).toMatchObject([{ name: "a 'file' $x", kind: 'file', sizeBytes: 23 }]);
    expect(ask('entries', join(folder, 'nope'))).toEqual([]);
    if (process.getuid?.() !== 0) return;
    expect(ask('users', process.cwd()).map(({ pid }) => pid)).toContain(process.pid);
  });
});
