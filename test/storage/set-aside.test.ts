// The scripts that set aside, put back and delete, as they stand in plans, run for real on hostile names under every shell.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EntriesWish } from '../../src/model/condition.ts';
import { absolutePath } from '../../src/model/ids.ts';
import type { Step } from '../../src/model/plan.ts';
import { sha256 } from '../../src/storage/managed.ts';
import { entryList, purgeNowStep, purgeStep, setAsideStep } from '../../src/storage/set-aside.ts';

const TRASH = '.muster-trash-20261122-120000';
const HOSTILE = [
  '-rf',
  'two words',
  'a\nb',
  'end\n',
  '$(id)',
  `it's "x"`,
  '\\0101',
  '*',
  'ä€',
  '\u001b[31m',
  ' lead',
  'END',
  '#',
];
const PREVIEW = { kind: 'state', now: '', after: '' } as const;
const shells = [['dash'], ['bash', '--posix', '--norc'], ['busybox', 'sh'], ['busybox', 'all']].filter(([name]) =>
  ['/bin', '/usr/bin'].some((at) => existsSync(join(at, name ?? ''))),
);

let [root, outside, programs] = ['', '', ''];
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'muster aside ')));
  outside = mkdtempSync(join(tmpdir(), 'muster-outside-'));
  writeFileSync(join(outside, 'theirs'), 'x');
  programs = mkdtempSync(join(tmpdir(), 'muster-programs-'));
});
afterEach(() => {
  for (const folder of [root, outside, programs]) rmSync(folder, { recursive: true, force: true });
});

function idOf(path: string): string {
  const { dev, ino } = lstatSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

const wishOf = (names: readonly string[]): EntriesWish => ({
  folder: absolutePath(root),
  folderId: idOf(root),
  entries: names.map((name) => ({ name, id: idOf(join(root, name)) })),
});

interface Ran {
  readonly status: number | null;
  readonly words: string;
}

/** Runs a step of a plan; `all` has no programs but BusyBox's. */
function run({ run: { argv, stdin } }: Step, [program = '', ...flags]: readonly string[]): Ran {
  const isAll = flags[0] === 'all';
  if (isAll && readdirSync(programs).length === 0) execFileSync('busybox', ['--install', '-s', programs]);
  const path = isAll ? programs : '/usr/sbin:/usr/bin:/sbin:/bin';
  const { status, stderr } = spawnSync(isAll ? 'sh' : program, [...(isAll ? [] : flags), ...argv.slice(1)], {
    input: stdin ?? '',
    encoding: 'utf8',
    env: { PATH: path },
  });
  return { status, words: stderr.trim() };
}

const aside = (wish: EntriesWish): Step => setAsideStep(wish, TRASH, 'set aside', PREVIEW, []);
const back = (wish: EntriesWish): Step => {
  const { undo } = aside(wish);
  const [step] = 'never' in undo ? [] : undo;
  if (step === undefined) throw new Error('no way back');
  return step;
};
const purge = (): Step => purgeStep(wishOf([TRASH]), 'delete', PREVIEW, []);

const FINE = { status: 0, words: '' };

/** One of each: directories with something in them, a file, a link that leads outside. */
function fill(): readonly string[] {
  for (const name of HOSTILE) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'inside'), name);
    symlinkSync(outside, join(root, name, 'out'));
  }
  writeFileSync(join(root, 'file'), 'f');
  symlinkSync(outside, join(root, 'link'));
  return [...HOSTILE, 'file', 'link'];
}

describe.each(shells)('under %s %s', (...words) => {
  const shell = words.filter((word) => word !== undefined);

  test('what is set aside comes back exactly as it was', () => {
    const names = fill();
    const wish = wishOf(names);
    expect(run(aside(wish), shell)).toEqual(FINE);
    expect(readdirSync(root)).toEqual([TRASH]);
    expect((lstatSync(join(root, TRASH)).mode & 0o7777).toString(8)).toBe('700');
    expect(readFileSync(join(root, TRASH, 'manifest'), 'utf8')).toBe(entryList(wish.entries));
    expect(run(aside(wish), shell)).toEqual(FINE);
    expect(run(back(wish), shell)).toEqual(FINE);
    expect(wishOf(names)).toEqual(wish);
    expect(readdirSync(root).sort()).toEqual([...names].sort());
    expect(readFileSync(join(root, 'a\nb', 'inside'), 'utf8')).toBe('a\nb');
  });

  test('what is deleted is deleted, and nothing that links in it lead to', () => {
    const wish = wishOf(fill());
    mkdirSync(join(root, 'stays'));
    run(aside(wish), shell);
    expect(run(purge(), shell)).toEqual(FINE);
    expect(readdirSync(root)).toEqual(['stays']);
    expect(readdirSync(outside)).toEqual(['theirs']);
  });

  test('at once only what this very plan set aside is deleted', () => {
    const wish = wishOf(fill());
    const other = purgeNowStep(wish, TRASH, sha256('of another'), 'delete');
    run(aside(wish), shell);
    expect(run(other, shell)).toEqual({ status: 1, words: `${root}/${TRASH} is of another plan` });
    expect(run(purgeNowStep(wish, TRASH, sha256(entryList(wish.entries)), 'delete'), shell)).toEqual(FINE);
    expect(readdirSync(root)).toEqual([]);
  });

  test('where one was replaced since the plan, nothing is moved', () => {
    const wish = wishOf(fill());
    renameSync(join(root, 'two words'), join(root, 'elsewhere'));
    symlinkSync('/etc', join(root, 'two words'));
    const found = run(aside(wish), shell);
    expect(found).toEqual({ status: 1, words: `${root}/two words is not what the plan showed; nothing was moved` });
    expect(readdirSync(root)).not.toContain(TRASH);
  });

  test('where the directory itself was replaced, nothing is moved', () => {
    const wish = wishOf(fill());
    renameSync(root, `${root}-old`);
    symlinkSync(`${root}-old`, root);
    const found = run(aside(wish), shell);
    rmSync(root);
    renameSync(`${root}-old`, root);
    expect(found).toEqual({ status: 1, words: `${root} is another directory than the plan showed` });
    expect(readdirSync(root)).not.toContain(TRASH);
  });
});

const sh = ['sh'];

test('an end in the middle is gone on with, and a name that was taken meanwhile keeps what lies aside', () => {
  const wish = wishOf(fill());
  run(aside(wish), sh);
  renameSync(join(root, TRASH, '1'), join(root, '-rf'));
  expect(run(aside(wish), sh)).toEqual(FINE);
  mkdirSync(join(root, '*'));
  const found = run(back(wish), sh);
  expect(found).toEqual({ status: 1, words: `${root}/* is there again; ${root}/${TRASH}/8 stays` });
  expect(readdirSync(join(root, TRASH)).sort()).toEqual(['8', 'manifest']);
  rmSync(join(root, '*'), { recursive: true });
  expect(run(back(wish), sh)).toEqual(FINE);
  expect(wishOf(HOSTILE).entries).toEqual(wish.entries.slice(0, HOSTILE.length));
});

test('one that is replaced between the last look and its move goes back where it was', () => {
  const wish = wishOf(fill());
  const { argv, stdin } = aside(wish).run;
  // Whatever the third move is about to take, somebody puts their own in its place first.
  const mv = `#!/bin/sh
echo x >>"${programs}/count"
if [ "$(wc -l <"${programs}/count")" = 4 ]; then /bin/mv -- 'a
b' gone && mkdir 'a
b'; fi
exec /bin/mv "$@"
`;
  writeFileSync(join(programs, 'mv'), mv, { mode: 0o755 });
  const { status, stderr } = spawnSync('sh', argv.slice(1), {
    input: stdin ?? '',
    encoding: 'utf8',
    env: { PATH: `${programs}:/usr/bin:/bin` },
  });
  expect({ status, words: stderr.trim() }).toEqual({
    status: 1,
    words: `${root}/a\nb was replaced at the last moment; it and what follows were left`,
  });
  expect(readdirSync(join(root, 'a\nb'))).toEqual([]);
  expect(readdirSync(join(root, TRASH)).sort()).toEqual(['1', '2', 'manifest']);
  expect(idOf(join(root, 'gone'))).toBe(wish.entries[2]?.id);
});

test('a folder of that name that is not root’s alone, or of another plan, is left alone', () => {
  const wish = wishOf(fill());
  mkdirSync(join(root, TRASH));
  chmodSync(join(root, TRASH), 0o777);
  expect(run(aside(wish), sh).words).toBe(`${root}/${TRASH} is not root's alone`);
  expect(run(purge(), sh).words).toBe(`${root}/${TRASH} is not root's alone`);
  chmodSync(join(root, TRASH), 0o700);
  expect(run(purge(), sh).words).toBe(`${root}/${TRASH} has no list of what was set aside`);
  writeFileSync(join(root, TRASH, 'manifest'), 'another');
  expect(run(aside(wish), sh).words).toBe(`${root}/${TRASH} is of another plan`);
});

test('a directory that hands its group down still gives a folder of root’s alone', () => {
  const wish = wishOf(fill());
  chmodSync(root, 0o2777);
  expect(run(aside(wish), sh)).toEqual(FINE);
  expect((lstatSync(join(root, TRASH)).mode & 0o7777).toString(8)).toBe('700');
});

test('a list that names a place outside is refused', () => {
  for (const name of ['..', '.', '../x', '/etc']) {
    const wish: EntriesWish = { folder: absolutePath(root), folderId: idOf(root), entries: [{ name, id: '1:1' }] };
    expect(run(aside(wish), sh)).toEqual({ status: 1, words: `the list holds a name that is none: ${name}` });
  }
});

test.runIf(process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0)(
  'what has something mounted in it is neither moved nor deleted, and a mount on the same filesystem is no exception',
  () => {
    const wish = wishOf(fill());
    const { argv, stdin } = aside(wish).run;
    mkdirSync(join(root, 'two words', 'in side'));
    const bind = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
    const args = ['-m', 'sh', '-c', bind, 'sh', outside, join(root, 'two words', 'in side'), ...argv];
    const { status, stderr } = spawnSync('unshare', args, { input: stdin ?? '', encoding: 'utf8' });
    expect({ status, words: stderr.trim() }).toEqual({
      status: 1,
      words: `something is mounted in ${root}/two words; nothing was moved`,
    });
    mkdirSync(join(root, TRASH, '1', 'x'), { recursive: true });
    chmodSync(join(root, TRASH), 0o700);
    writeFileSync(join(root, TRASH, 'manifest'), '');
    const erase = purge().run;
    const erased = ['-m', 'sh', '-c', bind, 'sh', outside, join(root, TRASH, '1', 'x'), ...erase.argv];
    const ran = spawnSync('unshare', erased, { input: erase.stdin ?? '', encoding: 'utf8' });
    expect(ran.stderr.trim()).toBe(`something is mounted in ${root}/${TRASH}; it stays`);
    expect(readdirSync(outside)).toEqual(['theirs']);
  },
);
