import { expect, test } from 'vitest';
import { foldNodes } from '../../src/model/node-set.ts';
import { node, read } from './ansible-site.ts';

test('an INI inventory gives nodes with their connection, and groups with all that is nested in them', async () => {
  const { nodes, groups, notices } = await read({
    '/site/hosts': `# the fleet
jump ansible_host=10.0.0.1 ; no comment here
gpu[01:02] ansible_host="10.0.0.9" ansible_port=2222 ansible_ssh_private_key_file='~/.ssh/id rsa' # both
[storage]
nfs-[a:b]:2200
[all_of:children]
storage
compute
[compute]
gpu[01:02]
[compute:vars]
ansible_user = admin
ansible_ssh_common_args='-o ProxyCommand="ssh -W %h:%p -q -p 2022 ubuntu@10.0.0.1" -o StrictHostKeyChecking=no'
has_gpu=true
gpu_count="8"
`.replace(' ; no comment here', ''),
  });
  const gpu = {
    address: '10.0.0.9',
    port: 2222,
    user: 'admin',
    jump: ['ubuntu@10.0.0.1:2022'],
    identityFiles: ['~/.ssh/id rsa'],
    groups: ['all_of', 'compute'],
    gpus: { count: 8 },
  };
  expect({ nodes, groups, notices }).toEqual({
    nodes: [
      node('jump', { address: '10.0.0.1' }),
      node('gpu01', gpu),
      node('gpu02', gpu),
      node('nfs-a', { port: 2200, groups: ['storage', 'all_of'] }),
      node('nfs-b', { port: 2200, groups: ['storage', 'all_of'] }),
    ],
    groups: { storage: ['nfs-a', 'nfs-b'], all_of: ['gpu01', 'gpu02', 'nfs-a', 'nfs-b'], compute: ['gpu01', 'gpu02'] },
    notices: [
      {
        file: '/site/hosts',
        text: 'gpu[01-02]: StrictHostKeyChecking=no is not taken over: muster always checks host keys, new ones on one review screen',
      },
      {
        file: '/site/hosts',
        text: 'nfs-a,nfs-b: no address is given; reached by name, as DNS or ~/.ssh/config know it',
      },
    ],
  });
});

test('variables come from where Ansible takes them: all, outer group, inner group, group_vars, host, host_vars', async () => {
  const { nodes } = await read({
    '/site/hosts': `[outer:children]
inner
[inner]
a
b ansible_user=host
c ansible_user=host
d
[other]
d
[all:vars]
ansible_user=all
ansible_port=1
[outer:vars]
ansible_user=outer
[inner:vars]
ansible_port=2
[other:vars]
ansible_user=other
`,
    '/site/group_vars/all.yml': 'ansible_port: 3\n',
    '/site/group_vars/outer/ports.yaml': 'ansible_port: 4\n',
    '/site/group_vars/inner': 'gpu_count: 1\n',
    '/site/host_vars/c/main.yml': 'ansible_user: file\n',
    '/site/host_vars/nobody.yml': 'this: [is never read',
  });
  expect(nodes.map(({ name, user, port, gpus }) => [name, user, port, gpus?.count])).toEqual([
    ['a', 'outer', 4, 1],
    ['b', 'host', 4, 1],
    ['c', 'file', 4, 1],
    // Of groups of one depth the later name wins.
    ['d', 'outer', 4, 1],
  ]);
});

test('a host in a group three levels deep, with nothing behind its name, is a node of all three groups', async () => {
  const { nodes, groups, notices } = await read({
    '/site/hosts':
      'localhost:\nall:\n  children:\n    a:\n      children:\n        b:\n          hosts:\n            deep.example.org:\n          children:\n            c: { hosts: { "n[1:2].example.org": } }\n      extra: 1\n',
  });
  expect({ names: foldNodes(nodes.map(({ name }) => name)), groups, notices }).toEqual({
    names: 'deep.example.org,n[1-2].example.org',
    groups: {
      a: ['deep.example.org', 'n1.example.org', 'n2.example.org'],
      b: ['deep.example.org', 'n1.example.org', 'n2.example.org'],
      c: ['n1.example.org', 'n2.example.org'],
    },
    notices: [
      {
        file: '/site/hosts',
        line: 1,
        text: '"localhost" at the top is taken for an empty group, as Ansible does; a host belongs under "hosts"',
      },
      {
        file: '/site/hosts',
        line: 11,
        text: '"extra" in the group "a" is skipped: a group has hosts, children and vars',
      },
    ],
  });
});

test('a host with variables beside "all" is a host, and said to be out of place', async () => {
  const { nodes, notices } = await read({
    '/site/hosts': 'all:\n  hosts: { a.b: }\nstray:\n  ansible_host: 10.0.0.7\n',
  });
  expect({ nodes, notices }).toEqual({
    nodes: [node('a.b'), node('stray', { address: '10.0.0.7' })],
    notices: [
      {
        file: '/site/hosts',
        line: 3,
        text: '"stray" at the top is taken for a host; Ansible would skip it: a host belongs under "hosts"',
      },
    ],
  });
});

test('what `ansible-inventory --list` printed is read from a file', async () => {
  const { nodes, groups } = await read(
    {
      '/site/list.json':
        '{"_meta": {"hostvars": {"a.x": {"ansible_host": "10.0.0.1"}}}, "all": {"children": ["g", "ungrouped"]}, "g": {"hosts": ["a.x", "b.x"], "vars": {"ansible_user": "u"}}, "old": ["b.x"]}',
    },
    '/site/list.json',
  );
  expect({ nodes, groups }).toEqual({
    nodes: [
      node('a.x', { address: '10.0.0.1', user: 'u', groups: ['g'] }),
      node('b.x', { user: 'u', groups: ['g', 'old'] }),
    ],
    groups: { g: ['a.x', 'b.x'], old: ['b.x'] },
  });
});

test('a folder of inventories is one, with the variables beside the playbooks above it', async () => {
  const inventory = await read(
    {
      '/site/ansible.cfg': '[defaults]\ninventory = ./inventory\n',
      '/site/group_vars/all/main.yml': 'ansible_user: above\n',
      '/site/inventory/group_vars/all.yml': 'ansible_user: beside\nansible_port: 7\n',
      '/site/inventory/hosts': '[a]\nn1.x\n',
      '/site/inventory/more.yml': 'b: { hosts: { n1.x: , n2.x: } }\n',
      '/site/inventory/hosts~': '[broken',
      '/site/inventory/script': { text: '#!/bin/sh\n', run: { kind: 'failed', because: 'never run' } },
    },
    '/site/inventory',
  );
  expect({ name: inventory.name, nodes: inventory.nodes, notices: inventory.notices }).toEqual({
    name: 'site',
    nodes: [
      node('n1.x', { user: 'above', port: 7, groups: ['a', 'b'] }),
      node('n2.x', { user: 'above', port: 7, groups: ['b'] }),
    ],
    notices: [
      { file: '/site/inventory/script', text: 'skipped: an executable inventory runs only when it is named itself' },
    ],
  });
});

test('a local connection, another kind of connection, and a name no node can have', async () => {
  const { nodes, notices } = await read({
    '/site/hosts': 'localhost\nl ansible_connection=local\nw.x ansible_connection=winrm ansible_port=x\n-bad-\n',
  });
  expect({ nodes, notices }).toEqual({
    nodes: [node('localhost', { via: 'local' }), node('l', { via: 'local' }), node('w.x')],
    notices: [
      {
        file: '/site/hosts',
        text: '"-bad-": left out: a node name has 1-253 letters, digits, ".", "_" or "-" and starts and ends with none of ".-"',
      },
      { file: '/site/hosts', text: 'w.x: ansible_connection "winrm" is not SSH; muster will try SSH' },
      { file: '/site/hosts', text: 'w.x: ansible_port "x" is no port and left out' },
    ],
  });
});
