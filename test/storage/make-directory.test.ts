// The command that makes a directory, run by a real shell in a folder that belongs to somebody who turns the way meanwhile.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DirectoryWish, makeDirectory } from '../../src/storage/make-directory.ts';

const isRoot = process.getuid?.() === 0;
const STRANGER = 1234;

let root = '';
/** A folder that root does not own alone. */
let theirs = '';

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'muster-directory-')));
  theirs = join(root, 'theirs');
  mkdirSync(theirs);
  mkdirSync(join(root, 'secret'), { mode: 0o700 });
  if (isRoot) chownSync(theirs, STRANGER, STRANGER);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function make(wish: DirectoryWish, path = process.env['PATH'] ?? '') {
  const [program, ...rest] = makeDirectory(wish).argv;
  const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8', env: { PATH: path, LC_ALL: 'C' } });
  return { status, stderr: stderr.trim().replaceAll(root, '') };
}
const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);

test('a directory is made with what is missing above it, and given its mode, which a second run leaves as it is', () => {
  const path = join(theirs, 'a', 'b');
  for (let times = 0; times < 2; times++) {
    expect(make({ path, mode: '2775' })).toEqual({ status: 0, stderr: '' });
    expect([modeOf(path), modeOf(join(theirs, 'a'))]).toEqual(['2775', '755']);
  }
  expect(make({ path: `${path}//`, mode: '0700' }).status).toBe(0);
  expect(modeOf(path)).toBe('700');
  expect(make({ path }).status).toBe(0);
  expect(modeOf(path)).toBe('700');
  expect(make({ path: join(root, 'new') }).status).toBe(0);
  expect(modeOf(join(root, 'new'))).toBe('755');
});

test.runIf(isRoot)('owner and group are given to the directory itself', () => {
  const path = join(theirs, 'models');
  expect(make({ path, owner: '1000', group: '1001', mode: '0750' }).status).toBe(0);
  const { uid, gid } = lstatSync(path);
  expect({ uid, gid, mode: modeOf(path) }).toEqual({ uid: 1000, gid: 1001, mode: '750' });
});

test('a link is not followed, neither as the directory itself nor on the way through a folder of somebody else', () => {
  symlinkSync(join(root, 'secret'), join(theirs, 'data'));
  expect(make({ path: join(theirs, 'data'), mode: '0777' })).toEqual({
    status: 1,
    stderr: '/theirs/data is a link, which is not followed',
  });
  expect(make({ path: join(theirs, 'data', 'models'), mode: '0777' })).toEqual({
    status: 1,
    stderr: '/theirs/data is a link in a folder that others may write to; it is not followed',
  });
  writeFileSync(join(theirs, 'file'), '');
  expect(make({ path: join(theirs, 'file'), mode: '0777' })).toMatchObject({ status: 1 });
  expect([modeOf(join(root, 'secret')), modeOf(join(theirs, 'file'))]).toEqual(['700', '644']);
  expect(() => lstatSync(join(root, 'secret', 'models'))).toThrow();
});

test('a directory that is turned into a link right after it was made keeps what the link leads to as it was', () => {
  mkdirSync(join(root, 'bin'));
  const turned = join(theirs, 'data');
  writeFileSync(join(root, 'bin', 'mkdir'), `#!/bin/sh\nln -s ${join(root, 'secret')} ${turned}\n`);
  chmodSync(join(root, 'bin', 'mkdir'), 0o755);
  expect(make({ path: turned, mode: '0777' }, `${join(root, 'bin')}:${process.env['PATH']}`)).toEqual({
    status: 1,
    stderr: '/theirs/data is a link in a folder that others may write to; it is not followed',
  });
  expect(modeOf(join(root, 'secret'))).toBe('700');
});

test.runIf(isRoot)('a link in a folder of root alone is the admin’s and is followed', () => {
  symlinkSync(theirs, join(root, 'short'));
  expect(make({ path: join(root, 'short', 'x') }).status).toBe(0);
  expect(modeOf(join(theirs, 'x'))).toBe('755');
});
