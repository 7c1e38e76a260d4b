import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type EndpointContext, resolveEndpoint } from '../../src/config/endpoint.ts';
import { readSshConfig } from '../../src/config/ssh-config.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import type { InventoryNode } from '../../src/model/inventory.ts';

/** A home folder with these files, and what one node resolves to in it. */
function resolve(
  files: Record<string, string>,
  node: Partial<InventoryNode> = {},
  context: Partial<EndpointContext> = {},
) {
  const home = mkdtempSync(join(tmpdir(), 'muster-test-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text.replaceAll('HOME', home));
  }
  const notices: string[] = [];
  const environment: EndpointContext = {
    home,
    localUser: 'eve',
    localHostName: 'console',
    userId: 4_000_000,
    variables: {},
    notice: (text) => notices.push(text),
    ...context,
  };
  const config = readSshConfig(environment, join(home, '.ssh/config'), '/dev/null');
  const full: InventoryNode = {
    name: nodeName('gpu01'),
    via: 'ssh',
    transport: 'auto',
    labels: {},
    groups: [],
    ...node,
  };
  return { endpoint: resolveEndpoint(full, config, environment), notices, home };
}

const chain = ({ jumps }: Endpoint): readonly string[] =>
  jumps.map(({ user, address, port }) => `${user}@${address}:${port}`);

test('without any configuration the defaults of ssh and of muster hold', () => {
  const { endpoint, notices, home } = resolve({}, {}, { variables: { SSH_AUTH_SOCK: '/run/agent' } });
  expect(endpoint).toEqual({
    node: 'gpu01',
    via: 'ssh',
    address: 'gpu01',
    port: 22,
    user: 'eve',
    sshName: 'gpu01',
    sshArguments: [],
    jumps: [],
    identityFiles: [`${home}/.ssh/id_ed25519`, `${home}/.ssh/id_ecdsa`, `${home}/.ssh/id_rsa`],
    identitiesOnly: false,
    agentSocket: '/run/agent',
    password: 'never',
    knownHostsFiles: [
      `${home}/.ssh/known_hosts`,
      `${home}/.ssh/known_hosts2`,
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ],
    hostKeyName: 'gpu01',
    pinnedHostKeys: [],
    hostKeyPolicy: 'ask',
    connectTimeoutMs: 10_000,
    keepaliveMs: 15_000,
    keepaliveCount: 3,
  });
  expect(notices).toEqual([]);
});

test('the inventory beats ssh_config, which beats the defaults', () => {
  const config =
    'Host 10.0.0.7\n HostName 10.9.9.9\n User conf\n Port 2200\n IdentityFile ~/.ssh/conf_key\n IdentitiesOnly yes\n IdentityAgent none\n ConnectTimeout 1m\n ServerAliveInterval 5\n ServerAliveCountMax 2\n HostKeyAlias pool\n UserKnownHostsFile ~/kh1 ~/kh2\n GlobalKnownHostsFile none\n StrictHostKeyChecking accept-new\n';
  const { endpoint, home } = resolve(
    { '.ssh/config': config },
    { address: '10.0.0.7', user: 'inv', identityFiles: ['/keys/inv'] },
    { variables: { SSH_AUTH_SOCK: '/run/agent' } },
  );
  expect(endpoint).toMatchObject({
    address: '10.9.9.9',
    port: 2200,
    user: 'inv',
    sshName: '10.0.0.7',
    identityFiles: ['/keys/inv', `${home}/.ssh/conf_key`],
    identitiesOnly: true,
    knownHostsFiles: [`${home}/kh1`, `${home}/kh2`],
    hostKeyName: 'pool',
    hostKeyPolicy: 'accept-new',
    connectTimeoutMs: 60_000,
    keepaliveMs: 5_000,
    keepaliveCount: 2,
  });
  expect(endpoint.agentSocket).toBeUndefined();
});

test('jump hosts resolve through ssh_config and the inventory, with the jumps they need themselves', () => {
  const config =
    'Host gpu01\n ProxyJump ops@bastion:2022,inner\nHost bastion\n HostName 192.0.2.1\n ProxyJump gate\nHost gate\n User door\nHost inner\n ProxyJump never-used\n User in\n';
  expect(chain(resolve({ '.ssh/config': config }).endpoint)).toEqual([
    'door@gate:22',
    'ops@192.0.2.1:2022',
    'in@inner:22',
  ]);

  const bastion: InventoryNode = {
    name: nodeName('login'),
    via: 'ssh',
    transport: 'auto',
    labels: {},
    groups: [],
    address: '198.51.100.4',
    user: 'admin',
    port: 222,
  };
  const known = (name: string) => (name === 'login' ? bastion : undefined);
  expect(chain(resolve({ '.ssh/config': config }, { jump: ['login'] }, { node: known }).endpoint)).toEqual([
    'admin@198.51.100.4:222',
  ]);
  expect(chain(resolve({ '.ssh/config': config }, { jump: [] }).endpoint)).toEqual([]);
});

test('jump hosts in a circle and words that are no jump host are told, not followed', () => {
  const circle = resolve({
    '.ssh/config': 'Host gpu01\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a\n',
  }).endpoint;
  expect([circle.via, circle.because]).toEqual(['none', 'the jump hosts go in a circle: gpu01 -> a -> b -> a']);
  const forwarded = resolve({}, { address: '10.0.0.1', port: 2201, jump: ['10.0.0.1'] }).endpoint;
  expect([forwarded.via, forwarded.jumps.map(({ port }) => port)]).toEqual(['ssh', [22]]);
  expect(circle.isMistake).toBe(true);
  const odd = resolve({}, { jump: ['-oProxyCommand=x'] }).endpoint;
  expect([odd.via, odd.because]).toEqual(['none', '"-oProxyCommand=x" is not a jump host; write [user@]host[:port]']);
});

test.each([
  ['ProxyCommand', 'ProxyCommand nc %h %p', {}, /^it has a ProxyCommand \(.*config:2\)$/],
  ['Match exec', 'Port 22\nMatch exec "true"\n User x', {}, /^only ssh itself can tell whether "Match exec true/],
  ['CanonicalizeHostname', 'CanonicalizeHostname yes', {}, /^it has CanonicalizeHostname/],
  ['PKCS11Provider', 'PKCS11Provider /usr/lib/x.so', {}, /^its key is on a PKCS#11 token/],
  ['SecurityKeyProvider', 'SecurityKeyProvider /usr/lib/sk.so', {}, /^its key is on a security key/],
  [
    'a security key file',
    'IdentityFile ~/sk',
    { sk: '', 'sk.pub': 'sk-ssh-ed25519@openssh.com AAAA' },
    /^its key is on a security key \(.*\/sk\)$/,
  ],
  [
    'CertificateFile',
    'CertificateFile ~/c-cert.pub',
    { 'c-cert.pub': '' },
    /^it logs in by certificate \(.*c-cert\.pub\)$/,
  ],
  [
    'a certificate beside the key',
    'IdentityFile ~/k',
    { k: '', 'k-cert.pub': '' },
    /^it logs in by certificate \(.*k-cert\.pub\)$/,
  ],
])('%s makes muster take the system ssh, and say why', (_, line, files, because) => {
  const config = { '.ssh/config': `Host gpu01\n ${line}\n`, ...files };
  const { endpoint } = resolve(config, { user: 'ada' });
  expect(endpoint).toMatchObject({
    via: 'openssh',
    because: expect.stringMatching(because),
    sshName: 'gpu01',
    sshArguments: ['-l', 'ada'],
  });
  expect(resolve(config, { transport: 'ssh2' }).endpoint.via).toBe('ssh');
});

test('GSSAPIAuthentication counts only for who holds a ticket, because distributions switch it on for all', () => {
  const config = { '.ssh/config': 'GSSAPIAuthentication yes\n', ticket: '' };
  expect(resolve(config).endpoint.via).toBe('ssh');
  const { home } = resolve(config);
  expect(existsSync(join(home, 'ticket'))).toBe(true);
  expect(resolve(config, {}, { variables: { KRB5CCNAME: `FILE:${home}/ticket` } }).endpoint).toMatchObject({
    via: 'openssh',
    because: expect.stringContaining('Kerberos'),
  });
});

test('a jump host that needs the system ssh takes the node with it', () => {
  const { endpoint } = resolve({ '.ssh/config': 'Host gpu01\n ProxyJump b\nHost b\n ProxyCommand nc %h %p\n' });
  expect([endpoint.via, endpoint.because]).toEqual([
    'openssh',
    expect.stringMatching(/^jump host b: it has a ProxyCommand/),
  ]);
});

test('transport: openssh of the inventory is followed, with what the inventory says over ssh_config', () => {
  const node = { transport: 'openssh', user: 'ada', port: 2222, jump: ['b1', 'b2'], identityFiles: ['/k'] } as const;
  expect(resolve({}, node).endpoint).toMatchObject({
    via: 'openssh',
    because: 'the inventory says transport: openssh',
    sshArguments: ['-l', 'ada', '-p', '2222', '-J', 'b1,b2', '-i', '/k'],
  });
});

test('a jump host that is a node of the inventory is told to the system ssh by its address', () => {
  const bastion: InventoryNode = {
    ...{ name: nodeName('login'), via: 'ssh', transport: 'auto', labels: {}, groups: [] },
    ...{ address: '198.51.100.4', user: 'admin', port: 222 },
  };
  const { endpoint } = resolve(
    {},
    { transport: 'openssh', jump: ['login', 'b2'] },
    { node: (name) => (name === 'login' ? bastion : undefined) },
  );
  expect(endpoint.sshArguments).toEqual(['-J', 'admin@198.51.100.4:222,b2']);
});

test('the system ssh is pointed to the same files where HOME is not the home of the user, as under sudo', () => {
  const files = { '.ssh/config': 'Host gpu01\n User ada\n' };
  const context = { userHome: '/root', variables: { HOME: '/home/ada' } };
  const { endpoint, home } = resolve(files, { transport: 'openssh' }, context);
  expect(endpoint.sshArguments).toEqual([
    '-F',
    `${home}/.ssh/config`,
    expect.stringContaining(`-oUserKnownHostsFile="${home}/.ssh/known_hosts"`),
  ]);
});

test('host key checking cannot be switched off: a first key is taken, and a notice says so', () => {
  const { endpoint, notices } = resolve({
    '.ssh/config': 'Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n',
  });
  expect([endpoint.hostKeyPolicy, endpoint.knownHostsFiles[0]]).toEqual(['accept-new', '/dev/null']);
  expect(notices).toEqual([
    expect.stringMatching(/config:3 keeps no known_hosts: .* remembered until muster ends/),
    expect.stringMatching(/config:2 says StrictHostKeyChecking no: muster takes new keys there/),
  ]);
});

test('this machine and nodes behind Kubernetes need no ssh', () => {
  expect(resolve({}, { via: 'local' }).endpoint.via).toBe('local');
  expect(resolve({}, { via: 'kubernetes' }).endpoint).toMatchObject({
    via: 'none',
    because: expect.stringContaining('Kubernetes'),
  });
});

test('the system ssh may stand in with what the inventory says, unless it insists on ssh2', () => {
  const written = { user: 'ada', port: 2222, jump: ['b1'] };
  expect(resolve({}, written).endpoint).toMatchObject({
    via: 'ssh',
    sshArguments: ['-l', 'ada', '-p', '2222', '-J', 'b1'],
  });
  expect(resolve({}, { ...written, transport: 'ssh2' }).endpoint.sshArguments).toBe(undefined);
});

test('an identity that is a certificate itself needs the system ssh', () => {
  const files = {
    '.ssh/config': 'Host gpu01\n IdentityFile HOME/.ssh/work-cert.pub\n',
    '.ssh/work-cert.pub': 'ssh-ed25519-cert-v01@openssh.com AAAA ada@desk\n',
  };
  const { endpoint, home } = resolve(files, {});
  expect([endpoint.via, endpoint.because]).toEqual([
    'openssh',
    `it logs in by certificate (${home}/.ssh/work-cert.pub)`,
  ]);
});
