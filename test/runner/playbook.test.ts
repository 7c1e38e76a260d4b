// What muster reads of Ansible before it plans, and what it gives Ansible: with output recorded from ansible-core 2.14.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { nodeName } from '../../src/model/ids.ts';
import { emptyInventory } from '../../src/model/inventory.ts';
import { environmentFile } from '../../src/runner/playbook-environment.ts';
import { ansibleHosts } from '../../src/runner/playbook-hosts.ts';
import { ansibleError, parseListing } from '../../src/runner/playbook-listing.ts';
import { memoryIo } from '../config/memory-io.ts';

const recorded = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../fixtures/playbook/${name}`, import.meta.url)), 'utf8');

const gpu01: Endpoint = {
  node: nodeName('gpu01'),
  via: 'ssh',
  address: '10.0.0.1',
  port: 2222,
  user: 'ops',
  sshName: '10.0.0.1',
  jumps: [],
  identityFiles: ['/home/ops/.ssh/key'],
  identitiesOnly: false,
  password: 'never',
  knownHostsFiles: ['/home/ops/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'],
  hostKeyName: '10.0.0.1',
  pinnedHostKeys: [],
  hostKeyPolicy: 'ask',
  connectTimeoutMs: 1,
  keepaliveMs: 1,
  keepaliveCount: 1,
};

test('plays, hosts and tasks are read from the list', () => {
  const [play, ...others] = parseListing(recorded('list.txt'));
  expect(others).toEqual([]);
  expect(play?.title).toBe('Web');
  expect(play?.hosts.toSorted()).toEqual(['n1', 'n2', 'n3']);
  expect(play?.tasks.slice(0, 3)).toEqual(['Say hello', 'Not here', 'Hidden']);
});

test('a mistake is told in one sentence of Ansible, with its place', () => {
  expect(ansibleError(recorded('mistake.txt'))).toBe(
    "couldn't resolve module/action 'nosuchmodule'. This often indicates a misspelling, missing collection, or incorrect module path (/srv/bad.yml, line 3)",
  );
  expect(ansibleError('')).toBe('');
});

test('a node is given to Ansible as muster reaches it, with words that ssh, sftp and scp all understand', () => {
  const inventory = { ...emptyInventory('lab'), groups: { gpu: [gpu01.node] } };
  const sshArguments = ['-l', 'ops', '-J', 'jump:22', '-oUserKnownHostsFile="/a" "/b"'];
  const hosts = (endpoint: Endpoint) => JSON.parse(ansibleHosts({ inventory, endpoints: [endpoint] })).all;
  const files = `'-oUserKnownHostsFile="/home/ops/.ssh/known_hosts" "/etc/ssh/ssh_known_hosts"'`;
  expect(hosts(gpu01)).toEqual({
    hosts: {
      gpu01: {
        ansible_host: '10.0.0.1',
        ansible_port: 2222,
        ansible_user: 'ops',
        ansible_ssh_common_args: `-oStrictHostKeyChecking=yes '-oIdentityFile=/home/ops/.ssh/key' ${files}`,
      },
    },
    children: { gpu: { hosts: { gpu01: {} } } },
  });
  expect(hosts({ ...gpu01, sshName: 'gpu', sshArguments }).hosts.gpu01).toEqual({
    ansible_host: 'gpu',
    ansible_ssh_common_args: `-oStrictHostKeyChecking=yes '-oUser=ops' '-oProxyJump=jump:22' '-oUserKnownHostsFile="/a" "/b"' ${files}`,
  });
  expect(hosts({ ...gpu01, via: 'local' }).hosts.gpu01).toEqual({ ansible_connection: 'local' });
});

test('its environment has what Ansible needs, the callbacks of the user, and no secret', () => {
  const env = { PATH: '/bin', HOME: '/home/ops', ANSIBLE_VAULT_PASSWORD: 'sesame', MY_TOKEN: 'x', LANG: 'C' };
  const io = memoryIo({ '/srv/ansible.cfg': '[defaults]\ncallback_plugins = plugins:~/mine\n' });
  const parts = { env, io, folder: '/srv', place: '/state/ansible', rawLog: '/state/raw', isOurs: true };
  const lines = environmentFile(parts).split('\n');
  expect(lines).toContain('cd /srv || exit 1');
  expect(lines).toContain("export ANSIBLE_CALLBACK_PLUGINS='/state/ansible:/srv/plugins:~/mine'");
  expect(lines).toContain('export LC_ALL=C.UTF-8');
  expect(lines.join('\n')).not.toMatch(/sesame|TOKEN/);
});
