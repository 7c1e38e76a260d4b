import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  listHostAliases,
  type ResolvedHost,
  readSshConfig,
  resolveHost,
  sshEnvironment,
} from '../../src/config/ssh-config.ts';

const fixtures = join(import.meta.dirname, '../../../shared/fixtures/ansible-ssh/ssh');
const hasSsh = existsSync('/usr/bin/ssh');
const environment = sshEnvironment(process.env);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'muster-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function configOf(text: string): ReturnType<typeof readSshConfig> {
  const path = join(folder(), 'config');
  writeFileSync(path, text);
  return readSshConfig(environment, path, '/dev/null');
}

/** The part of `ssh -G` that muster uses; undefined when ssh itself refuses the file. */
function oracle(file: string, host: string): Record<string, string | readonly string[]> | undefined {
  let text: string;
  try {
    text = execFileSync('ssh', ['-F', file, '-G', '--', host], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
  const lines = text
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
  const one = (keyword: string): string => lines.find(([key]) => key === keyword)?.[1] ?? '';
  return {
    hostname: one('hostname'),
    port: one('port'),
    user: one('user'),
    identityfile: lines.filter(([key]) => key === 'identityfile').map(([, value]) => value),
    proxyjump: one('proxyjump'),
    proxycommand: one('proxycommand'),
    hostkeyalias: one('hostkeyalias'),
    stricthostkeychecking: one('stricthostkeychecking').replace('true', 'yes').replace('false', 'no'),
    identitiesonly: one('identitiesonly'),
    serveraliveinterval: one('serveraliveinterval'),
  };
}

const DEFAULT_IDENTITIES = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa'].map(
  (type) => `~/.ssh/id_${type}`,
);

function ours({
  values,
  hostName,
  port,
  user,
  identityFiles,
}: ResolvedHost): Record<string, string | readonly string[]> {
  const one = (keyword: string, otherwise: string): string => values.get(keyword)?.words[0] ?? otherwise;
  const jump = one('proxyjump', '');
  const command = values.get('proxycommand')?.rest ?? '';
  return {
    hostname: hostName,
    port: String(port),
    user,
    identityfile: identityFiles.length === 0 ? DEFAULT_IDENTITIES : identityFiles,
    proxyjump: jump === 'none' ? '' : jump,
    proxycommand: command === 'none' || jump === 'none' ? '' : command,
    hostkeyalias: one('hostkeyalias', ''),
    stricthostkeychecking: one('stricthostkeychecking', 'ask').replace('off', 'no'),
    identitiesonly: one('identitiesonly', 'no'),
    serveraliveinterval: one('serveraliveinterval', '0'),
  };
}

/** Names worth asking a file for: its own, its patterns filled in, and strangers. */
function namesFor(file: string): readonly string[] {
  const words = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^\s*(host|match)\b/i.test(line))
    .flatMap((line) => line.split(/[\s,=!"]+/).slice(1));
  const filled = words
    .map((word) => word.replaceAll('*', 'abc').replaceAll('?', '1'))
    .filter((word) => /^[a-z0-9][a-z0-9.-]*$/i.test(word) && !/^\d+$/.test(word));
  return [...new Set([...filled, 'stranger', 'a.dialup.example.com', 'web.prod.example.com', '10.1.2.3'])];
}

function expectAsSsh(file: string): void {
  const config = readSshConfig(environment, file, '/dev/null');
  for (const name of namesFor(file)) {
    const resolved = resolveHost(config, environment, name);
    const canonical = resolved.values.get('canonicalizehostname')?.words[0] ?? 'no';
    const expected = oracle(file, name);
    if (expected === undefined || resolved.unresolved.length > 0 || canonical !== 'no') continue;
    expect({ name, ...ours(resolved) }).toEqual({ name, ...expected });
  }
}

describe.runIf(hasSsh && existsSync(fixtures))('real configurations are read as `ssh -G` reads them', () => {
  const files = existsSync(fixtures) ? readdirSync(fixtures).filter((name) => !/known_hosts|sshd/.test(name)) : [];
  for (const name of files) test(name, () => expectAsSsh(join(fixtures, name)));
});

describe.runIf(hasSsh)('tricky lines are read as `ssh -G` reads them', () => {
  const cases: Record<string, string> = {
    'the first value wins, also over a later and closer one': 'Host *\n Port 1\nHost gpu01\n Port 2\n',
    'a negated pattern takes a host out': 'Host gpu* !gpu02\n User a\nHost *\n User b\nMatch host gpu02\n Port 9\n',
    'equal signs, tabs and quotes':
      'Host=gpu01\nUser = "some one"\n\tPort=22\nIdentityFile "~/.ssh/my key"\nHostName\t10.0.0.1\n',
    'comments at the end of lines': 'Host gpu01 # the first\n User a # not b\n Port 23\n',
    'HostName with tokens': 'Host gpu01\n HostName %h.cluster.example\nMatch host *.cluster.example\n User viamatch\n',
    'Match with several criteria, negated ones too':
      'Match host gpu* user root\n Port 5\nMatch originalhost gpu01 !localuser nobody\n User x\nMatch user x\n Port 7\n',
    'Match final sees what the first reading found':
      'Match final host *.example\n Port 44\nHost gpu01\n HostName gpu01.example\n IdentityFile a\nHost *\n IdentityFile b\n',
    'Match final all': 'Host gpu01\n User a\nMatch final all\n User b\n Port 8\n',
    'ProxyJump before ProxyCommand silences it': 'Host gpu01\n ProxyJump bastion\nHost *\n ProxyCommand nc %h %p\n',
    'ProxyCommand before ProxyJump silences it': 'Host gpu01\n ProxyCommand nc %h %p\nHost *\n ProxyJump bastion\n',
    'ProxyJump none stops a later jump': 'Host gpu01\n ProxyJump none\nHost *\n ProxyJump bastion\n',
    'upper case names': 'Host GPU01\n User upper\nHost gpu01\n User lower\nMatch host GPU01\n Port 3\n',
    'two names on a line, twice the same':
      'Host gpu01 gpu02 gpu01\n User both\n IdentityFile one\n IdentityFile one\n IdentityFile two\n',
    'StrictHostKeyChecking in all its spellings':
      'Host gpu01\n StrictHostKeyChecking accept-new\nHost gpu02\n StrictHostKeyChecking off\nHost *\n StrictHostKeyChecking yes\n',
  };
  for (const [title, text] of Object.entries(cases)) {
    test(title, () => {
      const file = join(folder(), 'config');
      writeFileSync(file, `${text}# Host gpu01 gpu02 GPU01\n`);
      expectAsSsh(file);
    });
  }

  test('included files, by glob, inside a block and nested', () => {
    const home = folder();
    mkdirSync(join(home, 'conf.d'));
    writeFileSync(join(home, 'conf.d/10-a'), 'Port 1010\nHost gpu*\n User fromglob\n');
    writeFileSync(join(home, 'conf.d/20-b'), `Include ${home}/deep\nHost other\n User other\n`);
    writeFileSync(join(home, 'conf.d/.hidden'), 'Host *\n User hidden\n');
    writeFileSync(join(home, 'deep'), 'Host gpu02\n HostName deep.example\n');
    writeFileSync(
      join(home, 'config'),
      `Host gpu01 gpu02\n Include ${home}/conf.d/*\n IdentityFile inside\nHost stranger\n Port 7\nHost other\n Include ${home}/missing ${home}/deep\n User late\n`,
    );
    expectAsSsh(join(home, 'config'));
  });
});

test('Match exec is never run, and hosts it may concern say so', () => {
  const marker = join(folder(), 'ran');
  const config = configOf(`Match host gpu* exec "touch ${marker}"\n User dynamic\nHost *\n User static\n`);
  expect(resolveHost(config, environment, 'gpu01').unresolved).toEqual([
    expect.stringContaining('Match host gpu* exec'),
  ]);
  expect(resolveHost(config, environment, 'nfs-a').unresolved).toEqual([]);
  expect(existsSync(marker)).toBe(false);
});

test('tokens, the home folder and variables are expanded in paths', () => {
  const config = configOf('Host gpu01\n HostName 10.0.0.7\n Port 2200\n User ada\n');
  const local = {
    home: '/home/eve',
    localUser: 'eve',
    localHostName: 'console.example.org',
    userId: 1000,
    variables: { KEYS: '/keys' },
  };
  const { expand } = resolveHost(config, local, 'gpu01');
  expect(expand('~/.ssh/%h-%n-%p-%r-%u-%i-%%-%L-%l')).toBe(
    '/home/eve/.ssh/10.0.0.7-gpu01-2200-ada-eve-1000-%-console-console.example.org',
  );
  expect(expand(`%d/\${KEYS}/\${NONE}/%k/%Z`)).toBe(`/home/eve//keys/\${NONE}/gpu01/%Z`);
  expect(expand('%C')).toMatch(/^[0-9a-f]{40}$/);
});

test('files that include themselves end', () => {
  const path = join(folder(), 'config');
  writeFileSync(path, `Include ${path}\nInclude ${path}\nHost gpu01\n User ada\n`);
  expect(resolveHost(readSshConfig(environment, path, '/dev/null'), environment, 'gpu01').user).toBe('ada');
});

test('what a person means as a host of their own is listed for import, wildcards are not', () => {
  const home = folder();
  writeFileSync(join(home, 'more'), 'Host gpu03\n User x\n');
  writeFileSync(
    join(home, 'config'),
    `Include ${home}/more\nHost gpu01 gpu02 gpu*\nHost *\nHost bastion !x\nMatch host gpu09\n`,
  );
  expect(listHostAliases(readSshConfig(environment, join(home, 'config'), '/dev/null'))).toEqual([
    'gpu03',
    'gpu01',
    'gpu02',
    'bastion',
  ]);
});

test('a thousand hosts do not read each other’s blocks', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `gpu${index}`);
  const config = configOf(
    `${names.map((name, index) => `Host ${name}\n HostName 10.0.${index >> 8}.${index & 255}\n`).join('')}Host *\n User ada\n`,
  );
  const [top] = config.sections;
  expect(top?.general).toHaveLength(1);
  expect(names.map((name) => resolveHost(config, environment, name).hostName)).toEqual(
    names.map((_, index) => `10.0.${index >> 8}.${index & 255}`),
  );
});
