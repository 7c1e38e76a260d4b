// The shared write script as it stands in plans, run for real. What it says of folders of others can only be shown by root.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planFile } from '../../src/storage/write-file.ts';

const NOBODY = 65_534;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a new file there by the step of a plan, under this shell. */
function write(path: string, shell = 'sh'): { readonly status: number | null; readonly words: string } {
  const plan = planFile({
    path,
    text: 'new\n',
    mode: '0644',
    seen: { kind: 'none' },
    what: 'a file',
    overwrite: false,
  });
  if (plan.kind !== 'write') throw new Error('nothing is to be written');
  const { argv, stdin } = plan.step.run;
  const { status, stderr } = spawnSync(shell, argv.slice(1), { input: stdin ?? '', encoding: 'utf8' });
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
