// The shared write script as it stands in plans, run for real. What it says of folders of others can only be shown by root.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BACKUPS, type FileWish, planFile } from '../../src/storage/write-file.ts';

const NOBODY = 65_534;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a new file there by the step of a plan, under this shell. */
function write(
  path: string,
  shell = 'sh',
  wish: Partial<FileWish> = {},
): { readonly status: number | null; readonly words: string } {
  const plan = planFile({
    path,
    text: 'new\n',
    mode: '0644',
    seen: { kind: 'none' },
    what: 'a file',
    overwrite: false,
    ...wish,
  });
  if (plan.kind !== 'write') throw new Error('nothing is to be written');
  const { argv, stdin } = plan.step.run;
  // Backups of a test are no affair of this machine.
  const words = argv.slice(1).map((word) => word.replaceAll(BACKUPS, join(folder, 'backups')));
  const { status, stderr } = spawnSync(shell, words, {
    input: stdin ?? '',
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', SHLVL: '1' },
  });
  return { status, words: stderr.trim() };
}

test('a new file is there whole', () => {
  const path = join(folder, 'a file.conf');
  expect(write(path)).toEqual({ status: 0, words: '' });
  expect(readFileSync(path, 'utf8')).toBe('new\n');
});

test('a file that came since the plan was made is left alone', () => {
  const path = join(folder, 'a.conf');
  writeFileSync(path, 'theirs\n');
  expect(write(path)).toEqual({ status: 1, words: `${path} changed since the plan was made` });
  expect(readFileSync(path, 'utf8')).toBe('theirs\n');
});

/** A small tmpfs, where this machine lets a test mount one. */
function smallFilesystem(): string | undefined {
  const small = mkdtempSync(join(tmpdir(), 'muster-small-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k,mode=0755', 'muster-test', small]).status === 0) return small;
  rmSync(small, { recursive: true });
  return undefined;
}
const small = smallFilesystem();
afterAll(() => {
  if (small === undefined) return;
  spawnSync('umount', [small]);
  rmSync(small, { recursive: true, force: true });
});

describe.runIf(small !== undefined).each(['sh', 'bash'])('on a full disk, under %s', (shell) => {
  const at = small ?? '';
  const path = join(at, 'data.mount');
  const text = 'new\n'.repeat(4 * 1024);
  const said = { status: 1, words: `${path} stays as it was: writing beside it in ${at}: No space left on device` };
  const now = (): readonly string[] => readdirSync(at).toSorted();
  beforeEach(() => {
    for (const name of now()) rmSync(join(at, name));
    writeFileSync(join(at, 'ballast'), 'x'.repeat(8 * 1024));
  });

  test('a new unit is not begun: nothing of it is left, and one sentence says where there is no room', () => {
    expect(write(path, shell, { text })).toEqual(said);
    expect(now()).toEqual(['ballast']);
  });

  test('a unit that was there stays byte for byte, and so does its backup', () => {
    writeFileSync(path, 'old\n');
    const seen = { kind: 'file', text: 'old\n', sha256: '', mode: '0644', owner: 'root', group: 'root' } as const;
    const more = { uid: 0, gid: 0, sizeBytes: 4, modifiedAtMs: 0 };
    expect(write(path, shell, { text, seen: { ...seen, ...more }, overwrite: true })).toEqual(said);
    expect(readFileSync(path, 'utf8')).toBe('old\n');
    expect(now()).toEqual(['ballast', 'data.mount']);
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('nothing is written in a folder of somebody else, nor below one', () => {
    const theirs = join(folder, 'theirs');
    mkdirSync(join(theirs, 'below'), { recursive: true });
    chownSync(theirs, NOBODY, NOBODY);
    for (const path of [join(theirs, 'a.conf'), join(theirs, 'below', 'a.conf')])
      expect(write(path)).toEqual({
        status: 1,
        words: `${theirs} is not root's alone: whoever writes there could turn what root writes to another file`,
      });
  });

  test('nothing is written where everybody may write, sticky or not; below a sticky folder a folder of root is well', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    for (const mode of [0o777, 0o1777]) {
      chmodSync(open, mode);
      expect(write(join(open, 'a.conf')).words).toContain(`${open} is not root's alone`);
    }
    mkdirSync(join(open, 'own'));
    expect(write(join(open, 'own', 'a.conf'))).toEqual({ status: 0, words: '' });
  });
});
