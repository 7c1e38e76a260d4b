import { expect, test } from 'vitest';
import { read } from './ansible-site.ts';

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
