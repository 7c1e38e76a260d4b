// The script that writes a login, run by sh in a folder of its own: mode, owner, nothing in argv, and what it refuses.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withoutSecrets } from '../../src/engine/plan-secrets.ts';
import { nodeName } from '../../src/model/ids.ts';
import { credentialsPath, credentialsStep, whyNotLogin } from '../../src/storage/credentials.ts';

const LOGIN = { user: 'ada', domain: 'LAB', password: 'pa ss,w"ord$(x)=1' };

test('a login is written whole for root alone, over an older one, and never into a folder that others may enter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-credentials-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'data');
  const { argv, stdin } = credentialsStep('/data', LOGIN).run;
  const write = (input: string | undefined) => {
    const words = argv.map((word) => (word === credentialsPath('/data') ? path : word));
    const { status, stderr } = spawnSync(words[0] ?? '', words.slice(1), { input, encoding: 'utf8' });
    return { status, stderr };
  };
  if (process.getuid?.() !== 0) {
    expect(write(stdin)).toMatchObject({ status: 1, stderr: expect.stringContaining("is not root's alone") });
    return;
  }
  write('username=old\n');
  expect(write(stdin)).toEqual({ status: 0, stderr: '' });
  const { mode, uid } = statSync(path);
  expect([readFileSync(path, 'utf8'), mode & 0o777, uid, readdirSync(folder)]).toEqual([
    'username=ada\npassword=pa ss,w"ord$(x)=1\ndomain=LAB\n',
    0o600,
    0,
    ['data'],
  ]);
  expect(write('').status).toBe(1);
  expect(readFileSync(path, 'utf8')).toContain('username=ada');
  chmodSync(folder, 0o755);
  expect(write(stdin)).toMatchObject({ status: 1, stderr: expect.stringContaining("is not root's alone") });
});

test('a login stands in no argument and in no plan that is written down', () => {
  const step = credentialsStep('/data', LOGIN);
  const plan = {
    kind: 'change',
    title: 'mount',
    stages: [{ title: 'mount', jobs: [{ node: nodeName('gpu01'), steps: [step] }] }],
    already: [],
    refused: [],
  } as const;
  expect(step.run.argv.join(' ')).not.toContain(LOGIN.password);
  expect(JSON.stringify(withoutSecrets(plan))).not.toContain('pa ss');
});

test.each([
  ['no password was given', { password: '' }],
  ['the password has a line end or another control character', { password: 'a\nusername=root' }],
  ['the name to log in with has blanks, commas, "%" or "=", or is empty', { user: 'a b' }],
  ['the domain has blanks, commas, "%" or "="', { domain: 'a,b' }],
])('a login that mount.cifs would read otherwise is refused: %s', (because, wrong) => {
  expect(whyNotLogin({ ...LOGIN, ...wrong })).toBe(because);
});

test('files of mount points are told apart, and need no escaping anywhere', () => {
  const paths = ['/data', '/data/', '/mnt/a b', '/mnt/a-b', '/mnt/ä,%\\'].map(credentialsPath);
  expect(new Set(paths).size).toBe(5);
  expect(paths.filter((path) => !/^\/etc\/muster\/credentials\/[A-Za-z0-9-]+$/.test(path))).toEqual([]);
});
