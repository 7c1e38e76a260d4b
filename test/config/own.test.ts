import { expect, test } from 'vitest';
import { formatProblems } from '../../src/config/problem.ts';
import { readInventory } from '../../src/config/read.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { memoryIo } from './memory-io.ts';

async function inventory(text: string, more: { readonly [path: string]: string } = {}): Promise<Inventory> {
  const path = Object.keys(more).length === 0 ? '/site/fleet.yaml' : '/site';
  const read = await readInventory(path, memoryIo({ '/site/fleet.yaml': text, ...more }));
  if (read.kind === 'invalid') throw new Error(formatProblems(read.errors));
  return read.inventory;
}

test('a small inventory is read whole', async () => {
  const read = await inventory(`
name: lab
defaults: { user: root }
nodes:
  nfs-a: { address: 10.0.0.1 }
  "gpu[01-02]": { address: "10.0.0.[11-12]", class: big, gpus: 8, labels: { rack: 7, spare: false } }
classes:
  big: { pollEvery: { gpus: 500ms } }
groups: { gpu: "gpu[01-02]" }
volumes:
  - name: export
    nodes: nfs-a
    disk: { serial: 0123, size: 1TB }
    type: xfs
    target: /export
    directories: [{ path: data, owner: 0, mode: 755 }]
exports:
  - { node: nfs-a, path: /export/data, clients: "10.0.0.0/8(rw,sync) *(ro)" }
mounts:
  - { source: "nfs-a:/export/data", type: nfs4, target: /data, nodes: "@gpu", options: "hard, noatime", how: automount }
  - { target: /old, nodes: all, absent: true }
sharing:
  - { nodes: gpu01, replicas: 4 }
pollEvery: { load: 1m }
lateAfter: 20s
`);
  expect(read).toEqual({
    name: 'lab',
    files: ['/site/fleet.yaml'],
    nodes: [
      { name: 'nfs-a', via: 'ssh', transport: 'auto', address: '10.0.0.1', user: 'root', labels: {}, groups: [] },
      ...['01', '02'].map((number) => ({
        name: `gpu${number}`,
        via: 'ssh',
        transport: 'auto',
        address: `10.0.0.1${Number(number)}`,
        user: 'root',
        class: 'big',
        labels: { rack: '7', spare: 'false' },
        groups: ['gpu'],
        gpus: { count: 8 },
      })),
    ],
    groups: { gpu: ['gpu01', 'gpu02'] },
    volumes: [
      {
        name: 'export',
        nodes: ['nfs-a'],
        disk: { serial: '123', sizeBytes: 1e12 },
        fsType: 'xfs',
        target: '/export',
        options: [],
        directories: [{ path: '/export/data', owner: '0', mode: '0755' }],
      },
    ],
    exports: [
      {
        node: 'nfs-a',
        path: '/export/data',
        clients: [
          { client: '10.0.0.0/8', options: ['rw', 'sync'] },
          { client: '*', options: ['ro'] },
        ],
      },
    ],
    mounts: [
      {
        source: 'nfs-a:/export/data',
        fsType: 'nfs4',
        target: '/data',
        options: ['hard', 'noatime'],
        how: 'automount',
        absent: false,
        nodes: ['gpu01', 'gpu02'],
      },
      {
        source: '',
        fsType: '',
        target: '/old',
        options: [],
        how: 'fstab',
        absent: true,
        nodes: ['nfs-a', 'gpu01', 'gpu02'],
      },
    ],
    sharing: [{ nodes: ['gpu01'], replicas: 4, resource: 'nvidia.com/gpu', renameByDefault: false }],
    pollEveryMs: { default: { load: 60_000 }, big: { gpus: 500 } },
    lateAfterMs: 20_000,
    lostAfterMs: 40_000,
    notices: [],
  });
});

test('the most specific setting wins: defaults, class, outer group, inner group, range, name', async () => {
  const { nodes } = await inventory(`
defaults: { user: default, port: 1, address: "{name}.example.org" }
classes: { c: { user: class, port: 2 } }
nodes:
  n1: { user: name }
  "n[1-5]": { class: c }
  "n[2-3]": { user: range }
groups:
  inner: { members: "n[1-4]", user: inner, gpus: { driver: 570 } }
  outer: { groups: inner, user: outer, port: 3, gpus: 4, members: n5 }
`);
  expect(nodes.map(({ name, user, port, address, gpus }) => [name, user, port, address, gpus])).toEqual([
    ['n1', 'name', 3, 'n1.example.org', { count: 4, driver: '570' }],
    ['n2', 'range', 3, 'n2.example.org', { count: 4, driver: '570' }],
    ['n3', 'range', 3, 'n3.example.org', { count: 4, driver: '570' }],
    ['n4', 'inner', 3, 'n4.example.org', { count: 4, driver: '570' }],
    ['n5', 'outer', 3, 'n5.example.org', { count: 4 }],
  ]);
});

test('a folder counts as one inventory, its files in the order of their names', async () => {
  const read = await inventory('name: first\nnodes: { a: }\n', {
    '/site/groups.yaml': 'groups: { both: "a,b" }\n',
    '/site/more.yml': 'name: last\nnodes: { b: { port: 2222 } }\n',
    '/site/empty.yaml': '# nothing yet\n',
    '/site/notes.txt': 'not read',
  });
  expect({ name: read.name, files: read.files, groups: read.groups }).toEqual({
    name: 'last',
    files: ['/site/empty.yaml', '/site/fleet.yaml', '/site/groups.yaml', '/site/more.yml'],
    groups: { both: ['a', 'b'] },
  });
});

test('groups are built from sets, lists, other groups and what other groups hold', async () => {
  const { groups } = await inventory(`
nodes: { "n[1-6]": }
groups:
  rest: all!@first
  first: [n1, "n[2-3]"]
  none:
  odd: { members: "n[1-6/2]" }
  both: { groups: [odd, none], members: "n6" }
`);
  expect(groups).toEqual({
    rest: ['n4', 'n5', 'n6'],
    first: ['n1', 'n2', 'n3'],
    none: [],
    odd: ['n1', 'n3', 'n5'],
    both: ['n1', 'n3', 'n5', 'n6'],
  });
});

test('a node may name its groups itself, beside those that list it', async () => {
  const read = await inventory(`
nodes: { n1: { groups: [low, edge] }, "n[2-3]": { groups: edge }, n4: }
groups:
  low: { members: n4, user: low }
  edge:
  outer: { groups: edge }
`);
  expect(read.groups).toEqual({ low: ['n1', 'n4'], edge: ['n1', 'n2', 'n3'], outer: ['n1', 'n2', 'n3'] });
  expect(read.nodes.map(({ name, user, groups }) => [name, user, groups])).toEqual([
    ['n1', 'low', ['low', 'edge', 'outer']],
    ['n2', undefined, ['edge', 'outer']],
    ['n3', undefined, ['edge', 'outer']],
    ['n4', 'low', ['low']],
  ]);
});

test('without a map of groups, those that nodes name are the groups there are', async () => {
  const { groups } = await inventory('nodes: { a: { groups: [x, y] }, b: { groups: x } }');
  expect(groups).toEqual({ x: ['a', 'b'], y: ['a'] });
});

test('a name is kept as written, and settings may be shared by anchors and merge keys', async () => {
  const { nodes } = await inventory(
    'nodes:\n  01: &big { user: admin, gpus: 8 }\n  02: { <<: *big, port: 2222 }\n  1e3:\n',
  );
  expect(nodes.map(({ name, user, port, gpus }) => ({ name, user, port, gpus }))).toEqual([
    { name: '01', user: 'admin', port: undefined, gpus: { count: 8 } },
    { name: '02', user: 'admin', port: 2222, gpus: { count: 8 } },
    { name: '1e3', user: undefined, port: undefined, gpus: undefined },
  ]);
});

test('a node set may use every sign where nodes are wished for', async () => {
  const { mounts } = await inventory(`
nodes: { "n[1-4]": }
groups: { low: "n[1-2]" }
mounts:
  - { source: tmpfs, type: tmpfs, target: /a, nodes: ["@low", n4] }
  - { source: tmpfs, type: tmpfs, target: /b, nodes: "all,!@low" }
  - { source: tmpfs, type: tmpfs, target: /c, nodes: "n*&@low" }
`);
  expect(mounts.map(({ nodes }) => nodes)).toEqual([
    ['n1', 'n2', 'n4'],
    ['n3', 'n4'],
    ['n1', 'n2'],
  ]);
});

test('GPUs without a count are told, because nothing can be compared', async () => {
  const { notices } = await inventory('nodes: { "n[1-2]": { gpus: { model: X } } }');
  expect(notices).toEqual([
    { file: '/site/fleet.yaml', text: 'n[1-2]: "gpus" has no count, so cards are not compared with the inventory' },
  ]);
});

test('a password among options goes no further than the file it stands in', async () => {
  const text =
    'name: lab\nnodes: { a: {} }\nmounts:\n  - { source: //nas/x, target: /x, type: cifs, nodes: all, options: "username=ada,password=geheim,ro" }\n';
  const read = await readInventory('/muster.yaml', memoryIo({ '/muster.yaml': text }));
  expect(JSON.stringify(read)).not.toContain('geheim');
  expect(read.kind === 'invalid' ? [] : read.inventory.mounts[0]?.options).toEqual([
    'username=ada',
    'password=******',
    'ro',
  ]);
});
