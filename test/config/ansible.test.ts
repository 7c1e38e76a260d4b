import { expect, test } from 'vitest';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { foldNodes } from '../../src/model/node-set.ts';
import { type MemoryFile, memoryIo } from './memory-io.ts';

async function read(files: { readonly [path: string]: MemoryFile }, path = '/site/hosts'): Promise<Inventory> {
  const result = await readInventory(path, memoryIo(files));
  if (result.kind === 'invalid') throw new Error(formatProblems(result.errors));
  return result.inventory;
}

const node = (name: string, more: Partial<Inventory['nodes'][number]> = {}) => ({
  name,
  via: 'ssh',
  transport: 'auto',
  labels: {},
  groups: [],
  ...more,
});

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

test('templates that name variables, hosts and groups are resolved; any other is told and left out', async () => {
  const { nodes, mounts, notices } = await read({
    '/site/hosts': `[servers]
s1 ipv4_address=10.0.0.1 shares={{base}}/x
s2 ansible_host="{{ ip['v4'][0] }}"
[clients]
c1 ansible_host={{prefix}}.11 prefix=10.0.1
c2 ansible_host="{{ lookup('env', 'HOME') }}"
c3 ansible_host={{loop}} loop={{loop}}
c4 ansible_host="{{ missing | default('10.9.9.9') }}"
`,
    '/site/host_vars/s2.yml': 'ip: { v4: [10.0.0.2] }\nbase: /b\n',
    '/site/group_vars/clients.yml': `base: /data
nfs:
  mounts:
    one: { share: "{{ hostvars[groups['servers'] | first].ipv4_address }}:/x", mount: "{{ base }}/one", options: {} }
    two: { share: "{{ hostvars['s1'].ipv4_address }}:/y", mount: /two, type: nfs4, options: [soft, timeo=30] }
    bad: { share: "{{ groups['servers'] | random }}:/z", mount: /three }
`,
  });
  expect(nodes.map(({ name, address }) => [name, address])).toEqual([
    ['s1', '10.0.0.1'],
    ['s2', '10.0.0.2'],
    ['c1', '10.0.1.11'],
    ['c2', undefined],
    ['c3', undefined],
    ['c4', undefined],
  ]);
  const nodesOf = ['c1', 'c2', 'c3', 'c4'];
  expect(mounts).toEqual([
    {
      source: '10.0.0.1:/x',
      fsType: 'nfs',
      target: '/data/one',
      options: [],
      how: 'automount',
      absent: false,
      nodes: nodesOf,
    },
    {
      source: '10.0.0.1:/y',
      fsType: 'nfs4',
      target: '/two',
      options: ['soft', 'timeo=30'],
      how: 'automount',
      absent: false,
      nodes: nodesOf,
    },
  ]);
  expect(notices.map(({ text }) => text)).toEqual([
    "c2: ansible_host is not understood and left out: lookup('env', 'HOME')",
    'c[2-4]: no address is given; reached by name, as DNS or ~/.ssh/config know it',
    'c3: ansible_host is not understood and left out: loop',
    "c4: ansible_host is not understood and left out: missing | default('10.9.9.9')",
    "c[1-4]: nfs.mounts.bad is not understood and left out: groups['servers'] | random",
  ]);
});

test('secrets are seen to be there, never read; keys are only named', async () => {
  const inventory = await read({
    '/site/hosts': 'n1.x ansible_password=hunter2 ansible_become_pass=hunter3\nn2.x\n',
    '/site/host_vars/n2.x.yml': 'ansible_ssh_pass: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n',
    '/site/group_vars/all/vault': '$ANSIBLE_VAULT;1.1;AES256\n3132\n',
  });
  expect(JSON.stringify(inventory)).not.toMatch(/hunter|3132/);
  expect(inventory.nodes.map(({ name, password }) => [name, password])).toEqual([
    ['n1.x', 'ask'],
    ['n2.x', 'ask'],
  ]);
  expect(inventory.notices).toEqual([
    { file: '/site/group_vars/all/vault', text: 'skipped: encrypted with ansible-vault, which muster never opens' },
    { file: '/site/host_vars/n2.x.yml', line: 1, text: 'vaulted values are skipped: ansible_ssh_pass' },
    {
      file: '/site/hosts',
      text: 'n[1-2].x: its password in the inventory is not read; muster asks for it on the screen (password: ask), better are keys',
    },
    {
      file: '/site/hosts',
      text: 'n1.x: its sudo password or key passphrase in the inventory is not read; muster uses sudo without a password, and asks for a passphrase once',
    },
  ]);
});

test('lists and maps that an INI inventory carries as JSON in a text are decoded', async () => {
  const { mounts } = await read({
    '/site/hosts': `[hpc]
controller ansible_host=10.0.0.1
compute1 ansible_host=10.0.0.2
[hpc:vars]
virtio_fs_mounts='[{"tag": "data", "host_path": "/srv", "mount_point": "/mnt/data", "options": "rw,relatime", "readonly": true}, {"tag": "logs", "mount_point": "/mnt/logs"}]'
beegfs_config={"management_node": "controller", "client_config": {"mount_point": "/mnt/beegfs"}}
`,
  });
  const nodes = ['controller', 'compute1'];
  expect(mounts).toEqual([
    {
      source: 'data',
      fsType: 'virtiofs',
      target: '/mnt/data',
      options: ['ro', 'relatime'],
      how: 'fstab',
      absent: false,
      nodes,
    },
    {
      source: 'logs',
      fsType: 'virtiofs',
      target: '/mnt/logs',
      options: ['rw', 'relatime'],
      how: 'fstab',
      absent: false,
      nodes,
    },
    {
      source: 'beegfs_nodev',
      fsType: 'beegfs',
      target: '/mnt/beegfs',
      options: [],
      how: 'fstab',
      absent: false,
      nodes,
    },
  ]);
});

test("DeepOps' exports stand on its server only, its mounts on its clients, not on the server itself", async () => {
  const { exports, mounts } = await read({
    '/site/hosts':
      '[slurm-master]\nm1 ansible_host=10.0.0.1\nm2 ansible_host=10.0.0.2\n[slurm-node]\nn[1:2]\n[slurm-cluster:children]\nslurm-master\nslurm-node\n',
    '/site/group_vars/slurm-cluster.yml': `nfs_exports:
  - { path: /home, options: "*(rw,sync,no_root_squash)" }
nfs_mounts:
  - { mountpoint: /home, server: '{{ groups["slurm-master"][0] }}', path: /home, options: "async,vers=3" }
nfs_server_group: "slurm-master[0]"
nfs_client_group: "slurm-master[1:],slurm-node"
`,
  });
  expect({ exports, mounts }).toEqual({
    exports: [{ node: 'm1', path: '/home', clients: [{ client: '*', options: ['rw', 'sync', 'no_root_squash'] }] }],
    mounts: [
      {
        source: 'm1:/home',
        fsType: 'nfs',
        target: '/home',
        options: ['async', 'vers=3'],
        how: 'fstab',
        absent: false,
        nodes: ['m2', 'n1', 'n2'],
      },
    ],
  });
});

test('exports are read as exports(5) writes them', async () => {
  const { exports } = await read({
    '/site/hosts':
      "all: { hosts: { a.b: { nfs_exports: ['\"/srv/my data\" 10.0.0.0/8(rw) *.example.org(ro,sync)', '/x -rw,sync h1 h2(ro) # both', '/oops host (rw)', 'no path'] } } }",
  });
  expect(exports).toEqual([
    {
      node: 'a.b',
      path: '/srv/my data',
      clients: [
        { client: '10.0.0.0/8', options: ['rw'] },
        { client: '*.example.org', options: ['ro', 'sync'] },
      ],
    },
    {
      node: 'a.b',
      path: '/x',
      clients: [
        { client: 'h1', options: ['rw', 'sync'] },
        { client: 'h2', options: ['rw', 'sync', 'ro'] },
      ],
    },
    // A blank before the bracket gives the options to the world, as the kernel takes it.
    {
      node: 'a.b',
      path: '/oops',
      clients: [
        { client: 'host', options: [] },
        { client: '*', options: ['rw'] },
      ],
    },
  ]);
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
