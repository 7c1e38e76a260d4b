import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createHostKeyFiles, linesFor, namesOf, rememberHostKey } from '../../src/transport/host-keys.ts';
import {
  fingerprint,
  type HostKey,
  judgeHostKey,
  knownHostsName,
  knownTypes,
  onlyCertAuthority,
  parseKnownHosts,
} from '../../src/transport/known-hosts.ts';
import { hasOpenSsh, keygen } from './sshd.ts';
import { endpoint, folder } from './support.ts';

const fixtures = join(import.meta.dirname, '../../../shared/fixtures/ansible-ssh/ssh');
const ed = (key: string): HostKey => ({ keyType: 'ssh-ed25519', key });
const judge = (text: string, host: string, port: number, key: HostKey) => {
  const name = knownHostsName(host, port);
  const verdict = judgeHostKey(parseKnownHosts('kh', text), port === 22 ? [name] : [name, host.toLowerCase()], key);
  return 'on' in verdict ? `${verdict.kind} ${verdict.on.where}` : verdict.kind;
};

test('names, ports, lists, wildcards and negations are matched as sshd(8) describes', () => {
  const text =
    'gpu01,10.0.0.1 ssh-ed25519 AAAA\n[gpu02]:2222 ssh-ed25519 BBBB\n*.cluster,!bad.cluster ssh-ed25519 CCCC comment\n# gpu09 ssh-ed25519 DDDD\n';
  expect(judge(text, 'gpu01', 22, ed('AAAA'))).toBe('known');
  expect(judge(text, 'GPU01', 22, ed('AAAA'))).toBe('known');
  expect(judge(text, '10.0.0.1', 22, ed('BBBB'))).toBe('changed kh:1');
  expect(judge(text, 'gpu02', 2222, ed('BBBB'))).toBe('known');
  expect(judge(text, 'gpu02', 22, ed('BBBB'))).toBe('unknown');
  expect(judge(text, 'a.cluster', 22, ed('CCCC'))).toBe('known');
  expect(judge(text, 'bad.cluster', 22, ed('CCCC'))).toBe('unknown');
  expect(judge(text, 'gpu09', 22, ed('DDDD'))).toBe('unknown');
});

test('off port 22 a key filed under the bare name counts when it is the same, and says nothing when it is not', () => {
  expect(judge('gpu01 ssh-ed25519 AAAA\n', 'gpu01', 2222, ed('AAAA'))).toBe('known');
  expect(judge('gpu01 ssh-ed25519 AAAA\n', 'gpu01', 2222, ed('BBBB'))).toBe('unknown');
});

test('a revoked key is refused even where it is filed as well, and a key of another type only is no stranger', () => {
  expect(judge('gpu01 ssh-ed25519 AAAA\n@revoked * ssh-ed25519 AAAA\n', 'gpu01', 22, ed('AAAA'))).toBe('revoked kh:2');
  expect(judge('gpu01 ssh-rsa AAAA\n', 'gpu01', 22, ed('BBBB'))).toBe('other-types kh:1');
});

test('certificate authorities are told from keys', () => {
  const lines = parseKnownHosts('kh', '@cert-authority *.cluster ssh-ed25519 AAAA\na.cluster ssh-ed25519 BBBB\n');
  expect(onlyCertAuthority(lines, ['b.cluster'])).toBe(true);
  expect(onlyCertAuthority(lines, ['a.cluster'])).toBe(false);
  expect(judgeHostKey(lines, ['b.cluster'], ed('AAAA'))).toEqual({ kind: 'unknown' });
  expect(knownTypes(lines, ['a.cluster'])).toEqual(['ssh-ed25519']);
});

test('lines that make no sense, cut anywhere, are left out and never throw', () => {
  const text =
    '|1|x\n|2|a|b ssh-rsa AAAA\n@what host ssh-rsa AAAA\nhost\nhost ssh-rsa\nhost ssh-rsa !!!\n@revoked\n\0\n';
  expect(parseKnownHosts('kh', text)).toEqual([]);
  const good = 'gpu01,[gpu02]:22 ssh-ed25519 AAAA comment\n|1|c2FsdA==|aGFzaA== ssh-rsa BBBB\n';
  for (let end = 0; end <= good.length; end += 1)
    expect(parseKnownHosts('kh', good.slice(0, end)).length).toBeLessThanOrEqual(2);
});

describe.runIf(existsSync(fixtures))('real files', () => {
  test('every kind of line in the captured files is read', () => {
    const read = (name: string) => parseKnownHosts(name, readFileSync(join(fixtures, name), 'utf8'));
    expect(read('ansible-existing_known_hosts').length).toBeGreaterThan(2);
    expect(read('augeas-known_hosts').some(({ hashed }) => hashed !== undefined)).toBe(true);
    expect(read('augeas-known_hosts-markers').map(({ marker }) => marker)).toEqual(['revoked', 'cert-authority']);
  });
});

describe.runIf(hasOpenSsh)('with ssh-keygen', () => {
  test('a file hashed by ssh-keygen -H is read, and the fingerprint is the one ssh-keygen prints', () => {
    const home = folder();
    const [type = '', key = ''] = readFileSync(`${keygen(join(home, 'host'))}.pub`, 'utf8').split(' ');
    const file = join(home, 'known_hosts');
    writeFileSync(file, `gpu01 ${type} ${key}\n[gpu02]:2222 ${type} ${key}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('gpu');
    expect([
      judge(text, 'gpu01', 22, ed(key)),
      judge(text, 'gpu02', 2222, ed(key)),
      judge(text, 'gpu03', 22, ed(key)),
    ]).toEqual(['known', 'known', 'unknown']);
    expect(judge(text, 'gpu01', 22, ed('AAAA'))).toBe(`changed kh:1`);
    expect(execFileSync('ssh-keygen', ['-lf', join(home, 'host.pub')], { encoding: 'utf8' })).toContain(
      ` ${fingerprint(key)} `,
    );
  });

  test('ssh-keygen finds what muster files in a hashed file', () => {
    const file = join(folder(), 'known_hosts');
    writeFileSync(file, '|1|c2FsdA==|aGFzaA== ssh-ed25519 AAAA\n');
    rememberHostKey(createHostKeyFiles(), endpoint(2222, { knownHostsFiles: [file] }), ed('AAAB'));
    expect(readFileSync(file, 'utf8')).not.toContain('127.0.0.1');
    expect(execFileSync('ssh-keygen', ['-F', '[127.0.0.1]:2222', '-f', file], { encoding: 'utf8' })).toContain('AAAB');
  });
});

test('filing a key makes the folder and the file for the owner only, and touches no other line', () => {
  const file = join(folder(), '.ssh/known_hosts');
  const files = createHostKeyFiles();
  const to = endpoint(2222, { knownHostsFiles: [file, '/etc/ssh/ssh_known_hosts'] });
  rememberHostKey(files, to, ed('AAAA'));
  expect([statSync(file).mode & 0o777, statSync(join(file, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
  appendFileSync(file, '# mine, and no newline at the end');
  chmodSync(file, 0o644);
  rememberHostKey(files, endpoint(22, { knownHostsFiles: [file] }), ed('BBBB'));
  expect(readFileSync(file, 'utf8')).toBe(
    '[127.0.0.1]:2222 ssh-ed25519 AAAA\n# mine, and no newline at the end\n127.0.0.1 ssh-ed25519 BBBB\n',
  );
  expect(judgeHostKey(linesFor(files, to), namesOf(to), ed('AAAA'))).toEqual({ kind: 'known' });
});

test('a filed key is known by its line without reading the file again, and what others write is seen', () => {
  const file = join(folder(), 'known_hosts');
  writeFileSync(file, '# one\n# two\n');
  const files = createHostKeyFiles();
  const to = endpoint(22, { knownHostsFiles: [file] });
  rememberHostKey(files, to, ed('AAAA'));
  const where = () => linesFor(files, to).map((line) => `${line.where.replace(file, '')} ${line.key}`);
  expect(where()).toEqual([':3 AAAA']);
  appendFileSync(file, 'gpu09 ssh-ed25519 BBBB\n');
  rememberHostKey(files, to, ed('CCCC'));
  expect(where()).toEqual([':3 AAAA', ':4 BBBB', ':5 CCCC']);
});

test('where no file may keep keys, an accepted one is remembered for the run', () => {
  const files = createHostKeyFiles();
  const to = endpoint(22, { knownHostsFiles: ['/dev/null'] });
  rememberHostKey(files, to, ed('AAAA'));
  expect(judgeHostKey(linesFor(files, to), namesOf(to), ed('AAAA')).kind).toBe('known');
  expect(judgeHostKey(linesFor(files, to), namesOf(to), ed('BBBB')).kind).toBe('changed');
});
